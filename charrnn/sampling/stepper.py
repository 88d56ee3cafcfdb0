"""One character at a time through a trained network, as fast as its weights can be read from memory.

``network(ids, state)`` is the plain version and the oracle in the tests. For single characters it is slow: oneDNN
repacks the weights of ``nn.LSTM`` at every call, and each operation of torch takes longer to start than to finish.
Here the weights of a step are fused into few matrices, the first layer's input product is a look-up in a table, and
what is left is numpy.

    steps = Stepper(network).start(state)
    logits = steps([id])                       # (1, V), and steps has moved on
"""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn

from charrnn.model.bearings import BARS, Bearings
from charrnn.model.look_back import LookBack
from charrnn.model.network import CharLSTM, State
from charrnn.sampling.linear import Floats, Linear

_TINY, _HALF = np.float32(1e-9), np.float32(0.5)  # the first as the network's


class Stepper:
    """A network's weights laid out for stepping. Holds no state: any number of tunes may share one."""

    def __init__(self, network: CharLSTM) -> None:
        config = network.config
        self.units, self.width, self.residual = config.units, config.look_back, config.residual
        self.next_phase = network.bearings.next_phase.numpy()
        every_phase = np.arange(len(self.next_phase))
        self.symbol_of = network.bearings.symbol_of.numpy()[Bearings.tonics(every_phase)]  # (phases, V)
        self.bar_of = Bearings.bars(every_phase)
        self.inputs, self.bar_inputs = _input_tables(network)
        self.layers = [_layer(lstm, has_table=index == 0) for index, lstm in enumerate(network.layers)]
        self.recall = _fused(network.recall, network.recall.value) if network.recall else None
        self.top = _fused(network.pointer, network.dense) if network.pointer else _linear(network.dense)

    def start(self, state: State, temperature: float = 1.0, repetition: float = 0.0) -> "Steps":
        """Go on from where the network has read to."""
        return Steps(self, state, temperature, repetition)


_kept: WeakKeyDictionary[CharLSTM, tuple[tuple[int, ...], Stepper]] = WeakKeyDictionary()


def stepper_for(network: CharLSTM) -> Stepper:
    """The network's stepper, laid out once for as long as the weights stay as they are."""
    versions = tuple(parameter._version for parameter in network.parameters())  # counts changes in place
    if network not in _kept or _kept[network][0] != versions:
        _kept[network] = versions, Stepper(network)
    return _kept[network][1]


class Steps:
    """Some tunes, B of them, on their way: as many characters read in each."""

    def __init__(self, stepper: Stepper, state: State, temperature: float, repetition: float) -> None:
        self._stepper = stepper
        self._temperature, self._repetition = np.float32(temperature), np.float32(repetition)
        self._hidden, self._cell = list(_copied(state.hidden)), list(_copied(state.cell))  # (B, units) for each layer
        self._phase = _copied(state.phase)
        self._rows = np.arange(len(self._phase))[:, None]
        self._ids = _Growing(state.ids)
        self._recall_keys, self._recall_values = _Growing(state.recall_keys), _Growing(state.recall_values)
        self._pointer_keys = _Growing(state.pointer_keys)

    def __call__(self, ids: Sequence[int] | np.ndarray) -> Floats:
        """Logits (B, V) of the characters behind ``ids`` (B,): as the network gives them in eval mode."""
        stepper, ids = self._stepper, np.asarray(ids)
        symbols = stepper.symbol_of[self._phase, ids]
        self._phase = stepper.next_phase[self._phase, ids]
        gates = stepper.layers[0](self._hidden[0])
        gates += stepper.inputs[symbols]
        gates += stepper.bar_inputs[stepper.bar_of[self._phase]]
        output = self._layer(0, gates)
        if stepper.recall is not None:
            self._ids.append(ids)
            output = output + self._recalled(stepper.recall(output))
        for layer in range(1, len(stepper.layers)):
            below = output
            output = self._layer(layer, stepper.layers[layer](np.concatenate([below, self._hidden[layer]], axis=1)))
            output = output + below if stepper.residual else output
        return self._predicted(stepper.top(output))

    def _layer(self, layer: int, gates: Floats) -> Floats:
        """What an LSTM layer does with its gates: input, forget, output and candidate, the first three halved. (A
        logistic function is a tanh of half its argument, so one call does for all four.)"""
        units = self._stepper.units
        np.tanh(gates, out=gates)
        opened = gates[:, : 3 * units]
        opened *= _HALF
        opened += _HALF
        entered = opened[:, :units]
        entered *= gates[:, 3 * units :]
        cell = self._cell[layer]
        cell *= opened[:, units : 2 * units]
        cell += entered
        self._hidden[layer] = hidden = opened[:, 2 * units :] * np.tanh(cell)
        return hidden

    def _recalled(self, fused: Floats) -> Floats:
        key, query, sentinel, value = _split(fused, self._stepper.width)
        self._recall_values.append(value)
        _, weights = _looked_back(self._recall_keys, key, query, sentinel)
        return np.matmul(weights[:, None], self._recall_values.seen[:, 1:])[:, 0]

    def _predicted(self, fused: Floats) -> Floats:
        stepper = self._stepper
        if stepper.recall is None:
            return self._of_characters(fused) / self._temperature
        key, query, sentinel, own = _split(fused, stepper.width)
        written, weights = _looked_back(self._pointer_keys, key, query, sentinel - self._repetition)
        mixture = self._of_characters(own)
        mixture /= self._temperature
        mixture -= np.maximum.reduce(mixture, axis=1, keepdims=True)
        np.exp(mixture, out=mixture)
        mixture *= written / np.add.reduce(mixture, axis=1, keepdims=True)
        followers = self._ids.seen[:, 1:]
        for row in range(len(mixture)):
            mixture[row] += np.bincount(followers[row], weights[row], mixture.shape[1])
        mixture += _TINY
        return np.log(mixture, out=mixture)

    def _of_characters(self, logits: Floats) -> Floats:
        characters: Floats = logits[self._rows, self._stepper.symbol_of[self._phase]]
        return characters


