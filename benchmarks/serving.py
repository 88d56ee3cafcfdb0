"""The real app in a process of its own on a free port of loopback: ``python app.py``, watched from outside.

``running_app(observed=True)`` starts the same app by ``benchmarks.observed``, which also counts what its containers
hold when it is asked.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from charrnn.errors import CharrnnError

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 2**20
_START_SECONDS = 5.0  # in which the grammar's tables are filled with the usual meters
_PATIENCE = 120.0  # seconds for a page to answer: the machine may have other work


class ServingError(CharrnnError):
    """The app does not start, or does not answer; holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one process, in MB; None on systems that do not tell."""

    resident: float | None
    peak: float | None  # the most that was resident since it began


@dataclass(slots=True)
class RunningApp:
    address: str
    process: "subprocess.Popen[str]"
    seconds_to_page: float  # from the start of the process to the page's HTML
    seconds_to_model: float  # ... to the line that says that the model is ready
    _log: IO[str]

    def memory(self) -> Memory:
        return memory_of(self.process.pid)

    def log(self) -> str:
        """What the app has written to its error output: warnings and tracebacks."""
        self._log.flush()
        return Path(self._log.name).read_text()

    def census(self) -> dict[str, int]:
        """``benchmarks.census`` of the app's process; it has to be an observed one."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("census\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer.strip():
            raise ServingError(f"the app has not counted: {self.log()[-500:]}")
        counted: dict[str, int] = json.loads(answer)
        return counted


@contextmanager
def running_app(
    checkpoint: str | None = None,
    flags: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    observed: bool = False,
) -> Iterator[RunningApp]:
    """The app, once its model is ready; ended when the block ends. ``flags`` are more of app.py's. Raises ServingError
    when it does not start."""
    port = _free_port()
    command = [sys.executable, *(["-m", "benchmarks.observed"] if observed else ["app.py"]), "--port", str(port)]
    command += ["--checkpoint", checkpoint] if checkpoint else []
    with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            [*command, *flags],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            address = _said(process, "The page is at ", log.name).rstrip("/")
            seconds_to_page = _answering(address, began)
            _said(process, "The model is ready", log.name)
            yield RunningApp(address, process, seconds_to_page, time.monotonic() - began, log)
        finally:
            process.terminate()
            process.communicate()


def at_full_speed(app: RunningApp, seconds: float = 120.0) -> RunningApp:
    """The same app, once the kernel writes its tunes and what it does at the start is done; after so many seconds
    anyhow, for there may be no kernel."""
    end = time.monotonic() + seconds
    while "charrnn_kernel 1" not in httpx.get(f"{app.address}/metrics").text and time.monotonic() < end:
        time.sleep(0.2)
    time.sleep(_START_SECONDS)
    return app


def memory_of(process: int) -> Memory:
    return Memory(_status(process, "VmRSS"), _status(process, "VmHWM"))


def _status(process: int, name: str) -> float | None:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 / MEGABYTE for line in lines if line.startswith(f"{name}:")), None)


def _said(process: "subprocess.Popen[str]", beginning: str, log: str) -> str:
    """What follows these words in the next line of the app's output."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith(beginning):
        raise ServingError(f"the app does not start: {line or Path(log).read_text()[-500:]}")
    return line.removeprefix(beginning).strip()


def _answering(address: str, began: float) -> float:
    """Seconds since ``began`` at the page's first answer."""
    httpx.get(address, timeout=_PATIENCE).raise_for_status()
    return time.monotonic() - began


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
