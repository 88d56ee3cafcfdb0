"""The chords that accompanists of folk tunes use: the triads of a key, how common each is, and which follows which.

Degrees count from 0, the tonic. Costs and bonuses have the unit of the scores in ``render.harmony.harmonisation``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from charrnn.notation.keys import C_MAJOR, Key
from charrnn.render.harmony.chord import Chord, parse_chord, pitch_class

_LETTERS = "CDEFGAB"
_SIGNS = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}
_QUALITIES = {(4, 7): "", (3, 7): "m"}  # diminished and augmented triads are left out

# What a degree costs in a bar, by mode; degrees that are not named cost _RARE.
_COSTS: dict[str, dict[int, float]] = {
    "maj": {0: 0, 4: 0.1, 3: 0.3, 1: 1.0, 5: 1.3},
    "min": {0: 0, 6: 0.1, 4: 0.4, 3: 0.8, 2: 0.8, 5: 0.8},
    "dor": {0: 0, 6: 0.1, 3: 0.6, 4: 1.2, 2: 1.2},
    "mix": {0: 0, 6: 0.1, 3: 0.4, 4: 1.2, 1: 1.5, 5: 1.5},
    "lyd": {0: 0, 1: 0.1, 4: 0.3, 5: 1.2},
    "phr": {0: 0, 1: 0.1, 6: 0.3, 5: 0.8, 3: 1.0},
    "loc": {0: 0},
}
_RARE = 2.5
_ALTERED = 1.3  # of a triad with a note outside the key that the melody has there
_LEADING = 0.3  # more for the major dominant of a minor key
_SEVENTH = 0.5  # more for a dominant seventh

# Bonus for going from one degree to another.
_STEPS: dict[str, dict[tuple[int, int], float]] = {
    "maj": {
        (4, 0): 0.4, (3, 0): 0.2, (3, 4): 0.4, (1, 4): 0.4, (5, 1): 0.1, (5, 3): 0.2, (5, 4): 0.1,
        (4, 1): -0.4, (4, 3): -0.1, (1, 0): -0.4, (1, 5): -0.2, (1, 3): -0.2, (4, 2): -0.3, (3, 5): -0.2,
    },
    "min": {
        (6, 0): 0.4, (4, 0): 0.4, (5, 6): 0.3, (3, 4): 0.3, (3, 0): 0.1, (6, 2): 0.2, (2, 6): 0.2, (3, 6): 0.1,
        (6, 4): -0.2, (4, 6): -0.2, (4, 3): -0.2,
    },
    "dor": {(6, 0): 0.4, (3, 0): 0.2, (6, 3): 0.1, (2, 6): 0.2, (4, 0): 0.1, (4, 6): -0.1},
    "mix": {(6, 0): 0.4, (3, 0): 0.2, (6, 3): 0.2, (3, 6): 0.1, (4, 0): 0.1, (1, 0): -0.3},
    "lyd": {(1, 0): 0.4, (4, 0): 0.4},
    "phr": {(1, 0): 0.4, (6, 0): 0.4, (6, 1): 0.2},
    "loc": {},
}  # fmt: skip
# Which degrees lead home, and on which a first half of a phrase may rest; in major, the seventh where it is lowered.
_DOMINANTS = {"maj": (4, 6), "min": (4, 6), "dor": (6, 4), "mix": (6, 4), "lyd": (4, 1), "phr": (1, 6), "loc": (4,)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chord that a slot of melody may have."""

    symbol: str
    chord: Chord
    degree: int  # 0 is the tonic
    mode: str
    cost: float  # for a whole bar
    is_altered: bool = False  # has a note outside the key

    @property
    def is_tonic(self) -> bool:
        return self.degree == 0

    @property
    def is_dominant(self) -> bool:
        """Whether it leads home. In major and minor keys a minor dominant does not."""
        return self.degree in _DOMINANTS[self.mode] and (self.mode not in ("maj", "min") or is_major(self.chord))


def step(before: Candidate, after: Candidate) -> float:
    """Bonus for a chord that often follows the other, beside the cost of a change."""
    if before.mode != after.mode or before.is_altered or after.is_altered:
        return 0
    return _STEPS[after.mode].get((before.degree, after.degree), 0)


