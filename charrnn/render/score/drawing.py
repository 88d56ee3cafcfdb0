"""Verovio draws an MEI document, in this process or in one that can be ended.

Verovio holds the interpreter while it draws and cannot be stopped, so that a strange text could hold up all threads of
a server for seconds. ``Engravers`` are processes that draw what may take long. Each document has so many seconds of
processor time; the kernel ends a process that takes more, and the next document gets a new one.

Run as a program, this module is such a process: it reads documents from its standard input and writes pages to its
standard output. It imports nothing else of the package but errors and limits, so that it starts fast.
"""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from charrnn import limits
from charrnn.errors import RenderError

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
_IDLE_SECONDS = 60.0  # after which a process that nobody needs ends: it takes some 45 MB
_WALL = 12.5  # times the processor time: after so long a process is ended whatever it does
_MAX_MEMORY = 2 * 1024**3  # bytes of address space for a process that draws
_NOTE, _MEASURE = 64, 2  # characters of a note in MEI; what a measure costs without any, in notes
_LENGTH = struct.Struct(">I")  # before each message, in bytes

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
        self._seconds = seconds
        self._places = threading.BoundedSemaphore(count)
        self._lock = threading.Lock()
        self._idle: list[_Engraver] = []
        self._rest: threading.Timer | None = None

    def draw(self, sheet: Sheet) -> list[str]:
        """As ``draw_here``. Raises RenderError, too, where it takes too long or others are before it for too long."""
        if not self._places.acquire(timeout=_WALL * self._seconds):
            raise RenderError(_BUSY)
        try:
            engraver = self._take()
            try:
                pages = engraver.draw(sheet)
            except RenderError:
                self._give_back(engraver)
                raise
            except BaseException:
                engraver.end()
                raise
            self._give_back(engraver)
            return pages
        finally:
            self._places.release()

    def close(self) -> None:
        """End the processes that wait for work."""
        with self._lock:
            idle, self._idle = self._idle, []
            if self._rest:
                self._rest.cancel()
        for engraver in idle:
            engraver.end()

    def _take(self) -> "_Engraver":
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Engraver(self._seconds)

    def _give_back(self, engraver: "_Engraver") -> None:
        if engraver.has_ended:
            engraver.end()
            return
        with self._lock:
            self._idle.append(engraver)
            if self._rest:
                self._rest.cancel()
            self._rest = threading.Timer(_IDLE_SECONDS, self.close)
            self._rest.daemon = True
            self._rest.start()


class _Engraver:
    """A process that draws one document at a time."""

    def __init__(self, seconds: float) -> None:
        self._wall = _WALL * seconds
        root = str(Path(__file__).resolve().parents[3])
        paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "charrnn.render.score.drawing", str(seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": paths},
            )
        except OSError as error:
            raise RenderError(f"the score cannot be drawn: no process to draw it ({error.strerror})") from error
        self.has_ended = False

    def draw(self, sheet: Sheet) -> list[str]:
        assert self._process.stdin
        assert self._process.stdout
        limit = threading.Timer(self._wall, self._process.kill)
        limit.daemon = True
        limit.start()
        try:
            _send(self._process.stdin, asdict(sheet))
            answer = _receive(self._process.stdout)
        except (EOFError, OSError, ValueError) as error:  # it was ended in the middle
            self.has_ended = True
            raise RenderError(TOO_LONG) from error
        finally:
            limit.cancel()
        if "error" in answer:
            raise RenderError(answer["error"])
        pages: list[str] = answer["pages"]
        return pages

    def end(self) -> None:
        self.has_ended = True
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with suppress(OSError):  # what could not be sent any more
                    stream.close()


def _send(stream: IO[bytes], message: dict[str, Any]) -> None:
    data = json.dumps(message).encode()
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def _receive(stream: IO[bytes]) -> dict[str, Any]:
    """Raises EOFError where the other side has ended."""
    head = stream.read(_LENGTH.size)
    data = stream.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
    if not data:
        raise EOFError
    answer: dict[str, Any] = json.loads(data)
    return answer


def _serve(seconds: float) -> None:
    """The life of a process that draws. The system ends it where a document takes more processor time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end closes our input
    _bound_memory()
    with suppress(RenderError):
        draw_here(Sheet("", 100, 100, 100, "auto", 1, False))  # loads Verovio before the first document is timed
    while True:
        try:
            sheet = Sheet(**_receive(sys.stdin.buffer))
        except EOFError:
            return
        if hasattr(signal, "setitimer"):  # elsewhere the parent's clock alone ends it
            signal.setitimer(signal.ITIMER_PROF, seconds)  # SIGPROF ends a process, in the middle of Verovio too
        try:
            answer: dict[str, Any] = {"pages": draw_here(sheet)}
        except RenderError as error:
            answer = {"error": str(error)}
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_PROF, 0)
        _send(sys.stdout.buffer, answer)


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))


if __name__ == "__main__":
    _serve(float(sys.argv[1]))
