"""Training in several processes, on one machine or more, as ``torchrun`` starts them.

Each process reads its share of the rows of every batch; DistributedDataParallel averages the gradients. The first
process alone evaluates and writes. Started without torchrun, there is one process, and nothing here costs anything.
"""

import os
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from charrnn.model.batches import IGNORED, Batch


@dataclass(frozen=True, slots=True)
class Processes:
    """Which of how many this process is."""

    rank: int = 0
    count: int = 1

    @classmethod
    def join(cls, device: str) -> "Processes":
        """Meet the others; with one process, at once."""
        count = int(os.environ.get("WORLD_SIZE", "1"))
        if count == 1:
            return cls()
        if not dist.is_initialized():
            dist.init_process_group("nccl" if device.startswith("cuda") else "gloo")
        return cls(dist.get_rank(), count)

    def leave(self) -> None:
        if self.count > 1:
            dist.destroy_process_group()

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def parallel(self, network: nn.Module) -> nn.Module:
        """The network; with several processes, one that averages gradients over all of them."""
        return nn.parallel.DistributedDataParallel(network) if self.count > 1 else network

    def share(self, batch: Batch) -> Batch:
        """This process's rows of a batch, every so-manieth. Where rows are fewer than processes, some get a row that
        counts for nothing."""
        if self.count == 1:
            return batch
        if self.rank >= len(batch.inputs):
            return replace(batch, inputs=batch.inputs[:1], targets=torch.full_like(batch.targets[:1], IGNORED))
        rows = slice(self.rank, None, self.count)
        return replace(batch, inputs=batch.inputs[rows], targets=batch.targets[rows])

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


def local_device(device: str) -> str:
    """The GPU that is this process's own, where there are several on the machine."""
    return f"cuda:{os.environ['LOCAL_RANK']}" if device == "cuda" and "LOCAL_RANK" in os.environ else device
