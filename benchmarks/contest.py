"""What every entry of the contest is given, and what it hands back.

An entry is a module with ``NAME`` and ``enter(material, minutes) -> Entered``. It learns from ``material.train`` and
may fit weights on ``material.valid``; it never sees the test split, and nothing but headers when it writes tunes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from charrnn.corpus.cleaning import CleanTune
from charrnn.corpus.collection import Corpus
from charrnn.model.batches import Ids
from charrnn.model.scoring import Score, ScoredText, scored_text
from charrnn.model.vocabulary import ALPHABET, START, Vocabulary

MOST_CHARACTERS = 1_000  # of a new tune's music; the recipes draw as many
SEED = 1  # of every random choice


@dataclass(frozen=True, slots=True)
class NewTune:
    abc: str
    characters: int  # of its music
    ended: bool  # came to its end within MOST_CHARACTERS


Scorer = Callable[[Sequence[ScoredText]], list[Score]]
Writer = Callable[[Sequence[str]], list[NewTune]]  # a tune for each header


@dataclass(frozen=True, slots=True)
class Entered:
    """An entry that has learnt all that it will."""

    score: Scorer | None = None
    writers: Mapping[str, Writer] = field(default_factory=dict)  # by how they draw; each is a row of the table
    parameters: int | None = None
    minutes: float | None = None  # of training
    characters: int | None = None  # seen in training
    remark: str = ""


Enter = Callable[["Material", float], Entered]


@dataclass(frozen=True)
class Material:
    """The music that all entries share: canonical text, headers and all."""

    corpus: Corpus

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Of all that canonical ABC is written with, so that no entry is caught out by the test."""
        return Vocabulary.of(ALPHABET + "".join(tune.text for tune in self.corpus.tunes))

    @property
    def start(self) -> int:
        """The id that stands before a tune's first character, and that ends it."""
        return self.vocabulary.index_of[START]

    @cached_property
    def train(self) -> list[Ids]:
        return self.encoded(self.corpus.split.train)

    @property
    def characters(self) -> int:
        """In the training tunes."""
        return sum(map(len, self.train))

    @cached_property
    def train_text(self) -> Ids:
        """The training tunes one after another, shuffled once."""
        order = np.random.default_rng(SEED).permutation(len(self.train))
        return np.concatenate([np.array([self.start]), *(self.train[index] for index in order)])

    @cached_property
    def valid(self) -> list[ScoredText]:
        return scored(self.corpus.split.valid)

    @cached_property
    def test(self) -> list[ScoredText]:
        return scored(self.corpus.split.test)

    def headers(self, count: int) -> list[str]:
        """Headers to write tunes under: those of test tunes."""
        return [self.test[place].header for place in self.places(count)]

    def places(self, count: int) -> list[int]:
        """So many test tunes, spread evenly; from the first again where there are fewer."""
        spread = np.linspace(0, len(self.test), min(count, len(self.test)), endpoint=False).astype(int).tolist()
        return [spread[number % len(spread)] for number in range(count)]

    def encoded(self, tunes: Sequence[CleanTune]) -> list[Ids]:
        return [np.array(self.vocabulary.encode(tune.text)) for tune in tunes]


def scored(tunes: Sequence[CleanTune]) -> list[ScoredText]:
    return [scored_text(tune.parsed, tune.music) for tune in tunes]
