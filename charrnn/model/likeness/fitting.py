"""Trains a judge: logistic regression with a penalty, by L-BFGS, on what enough tunes have. Needs scipy."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit

from charrnn.model.likeness.features import Features
from charrnn.model.likeness.judge import Judge, auc, hashes_of, rounded

MIN_TUNES = 4  # or phrases, that have a feature; fewer prove nothing
PENALTIES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)  # of the squared weights, to choose from
FOLDS = 5  # the penalty is chosen on every fifth tune
_STEPS = 200  # of L-BFGS at most

Floats = npt.NDArray[np.float64]
Chosen = npt.NDArray[np.bool_]


def train(people: Sequence[Features], ours: Sequence[Features], checkpoint: str) -> tuple[Judge, float]:
    """A judge, and how well it tells tunes that it was not trained on (area under the ROC curve).

    The penalty is chosen on every fifth tune; the judge is then trained on all.
    """
    every = [*people, *ours]
    is_people = np.arange(len(every)) < len(people)
    held_out = np.arange(len(every)) % FOLDS == 0
    hashes, matrix = _table(every)
    tried = []
    for penalty in PENALTIES:
        weights = _fitted(matrix[~held_out], is_people[~held_out], penalty)
        tried.append((auc(matrix[held_out] @ weights[:-1], is_people[held_out]), penalty))
    best, penalty = max(tried)
    weights = _fitted(matrix, is_people, penalty)
    return Judge(hashes, rounded(weights[:-1]), float(weights[-1]), checkpoint), best


def _table(every: Sequence[Features]) -> tuple[npt.NDArray[np.uint32], csr_matrix]:
    """The hashes of the features that enough tunes have (F,), in rising order, and their values (tunes, F)."""
    tunes_with = Counter(name for features in every for name in features)
    names = [name for name, count in tunes_with.items() if count >= MIN_TUNES]
    hashed = hashes_of(names)
    hashes = np.unique(hashed)
    column = dict(zip(names, np.searchsorted(hashes, hashed).tolist(), strict=True))
    columns, values, starts = [], [], [0]
    for features in every:
        known = [(column[name], value) for name, value in features.items() if name in column]
        columns += [place for place, _ in known]
        values += [value for _, value in known]
        starts.append(len(columns))
    return hashes, csr_matrix((np.array(values, np.float32), columns, starts), shape=(len(every), len(hashes)))


def _fitted(matrix: csr_matrix, is_people: Chosen, penalty: float) -> Floats:
    """Weights, and the bias last. The two sides count alike, however many tunes they have."""
    share = np.where(is_people, 0.5 / is_people.sum(), 0.5 / (~is_people).sum())
    sign = np.where(is_people, 1.0, -1.0)
    transposed = matrix.T.tocsr()

    def loss(weights: Floats) -> tuple[float, Floats]:
        """In nats, with its gradient."""
        logits = matrix @ weights[:-1] + weights[-1]
        above = -share * sign * expit(-sign * logits)
        nats = share @ np.logaddexp(0.0, -sign * logits) + penalty * weights[:-1] @ weights[:-1]
        return float(nats), np.append(transposed @ above + 2 * penalty * weights[:-1], above.sum())

    found: Floats = minimize(
        loss, np.zeros(matrix.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}
    ).x
    return found
