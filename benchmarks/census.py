"""How much each container holds that can be reached from some roots: two censuses tell what has grown between them.

Containers are named by the way to them: ``page 0._queue.pending_event_ids_session``. What stands in a container goes by
one name, ``[]``, and is counted together, so that the census stays small. The cache of a function with ``lru_cache`` is
a container, too, unless it has a bound of its own.
"""

import gc
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

_Named = tuple[str, object]
_FEW = 16  # a cache that holds more holds small answers, and nothing that lives on
_CONTAINERS = (dict, list, set, frozenset, deque, bytearray)
# Leaves, and what leads out of the app: a module is a root or nobody's business.
_LEAVES = (str, bytes, int, float, complex, type(None), ModuleType, np.ndarray, np.generic)


def census(roots: Mapping[str, object], leaves: tuple[type, ...] = ()) -> dict[str, int]:
    """Entries in each container, by its name. A container counts once, at the shortest way that leads to it; into
    ``leaves`` no way leads: what comes and goes, and knows everything, would give other names each time."""
    counted: dict[str, int] = {}
    seen = {id(counted), id(roots)}
    queue: deque[_Named] = deque((name, root) for name, root in roots.items())
    own = {id(root) for root in roots.values()}
    while queue:
        name, thing = queue.popleft()
        if id(thing) in seen or (issubclass(type(thing), _LEAVES + leaves) and id(thing) not in own):
            continue
        seen.add(id(thing))
        size = _size(thing)
        if size is not None:
            counted[name] = counted.get(name, 0) + size
        queue.extend(_inside(name, thing))
    return counted


def grown(
    before: Mapping[str, int], after: Mapping[str, int], bounds: Mapping[str, int], least: int = 1
) -> dict[str, tuple[int, int]]:
    """What holds at least so many entries more than before, and what it held and holds, by name.

    What keeps to its bound may grow, and so may what stands in it: ``bounds`` has the most that some containers hold,
    by how their names end. Nothing is said of what stands in a container that has grown. The same container may be
    reached by another way the second time; so all that end in the same name must have grown together, too.
    """
    allowed = {name for name in after for end, most in bounds.items() if name.endswith(end) and after[name] <= most}
    more = _by_last_name(after)
    more.subtract(_by_last_name(before))
    found: dict[str, tuple[int, int]] = {}
    for name in sorted(after, key=len):
        is_told = any(name.startswith(other) for other in (*allowed, *found))
        has_grown = after[name] >= before.get(name, 0) + least and more[_last(name)] >= least
        if has_grown and not is_told:
            found[name] = (before.get(name, 0), after[name])
    return found


def _by_last_name(counted: Mapping[str, int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, entries in counted.items():
        found[_last(name)] += entries
    return found


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _size(thing: object) -> int | None:
    if _is_cached(thing):
        return None if _bound(thing) is not None else int(thing.cache_info().currsize)  # type: ignore[attr-defined]
    return len(thing) if isinstance(thing, _CONTAINERS) else None


def _is_cached(thing: object) -> bool:
    return not isinstance(thing, type) and hasattr(type(thing), "cache_info")


def _bound(cached: Any) -> int | None:
    most: int | None = cached.cache_info().maxsize
    return most


def _inside(name: str, thing: Any) -> Iterator[_Named]:
    if isinstance(thing, ModuleType):
        yield from ((f"{name}.{key}", value) for key, value in list(vars(thing).items()) if not _is_dunder(key))
    elif isinstance(thing, dict):
        yield from ((f"{name}[]", value) for pair in list(thing.items()) for value in pair)
        yield from _attributes(name, thing)
    elif isinstance(thing, (*_CONTAINERS, tuple)):
        yield from ((f"{name}[]", value) for value in list(thing))
    elif _is_cached(thing):
        if (_bound(thing) or 0) > _FEW:
            return
        for referent in gc.get_referents(thing):  # the answers, or a dict of them; also the function and its names
            if referent is not vars(thing) and not isinstance(referent, type):
                answers = list(referent.values()) if isinstance(referent, dict) else [referent]
                yield from ((f"{name}()", answer) for answer in answers)
    elif isinstance(thing, FunctionType):
        yield from ((f"{name}.{key}", value) for key, value in vars(thing).items())
        yield from ((f"{name}.{key}", value) for key, value in _closure(thing))
    elif isinstance(thing, MethodType):
        yield f"{name}.self", thing.__self__
        yield f"{name}.function", thing.__func__
    else:
        yield from _attributes(name, thing)


def _attributes(name: str, thing: Any) -> Iterator[_Named]:
    own = getattr(thing, "__dict__", {})
    values = dict(own) if isinstance(own, Mapping) else {}  # llvmlite answers to any name
    for kind in type(thing).__mro__:
        slots = vars(kind).get("__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else slots:
            if slot not in ("__dict__", "__weakref__") and (value := _slot(thing, kind, slot)) is not None:
                values[slot] = value
    yield from ((f"{name}.{key}", value) for key, value in values.items() if not _is_dunder(str(key)))


def _slot(thing: object, kind: type, name: str) -> object:
    mangled = f"_{kind.__name__.lstrip('_')}{name}" if name.startswith("__") and not name.endswith("__") else name
    try:
        return object.__getattribute__(thing, mangled)
    except AttributeError:
        return None


def _closure(function: FunctionType) -> Iterator[_Named]:
    for key, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield key, cell.cell_contents
        except ValueError:  # not filled yet
            continue


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
