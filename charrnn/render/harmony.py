"""Chord symbols: what ``Am7`` or ``D/F#`` sounds as. Section "Chord symbols" of the standard."""

import re
from dataclasses import dataclass

from charrnn.notation.tune import SEMITONES

_SYMBOL = re.compile(
    r"(?P<root>[A-G][#b]?)(?P<kind>m(?!aj)|min|-|dim|o|aug|\+|sus2|sus4|sus)?(?P<more>maj7|M7|maj|6|7|9|11|13)?"
    r"(?:/(?P<bass>[A-G][#b]?))?"
)
_TRIADS = {
    "": (0, 4, 7), "m": (0, 3, 7), "min": (0, 3, 7), "-": (0, 3, 7), "dim": (0, 3, 6), "o": (0, 3, 6),
    "aug": (0, 4, 8), "+": (0, 4, 8), "sus2": (0, 2, 7), "sus4": (0, 5, 7), "sus": (0, 5, 7),
}  # fmt: skip
_MORE = {"": (), "maj": (), "maj7": (11,), "M7": (11,), "6": (9,), "7": (10,), "9": (10,), "11": (10,), "13": (10,)}


@dataclass(frozen=True, slots=True)
class Chord:
    """What an accompanist needs of a chord. Pitch classes: 0 is C, 11 is B."""

    root: int
    pitch_classes: tuple[int, ...]  # the root first
    bass: int


def parse_chord(symbol: str) -> Chord | None:
    """The chord of a symbol; None for words that are none.

    >>> parse_chord("D7"), parse_chord("Am/G"), parse_chord("slowly")
    (Chord(root=2, pitch_classes=(2, 6, 9, 0), bass=2), Chord(root=9, pitch_classes=(9, 0, 4), bass=7), None)
    """
    match = _SYMBOL.fullmatch(symbol.strip())
    if not match:
        return None
    root = pitch_class(match["root"])
    intervals = (*_TRIADS[match["kind"] or ""], *_MORE[match["more"] or ""])
    bass = pitch_class(match["bass"]) if match["bass"] else root
    return Chord(root, tuple((root + interval) % 12 for interval in intervals), bass)


def pitch_class(name: str) -> int:
    """``"Bb"`` is 10."""
    return (SEMITONES[name[0]] + name.count("#") - name.count("b")) % 12
