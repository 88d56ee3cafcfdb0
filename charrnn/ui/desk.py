"""What the page's own scripts ask of the server about a tune they hold: its picture, its files, another key.

No model is needed here and nothing waits in the queue; each function takes what the browser sent and gives a dict,
{"error": sentence} where it cannot. How much may go on at once is bounded.
"""

import base64
import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from charrnn.errors import OptionError
from charrnn.notation.parser import parse
from charrnn.notation.tune import Tune
from charrnn.render.audio.library import Library
from charrnn.ui import export, value
from charrnn.ui.permalink import checked_settings, checked_text
from charrnn.ui.sentences import answering
from charrnn.ui.view import View

_AT_ONCE = 2
_WAIT_SECONDS = 20.0

Answer = dict[str, Any]


class Desk:
    """The functions that the score component may call (``server.look(...)`` in its scripts)."""

    def __init__(self, library: Library | None = None) -> None:
        self._library = library
        self._places = threading.BoundedSemaphore(_AT_ONCE)

    def functions(self) -> list[Callable[[Any], Answer]]:
        """Plain functions, as gradio wants them: it takes their names, and marks each."""

        def look(sent: Any) -> Answer:
            """{abc, view, settings?}: the tune, ready to be shown."""
            return self._answer(_look, sent)

        def make_file(sent: Any) -> Answer:
            """{abc, kind, view, instrument?, accompanied?}: {name, type, base64} of a file."""
            return self._answer(self._file, sent)

        def transpose(sent: Any) -> Answer:
            """{abc, view, settings?, key? or semitones?}: the tune in another key, ready to be shown."""
            return self._answer(_transpose, sent)

        return [look, make_file, transpose]

    def _answer(self, function: Callable[[Answer], Answer], sent: Any) -> Answer:
        with self._place() as is_free:
            if not is_free:
                return {"error": "The server is busy; please try again in a moment."}
            return answering(function, sent if isinstance(sent, dict) else {})

    @contextmanager
    def _place(self) -> Any:
        is_free = self._places.acquire(timeout=_WAIT_SECONDS)
        try:
            yield is_free
        finally:
            if is_free:
                self._places.release()

    def _file(self, sent: Answer) -> Answer:
        made = export.made(
            str(sent.get("kind")),
            _tune(sent),
            checked_abc(sent),
            View.of(sent.get("view")),
            str(sent.get("instrument") or "piano"),
            sent.get("accompanied") is True,
            self._library,
        )
        return {"name": made.name, "type": made.type, "base64": base64.b64encode(made.content).decode()}


def checked_abc(sent: Answer) -> str:
    """The text of a tune. Raises OptionError for anything else."""
    abc = sent.get("abc")
    if not isinstance(abc, str) or not abc.strip():
        raise OptionError("There is no tune yet.")
    return checked_text(abc)


def _tune(sent: Answer) -> Tune:
    return parse(checked_abc(sent))


def _look(sent: Answer) -> Answer:
    return shown(checked_abc(sent), sent)


def _transpose(sent: Answer) -> Answer:
    from charrnn.sampling.rework import transposed

    key, semitones = sent.get("key"), sent.get("semitones")
    if isinstance(key, str):
        return shown(transposed(checked_abc(sent), key=key), sent)
    if isinstance(semitones, int) and not isinstance(semitones, bool) and abs(semitones) <= 12:
        return shown(transposed(checked_abc(sent), semitones=semitones), sent)
    raise OptionError("A tune is transposed to a key, or by -12 to 12 semitones.")


def shown(abc: str, sent: Answer) -> Answer:
    """A tune as the browser asked to see it."""
    settings = sent.get("settings")
    return value.done(
        abc, parse(abc), view=View.of(sent.get("view")), settings=checked_settings(settings) if settings else None
    )
