"""Histograms of what tunes are made of, and how far two of them are apart."""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from charrnn.evaluation.music import durations, intervals, written_bars
from charrnn.notation.tune import Tune

KINDS = ("intervals", "durations", "patterns")


@dataclass(frozen=True, slots=True)
class Histograms:
    """Counts over one tune or many, as music has them: semitones, Fractions of a whole note, rhythms of full bars."""

    intervals: Counter[Any]
    durations: Counter[Any]
    patterns: Counter[Any]

    @classmethod
    def of(cls, tune: Tune) -> "Histograms":
        patterns = (bar.pattern for bar in written_bars(tune) if bar.is_full)
        return cls(Counter(intervals(tune)), Counter(durations(tune)), Counter(patterns))

    @classmethod
    def total(cls, several: Iterable["Histograms"]) -> "Histograms":
        total = cls(Counter(), Counter(), Counter())
        for histograms in several:
            for kind in KINDS:
                getattr(total, kind).update(getattr(histograms, kind))
        return total

    def distances(self, other: "Histograms") -> dict[str, float | None]:
        """The divergence of each kind, in bits; None where either side has counted nothing."""
        return {kind: divergence(getattr(self, kind), getattr(other, kind)) for kind in KINDS}


def divergence(first: Mapping[Hashable, int], second: Mapping[Hashable, int]) -> float | None:
    """Jensen-Shannon divergence of two histograms: 0 bits where the shares are the same, 1 where nothing is shared
    (Lin 1991). None where either is empty.

    >>> divergence({"a": 1, "b": 1}, {"a": 5, "b": 5}), divergence({"a": 1}, {"b": 1})
    (0.0, 1.0)
    """
    sizes = sum(first.values()), sum(second.values())
    if 0 in sizes:
        return None
    bits = 0.0
    for value in {**first, **second}:
        shares = [counts.get(value, 0) / size for counts, size in zip((first, second), sizes, strict=True)]
        middle = sum(shares) / 2
        bits += sum(share * math.log2(share / middle) for share in shares if share) / 2
    return bits