class _Growing:
    """An array (B, S, ...) that grows by one along S without being copied each time."""

    def __init__(self, start: Tensor) -> None:
        self._length = start.shape[1]
        room = max(64, 2 * self._length)
        self._values = np.zeros((start.shape[0], room, *start.shape[2:]), start.numpy().dtype)
        self._values[:, : self._length] = start.numpy()

    def append(self, values: np.ndarray) -> None:
        if self._length == self._values.shape[1]:
            self._values = np.concatenate([self._values, np.zeros_like(self._values)], axis=1)
        self._values[:, self._length] = values
        self._length += 1

    @property
    def seen(self) -> np.ndarray:
        return self._values[:, : self._length]


def _looked_back(keys: _Growing, key: Floats, query: Floats, sentinel: Floats) -> tuple[Floats, Floats]:
    """``LookBack.weights`` for the newest moment, whose key joins the others: (B, 1) and (B, S - 1)."""
    followed = keys.seen
    scores = np.matmul(followed, query[:, :, None])[:, :, 0]
    keys.append(key)
    every = np.concatenate([sentinel, scores], axis=1)
    every -= np.maximum.reduce(every, axis=1, keepdims=True)
    np.exp(every, out=every)
    every /= np.add.reduce(every, axis=1, keepdims=True)
    return every[:, :1], every[:, 1:]


def _split(fused: Floats, width: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Key, query, sentinel, and the rest."""
    return (
        fused[:, :width],
        fused[:, width : 2 * width],
        fused[:, 2 * width : 2 * width + 1],
        fused[:, 2 * width + 1 :],
    )


# -- laying out the weights


def _input_tables(network: CharLSTM) -> tuple[Floats, Floats]:
    """What each symbol, and each bar's number, adds to the first layer's gates, biases included."""
    from_input, _, bias = _weights(network.layers[0])
    inputs = from_input @ network.embedding.weight.T + bias[:, None]
    bars = from_input.new_zeros(len(bias), BARS)
    if network.bar_embedding is not None:
        bars = from_input @ network.bar_embedding.weight.T
    return _gates(inputs).T, _gates(bars).T


def _layer(lstm: nn.LSTM, has_table: bool) -> Linear:
    """From [input, hidden] to the gates; from the hidden state alone where a table has the rest."""
    from_input, from_hidden, bias = _weights(lstm)
    if has_table:
        return Linear(_gates(from_hidden), None)
    return Linear(_gates(torch.cat([from_input, from_hidden], dim=1)), _gates(bias))


def _weights(lstm: nn.LSTM) -> tuple[Tensor, Tensor, Tensor]:
    """From the input, from the hidden state, and the sum of the two biases."""
    named = dict(lstm.named_parameters())
    return named["weight_ih_l0"], named["weight_hh_l0"], named["bias_ih_l0"] + named["bias_hh_l0"]


def _gates(rows: Tensor) -> Floats:
    """Torch's input, forget, candidate and output gates in the order and the scale of ``Steps._layer``."""
    entry, forget, candidate, output = rows.detach().chunk(4)
    return np.ascontiguousarray(torch.cat([entry / 2, forget / 2, output / 2, candidate]).numpy())


def _fused(look_back: LookBack, rest: nn.Linear) -> Linear:
    """Key, scaled query, sentinel and what else is read from the same vector, in one matrix."""
    parts = [look_back.key, look_back.query, look_back.sentinel, rest]
    scales = [1.0, look_back.scale, 1.0, 1.0]
    weight = torch.cat([part.weight * scale for part, scale in zip(parts, scales, strict=True)])
    bias = torch.cat([part.bias * scale for part, scale in zip(parts, scales, strict=True)])
    return Linear(weight.detach().numpy(), bias.detach().numpy())


def _linear(linear: nn.Linear) -> Linear:
    return Linear(linear.weight.detach().numpy(), linear.bias.detach().numpy())


def _copied(tensor: Tensor) -> np.ndarray:
    return tensor.numpy().copy()
