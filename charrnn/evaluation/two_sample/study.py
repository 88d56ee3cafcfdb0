"""The two-sample test as a whole: which tunes are drawn, and what they are compared with.

Three comparisons, each with the floor (people's training tunes against people's unseen ones) beside it: tunes under the
headers of people's unseen tunes, free tunes, and tunes of the page's form against people's of that form. Each is made
with single tunes and with the best of several by the ranking.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from charrnn.bulk.crew import Crew
from charrnn.corpus.cleaning import CleanTune
from charrnn.corpus.collection import Corpus
from charrnn.corpus.originality.index import OriginalityIndex
from charrnn.corpus.split import cluster
from charrnn.errors import EvaluationError
from charrnn.evaluation.two_sample import classifiers
from charrnn.evaluation.two_sample.keys import key_name
from charrnn.evaluation.two_sample.report import FLOOR_NAME, Comparison, Sample, TwoSample
from charrnn.evaluation.two_sample.traits import Traits
from charrnn.model.checkpoint import Checkpoint, load_checkpoint
from charrnn.model.training.processes import Processes
from charrnn.model.training_index import corpus_key, index_or_none
from charrnn.sampling.batch import Composer, numbered
from charrnn.sampling.compose import Composition
from charrnn.sampling.options import DEFAULT_BARS, DEFAULT_PARTS, DEFAULT_TRIES, Request
from charrnn.sampling.ranking import rank

CONDITIONS = ("given headers", "free", "form")
ORDER = 0  # seed of the order of people's tunes
FLOOR = 3  # training tunes read, for each of ours: about a third of them have the form of the page


@dataclass(frozen=True, slots=True)
class Person:
    """A tune of people's to look at."""

    tune: CleanTune
    group: str


@dataclass(frozen=True, slots=True)
class Draw:
    """A tune to compose: single, and the best of so many."""

    requests: tuple[Request, ...]
    group: str


