"""A request's deadline: stops work on timeout, at Stop, or when the client disconnects."""

import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, TypeVar

from charrnn import limits
from charrnn.errors import CharrnnError, OutOfTimeError
from charrnn.ui.events import Event
from charrnn.ui.turns import Turn

if TYPE_CHECKING:
    from charrnn.ui.serving.requests import Entry

_LOOK_SECONDS = 0.1  # between two looks whether somebody still waits
_Item = TypeVar("_Item")


class GoneError(CharrnnError):
    """Nobody waits for the answer: Stop was pressed, the tab was closed, or the connection broke."""


class Patience:
    """Of one request. Made where gradio has called the handler, so that its event is known."""

    def __init__(self, entry: "Entry | None" = None) -> None:
        """``entry`` is told how long the request has waited for its turn."""
        self._entry = entry
        self._deadline = time.monotonic() + limits.MAX_SECONDS_PER_REQUEST
        self._event = Event()

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._deadline

    def check(self) -> None:
        """Raises GoneError where nobody waits any more."""
        if not self._event.is_waited_for:
            raise GoneError("nobody waits for the answer any more")

    def waits_for(self, turn: Turn, seconds: float) -> bool:
        """Whether a turn has come, after so many seconds at most, which do not count."""
        if turn.has_begun:
            return True
        began = time.monotonic()
        has_come = turn.has_come(seconds)
        waited = time.monotonic() - began
        self._deadline += waited
        if self._entry is not None:
            self._entry.waited += waited
        return has_come

    def wait_for(self, turn: Turn) -> None:
        """Until the turn has come. Raises GoneError where nobody waits any more."""
        while not self.waits_for(turn, _LOOK_SECONDS):
            self.check()

    def insist(self) -> None:
        """For work that is worth nothing unless it comes to its end. Raises OutOfTimeError where the time is over."""
        self.check()
        if self.is_over:
            raise OutOfTimeError(
                f"it took longer than {limits.MAX_SECONDS_PER_REQUEST:g} seconds, the most that it may take"
            )

    def bound(self, items: Iterator[_Item]) -> Iterator[_Item]:
        """The items until the time is over: what has come by then is what there is."""
        try:
            for item in items:
                self.check()
                yield item
                if self.is_over:
                    return
        finally:
            if isinstance(items, Generator):
                items.close()  # now, and not when an error that refers to it is forgotten
