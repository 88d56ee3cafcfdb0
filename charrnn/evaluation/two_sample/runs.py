"""Counts of short runs: of melodic intervals, of degrees and of durations, one to four in a row.

A run is a tuple that begins with its kind: ``("interval", 2, 2, -4)`` in semitones, ``("degree", 0, 4, 7)`` in
semitones above the tonic, ``("ratio", 0.5)`` in lengths of the note before. All of them are the same in
every key and octave, and ratios in every meter as well.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from charrnn.evaluation.two_sample.line import LineNote

LONGEST = 4
OCTAVE = 12
MORE = OCTAVE + 1  # intervals of more than an octave count as one

Run = tuple[Any, ...]


def runs(notes: Sequence[LineNote]) -> Counter[Run]:
    """How often each run stands in a tune."""
    intervals = [max(-MORE, min(MORE, after.pitch - before.pitch)) for before, after in pairwise(notes)]
    degrees = [note.degree for note in notes if note.degree is not None]
    ratios = [float(after.duration / before.duration) for before, after in pairwise(notes)]
    found: Counter[Run] = Counter()
    for kind, values in (("interval", intervals), ("degree", degrees), ("ratio", ratios)):
        found.update(_runs_of(kind, values))
    return found


def _runs_of(kind: str, values: Sequence[Hashable]) -> Iterator[Run]:
    for length in range(1, LONGEST + 1):
        for start in range(len(values) - length + 1):
            yield (kind, *values[start : start + length])


# -- in words

_INTERVALS = (
    "the same note", "a semitone", "a whole tone", "a minor third", "a major third", "a fourth", "a tritone",
    "a fifth", "a minor sixth", "a major sixth", "a minor seventh", "a major seventh", "an octave",
    "more than an octave",
)  # fmt: skip
_DEGREES = ("1", "b2", "2", "b3", "3", "4", "#4", "5", "b6", "6", "b7", "7")
_RATIOS = {
    1: "as long", 2: "twice as long", 3: "three times as long", Fraction(1, 2): "half as long",
    Fraction(1, 3): "a third as long",
}  # fmt: skip


def words(run: Run) -> str:
    """A run as a musician would say it."""
    kind, *values = run
    if kind == "degree":
        return "degrees " + " ".join(_DEGREES[value] for value in values)
    if kind == "ratio":
        return "each note against the one before: " + ", ".join(_ratio(value) for value in values)
    return ", ".join(_interval(value) for value in values)


def _interval(semitones: int) -> str:
    name = _INTERVALS[abs(semitones)]
    return name if semitones == 0 else f"{name} {'up' if semitones > 0 else 'down'}"


def _ratio(value: float) -> str:
    exact = Fraction(value).limit_denominator(64)
    return _RATIOS.get(exact, f"{exact} times as long")