Task = Person | Draw
Result = tuple[Traits | None, ...]  # of a person's tune; or of the first tune and the best one. None without notes


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes a process ready to compose tunes, rank them and look at them."""

    composer: Composer
    index: OriginalityIndex | None  # for the ranking; None where only single tunes are composed

    def __call__(self) -> Callable[[Task], Result]:
        """From a task to the traits of its tunes. Raises CheckpointError."""
        composed = self.composer()
        checkpoint = load_checkpoint(self.composer.checkpoint, self.composer.in_eight_bits)
        return partial(_read, composed, checkpoint, self.index)


def _read(
    composed: Callable[[Request], Composition], checkpoint: Checkpoint, index: OriginalityIndex | None, task: Task
) -> Result:
    if isinstance(task, Person):
        return (Traits.of(task.tune.parsed, task.group),)
    tunes = [composed(request) for request in task.requests]
    best = rank(checkpoint, tunes, index)[0].composition if len(tunes) > 1 else tunes[0]
    return tuple(Traits.of(one.tune, task.group) if one.tune.notes else None for one in (tunes[0], best))


@dataclass(frozen=True, slots=True)
class TwoSampleStudy:
    """What the test is made of."""

    checkpoint: Path
    corpus: Corpus
    split: str  # the unseen side: "validation", "test" or "unseen"
    count: int  # of our tunes in each comparison, single and best
    temperature: float
    seed: int
    candidates: int = 4  # to choose the best of; with 1, single tunes alone
    in_eight_bits: bool = True  # the weights, rounded
    tries: int = DEFAULT_TRIES  # of each bar of ours

    @property
    def settings(self) -> dict[str, Any]:
        """As the report shows them."""
        return {
            "split": self.split,
            "count": self.count,
            "temperature": self.temperature,
            "first_seed": self.seed,
            "candidates": self.candidates,
            "tries": self.tries,
        }

    @property
    def unseen(self) -> list[CleanTune]:
        return self.corpus.split.side(self.split)

    @property
    def reader(self) -> Reader:
        composer = Composer(self.checkpoint, self.in_eight_bits, len(CONDITIONS) * self.count * self.candidates)
        return Reader(composer, self._index() if self.candidates > 1 else None)

    def _index(self) -> OriginalityIndex | None:
        """Of what the model was trained on, as the page has it; made here where the checkpoint has none and this is
        that corpus."""
        checkpoint = load_checkpoint(self.checkpoint)
        if found := index_or_none(checkpoint):
            return found
        is_own = corpus_key(checkpoint.corpus) == self.corpus.sha256
        return OriginalityIndex.build(self.corpus.split.train) if is_own else None

    def people(self) -> tuple[list[Person], list[Person]]:
        """The unseen tunes and the training tunes, in a random order, grouped with their variants."""
        unseen, training = (_shuffled(side) for side in (self.unseen, self.corpus.split.train))
        return _grouped(unseen, "unseen"), _grouped(training, "training")

    def draws(self, condition: str, unseen: Sequence[Person]) -> list[Draw]:
        """Our tunes under one of the CONDITIONS."""
        form = {"bars": DEFAULT_BARS, "parts": DEFAULT_PARTS} if condition == "form" else {}
        request = Request.checked(temperature=self.temperature, seed=self.seed, tries=self.tries, **form)
        if condition != "given headers":
            return [Draw(self._numbered(request, number), f"{condition} {number}") for number in range(self.count)]
        sources = [unseen[number % len(unseen)] for number in range(self.count)]
        return [
            Draw(self._numbered(replace(request, seed_text=source.tune.header), number), source.group)
            for number, source in enumerate(sources)
        ]

    def _numbered(self, request: Request, number: int) -> tuple[Request, ...]:
        first = number * self.candidates
        return tuple(numbered(request, first + candidate) for candidate in range(self.candidates))


def _shuffled(tunes: Sequence[CleanTune]) -> list[CleanTune]:
    return random.Random(ORDER).sample(tunes, len(tunes))


def _grouped(tunes: Sequence[CleanTune], name: str) -> list[Person]:
    """Each with a name for its group of variants, in the order given."""
    groups = {index: f"{name} {number}" for number, members in enumerate(cluster(tunes)) for index in members}
    return [Person(tune, groups[index]) for index, tune in enumerate(tunes)]


Progress = Callable[[Iterable[Any], int, str], Iterable[Any]]


def make_two_sample(
    study: TwoSampleStudy, progress: Progress, workers: int = 1, processes: Processes | None = None
) -> TwoSample | None:
    """Compose the study's tunes and compare them with people's. On other processes than the first, None.

    ``progress(items, count, text)`` passes the items on. Raises EvaluationError where scikit-learn is missing or there
    are too few tunes, and what ``Crew.map`` raises.
    """
    classifiers.require()
    unseen, training = study.people()
    if not unseen:
        raise EvaluationError(f"the corpus has no {study.split} tunes to compare with")
    processes = processes or Processes()
    with Crew(study.reader, workers, processes) as crew:

        def read(tasks: Sequence[Task], text: str) -> list[Result]:
            return list(progress(crew.map(tasks), len(tasks), text))

        people = _kept(read(unseen, "reading people's tunes"), 0)
        floor = _kept(read(training[: FLOOR * study.count], "reading training tunes"), 0)
        drawn = {condition: read(study.draws(condition, unseen), f"composing, {condition}") for condition in CONDITIONS}
    if not processes.is_first:
        return None
    samples = list(_samples(study, people, floor, drawn))
    compared = list(progress(map(Comparison.of, samples), len(samples), "telling apart"))
    known = [key_name(tune.key) for tune in study.corpus.split.train]
    return TwoSample(study.settings, tuple(compared), tuple(known))


def _samples(
    study: TwoSampleStudy, people: list[Traits], floor: list[Traits], drawn: dict[str, list[Result]]
) -> Iterator[Sample]:
    """For each condition the floor, the single tunes and the best ones, each beside people's unseen tunes."""
    for condition, results in drawn.items():
        theirs, known = (_of_form(tunes) if condition == "form" else tunes for tunes in (people, floor))
        yield Sample(condition, FLOOR_NAME, theirs, known[: study.count])
        yield Sample(condition, "single", theirs, _kept(results, 0))
        if study.candidates > 1:
            yield Sample(condition, f"best of {study.candidates}", theirs, _kept(results, 1))


def _of_form(tunes: Iterable[Traits]) -> list[Traits]:
    return [tune for tune in tunes if tune.form == DEFAULT_PARTS]


def _kept(results: Iterable[Result], place: int) -> list[Traits]:
    """Those that have notes."""
    return [traits for result in results if (traits := result[place]) is not None]
