"""A tune as a file to take away, made when it is asked for."""

import base64
from dataclasses import dataclass

from charrnn.notation.tune import Tune
from charrnn.render.audio.library import Library
from charrnn.render.export import formats as export
from charrnn.ui.answers.value import file_name

KINDS = ("abc", *export.KINDS)
_TYPES = {
    "abc": "text/vnd.abc;charset=utf-8",
    "midi": "audio/midi",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "musicxml": "application/vnd.recordare.musicxml+xml",
}


@dataclass(frozen=True, slots=True)
class Made:
    name: str
    type: str
    content: bytes

    def as_dict(self) -> dict[str, str]:
        """As the browser is sent it."""
        return {"name": self.name, "type": self.type, "base64": base64.b64encode(self.content).decode()}


def made(kind: str, tune: Tune, abc: str, options: export.Options, library: Library | None) -> Made:
    """``kind`` is one of ``KINDS``. Raises RenderError for a tune that cannot become such a file."""
    content = abc.encode() if kind == "abc" else export.exported(kind, tune, options, library)
    return Made(f"{file_name(tune.title)}.{export.ENDINGS.get(kind, kind)}", _TYPES[kind], content)
