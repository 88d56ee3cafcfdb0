"""Signs of the order of playing, as they stand in a score: segno, coda, *To Coda*, *Fine*, *D.C.*, *D.S.*

The words say what is played: a D.C. that ends at a *Fine* is drawn as "D.C. al Fine", however it was written.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from charrnn.notation.order.jumps import CODA, DA_CAPO, FINE, SEGNO, TO_CODA, Jump, jump_of
from charrnn.notation.order.repeats import jump_of_tune
from charrnn.notation.tune import BarLine, Note, Rest, Tune

_ENDS = {"alfine": " al Fine", "alcoda": " al Coda"}


@dataclass(frozen=True, slots=True)
class Mark:
    kind: str  # "segno", "coda", "to coda", "fine", "da capo" or "dal segno"
    text: str  # as it is drawn, and in MusicXML; "" for the signs of segno and coda
    acts: bool  # False where the player passes it by

    @property
    def stands_before(self) -> bool:
        """Whether it belongs to what follows it."""
        return self.kind in ("segno", "coda")


@dataclass(frozen=True, slots=True)
class Marks:
    """Of one element, by where they stand."""

    before: tuple[Mark, ...] = ()
    ahead: tuple[Mark, ...] = ()  # at the end of what stands before the element
    after: tuple[Mark, ...] = ()


def marks(tune: Tune) -> dict[int, Marks]:
    """By the index of the element."""
    found = {}
    jump = jump_of_tune(tune.elements, tune.part_order)
    for index, element in enumerate(tune.elements):
        names = element.decorations if isinstance(element, Note | Rest | BarLine) else ()
        own = [mark for name in names for mark in _mark(name, index, jump)]
        if own:
            before = tuple(mark for mark in own if mark.stands_before)
            later = tuple(mark for mark in own if not mark.stands_before)
            leaves = tuple(mark for mark in later if mark.kind == "to coda" and _leaves_before(index, jump))
            found[index] = Marks(before, leaves, tuple(mark for mark in later if mark not in leaves))
    return found


def _mark(name: str, index: int, jump: Jump | None) -> Iterator[Mark]:
    acts = jump is not None and jump.uses(name, index)
    if name in SEGNO:
        yield Mark("segno", "", acts)
    elif name in TO_CODA or (jump is not None and name in CODA and jump.leave == index):
        yield Mark("to coda", "To Coda", acts)
    elif name in CODA:
        yield Mark("coda", "", acts)
    elif name in FINE:
        yield Mark("fine", "Fine", acts)
    elif jump_of(name):
        words = jump_of(name)
        text = jump.text if jump and acts else words[:4] + _ENDS.get(words[4:], "")
        yield Mark("da capo" if text.startswith(DA_CAPO) else "dal segno", text, acts)


def _leaves_before(index: int, jump: Jump | None) -> bool:
    return jump is not None and jump.leave == index and not jump.leaves_after
