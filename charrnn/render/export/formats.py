"""A tune as a file of any kind, for the page's downloads and the command line."""

from dataclasses import dataclass

from charrnn.notation.instruments.table import ANY
from charrnn.notation.tune import Tune
from charrnn.notation.writing.layout import is_typed
from charrnn.render.arrangement import arranged
from charrnn.render.audio import files as audio
from charrnn.render.audio.instruments import DEFAULT, instrument_named
from charrnn.render.audio.library import Library
from charrnn.render.export.midi import midi_bytes
from charrnn.render.export.musicxml import musicxml
from charrnn.render.export.pdf import DEFAULT_PAPER, SCALE, WIDTH, pdf_bytes
from charrnn.render.fingering import fingered
from charrnn.render.harmony.chords import with_chords
from charrnn.render.playing.swing import default_swing
from charrnn.render.score.engraving import engrave
from charrnn.render.transposing import CONCERT, in_part

ENDINGS = {
    "midi": "mid", **{kind: kind for kind in audio.KINDS}, "pdf": "pdf", "svg": "svg", "musicxml": "musicxml",
}  # fmt: skip
KINDS = tuple(ENDINGS)


@dataclass(frozen=True, slots=True)
class Options:
    instrument: str = DEFAULT
    accompanied: bool = False  # chords sound along
    swing: bool = True  # what is danced swung
    straight: bool = False  # without accents and lilt
    chords: bool = False  # chord symbols are drawn
    typed: bool = True  # beams and line ends as a person typed them, where a person did
    paper: str = DEFAULT_PAPER
    fingering: str = ANY  # name of the instrument whose fingerings stand under the notes
    capo: int = 0  # its fret, on that instrument
    part: str = CONCERT  # one of render.transposing.NAMES; scores and MusicXML are written for it


def to_draw(tune: Tune, options: Options) -> Tune:
    """The tune with what is drawn beside its notes, in the part. Raises OptionError for an unknown instrument or part,
    RenderError for a part that cannot be written."""
    with_symbols = with_chords(tune) if options.chords else tune
    return in_part(fingered(with_symbols, options.fingering, options.capo), options.part)


def exported(kind: str, tune: Tune, options: Options, library: Library | None = None) -> bytes:
    """``kind`` is one of ``KINDS``. Raises RenderError for a tune that cannot become such a file, OptionError for an
    unknown instrument or part."""
    played_by = instrument_named(options.instrument)
    swing = default_swing(tune) if options.swing else None
    if kind == "midi":
        sounding = with_chords(tune) if options.accompanied else tune
        return midi_bytes(sounding, played_by.program, swing, options.accompanied, options.straight)
    if kind in audio.KINDS:
        arrangement = arranged(tune, swing, options.straight)
        chords = arrangement.accompaniment if options.accompanied else ()
        return audio.audio_file(kind, arrangement.performance, played_by.name, library, chords, tune.title)
    drawn, as_typed = to_draw(tune, options), options.typed and is_typed(tune)
    if kind == "musicxml":
        return musicxml(drawn, played_by.label, played_by.program, as_typed).encode()
    if kind == "pdf":
        return pdf_bytes([drawn], options.paper, as_typed)
    svg = engrave(drawn, WIDTH, SCALE, has_heading=True, as_typed=as_typed).svg
    return svg.replace("<svg ", '<svg style="color:#000;background:#fff" ', 1).encode()
