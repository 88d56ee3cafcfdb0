"""A network's weights laid out for stepping: those of a step fused into few matrices, the first layer's input product a
table to look up in. The steppers of numpy and of the compiled kernel both start from here.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from charrnn.model.network import CharLSTM
from charrnn.model.position.bearings import NO_LETTER, NO_TONIC

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


class Affine(NamedTuple):
    """``x @ weight.T + bias``."""

    weight: Floats  # (units out, units in)
    bias: Floats  # (units out,)


def in_eight_bits(weight: Floats) -> tuple[Floats, Floats]:
    """Whole numbers from -127 to 127 (units out, units in), and what 1 stands for in each row, of weights that are of
    eight bits (``model.rounding``)."""
    scale = np.maximum(np.abs(weight).max(axis=1), np.finfo(np.float32).tiny) / np.float32(127)
    return np.rint(weight / scale[:, None]), scale


def finest(depth: int) -> int:
    """How many steps of sixteen bits an activation may have on either side, so that each half of it has a sign of its
    own, and no sum of so many products with eight bits leaves 32. The same as in the kernel, which reads no file
    but its own."""
    return min(127 * 256 + 127, (2**31 - 1) // (127 * depth))


def upper_halves(values: Floats) -> npt.NDArray[np.uint16]:
    """Rounded to the sixteen bits of bf16, as what is looked back at is kept beside weights of eight bits."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def in_sixteen_bits(values: Floats) -> Floats:
    """The same, widened again."""
    widened: Floats = (upper_halves(values).astype(np.uint32) << 16).view(np.float32)
    return widened


class Layout:
    """What of a network the steps need."""

    def __init__(self, network: CharLSTM) -> None:
        config, bearings = network.config, network.bearings
        self.units, self.width, self.residual = config.units, config.look_back, config.residual
        self.heads, self.characters = network.pointer_heads, bearings.characters
        self.clock, self.has_hints, self.has_plan = bearings.clock, bool(network.hints), config.plan
        self.interval_symbols = bearings.interval_symbols
        self.next_phase = bearings.next_phase.numpy()
        self.symbol_of, self.interval_of = bearings.symbol_of.numpy(), bearings.interval_of.numpy()
        self.inputs, self.first_row = _inputs(network)
        self.layers = [_layer(lstm, has_table=index == 0) for index, lstm in enumerate(network.layers)]
        self.recall = _fused(network, network.recall, network.recall.value) if network.recall else None
        self.top = _fused(network, network.pointer, network.dense)
        self.logit_columns = _logit_columns(network)  # (readings, 2, V); a reading is a tonic and a last letter


def _inputs(network: CharLSTM) -> tuple[Floats, dict[str, int]]:
    """What each symbol and each hint adds to the first layer's gates, biases with the symbol; the first row of each."""
    from_input, _, bias = _weights(network.layers[0])
    tables = [network.embedding.weight @ from_input.T + bias]
    first_row = {}
    for name, hint in network.hints.items():
        assert isinstance(hint, nn.Embedding)
        first_row[name] = sum(len(table) for table in tables)
        tables.append(hint.weight @ from_input.T)
    return np.ascontiguousarray(_gates(torch.cat(tables).T).T), first_row


def _layer(lstm: nn.LSTM, has_table: bool) -> Affine:
    """From [input, hidden] to the gates; from the hidden state alone where a table has the rest."""
    from_input, from_hidden, bias = _weights(lstm)
    if has_table:
        return Affine(_gates(from_hidden), np.zeros(len(bias), np.float32))
    return Affine(_gates(torch.cat([from_input, from_hidden], dim=1)), _gates(bias))


def _weights(lstm: nn.LSTM) -> tuple[Tensor, Tensor, Tensor]:
    """From the input, from the hidden state, and the sum of the two biases."""
    named = dict(lstm.named_parameters())
    return named["weight_ih_l0"], named["weight_hh_l0"], named["bias_ih_l0"] + named["bias_hh_l0"]


def _gates(rows: Tensor) -> Floats:
    """Torch's input, forget, candidate and output gates as the steps have them: input, forget, output and candidate,
    the first three halved, since a logistic function is a tanh of half its argument."""
    entry, forget, candidate, output = rows.detach().chunk(4)
    return np.ascontiguousarray(torch.cat([entry / 2, forget / 2, output / 2, candidate]).numpy())


def _fused(network: CharLSTM, look_back: nn.Module | None, rest: nn.Linear) -> Affine:
    """Key, scaled query, sentinel and what else is read from the same vector, in one matrix. At the top, the intervals
    follow, and a row of zeros."""
    parts: list[tuple[Tensor, Tensor]] = []
    if look_back is not None:
        for name, scale in (("key", 1.0), ("query", look_back.scale), ("sentinel", 1.0)):
            part = getattr(look_back, name)
            parts.append((part.weight * scale, part.bias * scale))
    parts.append((rest.weight, rest.bias))
    if rest is network.dense:
        parts += [(part, part.new_zeros(len(part))) for part in _interval_weights(network)]
    weight, bias = (torch.cat([part[index] for part in parts]).detach().numpy() for index in (0, 1))
    return Affine(weight, bias)


def _interval_weights(network: CharLSTM) -> list[Tensor]:
    nothing = network.dense.weight.new_zeros(1, network.config.units)
    return [nothing] if network.interval_dense is None else [network.interval_dense.weight, nothing]


def _logit_columns(network: CharLSTM) -> Ints:
    """The columns (readings, 2, V) of the top's product that give a character's logit: of its symbol, and of its
    interval, or the column of zeros."""
    bearings, config = network.bearings, network.config
    looking = 2 * network.pointer_heads * config.look_back + 1 if network.pointer is not None else 0
    intervals = looking + bearings.symbols
    zeros = intervals + sum(len(part) for part in _interval_weights(network)) - 1
    columns = []
    for tonic, letter in product(range(NO_TONIC + 1), range(NO_LETTER + 1)):
        interval = bearings.interval_of[letter] - bearings.characters
        has_none = (interval < 0) | (network.interval_dense is None)
        columns.append(
            torch.stack([looking + bearings.symbol_of[tonic], torch.where(has_none, zeros, intervals + interval)])
        )
    return torch.stack(columns).numpy()
