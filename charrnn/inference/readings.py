"""What the network made of short texts is kept: most tunes begin with one of few headers, and reading one takes as long
as drawing fifty characters."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from charrnn.inference.draws import divisor, read
from charrnn.inference.layout import Floats as Probabilities
from charrnn.inference.stepper import stepper_for
from charrnn.inference.steps import Stepper, Steps
from charrnn.model.network import CharLSTM, State
from charrnn.model.position.plan import Plan

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


_kept: WeakKeyDictionary[CharLSTM, tuple[Stepper, _Kept]] = WeakKeyDictionary()


def reading_of(
    network: CharLSTM,
    ids: Sequence[int],
    temperature: float = 1.0,
    repetition: float = 0.0,
    plan: Plan | None = None,
) -> _Reading:
    """As ``draws.read`` gives it from no state, and nobody may change it: the probabilities (V,) of the next
    character, and the state."""
    if len(ids) > _LONGEST:
        return read(network, ids, None, temperature, repetition, plan)
    asked = tuple(ids), divisor(temperature), repetition, plan
    readings = _kept_of(network)[1].readings
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


class Continuation:
    """A few characters that are drawn after a short text, a header's value say. What the steps give at each is kept:
    most such texts go on in few ways. Where that is not known yet, the steps are taken."""

    def __init__(self, network: CharLSTM, ids: Sequence[int], temperature: float = 1.0) -> None:
        self._network, self._asked = network, (tuple(ids), divisor(temperature), 0.0, None)
        self._temperature = temperature
        self._stepper, self._kept = _kept_of(network)
        self.drawn: list[int] = []
        self._steps: Steps | None = None
        self._stepped = 0  # characters that the steps have moved on by

    def probabilities(self) -> Probabilities:
        """Of the next character (V,). Nobody may change them."""
        if not self.drawn:
            return self._reading()[0]
        following, key = self._kept.following, (self._asked, tuple(self.drawn))
        with _lock:
            if key in following:
                following.move_to_end(key)
                return following[key]
        found = self._step_on()
        with _lock:
            following[key] = found
            if len(following) > _MAX_FOLLOWING:
                following.popitem(last=False)
        return found

    def _reading(self) -> _Reading:
        return reading_of(self._network, self._asked[0], self._temperature)

    def _step_on(self) -> Probabilities:
        if self._steps is None:
            self._steps = self._stepper.start(self._reading()[1], divisor(self._temperature))
        found: Probabilities
        for index in self.drawn[self._stepped :]:
            found = self._steps([index])[0]
        self._stepped = len(self.drawn)
        return found


def _kept_of(network: CharLSTM) -> tuple[Stepper, _Kept]:
    """The stepper of the network's weights as they are now, and what is kept of both: numpy's steps and the kernel's
    round differently, and no tune may depend on who was there before the kernel was ready."""
    stepper = stepper_for(network)  # another one for other weights, too
    with _lock:
        if network not in _kept or _kept[network][0] is not stepper:
            _kept[network] = stepper, _Kept()
        return _kept[network]
