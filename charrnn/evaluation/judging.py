"""Trains the judge that ranks candidates (``model.likeness.judge``): people's training tunes against tunes of the
model."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from charrnn.bulk.workers import Workers
from charrnn.corpus.cleaning import CleanTune
from charrnn.model.likeness.features import Features, features_of
from charrnn.model.likeness.judge import Judge, train
from charrnn.sampling.batch import Composer, numbered
from charrnn.sampling.options import DEFAULT_BARS, DEFAULT_PARTS, DEFAULT_TEMPERATURE, Request

FIRST_SEED = 1_000_000  # away from the seeds that benchmarks and evaluations use


@dataclass(frozen=True, slots=True)
class Describer:
    """Makes a process ready to write tunes and count their features."""

    composer: Composer

    def __call__(self) -> Callable[[Request], Features]:
        composed = self.composer()
        return lambda request: features_of(composed(request).tune)


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
    progress: Callable[[Iterable[Any], int, str], Iterable[Any]] = lambda items, count, text: items,
) -> tuple[Judge, float]:
    """The judge, and its area under the ROC curve for tunes that it was not trained on. ``digest`` is that of the
    composer's checkpoint. Raises WorkerError where a worker has ended."""
    chosen = random.Random(0).sample(people, min(count, len(people)))
    requests = requests_for(count)
    with Workers(Describer(composer), workers) as crew:
        ours = list(progress(crew.map(requests), count, "composing"))
    theirs = [features_of(tune.parsed) for tune in progress(chosen, len(chosen), "reading people's tunes")]
    return train(theirs, ours, digest)
