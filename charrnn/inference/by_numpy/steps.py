"""A network's steps by numpy: for as long as the compiled kernel is not ready, and where it cannot be had.

steps = NumpyStepper(network).start(state)
probabilities = steps([id])                # (1, V), and steps has moved on
"""

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from charrnn.inference.by_numpy.linear import Linear, RoundedLinear
from charrnn.inference.by_numpy.memory import Growing, Memory
from charrnn.inference.layout import Floats, Ints, Layout, in_sixteen_bits
from charrnn.model.network import CharLSTM, State
from charrnn.model.position.bearings import NO_LETTER, Bearings
from charrnn.model.position.clock import Node
from charrnn.model.position.plan import PlanState, hints_of, step

_TINY, _HALF = np.float32(1e-9), np.float32(0.5)  # the first as the network's


class NumpyStepper(Layout):
    """A network's weights laid out for stepping. Holds no state: any number of tunes may share one."""

    def __init__(self, network: CharLSTM) -> None:
        super().__init__(network)
        linear = RoundedLinear if network.in_eight_bits else Linear
        self.kept = in_sixteen_bits if network.in_eight_bits else np.asarray  # of what is looked back at
        self.products = [linear(*affine) for affine in self.layers]
        self.recall_product = linear(*self.recall) if self.recall else None
        self.top_product = linear(*self.top)

    def start(self, states: State | Sequence[State], temperature: float = 1.0, repetition: float = 0.0) -> "NumpySteps":
        """Go on from where the network has read to; with several states, from all of them at once, in one row or more
        each. They may have read differently many characters."""
        return NumpySteps(self, [states] if isinstance(states, State) else states, temperature, repetition)

    def input_rows(self, index: int, before: int, after: int, node: Node, plan: PlanState) -> list[int]:
        """The rows of ``inputs`` that belong to a character between two phases."""
        symbol = self.symbol_of[Bearings.tonics(before), index]
        if not self.has_hints:
            return [symbol]
        rows, (filled, missing), (left, following) = self.first_row, node.moment, hints_of(node, plan)
        planned = [rows["left"] + left, rows["following"] + following] if self.has_plan else []
        return [
            symbol,
            rows["interval"] + self.interval_of[Bearings.letters(before), index],
            rows["bar"] + Bearings.bars(after),
            rows["tonic"] + Bearings.tonics(after),
            rows["filled"] + filled,
            rows["missing"] + missing,
            *planned,
        ]


