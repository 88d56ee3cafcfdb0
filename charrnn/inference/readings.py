"""What the network made of short texts is kept: most tunes begin with one of few headers, and reading one takes as long
as drawing fifty characters."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from charrnn.inference.draws import Probabilities, divisor, read
from charrnn.inference.stepper import Versions, stepper_for, versions_of
from charrnn.model.network import CharLSTM, State
from charrnn.model.plan import Plan

_LONGEST = 48  # characters: a header has about thirty
_MAX_KEPT = 256  # readings for each network, up to 100 kB each
_MAX_FOLLOWING = 4_096  # of what follows them, some 300 bytes each

_Asked = tuple[tuple[int, ...], float, float, Plan | None]
_Reading = tuple[Probabilities, State]

_lock = threading.Lock()


class _Kept:
    """What is known of one network's weights."""

    def __init__(self) -> None:
        self.readings: OrderedDict[_Asked, _Reading] = OrderedDict()
        self.following: OrderedDict[tuple[_Asked, tuple[int, ...]], Probabilities] = OrderedDict()


_kept: WeakKeyDictionary[CharLSTM, tuple[Versions, _Kept]] = WeakKeyDictionary()


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
    asked = tuple(ids), divisor(temperature), repetition, plan
    readings = _kept_of(network).readings
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


def longest_reading(network: CharLSTM, ids: Sequence[int], temperature: float) -> tuple[State, int]:
    """The state after the longest beginning of a short text that is kept already, and how long that is: a header that
    was just drawn has been read up to its last value. A text of which less than half is kept is read now."""
    readings = _kept_of(network).readings
    for length in range(len(ids), len(ids) // 2, -1):
        reading = readings.get((tuple(ids[:length]), divisor(temperature), 0.0, None))
        if reading:
            return reading[1], length
    return reading_of(network, ids, temperature)[1], len(ids)


def probabilities_after(
    network: CharLSTM, ids: Sequence[int], drawn: Sequence[int], temperature: float = 1.0
) -> Probabilities:
    """The probabilities (V,) of the next character after a short text and a few characters that were drawn from there
    on: those that the steps give. Nobody may change them."""
    if not drawn:
        return reading_of(network, ids, temperature)[0]
    asked = (tuple(ids), divisor(temperature), 0.0, None), tuple(drawn)
    following = _kept_of(network).following
    with _lock:
        if asked in following:
            following.move_to_end(asked)
            return following[asked]
    steps = stepper_for(network).start(reading_of(network, ids, temperature)[1], divisor(temperature))
    for index in drawn:
        probabilities = steps([index])[0]
    with _lock:
        following[asked] = probabilities
        if len(following) > _MAX_FOLLOWING:
            following.popitem(last=False)
    return probabilities


def _kept_of(network: CharLSTM) -> _Kept:
    """What is kept of the network's weights as they are now."""
    versions = versions_of(network)
    with _lock:
        if network not in _kept or _kept[network][0] != versions:
            _kept[network] = versions, _Kept()
        return _kept[network][1]
