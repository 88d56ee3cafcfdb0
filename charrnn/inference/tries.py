"""Bars that are written several times, of which the best stays.

Each bar of a section is written a few times from the same place, a pick-up together with the bar after it, and the line
goes on from the try that is worth most. Choosing bar by bar goes further than choosing among as many whole tunes: two
tries of each of sixteen bars make 65,536 tunes. Bars that are not in the plan belong to the last one that is.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from charrnn.errors import SamplingError
from charrnn.model.position.closes import TRIES
from charrnn.model.position.plan import PlanState


class Worth(NamedTuple):
    """Of a try: the greater, the better."""

    closes: bool  # the section ends as it is to; true where the bar ends none
    likeness: float


class Tries(NamedTuple):
    """How often the bars of a line are written, and what a try is worth: given all indices of the line, where the bar
    begins among them, where the plan stands, and whether the line is at its end. Only for lines with the plain
    grammar, or without a guide, and without a ``Closing``."""

    times: int
    worth: Callable[[Sequence[int], int, PlanState, bool], Worth]


def ends_bar(before: PlanState, after: PlanState) -> bool:
    """Whether a bar of the plan ends with the character between two of its states."""
    is_planned = before.plan is not None and before.section < len(before.plan)
    return is_planned and after.section == before.section and after.bars > before.bars


class Written(Protocol):
    """A line, or what its row is, as it stands: to be had and to be put back."""

    def copy(self, since: Any) -> Any:
        """All that changes as the line grows; ``since`` is the copy from which on it has grown."""

    def put(self, copy: Any) -> None: ...


class Bars:
    """The bars of one line, from where it stands on."""

    def __init__(self, tries: Tries, *parts: Written) -> None:
        """``parts`` are the line, first, and what its row consists of."""
        self._tries, self._parts = tries, parts
        self._tried: list[tuple[Worth, list[Any]]] = []
        self._start = self._copies([None] * len(parts))

    def end(self, indices: Sequence[int], plan: PlanState, is_over: bool) -> None:
        """A bar has been written: go back to write it again, or on from the best try. Raises SamplingError where a
        try cannot be judged."""
        self._tried.append((self._worth(indices, plan, is_over), self._copies(self._start)))
        best, copies = max(self._tried, key=lambda tried: tried[0])  # of equal ones the first
        tried = len(self._tried)
        if tried < self._tries.times or (not best.closes and tried < self._tries.times + TRIES):
            self._put(self._start)
            return
        if copies is not self._tried[-1][1]:
            self._put(copies)
        self._tried, self._start = [], copies

    def _worth(self, indices: Sequence[int], plan: PlanState, is_over: bool) -> Worth:
        try:
            return self._tries.worth(indices, len(self._start[0].indices), plan, is_over)
        except Exception as error:  # of this line alone, not of those that are written beside it
            raise SamplingError("a bar could not be judged") from error

    def _copies(self, since: Sequence[Any]) -> list[Any]:
        return [part.copy(before) for part, before in zip(self._parts, since, strict=True)]

    def _put(self, copies: Sequence[Any]) -> None:
        for part, copy in zip(self._parts, copies, strict=True):
            part.put(copy)
