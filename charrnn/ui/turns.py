"""Whose turn it is to be served whole, where many ask at once.

Every request has its first tune written as soon as it comes, so that everybody sees music soon. What takes longer, the
other candidates and the answer, waits for its turn: a few requests have theirs at once, in the order in which they
came, those of a single tune before those of several.
"""

import threading
from bisect import insort
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count


class Turns:
    """At most ``count`` requests have their turn at once."""

    def __init__(self, most: int) -> None:
        self._most, self._numbers = most, count()
        self._changed = threading.Condition()
        self._waiting: list[Turn] = []  # the next one first
        self._taken = 0

    @contextmanager
    def queued(self, is_short: bool = False) -> Iterator["Turn"]:
        """A place in the queue, until the block is left. Short requests come before the others."""
        turn = Turn(self, (not is_short, next(self._numbers)))
        with self._changed:
            insort(self._waiting, turn, key=lambda one: one.order)
        try:
            yield turn
        finally:
            self._leave(turn)

    def has_come(self, turn: "Turn", seconds: float) -> bool:
        with self._changed:
            if not turn.has_begun and self._changed.wait_for(lambda: self._is_next(turn), seconds):
                self._waiting.remove(turn)
                self._taken += 1
                turn.has_begun = True
                self._changed.notify_all()  # there may be room for the next one, too
            return turn.has_begun

    def _is_next(self, turn: "Turn") -> bool:
        return turn in self._waiting[: self._most - self._taken]

    def _leave(self, turn: "Turn") -> None:
        with self._changed:
            if turn.has_begun:
                self._taken -= 1
            else:
                self._waiting.remove(turn)
            self._changed.notify_all()


class Turn:
    """That of one request."""

    def __init__(self, turns: Turns, order: tuple[bool, int]) -> None:
        self._turns, self.order = turns, order
        self.has_begun = False

    def has_come(self, seconds: float = 0.0) -> bool:
        """Whether it has, after so many seconds at most."""
        return self._turns.has_come(self, seconds)
