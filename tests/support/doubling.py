"""Work for the tests of worker processes, which import nothing heavy for it."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from charrnn.errors import CharrnnError


@dataclass(frozen=True)
class Doubling:
    """Makes a worker that doubles numbers, and does other things with some of them."""

    slow: int | None = None  # takes its time over this one
    refused: int | None = None
    fatal: int | None = None  # ends the process
    faulty: int | None = None  # raises what no one expects

    def __call__(self) -> Callable[[int], tuple[int, int]]:
        return self.double

    def double(self, number: int) -> tuple[int, int]:
        """Twice the number, and who says so."""
        if number == self.slow:
            time.sleep(0.5)
        if number == self.refused:
            raise CharrnnError(f"{number} is refused")
        if number == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == self.faulty:
            raise ZeroDivisionError
        return 2 * number, os.getpid()


@dataclass(frozen=True)
class Unready:
    def __call__(self) -> Callable[[int], int]:
        raise CharrnnError("there is no model")
