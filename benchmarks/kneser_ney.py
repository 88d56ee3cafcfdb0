"""Interpolated modified Kneser-Ney over characters (Chen and Goodman 1999, https://doi.org/10.1006/csla.1999.0128).

The longest n-grams are counted as they occur, shorter ones by how many different characters stand before them. Of each
count a discount is taken, by order and by whether the count is 1, 2 or more; what is taken from a context goes to the
next shorter one, and at the end to all characters alike. So every character has a probability, and all add up to one.

An n-gram is one integer: its characters are the digits. Counts are sorted arrays, and a look-up is a binary search.

    python -m benchmarks.kneser_ney
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.contest import Entered, Material, NewTune
from benchmarks.drawing import draw_tunes
from charrnn.model.batches import Ids
from charrnn.model.scoring import Score, ScoredText
from charrnn.model.vocabulary import Vocabulary

NAME = "kneser-ney"
ORDER = 10  # characters of the longest n-gram: 9 of context, and the one to come


@dataclass(frozen=True, slots=True)
class _Level:
    """The n-grams of one length."""

    grams: np.ndarray  # (G,), sorted
    kept: np.ndarray  # (G,), their counts less the discount
    contexts: np.ndarray  # (C,), sorted
    totals: np.ndarray  # (C,), counts of all that follows
    passed_on: np.ndarray  # (C,), what the discounts took


class KneserNey:
    """Probabilities of the next character, given those before it in the same tune."""

    def __init__(self, tunes: Sequence[Ids], vocabulary: Vocabulary, order: int = ORDER) -> None:
        self.vocabulary, self.order = vocabulary, order
        self.base = len(vocabulary) + 1  # one digit more: what stands before a tune
        if self.base**order >= 2**63:
            raise ValueError(f"order must be less than {order}: with {self.base} digits an n-gram fits no integer")
        grams, counts = np.unique(self._grams_of(tunes), return_counts=True)
        levels = []
        for length in range(order, 0, -1):
            levels.append(_level(grams, counts, self.base))
            grams, counts = np.unique(grams % self.base ** (length - 1), return_counts=True)
        self.levels = levels[::-1]

    @property
    def before(self) -> int:
        """The digit for the places before a tune."""
        return self.base - 1

    @property
    def n_grams(self) -> int:
        return sum(len(level.grams) for level in self.levels)

    def contexts(self, tune: Ids) -> np.ndarray:
        """What stands before each character of a tune: (T, order - 1)."""
        padded = np.concatenate([np.full(self.order - 1, self.before), tune[:-1]])
        return np.lib.stride_tricks.sliding_window_view(padded, self.order - 1)

    def probabilities(self, contexts: np.ndarray, characters: np.ndarray) -> np.ndarray:
        """Of ``characters`` (B, K) behind ``contexts`` (B, order - 1): (B, K)."""
        found = np.full(characters.shape, 1 / len(self.vocabulary))
        context, power = np.zeros(len(contexts), dtype=np.int64), 1
        for length, level in enumerate(self.levels, start=1):
            if length > 1:
                context += contexts[:, -(length - 1)] * power
                power *= self.base
            found = _interpolated(level, context, context[:, None] * self.base + characters, found)
        return found

    def of_text(self, text: Ids) -> np.ndarray:
        """The probability of each character of a tune, given those before it: (T,)."""
        return self.probabilities(self.contexts(text), text[:, None])[:, 0]

    def all_probabilities(self, contexts: np.ndarray) -> np.ndarray:
        """Of every character: (B, V)."""
        return self.probabilities(contexts, np.tile(np.arange(len(self.vocabulary)), (len(contexts), 1)))

    def _grams_of(self, tunes: Sequence[Ids]) -> np.ndarray:
        powers = self.base ** np.arange(self.order - 1, -1, -1)
        return np.concatenate([np.column_stack([self.contexts(tune), tune]) @ powers for tune in tunes])


def _level(grams: np.ndarray, counts: np.ndarray, base: int) -> _Level:
    discounts = discounts_for(counts)[np.minimum(counts, 3)]
    contexts, place = np.unique(grams // base, return_inverse=True)
    totals = np.bincount(place, weights=counts)
    return _Level(grams, counts - discounts, contexts, totals, np.bincount(place, weights=discounts))


def discounts_for(counts: np.ndarray) -> np.ndarray:
    """(4,): what is taken of a count of 0, 1, 2, and 3 or more (Chen and Goodman 1999, equation 26).

    On little or regular text the estimate is no discount at all, or more than the count; then it is a half.
    """
    n1, n2, n3, n4 = (int((counts == number).sum()) for number in (1, 2, 3, 4))
    if not all((n1, n2, n3, n4)):
        return np.array([0, 0.5, 0.5, 0.5])
    y = n1 / (n1 + 2 * n2)
    estimates = np.array([1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    good = (estimates > 0) & (estimates < [1, 2, 3])
    return np.concatenate([[0], np.where(good, estimates, 0.5)])


def _interpolated(level: _Level, contexts: np.ndarray, grams: np.ndarray, shorter: np.ndarray) -> np.ndarray:
    """Probabilities (B, K) of ``grams``; ``shorter`` are those behind the context that is one character shorter."""
    place, known = _find(level.contexts, contexts)
    kept_at, seen = _find(level.grams, grams)
    kept = np.where(seen, level.kept[kept_at], 0.0)
    longer = (kept + level.passed_on[place, None] * shorter) / level.totals[place, None]
    return np.where(known[:, None], longer, shorter)


def _find(values: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the wanted are among the sorted values, and whether they are there."""
    places = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    return places, values[places] == wanted


def score(of_text: Callable[[Ids], np.ndarray], vocabulary: Vocabulary, tunes: Sequence[ScoredText]) -> list[Score]:
    """As ``charrnn.model.scoring.score``: the header is given. ``of_text`` gives the probability of each character."""
    scores = []
    for tune in tunes:
        bits = -np.log2(of_text(np.array(vocabulary.encode(f"{tune.header}{tune.music}\n"))))
        scores.append(Score(float(bits[len(tune.header) :].sum()), len(tune.music) + 1, tune.notes))
    return scores


class Steps:
    """Rows of text that grow by a character at a time; the START that they begin with is not part of the tune."""

    def __init__(self, model: KneserNey, rows: int) -> None:
        self.model = model
        self.contexts = np.full((rows, model.order - 1), model.before)
        self.began = False

    def __call__(self, ids: Ids) -> np.ndarray:
        """Probabilities (B, V) of what comes behind ``ids`` (B,)."""
        if self.began:
            self.contexts = np.column_stack([self.contexts[:, 1:], ids])
        self.began = True
        return self.model.all_probabilities(self.contexts)


def enter(material: Material, minutes: float) -> Entered:
    model = KneserNey(material.train, material.vocabulary)

    def write(headers: Sequence[str]) -> list[NewTune]:
        return draw_tunes(Steps(model, len(headers)), material.vocabulary, headers)

    return Entered(
        score=lambda tunes: score(model.of_text, material.vocabulary, tunes),
        writers={"T 1": write},
        parameters=model.n_grams,
        characters=material.characters,
        remark=f"counts of {model.n_grams:,} n-grams up to {model.order} characters",
    )


if __name__ == "__main__":
    from benchmarks.runner import main

    raise SystemExit(main([NAME]))
