"""From tunes to batches. Targets are the inputs shifted by one character.

Three ways to cut, each a generator over one epoch:

- ``whole_tunes``: each row is a tune from its first character, rows of like length together (what the look back needs);
- ``streams``: the text is laid out as B long rows and read window by window; the state is carried from one window to
  the next (truncated back-propagation through time);
- ``random_windows``: B windows from random places, each with a fresh state (the usual notebook's way).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from charrnn.model.position.plan import Plan

IGNORED = -100  # a target that counts for nothing: padding after a shorter tune
_WIDTHS = 16  # widths of padded batches are multiples of it: oneDNN and the allocator keep memory for each new shape

Ids = np.ndarray  # (length,), int64


class Example(NamedTuple):
    """A tune to learn from, and what the network is told of it."""

    ids: Ids
    fifths: int = 0  # how far it was transposed
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    inputs: Tensor  # (B, T)
    targets: Tensor  # (B, T), IGNORED where a row has ended
    carries_state: bool  # goes on from the batch before
    fifths: tuple[int, ...] = ()  # of B tunes; empty where the rows are no tunes
    plans: tuple[Plan | None, ...] = ()

    @property
    def characters(self) -> int:
        return int((self.targets != IGNORED).sum())


def whole_tunes(tunes: Sequence[Example], start: int, characters: int, random: np.random.Generator) -> Iterator[Batch]:
    """Batches of at most so many characters, or of one tune. ``start`` is the id that the network reads first."""
    order = np.argsort([len(tune.ids) + random.random() * 16 for tune in tunes])  # differently each epoch
    groups: list[list[int]] = []
    longest = 0
    for index in order:
        longest = max(longest, _width(len(tunes[index].ids)))
        if not groups or (len(groups[-1]) + 1) * longest > characters:
            groups.append([])
            longest = _width(len(tunes[index].ids))
        groups[-1].append(int(index))
    for place in random.permutation(len(groups)):
        yield padded([tunes[index] for index in groups[place]], start)


def padded(tunes: Sequence[Example], start: int) -> Batch:
    """One row a tune, each from the start id on."""
    width = _width(max(len(tune.ids) for tune in tunes))
    inputs = np.full((len(tunes), width), start, dtype=np.int64)
    targets = np.full((len(tunes), width), IGNORED, dtype=np.int64)
    for row, (ids, _, _) in enumerate(tunes):
        inputs[row, 1 : len(ids)] = ids[:-1]
        targets[row, : len(ids)] = ids
    fifths, plans = (tuple(getattr(tune, name) for tune in tunes) for name in ("fifths", "plan"))
    return Batch(torch.from_numpy(inputs), torch.from_numpy(targets), False, fifths, plans)


def _width(length: int) -> int:
    return -(-length // _WIDTHS) * _WIDTHS


def streams(text: Ids, batch_size: int, seq_length: int) -> Iterator[Batch]:
    """Row b of the batches, read one after another, is the b-th part of the text."""
    length = (len(text) - 1) // batch_size
    rows_in = text[: batch_size * length].reshape(batch_size, length)
    rows_out = text[1 : batch_size * length + 1].reshape(batch_size, length)
    for first in range(0, length, seq_length):
        window = slice(first, first + seq_length)
        yield _batch(rows_in[:, window], rows_out[:, window], carries_state=first > 0)


def random_windows(text: Ids, batch_size: int, seq_length: int, random: np.random.Generator) -> Iterator[Batch]:
    """As many batches as make up one length of the text."""
    offsets = np.arange(seq_length)
    for _ in range(max(1, (len(text) - 1) // (batch_size * seq_length))):
        firsts = random.integers(0, len(text) - seq_length, batch_size)
        places = firsts[:, None] + offsets
        yield _batch(text[places], text[places + 1], carries_state=False)


def _batch(inputs: Ids, targets: Ids, carries_state: bool) -> Batch:
    return Batch(
        torch.from_numpy(np.ascontiguousarray(inputs)), torch.from_numpy(np.ascontiguousarray(targets)), carries_state
    )
