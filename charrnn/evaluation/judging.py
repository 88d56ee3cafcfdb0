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
from charrnn.model.likeness.fitting import FOLDS, train
from charrnn.model.likeness.judge import Judge, mean_of
from charrnn.model.likeness.phrases import phrase_features
from charrnn.sampling.batch import Composer, numbered
from charrnn.sampling.options import DEFAULT_BARS, DEFAULT_PARTS, DEFAULT_TRIES, Request

FIRST_SEED = 1_000_000  # away from the seeds that benchmarks and evaluations use
_APART = 500_000  # from the first seed of tunes with n tries to that of tunes with n + 1
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


def requests_for(count: int, tries: int, first_seed: int = FIRST_SEED) -> list[Request]:
    """Half of the tunes in free form, half in the page's."""
    free = Request.checked(tries=tries, seed=first_seed)
    formed = Request.checked(tries=tries, seed=first_seed, bars=DEFAULT_BARS, parts=DEFAULT_PARTS)
    return [numbered((free, formed)[number % 2], number) for number in range(count)]


def requests_under(headers: Sequence[str], count: int, tries: int) -> list[Request]:
    """Tunes under headers of people's, drawn at random: meters, keys and rhythms do not tell the sides apart."""
    drawn, first = random.Random(0).choices(headers, k=count), _first_seed(tries)
    return [Request.checked(header, seed=first + number, tries=tries) for number, header in enumerate(drawn)]


def _first_seed(tries: int) -> int:
    """Of tunes with this many tries: others than those with fewer."""
    return FIRST_SEED + _APART * (tries - 1)


@dataclass(frozen=True, slots=True)
class Training:
    """What a judge is trained from. ``digest`` is that of the composer's checkpoint."""

    composer: Composer
    people: Sequence[CleanTune]
    count: int  # of the model's tunes, and at most of people's
    digest: str
    workers: int = 1
    progress: Progress = _silent

    @property
    def chosen(self) -> list[CleanTune]:
        return random.Random(0).sample(self.people, min(self.count, len(self.people)))

    def choosing_by(self, phrases: Judge) -> "Training":
        """The same with tunes whose tries this judge chooses among, and not the one beside the checkpoint."""
        return replace(self, composer=replace(self.composer, phrases=phrases))


@dataclass(frozen=True, slots=True)
class Trained:
    """The mean of two judges, and how well each of them tells what it was not trained on: their areas under the ROC
    curve."""

    judge: Judge
    auc_once: float  # of what is written once
    auc_in_tries: float  # of what is chosen from DEFAULT_TRIES tries


def trained_on_phrases(training: Training) -> Trained:
    """The judge of phrases; its first half chooses among the tries that its second half is trained on. Raises
    WorkerError where a worker has ended."""
    once, auc_once = train_phrase_judge(training, 1)
    chosen, auc_chosen = train_phrase_judge(training.choosing_by(once), DEFAULT_TRIES)
    return Trained(mean_of(once, chosen), auc_once, auc_chosen)


def trained_on_tunes(training: Training) -> Trained:
    """The judge of candidates. Raises WorkerError where a worker has ended."""
    once, auc_once = train_judge(training, 1)
    chosen, auc_chosen = train_judge(training, DEFAULT_TRIES)
    return Trained(mean_of(once, chosen), auc_once, auc_chosen)


def train_judge(training: Training, tries: int) -> tuple[Judge, float]:
    """The judge, and its area under the ROC curve for tunes that it was not trained on. The model's tunes are written
    with this many tries. Raises WorkerError where a worker has ended."""
    requests, progress = requests_for(training.count, tries, _first_seed(tries)), training.progress
    with Workers(Describer(training.composer), training.workers) as crew:
        ours = list(progress(crew.map(requests), training.count, "composing"))
    people = training.chosen
    theirs = [features_of(tune.parsed) for tune in progress(people, len(people), "reading people's tunes")]
    return train(theirs, ours, training.digest)


def train_phrase_judge(training: Training, tries: int) -> tuple[Judge, float]:
    """The same for phrases: a judge of the features of ``model.likeness.phrases``. 3,200 tunes of people and 4,000 of
    the model, 33,000 phrases, take 12 minutes and 2 GB."""
    requests = requests_under([tune.header for tune in training.people], training.count, tries)
    progress = training.progress
    with Workers(PhraseDescriber(training.composer), training.workers) as crew:
        ours = [_shared(tune) for tune in progress(crew.map(requests), training.count, "composing for phrases")]
    people = training.chosen
    theirs = [
        _shared(phrase_features(tune.header, tune.music))
        for tune in progress(people, len(people), "reading people's phrases")
    ]
    judge, found = train(dealt(theirs), dealt(ours), training.digest)
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
