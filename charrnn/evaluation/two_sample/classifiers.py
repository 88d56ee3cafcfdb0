"""Two classifiers that try to tell two kinds of tunes apart, and how well they do: the AUC on tunes they have not seen.

- *runs*: logistic regression (L2) on tf-idf weighted counts of runs;
- *figures*: gradient boosting on the figures of a tune's shape;
- *together*: the mean of the ranks that the two give.

Ten folds, stratified; tunes of one group (variants of a tune, a tune and the one composed under its header) lie in the
same fold. All random choices are seeded: the same tunes give the same figures.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charrnn.errors import EvaluationError
from charrnn.evaluation.two_sample.figures import FIGURES
from charrnn.evaluation.two_sample.runs import Run
from charrnn.evaluation.two_sample.traits import Traits
from charrnn.model.likeness.judge import placements

FOLDS = 10
SEED = 0
FEWEST = 2 * FOLDS  # tunes of a kind
NAMES = ("runs", "figures", "together")
MIN_TUNES = 3  # a run in fewer tunes tells nothing of the others
REGULARISATION = 10.0  # sklearn's C; this and BOOSTING are usual values, not tuned
BOOSTING = {"max_iter": 150, "learning_rate": 0.06, "max_leaf_nodes": 8, "min_samples_leaf": 10}
_95 = 1.96  # standard deviations

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Auc:
    """Area under the ROC curve, with a 95 % confidence interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def require() -> None:
    """Raises EvaluationError where scikit-learn is missing."""
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise EvaluationError(f"the two-sample test needs scikit-learn, which cannot be loaded: {error}") from error


def tell_apart(people: Sequence[Traits], ours: Sequence[Traits]) -> dict[str, Auc]:
    """The AUC of each classifier, by name; over 0.5 where it finds ours. Raises EvaluationError where there are too few
    tunes or scikit-learn is missing."""
    require()
    if min(len(people), len(ours)) < FEWEST:
        raise EvaluationError(
            f"the two-sample test needs at least {FEWEST} tunes of each kind, not {len(people)} and {len(ours)}"
        )
    every = [*people, *ours]
    is_ours = np.arange(len(every)) >= len(people)
    ranks = _held_out_ranks(every, is_ours)
    ranks["together"] = (ranks["runs"] + ranks["figures"]) / 2
    return {name: auc(ranks[name], is_ours) for name in NAMES}


def auc(scores: Floats, is_ours: NDArray[np.bool_]) -> Auc:
    """The area, with the interval of DeLong et al. (Biometrics 44, 1988): the variance of the mean share of the other
    kind that each tune is above."""
    ours, people = scores[is_ours], scores[~is_ours]
    above = placements(ours, people)  # (ours,)
    below = 1 - placements(people, ours)  # (people,)
    value = float(above.mean())
    error = _95 * math.sqrt(above.var(ddof=1) / len(ours) + below.var(ddof=1) / len(people))
    return Auc(value, max(0.0, value - error), min(1.0, value + error))


def folds(tunes: Sequence[Traits], is_ours: NDArray[np.bool_]) -> Iterator[tuple[Any, Any]]:
    """Indices of the tunes to train on and of those to ask about, ``FOLDS`` times."""
    from sklearn.model_selection import StratifiedGroupKFold

    groups = np.array([tune.group for tune in tunes])
    yield from StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED).split(is_ours, is_ours, groups)


def _held_out_ranks(tunes: Sequence[Traits], is_ours: NDArray[np.bool_]) -> dict[str, Floats]:
    """For each classifier, the rank from 0 to 1 that it gives each tune among those of its fold, trained on the other
    folds."""
    inputs = {"runs": _counts(tunes), "figures": _table(tunes)}
    ranks = {name: np.zeros(len(tunes)) for name in inputs}
    for train, test in folds(tunes, is_ours):
        for name, features in inputs.items():
            model = _classifier(name).fit(features[train], is_ours[train])
            ranks[name][test] = _ranks(model.predict_proba(features[test])[:, 1])
    return ranks


def _classifier(name: str) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    if name == "figures":
        return HistGradientBoostingClassifier(**BOOSTING, early_stopping=False, random_state=SEED)
    regression = LogisticRegression(C=REGULARISATION, solver="liblinear", random_state=SEED)
    return make_pipeline(TfidfTransformer(sublinear_tf=True), regression)


def _counts(tunes: Sequence[Traits]) -> Any:
    """Sparse matrix (tunes, runs) of the runs that stand in a few tunes at least, in an order of their own."""
    from scipy.sparse import csr_matrix

    columns = {run: place for place, run in enumerate(known_runs(tunes))}
    rows = [(row, columns[run], count) for row, tune in enumerate(tunes) for run, count in tune.runs.items()
            if run in columns]  # fmt: skip
    where = np.array([(row, column) for row, column, _ in rows], dtype=np.int64).reshape(-1, 2)
    values = np.array([count for _, _, count in rows], dtype=np.float64)
    return csr_matrix((values, (where[:, 0], where[:, 1])), shape=(len(tunes), len(columns)))


def known_runs(tunes: Sequence[Traits], fewest: int = MIN_TUNES) -> list[Run]:
    """The runs that stand in at least so many of the tunes."""
    standing = Counter(run for tune in tunes for run in tune.runs)
    return sorted((run for run, count in standing.items() if count >= fewest), key=str)


def _table(tunes: Sequence[Traits]) -> Floats:
    """(tunes, figures)"""
    return np.array([[tune.figures[figure.name] for figure in FIGURES] for tune in tunes])


def _ranks(scores: Floats) -> Floats:
    """From 0 to 1; equal scores have equal ranks."""
    return placements(scores, scores)
