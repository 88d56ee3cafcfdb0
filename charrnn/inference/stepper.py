"""One character at a time through a trained network, as fast as its weights can be read from memory.

``network(ids, state)`` is the plain version and the oracle in the tests. For single characters it is slow: oneDNN
repacks the weights of ``nn.LSTM`` at every call, and each operation of torch takes longer to start than to finish.

    steps = stepper_for(network).start(state)
    probabilities = steps([id])                # (1, V), and steps has moved on

The compiled kernel (``inference.compiled``) takes the steps where it is ready, numpy (``inference.numpy_steps``) where
it is not: they agree but for the rounding of fp32.
"""

from collections.abc import Sequence
from typing import Protocol
from weakref import WeakKeyDictionary

from torch import Tensor

from charrnn.inference import compiling
from charrnn.inference.layout import Floats, Ints
from charrnn.inference.numpy_steps import NumpyStepper
from charrnn.model.network import CharLSTM, State


class Steps(Protocol):
    """Some tunes, B of them, on their way, a character in each at a time."""

    def __call__(self, ids: Sequence[int] | Ints) -> Floats:
        """Probabilities (B, V) of the characters behind ``ids`` (B,): as the network gives them in eval mode."""

    @property
    def untempered(self) -> Floats:
        """The same at temperature 1, without repetition."""


class Stepper(Protocol):
    """A network's weights laid out for stepping. Holds no state: any number of tunes may share one."""

    def start(self, states: State | Sequence[State], temperature: float = 1.0, repetition: float = 0.0) -> Steps:
        """Go on from where the network has read to; with several states, from all of them at once, in one row or more
        each. They may have read differently many characters."""


Versions = tuple[int, ...]
_kept: WeakKeyDictionary[CharLSTM, tuple[bool, Versions, Stepper]] = WeakKeyDictionary()


_parameters: WeakKeyDictionary[CharLSTM, list[Tensor]] = WeakKeyDictionary()  # collecting them takes long


def versions_of(network: CharLSTM) -> Versions:
    """Other ones whenever a weight has changed in its place."""
    if network not in _parameters:
        _parameters[network] = list(network.parameters())
    return tuple(parameter._version for parameter in _parameters[network])


def stepper_for(network: CharLSTM) -> Stepper:
    """The network's stepper, laid out once for as long as the weights stay as they are."""
    compiled = compiling.is_ready(network.in_eight_bits)
    versions = versions_of(network)
    if network not in _kept or _kept[network][:2] != (compiled, versions):
        _kept[network] = compiled, versions, _laid_out(network, compiled)
    return _kept[network][2]


def _laid_out(network: CharLSTM, compiled: bool) -> Stepper:
    if not compiled:
        return NumpyStepper(network)
    from charrnn.inference.compiled import CompiledStepper  # brings numba

    return CompiledStepper(network)
