"""Whose turn it is to be served whole, where many ask at once.

A request to compose has its first tune written as soon as it comes, so that everybody sees music soon. What takes
longer waits for its turn: the other candidates and the answer, and changes to a tune and looks inside from their start.
A few requests have theirs at once, in the order in which they came. A short request, for a single tune or a change, may
pass a few of the others.
"""

import threading
from bisect import insort
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

PASSES = 16  # of the requests before it, as many may a short one pass: else the others might wait for ever


class Turns:
    """At most ``most`` requests have their turn at once."""

    def __init__(self, most: int) -> None:
        self._most, self._numbers = most, count()
        self._changed = threading.Condition()
        self._waiting: list[Turn] = []  # the next one first
        self._taken = 0

    @property
    def waiting(self) -> int:
        """Requests that have asked for their turn and do not have it yet."""
        return len(self._waiting)

    @contextmanager
    def queued(self, is_short: bool = False) -> Iterator["Turn"]:
        """A place in the order, until the block is left. Who has not asked for its turn yet keeps nobody waiting."""
        with self._changed:
            turn = Turn(self, next(self._numbers) - PASSES * is_short)
        try:
            yield turn
        finally:
            self._leave(turn)

    def has_come(self, turn: "Turn", seconds: float) -> bool:
        with self._changed:
            if turn.has_begun:
                return True
            if turn not in self._waiting:
                insort(self._waiting, turn, key=lambda one: one.order)
            if self._changed.wait_for(lambda: self._is_next(turn), seconds):
                self._waiting.remove(turn)
                self._taken += 1
                turn.has_begun = True
            return turn.has_begun

    def _is_next(self, turn: "Turn") -> bool:
        return turn in self._waiting[: self._most - self._taken]

    def _leave(self, turn: "Turn") -> None:
        with self._changed:
            if turn.has_begun:
                self._taken -= 1
            elif turn in self._waiting:
                self._waiting.remove(turn)
            self._changed.notify_all()


class Turn:
    """That of one request."""

    def __init__(self, turns: Turns, order: int) -> None:
        self._turns, self.order = turns, order
        self.has_begun = False

    def has_come(self, seconds: float = 0.0) -> bool:
        """Ask for it: whether it has come, after so many seconds at most."""
        return self._turns.has_come(self, seconds)
