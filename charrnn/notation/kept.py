"""What is worked out from a tune is asked for by many on its way to the page: of the last few tunes it is kept."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from charrnn.notation.keys import Key
from charrnn.notation.tune import Element, Meter, Tune

_MOST_KEPT = 64
Result = TypeVar("Result")

_kept: dict[tuple[Callable[[Tune], Any], int, Key, Meter], tuple[tuple[Element, ...], Any]] = {}


def kept(work: Callable[[Tune], Result]) -> Callable[[Tune], Result]:
    """For functions of a tune's elements, key and meter alone, whose results nobody changes."""

    @wraps(work)
    def known(tune: Tune) -> Result:
        key = work, id(tune.elements), tune.key, tune.meter
        entry = _kept.get(key)
        if entry is None or entry[0] is not tune.elements:
            if len(_kept) >= _MOST_KEPT:
                _kept.clear()
            entry = tune.elements, work(tune)
            _kept[key] = entry  # which holds the elements, so that no others get their id
        result: Result = entry[1]
        return result

    return known
