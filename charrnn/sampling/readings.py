"""What the network made of short texts is kept: most tunes begin with one of few headers, and reading one takes as long
as drawing fifty characters."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from charrnn.model.network import CharLSTM, State
from charrnn.model.plan import Plan
from charrnn.sampling.generate import Probabilities, divisor, read
from charrnn.sampling.stepper import Versions, versions_of

_LONGEST = 48  # characters: a header has about thirty
_MAX_KEPT = 128  # readings for each network, up to 100 kB each

_Asked = tuple[tuple[int, ...], float, float, Plan | None]
_Reading = tuple[Probabilities, State]

_lock = threading.Lock()
_kept: WeakKeyDictionary[CharLSTM, tuple[Versions, OrderedDict[_Asked, _Reading]]] = WeakKeyDictionary()


def reading_of(
    network: CharLSTM,
    ids: Sequence[int],
    temperature: float = 1.0,
    repetition: float = 0.0,
    plan: Plan | None = None,
) -> _Reading:
    """As ``generate.read`` gives it from no state, and nobody may change it: the probabilities (V,) of the next
    character, and the state."""
    if len(ids) > _LONGEST:
        return read(network, ids, None, temperature, repetition, plan)
    readings, asked = _readings(network), (tuple(ids), divisor(temperature), repetition, plan)
    with _lock:
        if asked in readings:
            readings.move_to_end(asked)
            return readings[asked]
    reading = read(network, ids, None, temperature, repetition, plan)
    with _lock:
        readings[asked] = reading
        if len(readings) > _MAX_KEPT:
            readings.popitem(last=False)
    return reading


def _readings(network: CharLSTM) -> OrderedDict[_Asked, _Reading]:
    """Those of the network's weights as they are now."""
    versions = versions_of(network)
    with _lock:
        if network not in _kept or _kept[network][0] != versions:
            _kept[network] = versions, OrderedDict()
        return _kept[network][1]
