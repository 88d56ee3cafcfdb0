"""What the page's own scripts ask of the server about a tune they hold: its picture, its files, another key.

No model is needed here and nothing waits in the queue; each function takes what the browser sent and gives a dict,
{"error": sentence} where it cannot. How much may go on at once is bounded.
"""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from charrnn import limits
from charrnn.errors import BusyError, OptionError
from charrnn.notation.reading.parser import parse
from charrnn.render.audio.instruments import DEFAULT, INSTRUMENTS
from charrnn.render.audio.library import Library
from charrnn.render.export.formats import Options
from charrnn.render.export.pdf import DEFAULT_PAPER, PAPERS
from charrnn.sampling.options import check_abc, check_choice, check_semitones, check_switch, check_words
from charrnn.ui.answers import export, value
from charrnn.ui.answers.permalink import checked_settings
from charrnn.ui.answers.remarks import left_out
from charrnn.ui.answers.view import View
from charrnn.ui.serving.fairness import Rate
from charrnn.ui.serving.requests import Entry, Journal

_WAIT_SECONDS = 20.0
_MAX_KEY = 20  # characters: "C# mixolydian" has 13
_OCTAVE = 12  # semitones, the most that the page offers

Answer = dict[str, Any]


class Desk:
    """The functions that the score component may call (``server.look(...)`` in its scripts)."""

    def __init__(
        self, library: Library | None = None, journal: Journal | None = None, index: value.Index | None = None
    ) -> None:
        """``index`` is that of the music which the page's model was trained on."""
        self._library, self._journal, self._index = library, journal or Journal(), index
        self._rate = Rate(limits.MAX_LOOKS_A_MINUTE)
        self._places = threading.BoundedSemaphore(limits.MAX_DESK)
        self._room = threading.BoundedSemaphore(limits.MAX_DESK + limits.MAX_DESK_WAITING)

    def functions(self) -> list[Callable[..., Answer]]:
        """Plain functions, as gradio wants them: it takes their names, and marks each."""

        def look(sent: Any, request: gr.Request) -> Answer:
            """{abc, view, settings?}: the tune, ready to be shown."""
            return self._answer(self._look, sent, request)

        def make_file(sent: Any, request: gr.Request) -> Answer:
            """{abc, kind, view, instrument?, accompanied?, paper?}: {name, type, base64} of a file."""
            return self._answer(self._file, sent, request)

        def transpose(sent: Any, request: gr.Request) -> Answer:
            """{abc, view, settings?, key? or semitones?}: the tune in another key, ready to be shown."""
            return self._answer(self._transpose, sent, request)

        return [look, make_file, transpose]

    def _answer(self, function: Callable[[str, Answer], Answer], sent: Any, request: Any) -> Answer:
        def work(entry: Entry) -> Answer:
            self._rate.check(request)
            asked = sent if isinstance(sent, dict) else {}
            abc = checked_abc(asked)
            entry.text(abc)
            with self._place():
                return function(abc, asked)

        return self._journal.answer(function.__name__.strip("_"), work)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Raises BusyError where none becomes free: at once where others wait already."""
        with held(self._room, 0), held(self._places, _WAIT_SECONDS):
            yield

    def _look(self, abc: str, sent: Answer) -> Answer:
        return shown(abc, sent, self._index)

    def _transpose(self, abc: str, sent: Answer) -> Answer:
        from charrnn.sampling.editing.rework import transposed

        key, semitones = sent.get("key"), sent.get("semitones")
        if key is not None:
            return self._look(transposed(abc, key=check_words("Key", key, _MAX_KEY)), sent)
        if semitones is not None:
            return self._look(transposed(abc, semitones=check_semitones(semitones, _OCTAVE)), sent)
        raise OptionError(f"A tune is transposed to a key, or by -{_OCTAVE} to {_OCTAVE} semitones.")

    def _file(self, abc: str, sent: Answer) -> Answer:
        kind, view = check_choice("Kind", sent.get("kind"), export.KINDS), View.of(sent.get("view"))
        options = Options(
            instrument=check_choice("Instrument", sent.get("instrument") or DEFAULT, [one.name for one in INSTRUMENTS]),
            accompanied=check_switch("Accompanied", sent.get("accompanied") or False),
            swing=view.swing,
            straight=view.straight,
            chords=view.chords,
            typed=view.typed,
            paper=check_choice("Paper", sent.get("paper") or DEFAULT_PAPER, PAPERS),
        )
        made = export.made(kind, parse(abc), abc, options, self._library)
        return {"name": made.name, "type": made.type, "base64": base64.b64encode(made.content).decode()}


@contextmanager
def held(places: threading.BoundedSemaphore, seconds: float) -> Iterator[None]:
    """A place of those, after so many seconds at most. Raises BusyError where none becomes free."""
    if not places.acquire(timeout=seconds):
        raise BusyError("The server is busy; please try again in a moment.")
    try:
        yield
    finally:
        places.release()


def checked_abc(sent: Answer, most: int = limits.MAX_ABC_CHARACTERS) -> str:
    """The text of a tune. Raises OptionError for anything else."""
    return check_abc(sent.get("abc"), most)


def shown(abc: str, sent: Answer, index: value.Index | None) -> Answer:
    """A tune as the browser asked to see it."""
    settings, tune = sent.get("settings"), parse(abc)
    return value.done(
        abc,
        tune,
        left_out(tune),
        view=View.of(sent.get("view")),
        settings=None if settings is None else checked_settings(settings),
        index=index,
    )
