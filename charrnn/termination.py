"""SIGTERM as an exception, so that programs clear up after it as they do after Ctrl-C."""

import contextlib
import signal
import threading
from collections.abc import Iterator

EXIT_TERMINATED = 128 + signal.SIGTERM  # the shell's way to say which signal


class Terminated(BaseException):
    """Somebody sent SIGTERM."""


@contextlib.contextmanager
def terminations_raised() -> Iterator[None]:
    """Within the block, SIGTERM raises Terminated in the main thread, which alone may take signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
