"""A judge of tunes: the probability that a tune is people's and not the model's own, by short patterns that it has.

Logistic regression on ``features``, trained (``likeness.fitting``) on people's training tunes against tunes that the
model wrote. It ranks candidates: where four tunes are there to choose from, the one that is most like people's comes
first. It is kept beside its checkpoint, ``NAME.judge.npz``, and belongs to those weights alone: what gives another
network away is something else.
"""

import contextlib
import hashlib
import io
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from charrnn.errors import CheckpointError
from charrnn.files import write_atomically
from charrnn.model.likeness.features import Features, features_of
from charrnn.notation.tune import Tune

FORMAT_VERSION = 1

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
        return self.bias + self.weight(features)

    def weight(self, features: Features) -> float:
        """The logit without the bias. Of features that are counted it is the same in whatever order they come: weights
        of sixteen bits times whole numbers have an exact sum."""
        if not features or not len(self.hashes):
            return 0.0
        wanted = hashes_of(features)
        places = np.searchsorted(self.hashes, wanted)
        known = self.hashes.take(places, mode="clip") == wanted
        values = np.fromiter(features.values(), np.float64, len(features))
        return float(self.weights.take(places, mode="clip").astype(np.float64) @ (known * values))


def mean_of(first: Judge, second: Judge) -> Judge:
    """The judge whose logit is the mean of the two."""
    hashes, places = np.unique(np.concatenate([first.hashes, second.hashes]), return_inverse=True)
    weights = np.bincount(places, np.concatenate([first.weights, second.weights])) / 2
    return Judge(hashes, rounded(weights), (first.bias + second.bias) / 2, first.checkpoint)


def auc(values: npt.NDArray[np.floating], is_positive: npt.NDArray[np.bool_]) -> float:
    """Probability that a positive has the greater value; equal values count half."""
    return float(placements(values[is_positive], values[~is_positive]).mean())


def placements(values: npt.NDArray[np.floating], others: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """For each value, the share of the others that are lower; equal ones count half."""
    ordered = np.sort(others)
    lower = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    found: npt.NDArray[np.float64] = lower / (2 * len(others))
    return found


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
    with _named(path):
        write_atomically(path, data.getvalue())


@contextlib.contextmanager
def kept_apart(folder: Path) -> Iterator[Path]:
    """A folder for files that belong in this one. They are moved there, one after another, once the ``with`` has ended
    well; if it does not, those that are there stay. Raises CheckpointError naming what cannot be written."""
    with _named(folder):
        apart = tempfile.TemporaryDirectory(prefix=".judges.", dir=folder, ignore_cleanup_errors=True)
    with apart as name:
        yield Path(name)
        for file in sorted(Path(name).iterdir()):
            with _named(folder / file.name):
                file.replace(folder / file.name)


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Raises CheckpointError naming the path where it cannot be written."""
    try:
        yield
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


def rounded(weights: npt.NDArray[np.floating]) -> Floats:
    """Weights as they are kept."""
    return weights.astype(np.float16).astype(np.float32)


def hashes_of(names: Collection[str]) -> npt.NDArray[np.uint32]:
    return np.fromiter(map(zlib.crc32, map(str.encode, names)), np.uint32, len(names))
