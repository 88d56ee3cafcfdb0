"""The evaluation card: what a model writes, and how well it predicts, beside people's own tunes.

The corpus's own value stands beside every row: the test split, counted by the same functions. Likelihood is measured on
it too; nothing is chosen by it.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from charrnn.bulk.crew import Crew
from charrnn.corpus.cleaning import CleanTune
from charrnn.corpus.collection import Corpus
from charrnn.errors import EvaluationError
from charrnn.evaluation.abc2midi import require
from charrnn.evaluation.distributions import Histograms
from charrnn.evaluation.facts import Facts, Judge, Sample, Task, Training
from charrnn.evaluation.rows import SECTIONS, Group, Value
from charrnn.model.checkpoint import Checkpoint, load_checkpoint
from charrnn.model.scoring import Score, planned, score, scored_text, total
from charrnn.model.training.processes import Processes
from charrnn.sampling.batch import Composer, numbered
from charrnn.sampling.options import DEFAULT_TEMPERATURE, Request

PEOPLE = "people"
_OTHER_CORPUS = "**The model was trained on another corpus: what is called training here is not what it has learnt.**"
_SHARE_ERROR = 1.96 / 2  # of a share of one half, times the root of the number of tunes


@dataclass(frozen=True, slots=True)
class Column:
    """Tunes that belong together, and what was counted of them."""

    name: str  # people, or 1, or 1 free: the temperature, and whether the grammar was off
    facts: Sequence[Facts]
    values: dict[str, Value]  # by the name of the row
    histograms: Histograms
    request: Request | None = None  # of the first tune; None for people's tunes

    def as_dict(self) -> dict[str, Any]:
        request = asdict(self.request) | {"first_seed": self.request.seed} if self.request else {}
        for of_one_tune in ("seed_text", "length", "seed"):
            request.pop(of_one_tune, None)
        return {"name": self.name, **request, "tunes": len(self.facts), "values": self.values}

    @property
    def temperature(self) -> float | None:
        return self.request.temperature if self.request else None

    @property
    def wrong(self) -> list[str]:
        """The tunes, as ABC, that abc2midi warns of."""
        return [one.sample.abc for one in self.facts if not one.bar_clean]


@dataclass(frozen=True, slots=True)
class Card:
    corpus: dict[str, Any]  # its names and hash
    score: Score  # of its test split
    compared: int  # tunes a column whose distances from training were measured
    people: Column
    samples: Sequence[Column]
    is_own: bool = True  # the corpus is the one that the model was trained on, as far as its checkpoint says

    @property
    def usual(self) -> Column:
        """The sample at the default temperature; the first one where that was not asked for."""
        return next((column for column in self.samples if column.temperature == DEFAULT_TEMPERATURE), self.samples[0])

    @property
    def by_temperature(self) -> list[Column]:
        """The samples that differ in nothing but their temperature, from cold to hot."""
        grammar = self.samples[0].request and self.samples[0].request.grammar
        alike = [column for column in self.samples if column.request and column.request.grammar == grammar]
        return sorted(alike, key=lambda column: column.temperature or 0.0)

    def as_dict(self) -> dict[str, Any]:
        return {
            "corpus": self.corpus | {"trained_on": self.is_own},
            "test": {"tunes": len(self.people.facts), **self.score.as_dict()},
            "tunes_compared_with_training": self.compared,
            PEOPLE: self.people.as_dict(),
            "samples": [column.as_dict() for column in self.samples],
        }

    def markdown(self) -> str:
        columns = [self.people, *self.samples]
        other = () if self.is_own else (_OTHER_CORPUS, "")
        scored, fewest = self.score, min(len(column.facts) for column in columns)
        lines = [
            *other,
            f"Unseen tunes (the {len(self.people.facts):,} of the test split, each header given): "
            f"**{scored.bits_per_character:.3f} bits per character, {scored.bits_per_note:.3f} bits per note.**",
        ]
        for name, rows in SECTIONS.items():
            lines += ["", _line([name, *(_heading(column) for column in columns)]), _rule(len(columns))]
            for row in rows:
                lines.append(_line([row.label, *(row.text(column.values[row.name]) for column in columns)]))
        lines += [
            "",
            "*People* are the test split, counted by the same functions; what a row means is said in"
            f" `charrnn/evaluation/`. The three distances are Jensen-Shannon divergences of {self.compared:,} tunes a"
            " column: people's own says how far so many tunes are from training's by chance. Chance moves a share of"
            f" {fewest:,} tunes by up to {100 * _SHARE_ERROR / fewest**0.5:.1f} points either way, 95 times in 100.",
        ]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Study:
    """What a card is made of."""

    checkpoint: Path
    corpus: Corpus  # whose training side tunes are compared with, and whose test side is people's own
    requests: Sequence[Request]
    count: int  # tunes for each request
    seed_texts: Sequence[str] = ()  # each tune starts from the next one, in turn
    in_eight_bits: bool = True  # the weights, rounded

    @property
    def composer(self) -> Composer:
        return Composer(self.checkpoint, self.in_eight_bits, self.count * len(self.requests))

    def tasks(self, request: Request) -> list[Request]:
        return [numbered(request, number, self.seed_texts) for number in range(self.count)]


def make_card(
    study: Study,
    progress: Callable[[Iterable[Any], int, str], Iterable[Any]],
    workers: int = 1,
    processes: Processes | None = None,
    kept: Sequence[Sample] = (),
    keep: Callable[[Sample], None] | None = None,
) -> Card | None:
    """Sample the study's tunes and judge them and the test split. On other processes than the first, None.

    ``progress(items, count, text)`` passes the items on. ``kept`` are the first tunes of a run that was stopped, and
    ``keep`` is given each further one. Raises EvaluationError where abc2midi is not installed or the test split is
    empty, and what ``Crew.map`` raises.
    """
    require()
    corpus, processes = study.corpus, processes or Processes()
    if not corpus.split.test:
        raise EvaluationError("the corpus is too small to have a test split: there are no tunes to compare with")
    training = Training.of(corpus.split.train)
    test = random.Random(0).sample(corpus.split.test, len(corpus.split.test))  # any number of them is a fair choice
    with Crew(Judge(study.composer, training), workers, processes) as crew:
        tunes = [Sample.of_people(tune) for tune in test]
        people = list(progress(crew.map(tunes), len(tunes), f"judging {PEOPLE}"))
        samples = []
        for index, request in enumerate(study.requests):
            before = kept[index * study.count : (index + 1) * study.count]
            tasks: list[Task] = [*before, *study.tasks(request)[len(before) :]]
            facts: list[Facts] = []
            for one in progress(crew.map(tasks), study.count, f"composing at {_name(request)}"):
                facts.append(one)
                if keep and len(facts) > len(before):
                    keep(one.sample)
            samples.append(facts)
    if not processes.is_first:
        return None
    compared = min(study.count, len(test))

    def column(name: str, facts: Sequence[Facts], request: Request | None = None) -> Column:
        values = Group.of(facts, training.histograms, compared).values()
        return Column(name, facts, values, Histograms.total(one.histograms for one in facts), request)

    checkpoint = load_checkpoint(study.checkpoint, study.in_eight_bits)
    return Card(
        {"names": list(corpus.names), "sha256": corpus.sha256},
        _score(checkpoint, test),
        compared,
        column(PEOPLE, people),
        [column(_name(request), facts, request) for request, facts in zip(study.requests, samples, strict=True)],
        is_own=checkpoint.corpus.get("sha256") in (None, corpus.sha256),
    )


def _score(model: Checkpoint, tunes: Sequence[CleanTune]) -> Score:
    texts = planned(model.network, model.plans, [scored_text(tune.parsed, tune.music) for tune in tunes])
    return total(score(model.network, model.vocabulary, texts))


def requests_for(
    temperatures: Sequence[float],
    seed: object = 1,
    **options: object,
) -> list[Request]:
    """One for each temperature, with the other options of ``Request.checked``; and, where the grammar is on, one
    without it at the default temperature or, if that is not among them, at the first: the card shows both. Raises
    OptionError."""
    chosen = [Request.checked(temperature=temperature, seed=seed, **options) for temperature in temperatures]
    if not chosen[0].grammar:
        return chosen
    usual = next((request for request in chosen if request.temperature == DEFAULT_TEMPERATURE), chosen[0])
    return [*chosen, usual.without_grammar()]


def _name(request: Request) -> str:
    return f"{request.temperature:g}" + ("" if request.grammar else " free")


def _heading(column: Column) -> str:
    if not column.request:
        return f"people ({len(column.facts):,})"
    return f"T={column.request.temperature:g}{'' if column.request.grammar else ', no grammar'} ({len(column.facts):,})"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return "|---" + "|--:" * columns + "|"
