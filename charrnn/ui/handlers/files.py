"""The server function that the page's script calls to open a visitor's file: its tune.

The browser reads the file and sends its content; no file is uploaded and none is written. The work is done in a process
that can be ended (``charrnn.importing.apart``).
"""

import base64
import binascii
import threading
from collections.abc import Callable
from typing import Any

import gradio as gr

from charrnn import limits
from charrnn.errors import OpeningError, OptionError
from charrnn.importing.apart import Openers
from charrnn.importing.first_bars import first_bars
from charrnn.importing.opened import Opened
from charrnn.sampling.checks import check_place
from charrnn.ui.answers import value
from charrnn.ui.handlers.desk import Answer, held, shown
from charrnn.ui.serving.fairness import Rate
from charrnn.ui.serving.requests import Entry, Journal

_BASE64_CHARACTERS = 4 * -(-limits.MAX_OPENED_BYTES // 3)


class Files:
    """The function that the score component may call to open a file (``server.open_file(...)`` in its scripts)."""

    def __init__(
        self, journal: Journal | None = None, index: value.Index | None = None, openers: Openers | None = None
    ) -> None:
        """``index`` is that of the music which the page's model was trained on."""
        self._journal, self._index = journal or Journal(), index
        self._openers = openers or Openers()
        self._rate = Rate(limits.MAX_OPENINGS_A_MINUTE)
        self._room = threading.BoundedSemaphore(limits.MAX_OPENING + limits.MAX_DESK_WAITING)

    def functions(self) -> list[Callable[..., Answer]]:
        def open_file(sent: Any, request: gr.Request) -> Answer:
            """{name, base64, view, tune?, voice?}: the tune, ready to be shown, and about the file {tunes, tune,
            voices, voice, sentence, seed}."""
            return self._journal.answer("open_file", lambda entry: self._open(entry, sent, request))

        return [open_file]

    def _open(self, entry: Entry, sent: Any, request: Any) -> Answer:
        self._rate.check(request)
        asked = sent if isinstance(sent, dict) else {}
        name, data = checked_file(asked)
        entry.options["bytes"] = len(data)
        voice = asked.get("voice")
        wanted = None if voice is None else check_place("Voice", voice), check_place("Tune", asked.get("tune") or 1)
        try:
            with held(self._room, 0):
                opened = self._openers.open(name, data, *wanted)
        except OpeningError as error:
            raise OpeningError(f"The file {error}.") from error
        entry.text(opened.abc)
        return {**shown(opened.abc, {"view": asked.get("view")}, self._index), "file": _about(opened)}


def checked_file(sent: Answer) -> tuple[str, bytes]:
    """Name and content of a file. Raises OptionError if it is not a file."""
    name, text = sent.get("name"), sent.get("base64")
    if not isinstance(name, str) or not isinstance(text, str):
        raise OptionError("A file must have a name and a content.")
    if len(text) > _BASE64_CHARACTERS:
        raise OptionError(f"A file must have at most {limits.MAX_OPENED_BYTES:,} bytes, not {3 * len(text) // 4:,}.")
    try:
        return name, base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise OptionError("The content of a file must be in base64.") from error


def _about(opened: Opened) -> Answer:
    return {
        "tunes": list(opened.tunes),
        "tune": opened.tune,
        "voices": list(opened.voices),
        "voice": opened.voice,
        "sentence": opened.sentence,
        "seed": first_bars(opened.abc),
    }
