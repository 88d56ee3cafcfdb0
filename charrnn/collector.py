"""Python's collector of garbage, where it looks through what is none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def keep_what_is_loaded() -> None:
    """From here on, the collector passes over what there is now: half a million objects of packages and tables, for
    which all threads would wait a quarter of a second, every twenty tunes or so."""
    gc.collect()
    gc.freeze()


@contextmanager
def paused() -> Iterator[None]:
    """Switches the collector off in the whole process, for work that makes thousands of objects that stay: it would
    look through all that there are, several times."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
