"""Reads a whole text through a network, piece by piece: the memory that looking back takes then grows with the text and
not with its square, and whoever waits can stop in between."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

PIECE = 1024  # characters: longer than nearly every tune, which is so read at once


def patient() -> None:
    """Lets it go on."""


def read_whole(
    network: nn.Module, ids: Tensor, state: Any = None, *options: Any, check: Callable[[], None] = patient
) -> Tensor:
    """Logits (B, T, V) for ids (B, T) from START on, the network being in ``state``. ``check`` is called before each
    piece and may raise.

    ``network(ids, state, *options)`` gives (logits, state). Raises what ``check`` raises.
    """
    pieces = []
    for start in range(0, ids.shape[1], PIECE):
        check()
        logits, state = network(ids[:, start : start + PIECE], state, *options)
        pieces.append(logits)
    return torch.cat(pieces, dim=1)
