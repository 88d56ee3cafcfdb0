"""The table of folk instruments that a tune can be written for: a row for each, with its notes, usual keys, tuning or
fingering, and transposition. What plays a tune is another table: ``render/audio/instruments.py``.

Pitches are sounding MIDI numbers. ``transposition`` says how people write for the instrument: it is what has to be
added to a written note to get the one that sounds. Whistle and recorder sound an octave above what is written; guitar,
banjos and a D harmonica, which is played from hole 4 on, an octave below or above; Highland pipes, whose A is written
A, sound about a semitone higher.

The layouts are the common ones: standard tunings (https://en.wikipedia.org/wiki/Stringed_instrument_tunings), the
fingering charts of whistle, recorder and pipes, Richter tuning, the diatonic rows of two-row accordions in fourths
(D/G) and in semitones (B/C), and the thirty buttons of a Wheatstone-pattern anglo concertina. The first buttons of
accordion rows differ from maker to maker and are not counted. Usual keys are those in which the instrument has every
note of the scale in some octave and that tunes for it are commonly written in, the most common first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from charrnn.errors import OptionError
from charrnn.notation.instruments.layouts import (
    Layout,
    Range,
    Reeds,
    highland_pipes,
    midi,
    recorder,
    richter,
    row,
    six_holes,
    strings,
)

ANY = "any"  # no instrument in particular


@dataclass(frozen=True)
class FolkInstrument:
    """A row of the table. Instruments are told apart by their names."""

    name: str  # in options and addresses
    label: str  # for a person
    program: int  # General MIDI, counted from 0: the nearest sound, for docs/instruments.md alone
    usual_keys: str  # as ``K:`` spells them
    layout: Layout
    transposition: int = 0  # semitones from written to sounding

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The usual ones, the most common first."""
        return tuple(self.usual_keys.split())

    @cached_property
    def written(self) -> frozenset[int]:
        """The notes that it has, as MIDI numbers of written pitches."""
        return frozenset(pitch - self.transposition for pitch in self.layout.pitches)

    def __hash__(self) -> int:
        return hash(self.name)


_WHISTLE_KEYS = "D G Em Bm Edor Ador Amix Dmix"
_FIDDLE_KEYS = "D G A Em Am Bm Edor Ador Bdor Dmix Amix C F Dm Ddor Gm Gdor Bb E"

INSTRUMENTS = (
    FolkInstrument("fiddle", "Fiddle", 110, _FIDDLE_KEYS, strings("G3 D4 A4 E5", 10, is_fretted=False)),
    FolkInstrument("whistle", "D whistle", 72, _WHISTLE_KEYS, six_holes(midi("D5")), 12),
    FolkInstrument("flute", "Flute (six holes, in D)", 73, _WHISTLE_KEYS, six_holes(midi("D4"))),
    FolkInstrument("mandolin", "Mandolin", 25, _FIDDLE_KEYS, strings("G3 D4 A4 E5", 12)),
    FolkInstrument("tenor-banjo", "Tenor banjo (GDAE)", 105, _FIDDLE_KEYS, strings("G2 D3 A3 E4", 12), -12),
    FolkInstrument(
        "banjo", "Five-string banjo (gDGBd)", 105, "G D C Em Am A Bm Ador Edor Amix Dmix F",
        strings("G4 D3 G3 B3 D4", 12, drones=1), -12,
    ),
    FolkInstrument(
        "guitar", "Guitar", 25, "G D C A E Em Am Bm Dm Edor Ador Dmix Amix F",
        strings("E2 A2 D3 G3 B3 E4", 12), -12,
    ),
    FolkInstrument(
        "guitar-dadgad", "Guitar (DADGAD)", 25, "D G Dmix Dm Ddor Em Edor Ador Amix A Am Bm C",
        strings("D2 A2 D3 G3 A3 D4", 12), -12,
    ),
    FolkInstrument("ukulele", "Ukulele (gCEA)", 24, "C G F D Am Dm Em A Gm Ador Bb Dmix",
                   strings("G4 C4 E4 A4", 12)),
    FolkInstrument(
        "accordion-bc", "Button accordion B/C", 21, "D G Em Am A Bm C Edor Ador Dmix Amix F Dm Ddor E",
        Reeds((
            row("C", "G3 C4 E4 G4 C5 E5 G5 C6 E6 G6", "B3 D4 F4 A4 B4 D5 F5 A5 B5 D6", first=2),
            row("B", "F#3 B3 D#4 F#4 B4 D#5 F#5 B5 D#6 F#6", "A#3 C#4 E4 G#4 A#4 C#5 E5 G#5 A#5 C#6", first=2),
        )),
    ),
    FolkInstrument(
        "accordion-dg", "Button accordion D/G", 21, "D G Em Bm Edor Ador Amix Dmix",
        Reeds((
            row("D", "A3 D4 F#4 A4 D5 F#5 A5 D6 F#6", "C#4 E4 G4 B4 C#5 E5 G5 B5 C#6", first=2),
            row("G", "D4 G4 B4 D5 G5 B5 D6 G6", "F#4 A4 C5 E5 F#5 A5 C6 E6", first=2),
        )),
    ),
    FolkInstrument(
        "concertina", "Anglo concertina C/G", 23, "G C D Am Em F Dm Ador Edor Ddor Gdor Dmix Amix A Bm",
        Reeds((
            row("C", "C3 G3 C4 E4 G4 C5 E5 G5 C6 E6", "G3 B3 D4 F4 A4 B4 D5 F5 A5 B5"),
            row("G", "B3 D4 G4 B4 D5 G5 B5 D6 G6 B6", "A3 F#4 A4 C5 E5 F#5 A5 C6 E6 F#6"),
            row("a", "E3 A3 C#4 A4 G#4 C#5 A5 G#5 C#6 A6", "F3 Bb3 D#4 G4 Bb4 D#5 G5 Bb5 D#6 F6"),
        )),
    ),
    FolkInstrument("harmonica-d", "Harmonica in D", 22, "D Bm Edor Amix", richter(midi("D4")), 12),
    FolkInstrument("harmonica-g", "Harmonica in G", 22, "G Em Ador Dmix", richter(midi("G3"))),
    FolkInstrument(
        "recorder", "Recorder (descant)", 74, "C G F D Am Em Dm Bb Gm Ador Ddor Edor Gdor Dmix Amix A Bm",
        recorder(midi("C5")), 12,
    ),
    FolkInstrument(
        "pipes", "Highland pipes", 109, "Amix D Bm Edor",
        highland_pipes(midi("A#4")), 1,
    ),
    FolkInstrument(
        "voice", "Voice", 53, "G D C F A Em Am Dm Bm Gm Ddor Edor Ador Dmix Amix Bb Eb",
        Range(midi("A3"), midi("E5")),
    ),
)  # fmt: skip

NAMES = (ANY, *(instrument.name for instrument in INSTRUMENTS))


def instrument_of(name: str) -> FolkInstrument | None:
    """None for ``any``. Raises OptionError listing the names."""
    for instrument in INSTRUMENTS:
        if instrument.name == name:
            return instrument
    if name == ANY:
        return None
    raise OptionError(f"the instrument must be one of {', '.join(NAMES)}, not {name!r}")


def choices() -> Iterator[tuple[str, str]]:
    """Label and name of each, ``any`` first."""
    yield "Any", ANY
    for instrument in INSTRUMENTS:
        yield instrument.label, instrument.name
