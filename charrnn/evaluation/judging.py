"""Trains the judge that ranks candidates, and the one that chooses phrases while a tune is written
(``model.likeness``): people's training tunes against tunes of the model."""

import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from charrnn.bulk.workers import Workers
from charrnn.corpus.cleaning import CleanTune
from charrnn.model.likeness.features import Features, features_of
from charrnn.model.likeness.judge import FOLDS, Judge, train
from charrnn.model.likeness.phrases import phrase_features
from charrnn.sampling.batch import Composer, numbered
from charrnn.sampling.options import DEFAULT_BARS, DEFAULT_PARTS, DEFAULT_TEMPERATURE, Request

FIRST_SEED = 1_000_000  # away from the seeds that benchmarks and evaluations use
PHRASE_TEMPERATURE = 1.0  # at which the model writes the phrases that its judge learns from
LEAST_WEIGHT = 0.03  # of a feature of phrases; the others, seven in ten, are worth an AUC of 0.003

Progress = Callable[[Iterable[Any], int, str], Iterable[Any]]


def _silent(items: Iterable[Any], count: int, text: str) -> Iterable[Any]:
    return items


@dataclass(frozen=True, slots=True)
class Describer:
    """Makes a process ready to write tunes and count their features."""

    composer: Composer

    def __call__(self) -> Callable[[Request], Features]:
        composed = self.composer()
        return lambda request: features_of(composed(request).tune)


@dataclass(frozen=True, slots=True)
class PhraseDescriber:
    """Makes a process ready to write tunes and count the features of their phrases."""

    composer: Composer

    def __call__(self) -> Callable[[Request], list[Features]]:
        composed = self.composer()

        def described(request: Request) -> list[Features]:
            tune = composed(request)
            return phrase_features(tune.header, tune.prefix + tune.music)

        return described


def requests_for(count: int, temperature: float = DEFAULT_TEMPERATURE) -> list[Request]:
    """Half of the tunes in free form, half in the page's."""
    free = Request.checked("", temperature, seed=FIRST_SEED)
    formed = Request.checked("", temperature, seed=FIRST_SEED, bars=DEFAULT_BARS, parts=DEFAULT_PARTS)
    return [numbered((free, formed)[number % 2], number) for number in range(count)]


def train_judge(
    composer: Composer,
    people: Sequence[CleanTune],
    count: int,
    digest: str,
    workers: int = 1,
    progress: Progress = _silent,
) -> tuple[Judge, float]:
    """The judge, and its area under the ROC curve for tunes that it was not trained on. ``digest`` is that of the
    composer's checkpoint. Raises WorkerError where a worker has ended."""
    chosen = random.Random(0).sample(people, min(count, len(people)))
    requests = requests_for(count)
    with Workers(Describer(composer), workers) as crew:
        ours = list(progress(crew.map(requests), count, "composing"))
    theirs = [features_of(tune.parsed) for tune in progress(chosen, len(chosen), "reading people's tunes")]
    return train(theirs, ours, digest)


def requests_under(headers: Sequence[str], count: int) -> list[Request]:
    """Tunes under headers of people's, drawn at random: meters, keys and rhythms do not tell the sides apart."""
    drawn = random.Random(0).choices(headers, k=count)
    return [
        Request.checked(header, PHRASE_TEMPERATURE, seed=FIRST_SEED + number) for number, header in enumerate(drawn)
    ]


def train_phrase_judge(
    composer: Composer,
    people: Sequence[CleanTune],
    count: int,
    digest: str,
    workers: int = 1,
    progress: Progress = _silent,
) -> tuple[Judge, float]:
    """The same for phrases: a judge of the features of ``model.likeness.phrases``. 3,200 tunes of people and 4,000 of
    the model, 33,000 phrases, take 12 minutes and 2 GB."""
    chosen = random.Random(0).sample(people, min(count, len(people)))
    requests = requests_under([tune.header for tune in people], count)
    with Workers(PhraseDescriber(composer), workers) as crew:
        ours = [_shared(tune) for tune in progress(crew.map(requests), count, "composing for phrases")]
    theirs = [
        _shared(phrase_features(tune.header, tune.music))
        for tune in progress(chosen, len(chosen), "reading people's phrases")
    ]
    judge, found = train(dealt(theirs), dealt(ours), digest)
    return without_small_weights(judge), found


def _shared(phrases: list[Features]) -> list[Features]:
    """The same with each name kept once, however many phrases have it: a third of the memory."""
    return [{sys.intern(name): value for name, value in features.items()} for features in phrases]


def dealt(tunes: Sequence[list[Features]]) -> list[Features]:
    """Phrases in an order in which every fifth is of every fifth tune. ``train`` holds those out, and the phrases of a
    tune are too like each other to stand on both sides. A few that are left over are left out."""
    held_out = [phrase for tune in tunes[::FOLDS] for phrase in tune]
    others = iter([phrase for number, tune in enumerate(tunes) if number % FOLDS for phrase in tune])
    hands = zip(held_out, *[others] * (FOLDS - 1), strict=False)
    return [phrase for hand in hands for phrase in hand]


def without_small_weights(judge: Judge) -> Judge:
    """The same without the features of next to no weight."""
    kept = np.abs(judge.weights) >= LEAST_WEIGHT
    return replace(judge, hashes=judge.hashes[kept], weights=judge.weights[kept])
