"""What ``sample`` and ``evaluate`` have in common: work that is shared out, kept as it comes, and gone on with."""

import argparse
import contextlib
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charrnn.bulk.ledger import Ledger
from charrnn.bulk.workers import usual_workers
from charrnn.errors import BulkError, CheckpointError
from charrnn.sampling.checks import check_workers

if TYPE_CHECKING:
    from charrnn.model.training.processes import Processes


def workers_of(options: argparse.Namespace, tunes: int) -> int:
    """How many processes to use for so many tunes. Raises OptionError."""
    return usual_workers(tunes) if options.workers is None else min(check_workers(options.workers), tunes)


@contextlib.contextmanager
def processes_met() -> Iterator["Processes"]:
    """Those that torchrun has started, if it has; in the end they wait for each other."""
    from charrnn.model.training.processes import Processes

    processes = Processes.join("cpu")
    yield processes
    processes.leave()


def same_checkpoint(processes: "Processes", path: Path) -> str:
    """Its hash. Raises BulkError where the processes have different ones."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
    if len(set(processes.gathered(digest))) > 1:
        raise BulkError(f"{path} is not the same file for all processes: they have to use one checkpoint")
    return digest


@contextlib.contextmanager
def ledger_of(
    processes: "Processes", target: Path | None, identity: dict[str, Any], resume: bool, whole: int
) -> Iterator[Ledger | None]:
    """What the first process keeps results in, for a run of ``whole`` of them; None elsewhere, and without a target.
    It is removed once the run has come to its end."""
    opened: list[Ledger] = []
    if target is not None:
        processes.first_alone(lambda: opened.append(Ledger(target, identity, resume)))
    if not opened:
        yield None
        return
    (ledger,) = opened
    with ledger:
        try:
            yield ledger
        except BaseException:
            if ledger.count:
                print(f"{ledger.count:,} of {whole:,} tunes are in {ledger.path}; --resume goes on", file=sys.stderr)
            raise
        ledger.remove()
