"""What a chord symbol sounds as: its pitch classes, and what MusicXML calls it."""

from dataclasses import dataclass

from charrnn.notation.chord_symbols import DEGREES, ChordSymbol, Tones, is_unknown_chord, read_chord
from charrnn.notation.tune import SEMITONES


@dataclass(frozen=True, slots=True)
class Chord:
    """What an accompanist needs of a chord. Pitch classes: 0 is C, 11 is B."""

    root: int
    pitch_classes: tuple[int, ...]  # by degree, the root first
    bass: int
    fifth: int  # the bass of every second beat: a fifth of any size; the root where there is none


@dataclass(frozen=True, slots=True)
class Degree:
    """A change to a chord of a MusicXML kind."""

    value: int
    alter: int  # semitones: of an added one from the dominant chord's, of an altered one from the kind's own
    type: str  # "add", "alter" or "subtract"


def parse_chord(symbol: str) -> Chord | None:
    """The chord that sounds at a symbol; None where none does: words, ``N.C.``, a type that is not known.

    >>> parse_chord("D7"), parse_chord("slowly")
    (Chord(root=2, pitch_classes=(2, 6, 9, 0), bass=2, fifth=9), None)
    """
    read = read_chord(symbol)
    if read is None or not read.tones:
        return None
    root = pitch_class(read.root)
    classes = tuple(dict.fromkeys((root + semitones) % 12 for _, semitones in read.tones))
    bass = pitch_class(read.bass) if read.bass else root
    return Chord(root, classes, bass, (root + dict(read.tones).get(5, 0)) % 12)


def is_harmony(symbol: str) -> bool:
    """Whether a symbol says which chord sounds, or that none does, until the next one. Words do not."""
    return read_chord(symbol) is not None or is_unknown_chord(symbol)


def pitch_class(name: str) -> int:
    """``"Bb"`` is 10."""
    return (SEMITONES[name[0]] + name.count("#") - name.count("b")) % 12


# -- MusicXML

# Kinds of the schema of MusicXML 4.0 (kind-value), by their degrees; of two that are equally near the first is taken.
_KINDS: dict[str, Tones] = {
    "major": ((1, 0), (3, 4), (5, 7)),
    "minor": ((1, 0), (3, 3), (5, 7)),
    "augmented": ((1, 0), (3, 4), (5, 8)),
    "diminished": ((1, 0), (3, 3), (5, 6)),
    "suspended-fourth": ((1, 0), (4, 5), (5, 7)),
    "suspended-second": ((1, 0), (2, 2), (5, 7)),
    "power": ((1, 0), (5, 7)),
    "dominant": ((1, 0), (3, 4), (5, 7), (7, 10)),
    "major-seventh": ((1, 0), (3, 4), (5, 7), (7, 11)),
    "minor-seventh": ((1, 0), (3, 3), (5, 7), (7, 10)),
    "diminished-seventh": ((1, 0), (3, 3), (5, 6), (7, 9)),
    "augmented-seventh": ((1, 0), (3, 4), (5, 8), (7, 10)),
    "half-diminished": ((1, 0), (3, 3), (5, 6), (7, 10)),
    "major-minor": ((1, 0), (3, 3), (5, 7), (7, 11)),
    "major-sixth": ((1, 0), (3, 4), (5, 7), (6, 9)),
    "minor-sixth": ((1, 0), (3, 3), (5, 7), (6, 9)),
    "dominant-ninth": ((1, 0), (3, 4), (5, 7), (7, 10), (9, 14)),
    "major-ninth": ((1, 0), (3, 4), (5, 7), (7, 11), (9, 14)),
    "minor-ninth": ((1, 0), (3, 3), (5, 7), (7, 10), (9, 14)),
    "dominant-11th": ((1, 0), (3, 4), (5, 7), (7, 10), (9, 14), (11, 17)),
    "major-11th": ((1, 0), (3, 4), (5, 7), (7, 11), (9, 14), (11, 17)),
    "minor-11th": ((1, 0), (3, 3), (5, 7), (7, 10), (9, 14), (11, 17)),
    "dominant-13th": ((1, 0), (3, 4), (5, 7), (7, 10), (9, 14), (11, 17), (13, 21)),
    "major-13th": ((1, 0), (3, 4), (5, 7), (7, 11), (9, 14), (11, 17), (13, 21)),
    "minor-13th": ((1, 0), (3, 3), (5, 7), (7, 10), (9, 14), (11, 17), (13, 21)),
}


def kind_and_degrees(symbol: ChordSymbol) -> tuple[str, tuple[Degree, ...]]:
    """How MusicXML 4.0 names the chord: the nearest kind, and what is changed of it. ``other`` where the type is not
    known, ``none`` where no chord sounds.

    >>> kind_and_degrees(read_chord("A7sus4"))
    ('suspended-fourth', (Degree(value=7, alter=0, type='add'),))
    """
    if not symbol.root:
        return "none", ()
    if not symbol.tones:
        return "other", ()
    changes = {kind: _degrees(dict(tones), dict(symbol.tones)) for kind, tones in _KINDS.items()}
    kind = min(changes, key=lambda name: len(changes[name]))
    return kind, changes[kind]


def _degrees(have: dict[int, int], wanted: dict[int, int]) -> tuple[Degree, ...]:
    """What makes one chord of another."""
    found = [Degree(degree, 0, "subtract") for degree in have if degree not in wanted]
    for degree, semitones in wanted.items():
        if degree not in have:
            found.append(Degree(degree, semitones - DEGREES[degree], "add"))
        elif have[degree] != semitones:
            found.append(Degree(degree, semitones - have[degree], "alter"))
    return tuple(found)
