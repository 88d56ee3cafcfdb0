"""Verovio draws an MEI document, in this process or in one that can be ended.

Verovio holds the interpreter while it draws and cannot be stopped, so that a strange text could hold up all threads of
a server for seconds. ``Engravers`` are processes that draw what may take long (``charrnn.isolation``).

Run as a program, this module is such a process. It imports nothing of the package but errors, limits and isolation, so
that it starts fast.
"""

import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from charrnn import limits
from charrnn.errors import BusyError, OutOfTimeError, RenderError, WorkerError
from charrnn.isolation import Message, Workers, serve

_MARGIN = 10  # Verovio's units, at 100 %
_OPTIONS = {
    "adjustPageHeight": True,
    "breaksSmartSb": 0.0,  # however short a line is
    "footer": "encoded",
    "header": "encoded",
    "pageMarginTop": _MARGIN,
    "pageMarginBottom": _MARGIN,
    "pageMarginLeft": _MARGIN,
    "pageMarginRight": _MARGIN,
    "svgViewBox": True,
    "svgRemoveXlink": True,
    "svgFormatRaw": True,
    "lyricWordSpace": 2.0,  # text fonts differ in width
}
TOO_LONG = "the score takes too long to draw; the tune can be heard and kept all the same"
_BUSY = "the server draws other long scores; please try again in a moment"
_WALL = 12.5  # times the processor time: after so long a process is ended whatever it does
_NOTE, _MEASURE = 64, 2  # characters of a note in MEI; what a measure costs without any, in notes

# A toolkit holds the document that it draws: two threads with one would draw each other's. Each has its own (50 ms,
# 1 MB), for Verovio keeps the folder of its fonts by thread. The counter of generated ids is one for all: hence the
# lock, which costs nothing, since Verovio holds the interpreter while it draws.
_local = threading.local()
_drawing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Sheet:
    """An MEI document, and how it is laid out."""

    document: str
    width: int  # of a page, in Verovio's units
    height: int
    scale: int  # percent
    breaks: str  # "smart": those of the document, and more where a line is too long; or "auto"
    seed: int  # makes the ids of what is not ours: the same picture each time
    all_pages: bool  # False: the first one alone

    @property
    def weight(self) -> float:
        """What drawing it costs, in notes of short bars. All that is drawn counts, by the text that it takes; in a
        measure, the work grows faster than its length."""
        notes = (_MEASURE + len(measure) / _NOTE for measure in self.document.split("<measure"))
        return sum(count * (1 + count / 16) for count in notes)


def draw_here(sheet: Sheet) -> list[str]:
    """The SVG of each page. Raises RenderError."""
    with _drawing:
        toolkit = _toolkit()
        toolkit.setOptions(
            {"breaks": sheet.breaks, "pageWidth": sheet.width, "pageHeight": sheet.height, "scale": sheet.scale}
        )
        toolkit.resetXmlIdSeed(sheet.seed)
        if not toolkit.loadData(sheet.document):
            raise RenderError("the score could not be drawn")
        pages = toolkit.getPageCount() if sheet.all_pages else 1
        return [toolkit.renderToSVG(number) for number in range(1, pages + 1)]


def _toolkit() -> Any:
    if not hasattr(_local, "toolkit"):
        try:
            import verovio  # 0.1 s, only where something is drawn
        except ImportError as error:
            raise RenderError(f"the score cannot be drawn, for verovio cannot be loaded: {error}") from error
        verovio.enableLog(verovio.LOG_OFF)  # its remarks would go to the server's output
        verovio.setDefaultResourcePath(
            str(Path(verovio.__file__).with_name("data"))
        )  # known in the importing thread only
        _local.toolkit = verovio.toolkit()
        _local.toolkit.setOptions(_OPTIONS)
    return _local.toolkit


class Engravers:
    """At most so many processes that draw; they are started when they are needed, and end when they are not."""

    def __init__(self, count: int = 2, seconds: float = limits.MAX_DRAWING_SECONDS) -> None:
        """``seconds`` of processor time for each document."""
        self._workers = Workers("charrnn.render.score.drawing", count, seconds, _WALL * seconds)

    def draw(self, sheet: Sheet) -> list[str]:
        """As ``draw_here``. Raises RenderError, too, where it takes too long or others are before it for too long."""
        try:
            answer = self._workers.ask(asdict(sheet))
        except BusyError as error:
            raise RenderError(_BUSY) from error
        except OutOfTimeError as error:
            raise RenderError(TOO_LONG) from error
        except WorkerError as error:
            raise RenderError(f"the score cannot be drawn: {error}") from error
        if "error" in answer:
            raise RenderError(answer["error"])
        pages: list[str] = answer["pages"]
        return pages

    def close(self) -> None:
        """End the processes that wait for work."""
        self._workers.close()


def _pages(message: Message) -> Message:
    return {"pages": draw_here(Sheet(**message))}


if __name__ == "__main__":
    with suppress(RenderError):
        draw_here(Sheet("", 100, 100, 100, "auto", 1, False))  # loads Verovio before the first document is timed
    serve(_pages, float(sys.argv[1]))
