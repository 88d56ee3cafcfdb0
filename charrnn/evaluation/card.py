"""The evaluation card: what a model writes, and how well it predicts, beside people's own tunes.

The corpus's own value stands beside every row: the test split, counted by the same functions. Likelihood is measured on
it too; nothing is chosen by it.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from charrnn.corpus.collection import Corpus
from charrnn.evaluation.abc2midi import require
from charrnn.evaluation.distributions import Histograms
from charrnn.evaluation.facts import Facts, Sample, Training, judge
from charrnn.evaluation.rows import SECTIONS, Group, Value
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.scoring import Score, score, scored_text, total
from charrnn.sampling.batch import compose_many
from charrnn.sampling.options import DEFAULT_LENGTH, DEFAULT_TEMPERATURE, Request

PEOPLE = "people"
_SHARE_ERROR = 1.96 / 2  # of a share of one half, times the root of the number of tunes


@dataclass(frozen=True, slots=True)
class Column:
    """Tunes that belong together, and what was counted of them."""

    name: str  # people, or 0.9, or 0.9 free: the temperature, and whether the grammar was off
    facts: Sequence[Facts]
    values: dict[str, Value]  # by the name of the row
    histograms: Histograms
    request: Request | None = None  # of the first tune; None for people's tunes

    def as_dict(self) -> dict[str, Any]:
        request: dict[str, Any] = {}
        if self.request:
            form = self.request.form
            request = {
                "temperature": self.request.temperature,
                "grammar": self.request.grammar,
                "parts": form and form.parts,
                "bars": form and form.bars,
                "repetition": self.request.repetition,
                "first_seed": self.request.seed,
            }
        return {"name": self.name, **request, "tunes": len(self.facts), "values": self.values}

    @property
    def temperature(self) -> float | None:
        return self.request.temperature if self.request else None

    @property
    def wrong(self) -> list[str]:
        """The tunes, as ABC, that abc2midi warns of."""
        return [one.abc for one in self.facts if not one.bar_clean]


@dataclass(frozen=True, slots=True)
class Card:
    score: Score  # of the test split
    compared: int  # tunes a column whose distances from training were measured
    people: Column
    samples: Sequence[Column]

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
            "test": {"tunes": len(self.people.facts), **self.score.as_dict()},
            "tunes_compared_with_training": self.compared,
            PEOPLE: self.people.as_dict(),
            "samples": [column.as_dict() for column in self.samples],
        }

    def markdown(self) -> str:
        columns = [self.people, *self.samples]
        scored, fewest = self.score, min(len(column.facts) for column in columns)
        lines = [
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


def make_card(
    checkpoint: Checkpoint,
    corpus: Corpus,
    requests: Sequence[Request],
    count: int,
    progress: Callable[[Iterable[Any], int, str], Iterable[Any]],
    seed_texts: Sequence[str] = (),
) -> Card:
    """Sample ``count`` tunes for each request, from each seed text in turn, and judge them and the test split.

    ``progress(items, count, text)`` passes the items on. Raises EvaluationError where abc2midi is not installed.
    """
    require()
    training = Training.of(corpus.split.train)
    test = random.Random(0).sample(corpus.split.test, len(corpus.split.test))  # any number of them is a fair choice
    compared = min(count, len(test))

    def column(name: str, samples: Sequence[Sample], request: Request | None = None) -> Column:
        facts = judge(samples, training, lambda items, n: progress(items, n, f"judging {name}"))
        values = Group.of(facts, training.histograms, compared).values()
        return Column(name, facts, values, Histograms.total(one.histograms for one in facts), request)

    people = column(PEOPLE, [Sample.of_people(tune) for tune in test])
    texts = [scored_text(tune.parsed, tune.music) for tune in test]
    whole = total(score(checkpoint.network, checkpoint.vocabulary, texts))
    samples = []
    for request in requests:
        name = _name(request)
        tunes = progress(compose_many(checkpoint, request, count, seed_texts), count, f"composing at {name}")
        samples.append(column(name, [Sample.of_model(tune) for tune in tunes], request))
    return Card(whole, compared, people, samples)


def requests_for(
    temperatures: Sequence[float],
    seed: object = 1,
    grammar: bool = True,
    bars: object = None,
    parts: object = None,
    repetition: object = 0.0,
) -> list[Request]:
    """One for each temperature; and, where the grammar is on, one without it at the default temperature or, if that is
    not among them, at the first: the card shows both. Raises OptionError."""
    chosen = [
        Request.checked("", temperature, DEFAULT_LENGTH, seed, grammar, bars, parts, repetition)
        for temperature in temperatures
    ]
    if not grammar:
        return chosen
    usual = next((request for request in chosen if request.temperature == DEFAULT_TEMPERATURE), chosen[0])
    return [*chosen, replace(usual, grammar=False, form=None)]


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
