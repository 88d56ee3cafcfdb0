"""Da capo, dal segno, fine and coda (section "Decorations"): where a tune is played from again, and where it ends.

A jump is taken once, the last time that its sign is passed. After it, each repeat is played once, with its last ending,
as musicians do, to the sign *fine* or to the end; with a coda, to the first coda sign and from there to the last one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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


def signs_of_jumps(element: Element) -> tuple[str, ...]:
    return tuple(filter(is_sign_of_jump, _signs(element)))


@dataclass(frozen=True, slots=True)
class Jump:
    """The jump that is taken. All but ``name`` are indices of elements."""

    name: str  # "D.C." or "D.S."
    at: int  # it is taken after this element
    start: int  # where it leads, the beginning of the element
    fine: int | None = None  # the last element to be played
    leave: int | None = None  # the element whose sign sends the player to the coda
    leaves_after: bool = False  # after that element, not before it
    coda: int | None = None  # the first element of the coda

    @property
    def text(self) -> str:
        """``D.C.``, ``D.C. al Fine``, ``D.S. al Coda``: what is played, whatever of it was written."""
        name = DAL_SEGNO if self.has_segno else DA_CAPO
        return name + (" al Coda" if self.coda is not None else " al Fine" if self.fine is not None else "")

    @property
    def has_segno(self) -> bool:
        """A dal segno without a segno goes back to the beginning."""
        return self.name == DAL_SEGNO and self.start > 0

    def uses(self, name: str, index: int) -> bool:
        """Whether this sign, at this element, is one that the player goes by."""
        if name in SEGNO:
            return self.has_segno and index == self.start
        if name in CODA:
            return index in (self.leave, self.coda)
        return index == (self.leave if name in TO_CODA else self.fine if name in FINE else self.at)


def idle_signs(elements: Sequence[Element], jump: Jump | None) -> Iterator[tuple[int, str]]:
    """Signs of jumps that the player passes by, each with the index of its element."""
    for index, element in enumerate(elements):
        for name in signs_of_jumps(element):
            if jump is None or not jump.uses(name, index):
                yield index, name


def jump_taken(elements: Sequence[Element], order: Sequence[int], once: Sequence[int]) -> Jump | None:
    """``order`` is the order of playing with the repeats, ``once`` has each repeated stretch once. None where nothing
    jumps."""
    place = _jump_place(elements, order)
    if place is None:
        return None
    written = next(filter(None, map(jump_of, _signs(elements[order[place]]))))
    name = written[: len(DA_CAPO)]
    first = _first(elements, once, SEGNO) if name == DAL_SEGNO else 0
    jump = Jump(name, order[place], once[first])
    rest = once[first:]
    codas = _with_sign(elements, rest, CODA)
    leaves = _with_sign(elements, rest, TO_CODA) or codas[:-1]
    if codas and leaves and "fine" not in written and leaves[0] < codas[-1]:
        leave = rest[leaves[0]]
        return replace(jump, leave=leave, leaves_after=_stands_after(elements, leave), coda=rest[codas[-1]])
    fines = _with_sign(elements, rest, FINE)
    return replace(jump, fine=rest[fines[0]]) if fines else jump


def with_jumps(elements: Sequence[Element], order: Sequence[int], once: Sequence[int]) -> list[int]:
    """The order of playing with its jump; see ``jump_taken``."""
    jump = jump_taken(elements, order, once)
    if jump is None:
        return list(order)
    end = max(place for place, index in enumerate(order) if index == jump.at)
    rest = once[once.index(jump.start) :]
    return [*order[: end + 1], *_after_jump(rest, jump)]


def _after_jump(rest: Sequence[int], jump: Jump) -> Sequence[int]:
    if jump.leave is not None and jump.coda is not None:
        coda = len(rest) - 1 - rest[::-1].index(jump.coda)
        return [*rest[: rest.index(jump.leave) + jump.leaves_after], *rest[coda:]]
    return rest if jump.fine is None else rest[: rest.index(jump.fine) + 1]


def _jump_place(elements: Sequence[Element], order: Sequence[int]) -> int | None:
    """Where in the order the first jump is taken: the last time that its element is played."""
    jumps = {index for index, element in enumerate(elements) if is_jump(element)}
    first = next((index for index in order if index in jumps), None)
    if first is None:
        return None
    return max(place for place, index in enumerate(order) if index == first)


def _with_sign(elements: Sequence[Element], order: Sequence[int], signs: set[str]) -> list[int]:
    """Places in the order."""
    return [place for place, index in enumerate(order) if signs & set(_signs(elements[index]))]


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