class NumpySteps:
    """Some tunes, B of them, on their way, a character in each at a time."""

    def __init__(self, stepper: NumpyStepper, states: Sequence[State], temperature: float, repetition: float) -> None:
        self._stepper = stepper
        self._temperature, self._repetition = np.float32(temperature), np.float32(repetition)
        cell, hidden = (
            np.concatenate([getattr(state, name).numpy() for state in states], axis=1) for name in ("cell", "hidden")
        )
        self._cell = list(cell)  # (B, units) for each layer
        # What a layer's weights are multiplied with (B, in + units): what it reads and its hidden state.
        self._read = [hidden[0], *(np.concatenate([layer, layer], axis=1) for layer in hidden[1:])]
        self._phase: list[int] = [phase for state in states for phase in state.phase.tolist()]
        self._time = [node for state in states for node in state.time]
        self._plan = [plan for state in states for plan in state.plan]
        self._rows = np.arange(len(self._phase))[:, None, None]
        self.untempered: Floats = np.zeros((len(self._phase), stepper.characters), np.float32)  # see ``Steps``
        if stepper.recall is not None:
            kept = stepper.kept
            self._recall = Memory([state.recall_keys for state in states], kept)
            self._recalled = Growing([state.recall_values[:, 1:] for state in states], kept)  # the values of followers
            self._pointer = Memory([state.pointer_keys for state in states], kept, stepper.heads)
            self._followers = Growing([self._codes(state) for state in states])

    @property
    def plan(self) -> PlanState:
        """Where the first tune stands in its plan."""
        return self._plan[0]

    def copy(self) -> "NumpySteps":
        """The same tunes, to be gone on with apart."""
        found = copy.copy(self)
        for name in ("_phase", "_time", "_plan"):  # of values that never change
            setattr(found, name, list(getattr(self, name)))
        for name in ("_cell", "_read", "_recall", "_recalled", "_pointer", "_followers"):
            if hasattr(self, name):
                setattr(found, name, copy.deepcopy(getattr(self, name)))
        return found

    def _codes(self, state: State) -> Tensor:
        """The followers (B, S - 1, heads), as characters and as intervals."""
        codes = [state.ids[:, 1:], state.intervals[:, 1:] + self._stepper.characters]
        return torch.stack(codes[: self._stepper.heads], dim=-1)

    def __call__(self, ids: Sequence[int] | Ints) -> Floats:
        """Probabilities (B, V) of the characters after ``ids`` (B,): as the network gives them in eval mode."""
        stepper = self._stepper
        gates = stepper.products[0](self._read[0])
        gates += np.add.reduce(stepper.inputs[self._advance(ids)], axis=1)
        output = self._layer(0, gates)
        if stepper.recall_product is not None:
            output = output + self._recollection(stepper.recall_product(output))
        for layer in range(1, len(stepper.products)):
            below, read = output, self._read[layer]
            read[:, : stepper.units] = below
            output = self._layer(layer, stepper.products[layer](read))
            if stepper.residual:
                output = output + below
        return self._predicted(stepper.top_product(output))

    def _advance(self, ids: Sequence[int] | Ints) -> list[list[int]]:
        """Follow where the texts stand; the rows of the input table for each."""
        stepper, rows, codes = self._stepper, [], []
        for row, index in enumerate(ids):
            before = self._phase[row]
            self._phase[row] = after = int(stepper.next_phase[before, index])
            if stepper.has_hints:
                self._time[row], self._plan[row] = step(stepper.clock, self._time[row], self._plan[row], int(index))
            rows.append(stepper.input_rows(index, before, after, self._time[row], self._plan[row]))
            interval = stepper.interval_of[Bearings.letters(before), index]
            codes.append([index, interval + stepper.characters][: stepper.heads])
        if stepper.recall is not None and self._recall.keys.length:
            self._followers.append(np.array(codes))
        return rows

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
        hidden: Floats = self._read[layer][:, -units:]
        np.multiply(opened[:, 2 * units :], np.tanh(cell), out=hidden)
        return hidden

    def _recollection(self, fused: Floats) -> Floats:
        """What ``Recall`` adds to the first layer's output."""
        width, memory = self._stepper.width, self._recall
        if memory.keys.length:  # the first character of all follows nothing
            self._recalled.append(fused[:, 2 * width + 1 :])
        weights = memory.weights(fused[:, width : 2 * width], fused[:, 2 * width])
        memory.keys.append(fused[:, :width])
        recalled: Floats = np.matmul(weights[:, None, 1:], self._recalled.seen)[:, 0]
        recalled /= np.add.reduce(weights, axis=1, keepdims=True)
        return recalled

    def _predicted(self, fused: Floats) -> Floats:
        stepper = self._stepper
        written, untempered = (self._written(fused, temperature) for temperature in (self._temperature, np.float32(1)))
        if stepper.recall is not None:
            width, memory = stepper.heads * stepper.width, self._pointer
            weights = memory.weights(fused[:, width : 2 * width], fused[:, 2 * width] - self._repetition)
            memory.keys.append(fused[:, :width])
            followers = enumerate(self._followers.seen)
            copied = np.stack([self._copied(row, each.ravel(), weights[row, 1:]) for row, each in followers])
            written = _blended(written, weights[:, :1], copied)
            untempered = _blended(untempered, weights[:, :1] * np.exp(self._repetition), copied)
        self.untempered = untempered + _TINY
        return written + _TINY

    def _written(self, fused: Floats, temperature: np.float32) -> Floats:
        """The softmax of the dense layer at a temperature."""
        columns = self._stepper.logit_columns[[_reading(phase) for phase in self._phase]]
        logits: Floats = np.add.reduce(fused[self._rows, columns], axis=1)
        logits /= temperature
        logits -= np.maximum.reduce(logits, axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= np.add.reduce(logits, axis=1, keepdims=True)
        return logits

    def _copied(self, row: int, followers: Ints, weights: Floats) -> np.ndarray:
        """What the characters that followed weigh together (V,): as they were, and as intervals."""
        stepper = self._stepper
        counted = np.bincount(followers, weights, stepper.characters + stepper.interval_symbols)
        copied: np.ndarray = counted[: stepper.characters]
        if stepper.heads == 1:
            return copied
        echoed: np.ndarray = counted[stepper.characters :][stepper.interval_of[Bearings.letters(self._phase[row])]]
        copied += echoed
        return copied


def _blended(written: Floats, sentinel: Floats, copied: np.ndarray) -> Floats:
    mixture: Floats = (written * sentinel + copied).astype(np.float32)
    mixture /= np.add.reduce(mixture, axis=1, keepdims=True)  # some intervals lead beyond the letters
    return mixture


def _reading(phase: int) -> int:
    """What of a phase tells how characters are read: the tonic and the last letter."""
    return Bearings.tonics(phase) * (NO_LETTER + 1) + Bearings.letters(phase)
