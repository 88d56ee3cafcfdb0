"""The features that tell most between two kinds of tunes, in words: each by its AUC alone."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from charrnn.evaluation.two_sample.classifiers import auc, known_runs
from charrnn.evaluation.two_sample.figures import FIGURES
from charrnn.evaluation.two_sample.runs import Run, words
from charrnn.evaluation.two_sample.traits import Traits

STRONGEST = 15
FEWEST = 0.05  # share of the tunes in which a run stands
_RATE = 1000  # runs are counted per so many notes


@dataclass(frozen=True, slots=True)
class Telling:
    """One feature, and its mean over each kind of tunes."""

    words: str
    people: float
    ours: float
    auc: float  # of this feature alone, 0.5 to 1 whichever way it tells
    shown: str  # a format for the means

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "shown"}


def telling_figures(people: Sequence[Traits], ours: Sequence[Traits]) -> list[Telling]:
    """The strongest figures of shape, strongest first."""
    found = []
    for figure in FIGURES:
        values = [np.array([tune.figures[figure.name] for tune in kind]) for kind in (people, ours)]
        found.append(_telling(figure.words, figure.shown, *values))
    return sorted(found, key=lambda one: -one.auc)[:STRONGEST]


def telling_runs(people: Sequence[Traits], ours: Sequence[Traits]) -> list[Telling]:
    """The strongest runs, strongest first; of runs that contain one another only the strongest. Their means are counts
    per 1,000 notes."""
    found = []
    for run in known_runs([*people, *ours], round(FEWEST * (len(people) + len(ours)))):
        rates = [np.array([_rate(tune, run) for tune in kind]) for kind in (people, ours)]
        found.append((_telling(words(run), ".1f", *rates), run))
    found.sort(key=lambda one: -one[0].auc)
    return [telling for telling, _ in _without_relatives(found)][:STRONGEST]


def _telling(text: str, shown: str, people: Any, ours: Any) -> Telling:
    is_ours = np.arange(len(people) + len(ours)) >= len(people)
    value = auc(np.concatenate([people, ours]), is_ours).value
    return Telling(text, float(people.mean()), float(ours.mean()), max(value, 1 - value), shown)


def _rate(tune: Traits, run: Run) -> float:
    return _RATE * tune.runs.get(run, 0) / max(1.0, tune.figures["notes"])


def _without_relatives(found: Iterable[tuple[Telling, Run]]) -> list[tuple[Telling, Run]]:
    kept: list[tuple[Telling, Run]] = []
    for telling, run in found:
        if len(kept) < STRONGEST and not any(_holds(run, other) or _holds(other, run) for _, other in kept):
            kept.append((telling, run))
    return kept


def _holds(run: Run, other: Run) -> bool:
    """Whether the values of the other run stand in this one."""
    values, wanted = run[1:], other[1:]
    places = range(len(values) - len(wanted) + 1)
    return run[0] == other[0] and any(values[place : place + len(wanted)] == wanted for place in places)
