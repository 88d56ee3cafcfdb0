"""How an instrument makes its notes: strings, finger holes, reeds, or a plain range. Pitches are sounding MIDI numbers.

A layout is the only place that says which notes an instrument has; fingerings and tablature are read from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS = {"": 0, "#": 1, "b": -1}


def midi(name: str) -> int:
    """The MIDI number of a pitch name: ``C4`` is middle C, 60; ``F#5``, ``Bb3``."""
    return 12 * (int(name[-1]) + 1) + _STEPS[name[0]] + _SIGNS[name[1:-1]]


def midis(names: str) -> frozenset[int]:
    """Those of several names with blanks between."""
    return frozenset(map(midi, names.split()))


@dataclass(frozen=True, slots=True)
class Range:
    """Every semitone from ``low`` to ``high``, without those that are left out."""

    low: int
    high: int
    without: frozenset[int] = frozenset()

    @property
    def pitches(self) -> frozenset[int]:
        return frozenset(range(self.low, self.high + 1)) - self.without


@dataclass(frozen=True, slots=True)
class Strings:
    """Strings, string 1 last. A fiddle has no frets, but its semitones are where they would be."""

    open: tuple[int, ...]
    frets: int  # that are used
    drones: int = 0  # so many of the first strings are only played open
    is_fretted: bool = True

    @property
    def pitches(self) -> frozenset[int]:
        stopped = {pitch + fret for pitch in self.open[self.drones :] for fret in range(self.frets + 1)}
        return frozenset(stopped | set(self.open))


@dataclass(frozen=True, slots=True)
class Holes:
    """Six finger holes, the one nearest the mouth first: ``x`` covered, ``o`` open; ``+`` overblown."""

    fingerings: Mapping[int, str]

    @property
    def pitches(self) -> frozenset[int]:
        return frozenset(self.fingerings)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of buttons or holes. Each gives one note when the bellows close or the player blows, and another when
    they open or the player draws; 0 where there is none."""

    name: str  # "" where there is only one row
    reeds: tuple[tuple[int, int], ...]
    first: int = 1  # number of the first button


@dataclass(frozen=True, slots=True)
class Reeds:
    """Rows of reeds, the preferred one first."""

    rows: tuple[Row, ...]

    @property
    def pitches(self) -> frozenset[int]:
        return frozenset(pitch for row in self.rows for pair in row.reeds for pitch in pair if pitch)


Layout = Range | Strings | Holes | Reeds


def strings(names: str, frets: int, drones: int = 0, is_fretted: bool = True) -> Strings:
    """From the names of the open strings: ``strings("G3 D4 A4 E5", 7)``."""
    return Strings(tuple(map(midi, names.split())), frets, drones, is_fretted)


def row(name: str, closing: str, opening: str, first: int = 1) -> Row:
    """A row from the notes of its buttons in one direction, and in the other; ``-`` where there is none."""
    pairs = zip(closing.split(), opening.split(), strict=True)
    return Row(name, tuple((_midi_or_none(one), _midi_or_none(other)) for one, other in pairs), first)


def _midi_or_none(name: str) -> int:
    return 0 if name == "-" else midi(name)


def richter(lowest: int) -> Reeds:
    """The ten holes of a diatonic harmonica, whose lowest note is its tonic: major chord blown, the other notes of the
    scale drawn, complete from hole 4 on. Bent notes are not counted."""
    blown = (0, 4, 7, 12, 16, 19, 24, 28, 31, 36)
    drawn = (2, 7, 11, 14, 17, 21, 23, 26, 29, 33)
    return Reeds((Row("", tuple((lowest + one, lowest + other) for one, other in zip(blown, drawn, strict=True))),))


def six_holes(lowest: int) -> Holes:
    """A whistle or keyless flute: two octaves of the major scale of its lowest note, and the flat seventh, which is
    cross-fingered. Half-covered holes are not counted."""
    octave = {
        0: "xxxxxx", 2: "xxxxxo", 4: "xxxxoo", 5: "xxxooo", 7: "xxoooo", 9: "xooooo", 10: "oxxooo", 11: "oooooo",
    }  # fmt: skip
    high = octave | {0: "oxxxxx"}
    found = {lowest + step: holes for step, holes in octave.items()}
    return Holes(MappingProxyType(found | {lowest + 12 + step: f"{holes}+" for step, holes in high.items()}))
