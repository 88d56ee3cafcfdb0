"""Weights that eight bits hold: 255 values in each row of a matrix, from minus to plus its largest.

Rounding is done to the network itself, so that whatever reads it (a score, a plain loop, numpy's steps) meets the same
weights as the compiled kernel, which keeps them in eight bits and reads a quarter of the memory for a character.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from charrnn.model.network import CharLSTM


@torch.no_grad()
def round_to_eight_bits(network: CharLSTM) -> None:
    """Round the matrices that a step multiplies with; tables and biases stay as they are."""
    for index, lstm in enumerate(network.layers):
        named = dict(lstm.named_parameters())
        rows = [named["weight_hh_l0"]] if index == 0 else [named["weight_ih_l0"], named["weight_hh_l0"]]
        _round(rows)  # together, since a step multiplies with them together
    for part in (network.recall, network.pointer, network.dense, network.interval_dense):
        for linear in part.modules() if part else ():
            if isinstance(linear, nn.Linear):
                _round([linear.weight])
    network.in_eight_bits = True


def _round(matrices: Iterable[Tensor]) -> None:
    """Round matrices that stand side by side."""
    matrices = list(matrices)
    largest = torch.cat(matrices, dim=1).abs().amax(dim=1, keepdim=True)
    step = largest.clamp_min(torch.finfo(largest.dtype).tiny) / 127
    for matrix in matrices:
        matrix.copy_(torch.round(matrix / step) * step)
