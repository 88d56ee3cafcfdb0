"""What a tune on its way may look back at, as it grows."""

import numpy as np
from torch import Tensor

from charrnn.sampling.linear import Floats


class Growing:
    """An array (B, S, ...) that grows by one along S without being copied each time."""

    def __init__(self, start: Tensor) -> None:
        self.length = start.shape[1]
        room = max(64, 2 * self.length)
        self._values = np.zeros((start.shape[0], room, *start.shape[2:]), start.numpy().dtype)
        self._values[:, : self.length] = start.numpy()

    def append(self, values: np.ndarray) -> None:
        """``values`` (B, ...) are those of the newest moment."""
        if self.length == self._values.shape[1]:
            self._values = np.concatenate([self._values, np.zeros_like(self._values)], axis=1)
        self._values[:, self.length] = values
        self.length += 1

    def keep(self, rows: np.ndarray) -> None:
        """Go on with these rows."""
        self._values = self._values[rows]

    @property
    def seen(self) -> np.ndarray:
        return self._values[:, : self.length]


class Memory:
    """The keys of a ``LookBack``."""

    def __init__(self, keys: Tensor, heads: int = 1) -> None:
        self.keys, self._heads = Growing(keys), heads

    def weights(self, queries: Floats, sentinel: Floats) -> Floats:
        """``LookBack.weights`` for the newest moment, which is not among the keys yet, but for a factor that is left to
        the caller: (B, 1 + S * heads), the sentinel's first, then moment by moment.

        ``queries`` are (B, heads * width), the sentinel (B,).
        """
        keys, heads = self.keys.seen, self._heads
        weights = np.empty((len(keys), 1 + keys.shape[1] * heads), dtype=np.float32)
        weights[:, 0] = sentinel
        np.matmul(keys, _side_by_side(queries, heads), out=weights[:, 1:].reshape(*keys.shape[:2], heads))
        weights -= np.maximum.reduce(weights, axis=1, keepdims=True)
        return np.exp(weights, out=weights)


def _side_by_side(queries: Floats, heads: int) -> Floats:
    """(B, heads * width) to (B, heads * width, heads): one column for each head, zero where the others' keys are."""
    if heads == 1:
        return queries[:, :, None]
    rows, width = len(queries), queries.shape[1] // heads
    columns = np.zeros((rows, heads * width, heads), dtype=np.float32)
    for head in range(heads):
        part = slice(head * width, (head + 1) * width)
        columns[:, part, head] = queries[:, part]
    return columns
