"""How an instrument makes its notes: strings, finger holes, reeds, or a plain range. Pitches are sounding MIDI numbers.

A layout is the only place that says which notes an instrument has; fingerings and tablature are read from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeGuard

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

    def with_capo(self, fret: int) -> "Strings":
        """Every string begins at a fret; a drone is tuned as far up."""
        return replace(self, open=tuple(pitch + fret for pitch in self.open), frets=self.frets - fret)

    @property
    def pitches(self) -> frozenset[int]:
        stopped = {pitch + fret for pitch in self.open[self.drones :] for fret in range(self.frets + 1)}
        return frozenset(stopped | set(self.open))


@dataclass(frozen=True, slots=True)
class Holes:
    """Finger holes from the mouth down, behind that of the thumb where there is one: ``x`` covered, ``h`` half covered,
    ``o`` open; ``+`` overblown."""

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


def has_frets(layout: Layout) -> TypeGuard[Strings]:
    """Whether it is played by frets, which a tablature tells and a capo moves."""
    return isinstance(layout, Strings) and layout.is_fretted


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
    return _holes(lowest, octave | {12 + step: f"{holes}+" for step, holes in high.items()})


def recorder(lowest: int) -> Holes:
    """Thumb and seven fingers in the English ("baroque") system (https://www.dolmetsch.com/fingerings.htm): two octaves
    and a tone. The semitone below the highest note wants the bell closed and is not counted."""
    low = "xxxxxxxx xxxxxxxh xxxxxxxo xxxxxxho xxxxxxoo xxxxxoxx xxxxoxxo xxxxoooo xxxoxxho xxxooooo xxoxxooo xxoooooo"
    high = "xoxooooo oxxooooo ooxooooo ooxxxxxo hxxxxxoo hxxxxoxo hxxxoxoo hxxxoooo hxxoxooo hxxooooo hxxooxxo hxxoxxoo"
    chart = dict(enumerate([*low.split(), *high.split(), "hxooxxoo"])) | {26: "hxoxxoxo"}
    return _holes(lowest, chart)


def highland_pipes(low_a: int) -> Holes:
    """Thumb, three fingers of the upper hand and four of the lower, half closed, as pipers are taught."""
    chart = {
        -2: "xxxxxxxx", 0: "xxxxxxxo", 2: "xxxxxxoo", 4: "xxxxxoox", 5: "xxxxooox",
        7: "xxxoxxxo", 9: "xxooxxxo", 10: "xoooxxxo", 12: "oooxxxxo",
    }  # fmt: skip
    return _holes(low_a, chart)


def _holes(lowest: int, chart: Mapping[int, str]) -> Holes:
    """From the fingerings by semitones above a note."""
    return Holes(MappingProxyType({lowest + step: holes for step, holes in chart.items()}))
