"""A judge of tunes: the probability that a tune is people's and not the model's own, by short patterns that it has.

Logistic regression on ``features``, trained on people's training tunes against tunes that the model wrote. It
ranks candidates: where four tunes are there to choose from, the one that is most like people's comes first. It is kept
beside its checkpoint, ``NAME.judge.npz``, and belongs to those weights alone: what gives another network away is
something else.
"""

import hashlib
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from charrnn.errors import CheckpointError
from charrnn.files import write_atomically
from charrnn.model.likeness.features import Features, features_of
from charrnn.notation.tune import Tune

FORMAT_VERSION = 1
MIN_TUNES = 4  # or phrases, that have a feature; fewer prove nothing
PENALTIES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)  # of the squared weights, to choose from
FOLDS = 5  # the penalty is chosen on every fifth tune
_STEPS = 200  # of L-BFGS at most

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judge:
    """Weights of features, which are known by a hash of their name, in rising order."""

    hashes: npt.NDArray[np.uint32]  # (F,)
    weights: Floats  # (F,)
    bias: float
    checkpoint: str  # sha256 of the weights whose tunes it was trained on

    def score(self, tune: Tune) -> float:
        """Probability that the tune is people's, 0 to 1."""
        return float(1 / (1 + np.exp(-self.logit(features_of(tune)))))

    def logit(self, features: Features) -> float:
        if not features or not len(self.hashes):
            return self.bias
        wanted = _hashes(features)
        places = np.searchsorted(self.hashes, wanted)
        known = self.hashes.take(places, mode="clip") == wanted
        values = np.fromiter(features.values(), np.float32, len(features))
        return self.bias + float(self.weights.take(places, mode="clip") @ (known * values))


def train(people: Sequence[Features], ours: Sequence[Features], checkpoint: str) -> tuple[Judge, float]:
    """A judge, and how well it tells tunes that it was not trained on (area under the ROC curve).

    The penalty is chosen on every fifth tune; the judge is then trained on all.
    """
    every = [*people, *ours]
    is_people = np.array([True] * len(people) + [False] * len(ours))
    held_out = np.arange(len(every)) % FOLDS == 0
    table = _Table(every)
    tried = []
    for penalty in PENALTIES:
        weights = table.fit(~held_out, is_people, penalty)
        tried.append((auc(table.logits(weights, held_out), is_people[held_out]), penalty))
    best, penalty = max(tried)
    weights = table.fit(np.ones(len(every), bool), is_people, penalty)
    return Judge(table.hashes, _rounded(weights[:-1]), float(weights[-1]), checkpoint), best


def mean_of(first: Judge, second: Judge) -> Judge:
    """The judge whose logit is the mean of the two."""
    hashes, places = np.unique(np.concatenate([first.hashes, second.hashes]), return_inverse=True)
    weights = np.bincount(places, np.concatenate([first.weights, second.weights])) / 2
    return Judge(hashes, _rounded(weights), (first.bias + second.bias) / 2, first.checkpoint)


def auc(values: npt.NDArray[np.floating], is_positive: npt.NDArray[np.bool_]) -> float:
    """Probability that a positive has the greater value; equal values count half."""
    return float(placements(values[is_positive], values[~is_positive]).mean())


