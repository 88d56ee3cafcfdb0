"""Kneser-Ney and a cache of the tune so far: half of a folk tune repeats what came before.

Where the last k characters stood in this tune before, what followed them there is counted. From k = 1 up, the shares
of the characters in those counts are mixed into the probabilities so far:

    p_0 = Kneser-Ney,   p_k = (1 - w) p_(k-1) + w counts_k / their sum

with a weight w for each k, and for how many times the k characters were seen and whether one character always followed
them. The weights are fitted on the validation split, one k after another. Where nothing matches, p_k is p_(k-1); so
the probabilities add up to one.

    python -m benchmarks.cache
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from benchmarks import kneser_ney
from benchmarks.contest import Entered, Material, NewTune
from benchmarks.drawing import draw_tunes
from benchmarks.kneser_ney import KneserNey
from charrnn.model.batches import Ids
from charrnn.model.scoring import Score, ScoredText

NAME = "cache"
LONGEST = 20  # characters that are looked for in the tune so far
SEEN = 3  # times, told apart; more count as the last
KINDS = 1 + 2 * SEEN
ROUNDS = 40  # of expectation maximisation; a weight has settled by then


class TuneSoFar:
    """One tune as it grows, and where its last characters stood before."""

    def __init__(self, characters: int) -> None:
        self.characters = characters  # in the vocabulary
        self.text = np.zeros(0, dtype=np.int64)
        self.matched = np.zeros(0, dtype=np.int64)  # how many of the last characters stand before each place, too

    def append(self, character: int) -> None:
        self.matched = np.concatenate([[0], np.where(self.text == character, self.matched + 1, 0)])
        self.text = np.append(self.text, character)

    def counts(self) -> np.ndarray:
        """(LONGEST, V): row k - 1 counts what followed where the last k characters stood before."""
        rows = np.minimum(self.matched, LONGEST)
        table = np.bincount(rows * self.characters + self.text, minlength=(LONGEST + 1) * self.characters)
        return table.reshape(-1, self.characters)[:0:-1].cumsum(axis=0)[::-1]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the cache says of some characters: their share of the counts, and how far each row of counts goes."""

    shares: np.ndarray  # (LONGEST, ...)
    kinds: np.ndarray  # (LONGEST, ...) or what broadcasts to it; 0 where nothing was counted

    @classmethod
    def of(cls, counts: np.ndarray) -> "Evidence":
        """For every character, from counts (LONGEST, V)."""
        totals = counts.sum(axis=1, keepdims=True)
        always_one = counts.max(axis=1, keepdims=True) == totals
        kinds = np.where(totals > 0, 2 * np.minimum(totals, SEEN) - always_one, 0)
        return cls(counts / np.maximum(totals, 1), kinds)


class Cached:
    """A KneserNey and the weights of its cache."""

    def __init__(self, model: KneserNey) -> None:
        self.model = model
        self.weights = np.zeros((LONGEST, KINDS))

    def fit(self, texts: Sequence[Ids]) -> None:
        """Weights that make these tunes most probable."""
        probabilities = np.concatenate([self.model.of_text(text) for text in texts])
        found = [evidence(text, len(self.model.vocabulary)) for text in tqdm(texts, leave=False, disable=None)]
        shares, kinds = (np.concatenate([getattr(one, name) for one in found], axis=1) for name in ("shares", "kinds"))
        for k in range(LONGEST):
            self.weights[k] = fitted(probabilities, shares[k], kinds[k])
            probabilities = mixed(probabilities, Evidence(shares[k : k + 1], kinds[k : k + 1]), self.weights[k : k + 1])

    def of_text(self, text: Ids) -> np.ndarray:
        """The probability of each character of a tune, given those before it: (T,)."""
        found = evidence(text, len(self.model.vocabulary))
        return mixed(self.model.of_text(text), found, self.weights)


def evidence(text: Ids, characters: int) -> Evidence:
    """What the cache says of each character that really came: (LONGEST, T)."""
    so_far = TuneSoFar(characters)
    shares, kinds = np.zeros((LONGEST, len(text))), np.zeros((LONGEST, len(text)), dtype=np.int64)
    for place, character in enumerate(text.tolist()):
        found = Evidence.of(so_far.counts())
        shares[:, place], kinds[:, place] = found.shares[:, character], found.kinds[:, 0]
        so_far.append(character)
    return Evidence(shares, kinds)


def mixed(probabilities: np.ndarray, found: Evidence, weights: np.ndarray) -> np.ndarray:
    """Mixes into ``probabilities`` (...) one row of shares after another."""
    for shares, kinds, weight in zip(found.shares, found.kinds, weights, strict=True):
        probabilities = (1 - weight[kinds]) * probabilities + weight[kinds] * shares
    return probabilities


def fitted(probabilities: np.ndarray, shares: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """The weight of each kind (KINDS,), by expectation maximisation over characters (N,) and one more that speaks
    against the cache: with a weight of 1, what is new to the tune would be impossible."""
    weights = np.where(np.arange(KINDS) > 0, 0.5, 0.0)
    numbers = np.bincount(kinds, minlength=KINDS) + 1
    for _ in range(ROUNDS):
        from_cache = weights[kinds] * shares
        blame = from_cache / (from_cache + (1 - weights[kinds]) * probabilities)
        weights = np.bincount(kinds, weights=blame, minlength=KINDS) / numbers
    return weights


class Steps:
    """Rows of text that grow by a character at a time, from START on, which is not part of the tune."""

    def __init__(self, model: Cached, rows: int) -> None:
        self.model, self.before = model, kneser_ney.Steps(model.model, rows)
        self.rows = [TuneSoFar(len(model.model.vocabulary)) for _ in range(rows)]

    def __call__(self, ids: Ids) -> np.ndarray:
        """Probabilities (B, V) of what comes behind ``ids`` (B,)."""
        if self.before.began:
            for row, character in zip(self.rows, ids.tolist(), strict=True):
                row.append(character)
        return np.stack(
            [
                mixed(probabilities, Evidence.of(row.counts()), self.model.weights)
                for row, probabilities in zip(self.rows, self.before(ids), strict=True)
            ]
        )


def score(model: Cached, tunes: Sequence[ScoredText]) -> list[Score]:
    return kneser_ney.score(model.of_text, model.model.vocabulary, tunes)


def enter(material: Material, minutes: float) -> Entered:
    model = Cached(KneserNey(material.train, material.vocabulary))
    model.fit(material.encoded(material.corpus.split.valid))

    def write(headers: Sequence[str]) -> list[NewTune]:
        return draw_tunes(Steps(model, len(headers)), material.vocabulary, headers)

    return Entered(
        score=lambda tunes: score(model, tunes),
        writers={"T 1": write},
        parameters=model.model.n_grams,
        characters=material.characters,
        remark=f"weights of the cache fitted on {len(material.valid):,} validation tunes",
    )


if __name__ == "__main__":
    from benchmarks.runner import main

    raise SystemExit(main([NAME]))
