"""What the score component is sent: a dict that becomes JSON. Knows tunes, not gradio.

``state`` is "loading" (the model), "writing", "done" or "text" (what a failed request leaves).
``sound`` says what to play (``charrnn.ui.sound``), or is None.
"""

import base64
import re
import unicodedata
from typing import Any

from charrnn.errors import RenderError
from charrnn.notation.tune import Tune
from charrnn.render.midi import midi_bytes
from charrnn.render.performance import perform
from charrnn.render.problems import problems
from charrnn.ui.sound import sound_of

_MAX_FILE_NAME = 60

Value = dict[str, Any] | None  # None: nothing to show


def loading() -> Value:
    """The model is not there yet."""
    return {"state": "loading"}


def writing(abc: str) -> Value:
    """A tune that still grows: text only."""
    return {"state": "writing", "abc": abc}


def text_only(abc: str) -> Value:
    """What was written before something went wrong."""
    return {"state": "text", "abc": abc, "filename": file_name("")} if abc else None


def done(abc: str, tune: Tune, note: str = "", whose: str = "") -> Value:
    """A tune to hear and to keep. ``note`` says how it ended, ``whose`` who wrote what is not right, where that needs
    saying."""
    value: dict[str, Any] = {
        "state": "done",
        "abc": abc,
        "title": tune.title,
        "facts": " · ".join(filter(None, (tune.rhythm, str(tune.meter), f"key of {tune.key}"))),
        "note": note,
        "whose": whose,
        "problems": [str(problem) for problem in problems(tune)],
        "filename": file_name(tune.title),
    }
    try:
        midi = midi_bytes(tune)
    except RenderError as error:
        return {**value, "sound": None, "midi": "", "silence": str(error)}
    return {
        **value,
        "sound": sound_of(tune, perform(tune)),
        "midi": base64.b64encode(midi).decode(),
        "silence": "",
    }


def file_name(title: str) -> str:
    """A harmless name without ending, from the words of a title.

    >>> file_name("The Rights of Man: a Hornpipe / é"), file_name("../..")
    ('the-rights-of-man-a-hornpipe-e', 'tune')
    """
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_title).strip("-")[:_MAX_FILE_NAME].strip("-") or "tune"