def placements(values: npt.NDArray[np.floating], others: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """For each value, the share of the others that are lower; equal ones count half."""
    ordered = np.sort(others)
    lower = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    found: npt.NDArray[np.float64] = lower / (2 * len(others))
    return found


class _Table:
    """The features of many tunes as a sparse matrix."""

    def __init__(self, every: Sequence[Features]) -> None:
        tunes_with = Counter(name for features in every for name in features)
        names = [name for name, count in tunes_with.items() if count >= MIN_TUNES]
        self.hashes = np.unique(_hashes(names))  # in rising order
        column = {int(value): place for place, value in enumerate(self.hashes)}
        rows, columns, values = [], [], []
        for row, features in enumerate(every):
            for (name, value), hashed in zip(features.items(), _hashes(features).tolist(), strict=True):
                place = column.get(hashed) if tunes_with[name] >= MIN_TUNES else None
                if place is not None:
                    rows.append(row)
                    columns.append(place)
                    values.append(value)
        self._matrix = torch.sparse_coo_tensor(
            torch.tensor([rows, columns]),
            torch.tensor(values, dtype=torch.float32),
            (len(every), len(self.hashes)),
            check_invariants=True,
        ).coalesce()

    def fit(self, chosen: npt.NDArray[np.bool_], is_people: npt.NDArray[np.bool_], penalty: float) -> Floats:
        """Weights, and the bias last. The two sides count alike, however many tunes they have."""
        matrix = self._rows(chosen)
        transposed = matrix.t().coalesce()
        target = torch.from_numpy(is_people[chosen].astype(np.float32))
        share = torch.where(target > 0, 0.5 / target.sum(), 0.5 / (1 - target).sum())
        weights = torch.zeros(matrix.shape[1] + 1)
        weights.grad = torch.zeros_like(weights)
        optimizer = torch.optim.LBFGS([weights], max_iter=_STEPS, line_search_fn="strong_wolfe")

        def loss() -> torch.Tensor:
            """With its gradient by hand: torch's own sorts the matrix anew at each step."""
            inner, gradient = weights[:-1], weights.grad
            assert gradient is not None
            logits = torch.sparse.mm(matrix, inner[:, None])[:, 0] + weights[-1]
            above = share * (torch.sigmoid(logits) - target)
            gradient[:-1] = torch.sparse.mm(transposed, above[:, None])[:, 0] + 2 * penalty * inner
            gradient[-1] = above.sum()
            nats = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, share, reduction="sum")
            return nats + penalty * inner.square().sum()

        optimizer.step(loss)
        found: Floats = weights.numpy()
        return found

    def logits(self, weights: Floats, chosen: npt.NDArray[np.bool_]) -> Floats:
        found: Floats = torch.sparse.mm(self._rows(chosen), torch.from_numpy(weights[:-1, None])).numpy()[:, 0]
        found += weights[-1]
        return found

    def _rows(self, chosen: npt.NDArray[np.bool_]) -> torch.Tensor:
        return self._matrix.index_select(0, torch.from_numpy(np.flatnonzero(chosen))).coalesce()


def save(judge: Judge, path: Path) -> None:
    """Write a judge as a whole or not at all. Raises CheckpointError naming the file."""
    data = io.BytesIO()
    np.savez_compressed(
        data,
        allow_pickle=False,
        version=np.array(FORMAT_VERSION),
        hashes=judge.hashes,
        weights=judge.weights.astype(np.float16),
        bias=np.array(judge.bias),
        checkpoint=np.array(judge.checkpoint),
        digest=np.array(_digest(judge)),
    )
    try:
        write_atomically(path, data.getvalue())
    except OSError as error:
        raise CheckpointError(f"{path} cannot be written: {error.strerror}") from error


def load(path: Path) -> Judge:
    """Read and verify a judge. Raises CheckpointError, one sentence naming the file and the cause."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            version = int(arrays["version"])
            judge = Judge(
                arrays["hashes"].astype(np.uint32),
                arrays["weights"].astype(np.float32),
                float(arrays["bias"]),
                str(arrays["checkpoint"]),
            )
            digest = str(arrays["digest"])
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}") from error
    except (KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise CheckpointError(f"{path} is no judge of tunes: {error}") from error
    if version != FORMAT_VERSION:
        raise CheckpointError(f"{path} has format version {version}; this program reads version {FORMAT_VERSION}")
    if digest != _digest(judge):
        raise CheckpointError(f"{path} does not have the sha256 that it gives: it is damaged")
    return judge


def _digest(judge: Judge) -> str:
    parts = (
        judge.hashes.tobytes(),
        judge.weights.astype(np.float16).tobytes(),
        f"{judge.bias} {judge.checkpoint}".encode(),
    )
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _rounded(weights: npt.NDArray[np.floating]) -> Floats:
    """As they are kept."""
    return weights.astype(np.float16).astype(np.float32)


def _hashes(names: Collection[str]) -> npt.NDArray[np.uint32]:
    return np.fromiter(map(zlib.crc32, map(str.encode, names)), np.uint32, len(names))
