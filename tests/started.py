"""The app as people start it: ``python app.py`` in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ("PATH", "LANG", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "XDG_CACHE_HOME")  # what a bare machine has, too


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
