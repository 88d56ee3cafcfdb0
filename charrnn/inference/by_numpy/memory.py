"""What a tune on its way may look back at, as it grows."""

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor

from charrnn.inference.layout import Floats


class Growing:
    """An array (B, S, ...) that grows by one along S without being copied each time."""

    def __init__(self, starts: Sequence[Tensor], kept: Callable[[np.ndarray], np.ndarray] = np.asarray) -> None:
        """``starts`` (b, s, ...) are the first rows, the next ones and so on; zeros stand before the shorter ones.
        ``kept`` makes of all values what is kept of them."""
        first, self._kept = starts[0], kept
        self.length = max(start.shape[1] for start in starts)
        rows, room = sum(len(start) for start in starts), max(64, 2 * self.length)
        self._values = np.zeros((rows, room, *first.shape[2:]), first.numpy().dtype)
        row = 0
        for start in starts:
            self._values[row : row + len(start), self.length - start.shape[1] : self.length] = kept(start.numpy())
            row += len(start)

    def append(self, values: np.ndarray) -> None:
        """``values`` (B, ...) are those of the newest moment."""
        if self.length == self._values.shape[1]:
            self._values = np.concatenate([self._values, np.zeros_like(self._values)], axis=1)
        self._values[:, self.length] = self._kept(values)
        self.length += 1

    @property
    def seen(self) -> np.ndarray:
        return self._values[:, : self.length]


class Memory:
    """The keys of a ``LookBack``."""

    def __init__(self, starts: Sequence[Tensor], kept: Callable[[np.ndarray], np.ndarray], heads: int = 1) -> None:
        self.keys, self._heads = Growing(starts, kept), heads
        padding = [self.keys.length - start.shape[1] for start in starts for _ in range(len(start))]
        # True (B, the longest padding * heads) where a shorter tune has no moment.
        self._absent = np.arange(max(padding) * heads) < heads * np.array(padding)[:, None]

    def weights(self, queries: Floats, sentinel: Floats) -> Floats:
        """``LookBack.weights`` for the newest moment, which is not among the keys yet, but for a factor that is left to
        the caller: (B, 1 + S * heads), the sentinel's first, then moment by moment.

        ``queries`` are (B, heads * width), the sentinel (B,).
        """
        keys, heads = self.keys.seen, self._heads
        weights = np.empty((len(keys), 1 + keys.shape[1] * heads), dtype=np.float32)
        weights[:, 0] = sentinel
        np.matmul(keys, _side_by_side(queries, heads), out=weights[:, 1:].reshape(*keys.shape[:2], heads))
        if self._absent.shape[1]:
            weights[:, 1 : 1 + self._absent.shape[1]][self._absent] = -np.inf
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
