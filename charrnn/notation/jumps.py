"""Da capo, dal segno, fine and coda (section "Decorations"): where a tune is played from again, and where it ends.

A jump is taken once, the last time that its sign is passed. After it, each repeat is played once, with its last ending,
as musicians do, to the sign *fine* or to the end; with a coda, to the first coda sign and from there to the last one.
"""

from collections.abc import Sequence

from charrnn.notation.tune import BarLine, Element, Note, Rest

SEGNO, CODA, TO_CODA, FINE = {"segno", "S"}, {"coda", "O"}, {"dacoda"}, {"fine"}
DA_CAPO, DAL_SEGNO = "D.C.", "D.S."
_OLD = {"dacapo": DA_CAPO}


def jump_of(name: str) -> str:
    """``D.C.`` or ``D.S.`` where a decoration is such a jump, with what follows it in lower case; "" elsewhere."""
    name = _OLD.get(name, name)
    return name[:4] + name[4:].lower() if name.startswith((DA_CAPO, DAL_SEGNO)) else ""


def is_sign_of_jump(name: str) -> bool:
    """Whether a decoration is a jump or says where one leads."""
    return bool(jump_of(name)) or name in SEGNO | CODA | TO_CODA | FINE


def is_jump(element: Element) -> bool:
    return any(map(jump_of, _signs(element)))


def with_jumps(elements: Sequence[Element], order: Sequence[int], once: Sequence[int]) -> list[int]:
    """The order of playing with its jumps. ``order`` has the repeats, ``once`` each repeated stretch once."""
    place = _jump_place(elements, order)
    if place is None:
        return list(order)
    jump = next(filter(None, map(jump_of, _signs(elements[order[place]]))))
    start = _first(elements, once, SEGNO) if jump.startswith(DAL_SEGNO) else 0
    return [*order[: place + 1], *_after_jump(elements, once[start:], jump)]


def _jump_place(elements: Sequence[Element], order: Sequence[int]) -> int | None:
    """Where in the order the first jump is taken: the last time that its element is played."""
    jumps = {index for index, element in enumerate(elements) if is_jump(element)}
    first = next((index for index in order if index in jumps), None)
    if first is None:
        return None
    return max(place for place, index in enumerate(order) if index == first)


def _after_jump(elements: Sequence[Element], rest: Sequence[int], jump: str) -> list[int]:
    codas = [place for place, index in enumerate(rest) if CODA & set(_signs(elements[index]))]
    leaves = [place for place, index in enumerate(rest) if TO_CODA & set(_signs(elements[index]))] or codas[:-1]
    fine = next((place for place, index in enumerate(rest) if FINE & set(_signs(elements[index]))), None)
    if codas and leaves and "fine" not in jump and leaves[0] < codas[-1]:
        end = leaves[0] + _stands_after(elements, rest[leaves[0]])
        return [*rest[:end], *rest[codas[-1] :]]
    return list(rest if fine is None else rest[: fine + 1])


def _stands_after(elements: Sequence[Element], index: int) -> bool:
    """Whether a sign of leaving above a note means its end: so it does on any note but a bar's first."""
    before = next(
        (element for element in reversed(elements[:index]) if isinstance(element, Note | Rest | BarLine)), None
    )
    return isinstance(elements[index], Note | Rest) and isinstance(before, Note | Rest)


def _first(elements: Sequence[Element], order: Sequence[int], signs: set[str]) -> int:
    """The place of the first sign in the order; the beginning where there is none."""
    return next((place for place, index in enumerate(order) if signs & set(_signs(elements[index]))), 0)


def _signs(element: Element) -> tuple[str, ...]:
    return element.decorations if isinstance(element, Note | Rest | BarLine) else ()
