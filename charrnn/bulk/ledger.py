"""What a run has got so far, so that it can be stopped at any moment and gone on with.

``NAME.part`` holds a line of JSON that tells which run it is, then one for each result, in order. It is only ever added
to. A line that a kill, a power cut or a full disk left unfinished is dropped when the run goes on.
"""

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from charrnn.errors import BulkError

try:
    import fcntl
except ImportError:  # Windows: two runs that go on from one file are not told apart
    fcntl = None  # type: ignore[assignment]


def part_of(path: Path) -> Path:
    """Where the results for a file are kept until all are there."""
    return path.with_name(f"{path.name}.part")


class Ledger:
    """The results of one run so far, open as long as the ``with`` lasts."""

    def __init__(self, target: Path, identity: dict[str, Any], resume: bool) -> None:
        """``target`` is the file to be; ``identity`` what has to be the same for a run to be the same run, as JSON has
        it. Without ``resume`` there may be no part yet; with it, there need not be one.

        Raises BulkError, one sentence, where the part is another run's or cannot be written.
        """
        self.path = part_of(target)
        try:
            self._file = self.path.open("ab", buffering=0)
        except OSError as error:
            raise BulkError(f"{target} cannot be written: {error.strerror}") from error
        try:
            self._lock()
            self.count = self._take_up(identity, resume)  # results that are there
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        if not self.count:
            self.remove()
        self._file.close()

    def append(self, result: dict[str, Any]) -> None:
        """Keep one more result. Raises BulkError where it cannot be written."""
        self._write(result)
        self.count += 1

    def results(self) -> Iterator[dict[str, Any]]:
        """All so far, read from the file one by one."""
        with self.path.open("rb") as file:
            next(file)
            for line in file:
                yield json.loads(line)

    def remove(self) -> None:
        """All is done. The part goes while it is locked, before another run can take it up."""
        if fcntl is None:
            self._file.close()  # Windows removes no open file
        self.path.unlink(missing_ok=True)

    def _take_up(self, identity: dict[str, Any], resume: bool) -> int:
        begun, count, end = self._read()
        if not begun and b"\n" in self.path.read_bytes():
            raise BulkError(f"{self.path} is in the way: it is not what a stopped run has left")
        if not count:  # a run that has got nothing yet
            self._file.truncate(0)
            self._write(identity)
            return 0
        if not resume:
            raise BulkError(
                f"{self.path} is left of a run that was stopped: --resume goes on with it; remove it to begin anew"
            )
        _refuse_another(self.path, begun, json.loads(json.dumps(identity)))
        self._file.truncate(end)
        return count

    def _read(self) -> tuple[dict[str, Any], int, int]:
        """The identity of the run that was begun, how many results it has, and where the last one ends."""
        begun: dict[str, Any] = {}
        lines, end = 0, 0
        with self.path.open("rb") as file:
            for line, behind in _whole_lines(file):
                begun = begun or line
                lines, end = lines + 1, behind
        return begun, max(0, lines - 1), end

    def _write(self, line: dict[str, Any]) -> None:
        data = json.dumps(line).encode() + b"\n"
        try:
            if self._file.write(data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise BulkError(f"{self.path} cannot be written: {error.strerror}") from error

    def _lock(self) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BulkError(f"{self.path} is being written by another run") from error
        try:  # who held the lock until now may have removed what was opened
            is_in_place = os.path.samestat(os.fstat(self._file.fileno()), self.path.stat())
        except FileNotFoundError:
            is_in_place = False
        if not is_in_place:
            raise BulkError(f"{self.path} was another run's, which has just ended")


def begun_with(target: Path) -> dict[str, Any]:
    """The identity of the run whose part is there; {} where there is none."""
    try:
        with part_of(target).open("rb") as file:
            return next(_whole_lines(file), ({}, 0))[0]
    except OSError:
        return {}


def _whole_lines(file: BinaryIO) -> Iterator[tuple[dict[str, Any], int]]:
    """Each line that was written to its end, and where it ends, up to the first one that was not."""
    end = 0
    for line in file:
        try:
            found = json.loads(line)
        except ValueError:
            return
        if not line.endswith(b"\n") or not isinstance(found, dict):
            return
        end += len(line)
        yield found, end


def _refuse_another(path: Path, begun: dict[str, Any], identity: dict[str, Any]) -> None:
    """Raises BulkError naming the first thing in which two runs differ."""
    for name in [*identity, *begun]:
        if begun.get(name) != identity.get(name):
            raise BulkError(
                f"{path} is another run's: {name} is {_shown(begun.get(name))} there and"
                f" {_shown(identity.get(name))} here"
            )


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
