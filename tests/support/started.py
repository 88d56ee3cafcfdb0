"""The app as people start it: ``python app.py`` in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# For an app that is to do nothing in the background: no kernel and no instruments where nothing can be kept.
NOTHING_KEPT = {"XDG_CACHE_HOME": os.devnull}
# What a bare machine has, too, and where the tests keep what is compiled and rendered once.
ENVIRONMENT = ("PATH", "LANG", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "XDG_CACHE_HOME")


class App(subprocess.Popen[str]):
    said = ""  # until its model was ready


@contextmanager
def started(
    *flags: str, environment: Mapping[str, str], folder: Path = ROOT, prefix: Sequence[str] = ()
) -> Iterator[App]:
    """A running app whose model is ready. ``environment`` is added to next to nothing; ``prefix`` stands before the
    command, for another user's sake. If it still runs, SIGTERM ends it."""
    given = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    command = [*prefix, sys.executable, "app.py", "--log-level", "warning", *flags]  # nobody reads what it says later
    streams: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with App(command, cwd=folder, env={**given, **environment}, **streams) as app:
        try:
            assert app.stdout is not None
            for line in app.stdout:
                app.said += line
                if line.startswith("The model is ready"):
                    break
            assert app.poll() is None, app.said
            yield app
        finally:
            app.terminate()


def started_by(pid: int) -> list[int]:
    """The processes that any thread of a process has started, in this order for each thread."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for text in lists for child in text.read_text().split()]


def is_running(pid: int, patience: float = 0.0) -> bool:
    """Whether a process still runs after so many seconds; one that its parent has yet to put away does not."""
    end = time.monotonic() + patience
    while _runs(pid):
        if time.monotonic() >= end:
            return True
        time.sleep(0.1)
    return False


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False