@lru_cache(maxsize=4096)
def candidates(key: Key, melody: frozenset[int], has_leading_note: bool) -> tuple[Candidate, ...]:
    """For a slot with these pitch classes: the triads of the key, those with a note that the melody raises or lowers
    there, the dominant seventh, and in minor the major dominant if the tune ``has_leading_note``."""
    if not key.tonic:  # the pipes play in A Mixolydian; without a key, the white notes
        key = Key("A", "mix") if key.special in ("HP", "Hp") else replace(C_MAJOR, explicit=key.explicit)
    mode = _mode(key)
    start = _LETTERS.index(key.tonic[0])
    scale = [_LETTERS[(start + degree) % 7] for degree in range(7)]
    names = {letter: letter + _SIGNS[key.alteration(letter)] for letter in scale}
    found = {each.symbol: each for each in _triads(scale, names, mode)}
    inside = {letter: pitch_class(name) for letter, name in names.items()}
    for letter, altered in _altered(names, melody - set(inside.values())):
        if inside[letter] not in melody:  # no F# under an F natural
            found = {name: each for name, each in found.items() if inside[letter] not in each.chord.pitch_classes}
        for each in _triads(scale, names | {letter: altered}, mode):
            if pitch_class(altered) in each.chord.pitch_classes:
                found.setdefault(each.symbol, replace(each, cost=_ALTERED, is_altered=True))
    if mode == "min" and has_leading_note and inside[scale[6]] not in melody:
        raised = _triads(scale, names | {scale[6]: _raised(names[scale[6]])}, mode)
        leading = [each for each in raised if each.degree == 4]
        found |= {each.symbol: replace(each, cost=each.cost + _LEADING) for each in leading}
    if mode in ("maj", "min"):
        sevenths = [_seventh(each) for each in found.values() if each.degree == 4 and is_major(each.chord)]
        found |= {each.symbol: each for each in sevenths}
    return tuple(found.values()) or _fallback(mode)


def of_symbol(symbol: str, key: Key) -> Candidate | None:
    """A chord that a person wrote; None where none sounds."""
    chord, tonic = parse_chord(symbol), key.tonic or "C"
    if chord is None:
        return None
    degree = (_LETTERS.index(symbol.strip()[0]) - _LETTERS.index(tonic[0])) % 7
    return Candidate(symbol, chord, degree, _mode(key), 0)


def _mode(key: Key) -> str:
    """One of those above; of other keys, by their third."""
    mode = {"ion": "maj", "aeo": "min"}.get(key.mode, key.mode)
    if mode in _COSTS or not key.tonic:
        return mode if mode in _COSTS else "maj"
    third = _LETTERS[(_LETTERS.index(key.tonic[0]) + 2) % 7]
    semitones = pitch_class(third) + key.alteration(third) - pitch_class(key.tonic)
    return "maj" if semitones % 12 == 4 else "min"


def _altered(names: dict[str, str], outside: frozenset[int]) -> Iterator[tuple[str, str]]:
    """The letters that a melody raises or lowers, with their names then."""
    for letter, name in names.items():
        for altered in (_raised(name), _lowered(name)):
            if len(altered) < 3 and pitch_class(altered) in outside:
                yield letter, altered


def _raised(name: str) -> str:
    return name.removesuffix("b") if name.endswith("b") else f"{name}#"


def _lowered(name: str) -> str:
    return name.removesuffix("#") if name.endswith("#") else f"{name}b"


def is_major(chord: Chord) -> bool:
    return (chord.root + 4) % 12 in chord.pitch_classes


def _triads(scale: list[str], names: dict[str, str], mode: str) -> list[Candidate]:
    found = []
    for degree in range(7):
        letters = [scale[(degree + third) % 7] for third in (0, 2, 4)]
        root, third, fifth = (pitch_class(names[letter]) for letter in letters)
        quality = _QUALITIES.get(((third - root) % 12, (fifth - root) % 12))
        chord = parse_chord(names[letters[0]] + quality) if quality is not None else None
        if chord:
            cost = _COSTS[mode].get(degree, _RARE)
            found.append(Candidate(f"{names[letters[0]]}{quality}", chord, degree, mode, cost))
    return found


def _seventh(dominant: Candidate) -> Candidate:
    symbol = f"{dominant.symbol}7"
    chord = parse_chord(symbol)
    assert chord is not None
    return replace(dominant, symbol=symbol, chord=chord, cost=dominant.cost + _SEVENTH)


def _fallback(mode: str) -> tuple[Candidate]:
    return (Candidate("C", Chord(0, (0, 4, 7), 0, 7), 0, mode, 0),)
