"""Training in several processes, on one machine or more, as ``torchrun`` starts them.

Each process reads its share of the rows of every batch; DistributedDataParallel averages the gradients. The first
process alone evaluates and writes, and the others wait for it. When one of them ends, the others cannot go on: they
raise LostProcessError, at once where its machine still answers, else after ``PATIENCE``. Started without torchrun,
there is one process, and nothing here costs anything.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import nn

from charrnn.errors import CharrnnError, LostProcessError
from charrnn.model.batches import IGNORED, Batch

PATIENCE = timedelta(minutes=10)  # for a process that does not answer; looking at validation takes a minute or so


Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Processes:
    """Which of how many this process is."""

    rank: int = 0
    count: int = 1
    parent: int = field(default_factory=os.getppid)

    @classmethod
    def join(cls, device: str) -> "Processes":
        """Meet the others; with one process, at once. ``device`` is this process's own."""
        count = int(os.environ.get("WORLD_SIZE", "1"))
        if count == 1:
            return cls()
        if device.startswith("cuda"):
            torch.cuda.set_device(device)  # where NCCL sends from
        me = cls(int(os.environ["RANK"]), count)
        if not dist.is_initialized():
            with me.lost_ones_named():
                dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=PATIENCE)
        return me

    def leave(self) -> None:
        """Once all have come here: torchrun takes a process that ends early, with a signal's code, for a failure, and
        ends the others."""
        if self.count > 1:
            with self.lost_ones_named():
                dist.barrier()
                dist.destroy_process_group()

    @contextlib.contextmanager
    def lost_ones_named(self) -> Iterator[None]:
        """Around what all processes do together."""
        try:
            yield
        except RuntimeError as error:
            if self.count == 1 or not (isinstance(error, dist.DistError) or "gloo" in str(error).lower()):
                raise
            raise LostProcessError(
                f"process {self.rank + 1} of {self.count} cannot go on: another has ended or does not answer;"
                " --resume goes on from the last saved state"
            ) from error

    def first_alone(self, work: Callable[[], Result]) -> Result:
        """Work of the first process. The others wait for it; what it gives, all are given, and what it raises on
        purpose, all raise."""
        if self.count == 1:
            return work()
        outcome: list[Any] = [None, None]
        if self.is_first:
            try:
                outcome[0] = work()
            except CharrnnError as error:
                outcome[1] = error
        with self.lost_ones_named():
            dist.broadcast_object_list(outcome, src=0)
        result: Result
        result, raised = outcome
        if raised is not None:
            raise raised
        return result

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    @property
    def is_orphan(self) -> bool:
        """torchrun was killed, and nobody watches over this process any more."""
        return self.count > 1 and os.getppid() != self.parent

    def parallel(self, network: nn.Module) -> nn.Module:
        """The network; with several processes, one that averages gradients over all of them."""
        if self.count == 1:
            return network
        with self.lost_ones_named():
            return nn.parallel.DistributedDataParallel(network, broadcast_buffers=False)  # tables that never change

    def share(self, batch: Batch) -> Batch:
        """This process's rows of a batch, every so-manieth. Where rows are fewer than processes, some get a row that
        counts for nothing."""
        if self.count == 1:
            return batch
        if self.rank >= len(batch.inputs):
            return replace(_rows(batch, slice(1)), targets=torch.full_like(batch.targets[:1], IGNORED))
        return _rows(batch, slice(self.rank, None, self.count))

    def total(self, values: list[float], device: str) -> list[float]:
        """The sums of values over all processes."""
        if self.count == 1:
            return values
        sums = torch.tensor(values, dtype=torch.float64, device=device)
        dist.all_reduce(sums)
        return [float(value) for value in sums]

    def gathered(self, value: Any) -> list[Any]:
        """A value of each process, in all of them."""
        if self.count == 1:
            return [value]
        values: list[Any] = [None] * self.count
        dist.all_gather_object(values, value)
        return values

    def send(self, value: Any) -> None:
        """Give a value to the first process, which ``receive``s it."""
        with self.lost_ones_named():
            dist.send_object_list([value], dst=0)

    def receive(self, rank: int) -> Any:
        """The next value that another process sends."""
        values: list[Any] = [None]
        with self.lost_ones_named():
            dist.recv_object_list(values, src=rank)
        return values[0]


def local_device(device: str) -> str:
    """The GPU that is this process's own, where there are several on the machine."""
    return f"cuda:{os.environ['LOCAL_RANK']}" if device == "cuda" and "LOCAL_RANK" in os.environ else device


def _rows(batch: Batch, rows: slice) -> Batch:
    return replace(
        batch,
        inputs=batch.inputs[rows], targets=batch.targets[rows], fifths=batch.fifths[rows], plans=batch.plans[rows],
    )  # fmt: skip
