"""A network's steps by the compiled kernel: the same as those of ``sampling.stepper``, a few times as fast.

    steps = CompiledStepper(network).start(state)
    probabilities = steps([id])                # (1, V), and steps has moved on

A network whose weights are of eight bits (``model.rounding``) is stepped with a quarter of the memory's work. The same
characters give the same probabilities to the last bit, in whatever company, and other threads run beside the kernel.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from charrnn.model import plan as planning
from charrnn.model.bearings import Bearings
from charrnn.model.network import CharLSTM, State
from charrnn.sampling.kernel import LANES, step
from charrnn.sampling.layout import Affine, Floats, Ints, Layout

_HINTS = ("interval", "bar", "tonic", "filled", "missing", "left", "following")  # in the kernel's order


class CompiledStepper(Layout):
    """A network's weights laid out for the kernel. Holds no state: any number of tunes may share one."""

    def __init__(self, network: CharLSTM) -> None:
        super().__init__(network)
        in_eight_bits = network.in_eight_bits
        phases = np.arange(len(self.next_phase))
        places = [Bearings.tonics(phases), Bearings.letters(phases), Bearings.bars(phases)]  # type: ignore[type-var]
        first_rows = [self.first_row[name] for name in _HINTS if name in self.first_row]
        lowest, *others = (_packed(affine, in_eight_bits) for affine in self.layers)
        nothing = Affine(np.zeros((LANES, self.units), np.float32), np.zeros(LANES, np.float32))
        empty = _packed(Affine(np.zeros((4 * self.units, 2 * self.units), np.float32), nothing.bias), in_eight_bits)
        self.arrays = (
            *(self.inputs, np.array(first_rows, np.int64), self.next_phase, np.stack(places, axis=1)),
            *(self.symbol_of, self.interval_of, self.logit_columns),
            *lowest,
            *(np.stack([layer[part] for layer in others] or [empty[part]])[: len(others)] for part in range(3)),
            self.residual,
            *_packed(self.recall or nothing, in_eight_bits),
            *_packed(self.top, in_eight_bits),
        )

    def start(
        self, states: State | Sequence[State], temperature: float = 1.0, repetition: float = 0.0
    ) -> "CompiledSteps":
        """Go on from where the network has read to; with several states, from all of them at once, in one row or more
        each. They may have read differently many characters."""
        return CompiledSteps(self, [states] if isinstance(states, State) else states, temperature, repetition)


