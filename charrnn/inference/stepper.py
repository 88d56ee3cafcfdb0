"""One character at a time through a trained network, as fast as its weights can be read from memory.

``network(ids, state)`` is the plain version and the oracle in the tests. For single characters it is slow: oneDNN
repacks the weights of ``nn.LSTM`` at every call, and each operation of torch takes longer to start than to finish.

    steps = stepper_for(network).start(state)
    probabilities = steps([id])                # (1, V), and steps has moved on

The compiled kernel (``inference.compiled``) takes the steps where it is ready, numpy (``inference.by_numpy.steps``)
where it is not: they agree but for the rounding of fp32, after which sixteen bits may be rounded to others.
"""

from weakref import WeakKeyDictionary

from torch import Tensor

from charrnn.inference import compiling
from charrnn.inference.by_numpy.steps import NumpyStepper
from charrnn.inference.steps import Stepper
from charrnn.model.network import CharLSTM

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
