"""Opens files in a process that can be ended: a strange file may keep a library busy for longer than anybody waits.

Run as a program, this module is such a process.
"""

import base64
import sys
from dataclasses import asdict

from charrnn import limits
from charrnn.errors import OpeningError, OutOfTimeError, WorkerError
from charrnn.importing.opened import Opened, opened, shown_name
from charrnn.isolation import Message, Workers, serve

_WALL = 2.5  # times the processor time: after so long a process is ended whatever it does


class Openers:
    """At most so many processes that open files; they are started when they are needed, and end when they are not."""

    def __init__(self, count: int = limits.MAX_OPENING, seconds: float = limits.MAX_OPENING_SECONDS) -> None:
        """``seconds`` of processor time for each file."""
        self._workers = Workers("charrnn.importing.apart", count, seconds, _WALL * seconds)

    def open(self, name: str, data: bytes, voice: int | None = None, tune: int = 1) -> Opened:
        """As ``opened``. Raises OpeningError, too, where it takes too long, and BusyError where others are opened for
        too long."""
        if len(data) > limits.MAX_OPENED_BYTES:
            return opened(name, data)  # which refuses it
        message = {"name": name, "base64": base64.b64encode(data).decode(), "voice": voice, "tune": tune}
        try:
            answer = self._workers.ask(message)
        except OutOfTimeError as error:
            raise OpeningError(f"{shown_name(name)} takes too long to open; it was given up") from error
        except WorkerError as error:
            raise OpeningError(f"{shown_name(name)} cannot be opened: {error}") from error
        if "error" in answer:
            raise OpeningError(answer["error"])
        lists = {key: tuple(value) for key, value in answer.items() if isinstance(value, list)}
        return Opened(**{**answer, **lists})

    def close(self) -> None:
        """End the processes that wait for work."""
        self._workers.close()


def _opened(message: Message) -> Message:
    data = base64.b64decode(message["base64"])
    return asdict(opened(message["name"], data, message["voice"], message["tune"]))


if __name__ == "__main__":
    serve(_opened, float(sys.argv[1]))
