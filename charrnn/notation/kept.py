"""What is worked out from a tune is asked for by many on its way to the page: of the last few tunes it is kept."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from charrnn.notation.keys import Key
from charrnn.notation.tune import Element, Meter, Tune

_MOST_KEPT = 32
Result = TypeVar("Result")


def kept(work: Callable[[Tune], Result]) -> Callable[[Tune], Result]:
    """For functions of a tune's elements, key and meter alone, whose results nobody changes."""
    found: dict[tuple[int, Key, Meter], tuple[tuple[Element, ...], Result]] = {}

    @wraps(work)
    def known(tune: Tune) -> Result:
        key = id(tune.elements), tune.key, tune.meter
        elements, result = found.get(key) or ((), None)
        if elements is tune.elements and result is not None:
            return result
        result = work(tune)
        if len(found) >= _MOST_KEPT:
            found.clear()
        found[key] = tune.elements, result  # which holds the elements, so that no others get their id
        return result

    return known
