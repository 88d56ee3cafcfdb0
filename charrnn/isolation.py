"""Work that may take too long, done in processes that can be ended.

A library that holds the interpreter cannot be stopped from another thread, so a strange input could hold up all threads
of a server. ``Workers`` are processes that do one kind of work. Each piece of work has so many seconds of processor
time; the kernel ends a process that takes more, and the next piece gets a new one.

Messages are dicts that JSON can hold. The program of such a process calls ``serve``.
"""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from charrnn.errors import BusyError, CharrnnError, OutOfTimeError, WorkerError

_IDLE_SECONDS = 60.0  # after which a process that nobody needs ends: it takes some 45 MB
_MAX_MEMORY = 2 * 1024**3  # bytes of address space for a process
_LENGTH = struct.Struct(">I")  # before each message, in bytes

Message = dict[str, Any]


class Workers:
    """At most ``count`` processes that run the program ``module``; they are started when they are needed, and end when
    they are not."""

    def __init__(self, module: str, count: int, seconds: float, wall_seconds: float) -> None:
        """``seconds`` of processor time for each message; after ``wall_seconds``, a process is ended whatever it
        does."""
        self._module, self._seconds, self._wall_seconds = module, seconds, wall_seconds
        self._places = threading.BoundedSemaphore(count)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._rest: threading.Timer | None = None

    def ask(self, message: Message) -> Message:
        """The answer to a message.

        Raises BusyError where no process becomes free, OutOfTimeError where the work takes too long, and WorkerError
        where no process can be started.
        """
        if not self._places.acquire(timeout=self._wall_seconds):
            raise BusyError("the server is busy; please try again in a moment")
        try:
            worker = self._take()
            try:
                answer = worker.ask(message)
            except BaseException:
                worker.end()
                raise
            self._give_back(worker)
            return answer
        finally:
            self._places.release()

    def close(self) -> None:
        """End the processes that wait for work."""
        with self._lock:
            idle, self._idle = self._idle, []
            if self._rest:
                self._rest.cancel()
        for worker in idle:
            worker.end()

    def _take(self) -> "_Worker":
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Worker(self._module, self._seconds, self._wall_seconds)

    def _give_back(self, worker: "_Worker") -> None:
        with self._lock:
            self._idle.append(worker)
            if self._rest:
                self._rest.cancel()
            self._rest = threading.Timer(_IDLE_SECONDS, self.close)
            self._rest.daemon = True
            self._rest.start()


class _Worker:
    """A process that does one piece of work at a time."""

    def __init__(self, module: str, seconds: float, wall_seconds: float) -> None:
        self._wall_seconds = wall_seconds
        root = str(Path(__file__).resolve().parents[1])
        paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": paths},
            )
        except OSError as error:
            raise WorkerError(f"no process can be started ({error.strerror})") from error

    def ask(self, message: Message) -> Message:
        assert self._process.stdin
        assert self._process.stdout
        limit = threading.Timer(self._wall_seconds, self._process.kill)
        limit.daemon = True
        limit.start()
        try:
            _send(self._process.stdin, message)
            return _receive(self._process.stdout)
        except (EOFError, OSError, ValueError) as error:  # it was ended in the middle
            raise OutOfTimeError("it takes too long") from error
        finally:
            limit.cancel()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with suppress(OSError):  # what could not be sent any more
                    stream.close()


def serve(answer: Callable[[Message], Message], seconds: float) -> None:
    """The life of a process: answers messages from its standard input on its standard output until the input ends. A
    CharrnnError is answered by its sentence, as {"error": sentence}. The system ends the process where an answer takes
    more than ``seconds`` of processor time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end closes our input
    _bound_memory()
    with suppress(EOFError):
        while True:
            _send(sys.stdout.buffer, _answered(answer, _receive(sys.stdin.buffer), seconds))


def _answered(answer: Callable[[Message], Message], message: Message, seconds: float) -> Message:
    if hasattr(signal, "setitimer"):  # elsewhere the parent's clock alone ends it
        signal.setitimer(signal.ITIMER_PROF, seconds)  # SIGPROF ends a process, in the middle of a library too
    try:
        return answer(message)
    except CharrnnError as error:
        return {"error": str(error)}
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_PROF, 0)


def _send(stream: IO[bytes], message: Message) -> None:
    data = json.dumps(message).encode()
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def _receive(stream: IO[bytes]) -> Message:
    """Raises EOFError where the other side has ended."""
    head = stream.read(_LENGTH.size)
    data = stream.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
    if not data:
        raise EOFError
    answer: Message = json.loads(data)
    return answer


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
