"""A tune as a file to take away, made when it is asked for."""

from dataclasses import dataclass

from charrnn.notation.layout import is_typed
from charrnn.notation.tune import Tune
from charrnn.render.arrangement import arranged
from charrnn.render.audio.instruments import instrument_named
from charrnn.render.audio.library import Library
from charrnn.render.chords import with_chords
from charrnn.render.dynamics import gains
from charrnn.render.engraving import engrave
from charrnn.render.swing import default_swing
from charrnn.ui.value import file_name
from charrnn.ui.view import View

_PAPER_WIDTH = 800  # pixels: A4 between its margins, at a size that musicians read from a stand
_PAPER_SCALE = 50

_ENDINGS = {"midi": "mid", "abc": "abc", "wav": "wav", "musicxml": "musicxml", "svg": "svg"}
KINDS = tuple(_ENDINGS)
_TYPES = {
    "midi": "audio/midi",
    "abc": "text/vnd.abc;charset=utf-8",
    "wav": "audio/wav",
    "musicxml": "application/vnd.recordare.musicxml+xml",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Made:
    name: str
    type: str
    content: bytes


def made(
    kind: str, tune: Tune, abc: str, view: View, instrument: str, accompanied: bool, library: Library | None
) -> Made:
    """``kind`` is one of ``KINDS``. Raises RenderError for a tune that cannot become such a file."""
    content = _content(kind, tune, abc, view, instrument, accompanied, library)
    return Made(f"{file_name(tune.title)}.{_ENDINGS[kind]}", _TYPES[kind], content)


def _content(
    kind: str, tune: Tune, abc: str, view: View, instrument: str, accompanied: bool, library: Library | None
) -> bytes:
    swing = default_swing(tune) if view.swing else None
    played_by = instrument_named(instrument)
    drawn = with_chords(tune) if view.chords else tune
    as_typed = view.typed and is_typed(tune)
    if kind == "midi":
        from charrnn.render.midi import midi_bytes

        return midi_bytes(with_chords(tune) if accompanied else tune, played_by.program, swing, accompanied)
    if kind == "wav":
        from charrnn.render.audio.mixing import to_wav

        arrangement = arranged(tune, swing)
        return to_wav(
            arrangement.performance,
            played_by.name,
            library,
            arrangement.accompaniment if accompanied else (),
            gains(tune),
        )
    if kind == "musicxml":
        from charrnn.render.musicxml import musicxml

        return musicxml(drawn, played_by.label, played_by.program, as_typed).encode()
    if kind == "svg":
        svg = engrave(drawn, _PAPER_WIDTH, _PAPER_SCALE, has_heading=True, as_typed=as_typed).svg
        return svg.replace("<svg ", '<svg style="color:#000;background:#fff" ', 1).encode()
    return abc.encode()
