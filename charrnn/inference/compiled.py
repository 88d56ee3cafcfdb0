"""A network's weights laid out for the compiled kernel, and its steps for who wants them one at a time.

    steps = CompiledStepper(network).start(state)
    probabilities = steps([id])                # (1, V), and steps has moved on

A network whose weights are of eight bits (``model.rounding``) is stepped with a quarter of the memory's work. The same
characters give the same probabilities to the last bit, in whatever company, and other threads run beside the kernel.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from charrnn.inference.batch import Slots
from charrnn.inference.compiling import kind_of
from charrnn.inference.draws import Sampling
from charrnn.inference.guides import masks_for
from charrnn.inference.kernel.arrays import Network
from charrnn.inference.kernel.products import LANES
from charrnn.inference.kernel.tiles import DEPTH, GROUPS
from charrnn.inference.layout import Affine, Floats, Ints, Layout, in_eight_bits
from charrnn.inference.tables import Automata
from charrnn.model.network import CharLSTM, State
from charrnn.model.position.bearings import Bearings

_HINTS = ("interval", "bar", "tonic", "filled", "missing", "left", "following")  # in the kernel's order


class CompiledStepper(Layout):
    """A network's weights laid out for the kernel. Holds no state: any number of tunes may share one."""

    def __init__(self, network: CharLSTM) -> None:
        super().__init__(network)
        kind, self.layer_count = kind_of(network.in_eight_bits), network.config.layers
        self.kept_as = np.dtype(np.uint16 if network.in_eight_bits else np.float32)  # what is looked back at
        self.automata = Automata(self.clock, masks_for(self.clock.characters).grammar)
        phases = np.arange(len(self.next_phase))
        places = [Bearings.tonics(phases), Bearings.letters(phases), Bearings.bars(phases)]  # type: ignore[type-var]
        first_rows = [self.first_row[name] for name in _HINTS if name in self.first_row]
        lowest, *others = (packed(affine, kind) for affine in self.layers)
        nothing = Affine(np.zeros((LANES, self.units), np.float32), np.zeros(LANES, np.float32))
        empty = packed(Affine(np.zeros((4 * self.units, 2 * self.units), np.float32), nothing.bias), kind)
        self.arrays = Network(  # type: ignore[call-arg]
            *(self.inputs, np.array(first_rows, np.int64), self.next_phase, np.stack(places, axis=1)),
            *(self.symbol_of, self.interval_of, self.logit_columns),
            *lowest,
            *(np.stack([layer[part] for layer in others] or [empty[part]])[: len(others)] for part in range(3)),
            self.residual,
            *packed(self.recall or nothing, kind),
            *packed(self.top, kind),
        )

    def start(
        self, states: State | Sequence[State], temperature: float = 1.0, repetition: float = 0.0
    ) -> "CompiledSteps":
        """Go on from where the network has read to; with several states, from all of them at once, in one row or more
        each. They may have read differently many characters."""
        return CompiledSteps(self, [states] if isinstance(states, State) else states, temperature, repetition)


def packed(affine: Affine, kind: str) -> tuple[npt.NDArray[np.generic], Floats, Floats]:
    """Panels, what 1 stands for in each row, and the bias, all of them with zeros up to a whole panel."""
    weight, bias = (_filled_up(part, LANES) for part in affine)
    rows, depth = weight.shape
    if kind == "fp32":
        panels = weight.reshape(-1, LANES, depth).transpose(0, 2, 1)
        return np.ascontiguousarray(panels), np.zeros(0, np.float32), bias
    whole, scale = in_eight_bits(weight)
    pack = _in_tiles if kind == "tiles" else _in_pairs
    return np.ascontiguousarray(pack(whole.astype(np.int8), rows // LANES)), scale, bias


def _in_pairs(whole: npt.NDArray[np.int8], panels: int) -> npt.NDArray[np.int8]:
    """(panels, depth / 2, 64 * 2): of each row two weights, then of the next one."""
    pairs = _filled_up(whole.T, 2).T.reshape(panels, LANES, -1, 2).transpose(0, 2, 1, 3)
    return pairs.reshape(panels, -1, 2 * LANES)


def _in_tiles(whole: npt.NDArray[np.int8], panels: int) -> npt.NDArray[np.int8]:
    """(panels, depth / 64, 4, 16 * 64): tiles of sixteen rows, each of them of four weights at a time."""
    tiles = _filled_up(whole.T, DEPTH).T.reshape(panels, GROUPS, LANES // GROUPS, -1, DEPTH // 4, 4)
    return tiles.transpose(0, 3, 1, 4, 2, 5).reshape(panels, -1, GROUPS, LANES // GROUPS * DEPTH)


def _filled_up(array: np.ndarray, multiple: int) -> np.ndarray:
    """With zeros after the last row, up to a multiple of rows."""
    return np.pad(array, [(0, -len(array) % multiple)] + [(0, 0)] * (array.ndim - 1))


class CompiledSteps:
    """Some tunes, B of them, on their way, a character in each at a time."""

    def __init__(
        self, stepper: CompiledStepper, states: Sequence[State], temperature: float, repetition: float
    ) -> None:
        places = [(state, row) for state in states for row in range(len(state.time))]
        self._slots, self._order = Slots(stepper, len(places)), list(range(len(places)))
        for slot, (state, row) in enumerate(places):
            self._slots.begin(slot, state, row)
            self._slots.rows.settings[slot] = Sampling(temperature, repetition).settings

    def __call__(self, ids: Sequence[int] | Ints) -> Floats:
        """Probabilities (B, V) of the characters after ``ids`` (B,): as the network gives them in eval mode."""
        if len(ids) != len(self._order):
            raise ValueError(f"{len(self._order)} characters are wanted, one for each tune, not {len(ids)}")
        self._slots.read(self._order, ids)
        probabilities: Floats = self._slots.rows.probabilities[self._order]
        return probabilities

    @property
    def untempered(self) -> Floats:
        """The same at temperature 1, without repetition."""
        untempered: Floats = self._slots.rows.untempered[self._order]
        return untempered
