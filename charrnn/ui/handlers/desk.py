"""Server functions that the page's scripts call: picture, exports, transposition. They need no model.

They bypass Gradio's queue. Each takes what the browser sent and returns a dict, {"error": sentence} if it fails. A
semaphore bounds how many run and wait at once.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import gradio as gr

from charrnn import limits
from charrnn.errors import BusyError, OptionError
from charrnn.notation.instruments.table import FolkInstrument, choices, instrument_of
from charrnn.notation.reading.parser import parse
from charrnn.render import transposing
from charrnn.render.audio.instruments import DEFAULT, INSTRUMENTS
from charrnn.render.audio.library import Library
from charrnn.render.beyond import beyond
from charrnn.render.export.formats import Options
from charrnn.render.export.pdf import DEFAULT_PAPER, PAPERS
from charrnn.sampling.checks import (
    check_abc,
    check_choice,
    check_semitones,
    check_switch,
    check_whole_number,
    check_words,
)
from charrnn.ui.answers import export, picture, value
from charrnn.ui.answers.permalink import checked_settings
from charrnn.ui.answers.remarks import beyond_instrument, left_out
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
        self._places = Places(limits.MAX_DESK, limits.MAX_DESK_WAITING)

    def functions(self) -> list[Callable[..., Answer]]:
        """Plain functions, as gradio wants them: it takes their names, and marks each."""

        def look(sent: Any, request: gr.Request) -> Answer:
            """{abc, view, settings?}: the tune, ready to be shown."""
            return self._answer(self._look, sent, request)

        def make_file(sent: Any, request: gr.Request) -> Answer:
            """{abc, kind, view, instrument?, accompanied?, paper?}: {name, type, base64} of a file."""
            return self._answer(self._file, sent, request)

        def transpose(sent: Any, request: gr.Request) -> Answer:
            """{abc, view, settings?, key? or semitones? or for_instrument?}: the tune in another key, to be shown."""
            return self._answer(self._transpose, sent, request)

        return [look, make_file, transpose]

    def sketching(self) -> Callable[..., Answer]:
        """The function of the panel in which a seed is played (``charrnn.ui.playin``)."""

        def sketch(sent: Any, request: gr.Request) -> Answer:
            """{abc, width}: {svg} of the seed so far."""
            return self._answer(self._sketch, sent, request)

        return sketch

    def _answer(self, function: Callable[[str, Answer], Answer], sent: Any, request: Any) -> Answer:
        def work(entry: Entry) -> Answer:
            self._rate.check(request)
            asked = sent if isinstance(sent, dict) else {}
            abc = checked_abc(asked)
            entry.text(abc)
            with self._place():
                return function(abc, asked)

        return self._journal.answer(function.__name__.strip("_"), work)

    def _place(self) -> AbstractContextManager[None]:
        return self._places.one(_WAIT_SECONDS)

    def _look(self, abc: str, sent: Answer) -> Answer:
        return shown(abc, sent, self._index)

    def _sketch(self, abc: str, sent: Answer) -> Answer:
        return {"svg": picture.sketch(parse(abc), View.of({"width": sent.get("width")}).width)}

    def _transpose(self, abc: str, sent: Answer) -> Answer:
        from charrnn.sampling.editing.for_instrument import transposed_for
        from charrnn.sampling.editing.transposition import transposed

        if sent.get("for_instrument") is not None:
            return self._look(transposed_for(abc, _chosen_instrument(sent["for_instrument"])), sent)
        key, semitones = sent.get("key"), sent.get("semitones")
        if key is not None:
            return self._look(transposed(abc, key=check_words("Key", key, _MAX_KEY)), sent)
        if semitones is not None:
            return self._look(transposed(abc, semitones=check_semitones(semitones, _OCTAVE)), sent)
        raise OptionError(f"A tune is transposed to a key, or by -{_OCTAVE} to {_OCTAVE} semitones.")

    def _file(self, abc: str, sent: Answer) -> Answer:
        kind = check_choice("Kind", sent.get("kind"), export.KINDS)
        return export.made(kind, parse(abc), abc, checked_options(sent), self._library).as_dict()


def checked_options(sent: Answer) -> Options:
    """How the browser wants a file. Raises OptionError."""
    view = View.of(sent.get("view"))
    return Options(
        instrument=check_choice("Instrument", sent.get("instrument") or DEFAULT, [one.name for one in INSTRUMENTS]),
        accompanied=check_switch("Accompanied", sent.get("accompanied") or False),
        swing=view.swing,
        straight=view.straight,
        chords=view.chords,
        typed=view.typed,
        fingering=view.fingering,
        capo=check_whole_number("Capo", _of_view(sent, "capo") or 0, 0, limits.MAX_CAPO),
        part=check_choice("Part", _of_view(sent, "part") or transposing.CONCERT, transposing.NAMES),
        paper=check_choice("Paper", sent.get("paper") or DEFAULT_PAPER, PAPERS),
    )


def _of_view(sent: Answer, name: str) -> object:
    view = sent.get("view")
    return view.get(name) if isinstance(view, dict) else None


def _chosen_instrument(value: object) -> FolkInstrument:
    """By its label in the page's menu. Raises OptionError."""
    by_label = dict(choices())
    instrument = instrument_of(by_label[check_choice("Instrument", value, by_label)])
    if instrument is None:
        raise OptionError("Choose an instrument in the settings first.")
    return instrument


class Places:
    """A bound on how much work of a kind goes on, and on how much waits for it."""

    def __init__(self, count: int, waiting: int) -> None:
        self._places = threading.BoundedSemaphore(count)
        self._room = threading.BoundedSemaphore(count + waiting)

    @contextmanager
    def one(self, seconds: float) -> Iterator[None]:
        """Waits for a place. Raises BusyError after so many seconds, or at once where no more may wait."""
        with held(self._room, 0), held(self._places, seconds):
            yield


@contextmanager
def held(places: threading.BoundedSemaphore, seconds: float) -> Iterator[None]:
    """Raises BusyError where no place becomes free in time."""
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
    tune = parse(abc)
    settings = None if sent.get("settings") is None else checked_settings(sent["settings"])
    instrument = instrument_of(settings["instrument"]) if settings else None
    remarks = beyond_instrument(beyond(abc, instrument)) if instrument else []
    return value.done(
        abc,
        tune,
        " ".join(filter(None, (left_out(tune), *remarks))),
        view=View.of(sent.get("view")),
        settings=settings,
        index=index,
    )