def _packed(affine: Affine, in_eight_bits: bool) -> tuple[npt.NDArray[np.generic], Floats, Floats]:
    """Panels, what 1 stands for in each row, and the bias, all of them with zeros up to a whole panel."""
    weight, bias = (_filled_up(part, LANES) for part in affine)
    rows, depth = weight.shape
    if not in_eight_bits:
        panels = weight.reshape(-1, LANES, depth).transpose(0, 2, 1)
        return np.ascontiguousarray(panels), np.zeros(0, np.float32), bias
    scale = np.maximum(np.abs(weight).max(axis=1), np.finfo(np.float32).tiny) / 127
    whole = _filled_up(np.rint(weight / scale[:, None]).astype(np.int8).T, 2).T
    pairs = whole.reshape(rows // LANES, LANES, -1, 2).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(pairs).reshape(len(pairs), -1, 2 * LANES), scale.astype(np.float32), bias


def _filled_up(array: np.ndarray, multiple: int) -> np.ndarray:
    """With zeros behind the last row, up to a multiple of rows."""
    return np.pad(array, [(0, -len(array) % multiple)] + [(0, 0)] * (array.ndim - 1))


class CompiledSteps:
    """Some tunes, B of them, on their way, a character in each at a time."""

    def __init__(
        self, stepper: CompiledStepper, states: Sequence[State], temperature: float, repetition: float
    ) -> None:
        self._stepper = stepper
        self._settings = np.float32(temperature), np.float32(repetition)
        self._time = [node for state in states for node in state.time]
        self._plan = [plan for state in states for plan in state.plan]
        self._bars = np.zeros((len(self._time), 4), np.int64)  # where in the bar and in the plan
        cell, hidden = (
            np.concatenate([getattr(state, name).numpy() for state in states], axis=1) for name in ("cell", "hidden")
        )
        self._layers = [cell, np.concatenate([hidden, hidden], axis=2)[1:]]  # by layer and row
        phase = np.concatenate([state.phase.numpy() for state in states])
        seen = np.array([state.ids.shape[1] for state in states for _ in state.time], np.int64)
        self._rows = [hidden[0].copy(), phase, seen]
        self._longest = int(seen.max())
        self._moments = _Moments(stepper, len(self._time), self._longest)
        places = ((state, place) for state in states for place in range(len(state.time)))
        for row, (one, place) in enumerate(places):
            self._moments.fill(row, one, place)
        self._gather()

    def _gather(self) -> None:
        """All that does not change from step to step, as the kernel wants it."""
        (cell, read), (hidden, phase, seen) = self._layers, self._rows
        state = (cell, hidden, read, phase, seen, *self._moments.arrays)
        self._arguments = (*self._stepper.arrays, *self._settings, *state)

    def __call__(self, ids: Sequence[int] | Ints) -> Floats:
        """Probabilities (B, V) of the characters behind ``ids`` (B,): as the network gives them in eval mode."""
        came, bars = np.array(ids, np.int64), self._bars
        if len(came) != len(bars):
            raise ValueError(f"{len(bars)} characters are wanted, one for each tune, not {len(came)}")
        if self._stepper.has_hints:
            self._advance(ids)
        if self._moments.is_full(self._longest):
            self._moments.grow()
            self._gather()
        self._longest += 1
        probabilities: Floats = np.empty((len(bars), self._stepper.characters), np.float32)
        step(*self._arguments, came, bars, probabilities)
        return probabilities

    def _advance(self, ids: Sequence[int] | Ints) -> None:
        """Follow where the texts stand."""
        clock, bars = self._stepper.clock, self._bars
        for row, (node, plan, index) in enumerate(zip(self._time, self._plan, ids, strict=True)):
            self._time[row], self._plan[row] = node, plan = planning.step(clock, node, plan, int(index))
            bars[row] = *node.moment, *planning.hints_of(node, plan)

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these of the tunes."""
        chosen = np.array(rows, dtype=np.int64)
        self._layers = [np.ascontiguousarray(array[:, chosen]) for array in self._layers]
        self._rows = [array[chosen] for array in self._rows]
        self._time, self._plan = [self._time[row] for row in rows], [self._plan[row] for row in rows]
        self._bars = self._bars[chosen]
        self._moments.arrays = [array[chosen] for array in self._moments.arrays]
        self._gather()


class _Moments:
    """What B tunes may look back at, in the kernel's form, with room to grow."""

    def __init__(self, layout: Layout, rows: int, longest: int) -> None:
        panels, heads, width = longest // LANES + 2, layout.heads, layout.width
        ids, intervals = np.zeros((2, rows, panels * LANES), np.int64)
        self.arrays: list[np.ndarray] = [
            *(ids, intervals, np.zeros((rows, panels, width, LANES), np.float32)),  # recall's keys
            np.zeros((rows, panels * LANES, layout.units), np.float32),
            np.zeros((rows, heads, panels, width, LANES), np.float32),  # the pointer's keys
        ]

    def fill(self, row: int, state: State, place: int) -> None:
        """The row begins with what the state has of one of its sequences."""
        seen = state.ids.shape[1]
        ids, intervals, recall_keys, values, pointer_keys = (array[row] for array in self.arrays)
        ids[:seen], intervals[:seen] = state.ids[place].numpy(), state.intervals[place].numpy()
        values[:seen] = state.recall_values[place].numpy()
        _in_panels(state.recall_keys[place].numpy(), recall_keys)
        for head, keys in enumerate(np.split(state.pointer_keys[place].numpy(), len(pointer_keys), axis=1)):
            _in_panels(keys, pointer_keys[head])

    def is_full(self, moments: int) -> bool:
        return moments == self.arrays[0].shape[1]

    def grow(self) -> None:
        """Make room for twice as many."""
        pairs = zip(self.arrays, (1, 1, 1, 1, 2), strict=True)
        self.arrays = [np.concatenate([array, np.zeros_like(array)], axis) for array, axis in pairs]


def _in_panels(keys: Floats, panels: Floats) -> None:
    """Keys (S, width) to ``panels`` (panels, width, 64)."""
    whole = np.zeros((len(panels) * LANES, panels.shape[1]), np.float32)
    whole[: len(keys)] = keys
    panels[:] = whole.reshape(len(panels), LANES, -1).transpose(0, 2, 1)
