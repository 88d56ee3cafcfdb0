"""Bars in tries: a row goes back to where a bar began, or to where its best try ended."""

from collections.abc import Sequence
from typing import Any, Protocol

from charrnn.inference.tries import Taste, Worth
from charrnn.model.position.closes import TRIES
from charrnn.model.position.plan import PlanState


class Written(Protocol):
    """A line, or what its row is, as it stands: to be had and to be put back."""

    def copy(self) -> Any:
        """All that changes as the line grows."""

    def put(self, copy: Any) -> None: ...


class Bars:
    """The bars of one line, from where it stands on."""

    def __init__(self, times: int, taste: Taste, line: Written, row: Written) -> None:
        self._times, self._taste, self._parts = times, taste, (line, row)
        self.start = 0  # of the bar, among the characters of the line
        self._tried: list[tuple[Worth, list[Any]]] = []
        self._copies_of_start = self._copies()

    def end(self, indices: Sequence[int], plan: PlanState, is_over: bool) -> None:
        """A bar has been written: go back to write it again, or on from the best try."""
        self._tried.append((self._taste.worth(indices, self.start, plan, is_over), self._copies()))
        best, copies = max(self._tried, key=lambda tried: tried[0])  # of equal ones the first
        tried = len(self._tried)
        if tried < self._times or (not best.closes and tried < self._times + TRIES):
            self._put(self._copies_of_start)
            return
        if copies is not self._tried[-1][1]:
            self._put(copies)
        self._tried, self._copies_of_start, self.start = [], copies, len(copies[0].indices)

    def _copies(self) -> list[Any]:
        return [part.copy() for part in self._parts]

    def _put(self, copies: Sequence[Any]) -> None:
        for part, copy in zip(self._parts, copies, strict=True):
            part.put(copy)
