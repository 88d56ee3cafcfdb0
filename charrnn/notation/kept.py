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
        elements, result = _kept.get(key, (None, None))
        if elements is not tune.elements:
            elements, result = tune.elements, work(tune)
            if len(_kept) >= _MOST_KEPT:
                _kept.clear()
            _kept[key] = elements, result  # which holds the elements, so that no others get their id
        found: Result = result
        return found

    return known
