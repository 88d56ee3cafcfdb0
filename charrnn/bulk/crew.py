"""All the workers of all the processes that torchrun started, on one machine or more.

Tasks are dealt out in blocks, to each process as many as it has workers, so that larger machines do more. The first
process is sent all results and has them in the order of the tasks; it needs no folder that the others see.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, pairwise
from typing import Generic

from charrnn.bulk.workers import TOGETHER, Result, Start, Task, Workers
from charrnn.errors import LostProcessError
from charrnn.model.training.processes import Processes

BLOCK = TOGETHER  # tasks a worker between two messages: the workers go on while one is on its way


class Crew(Generic[Task, Result]):
    """Ready for tasks as long as the ``with`` lasts. All processes are to give it the same tasks."""

    def __init__(self, start: Start[Task, Result], workers: int, processes: Processes) -> None:
        """``workers`` are this process's own."""
        self._workers = Workers(start, workers)
        self._processes = processes
        self._bounds = [0, *accumulate(BLOCK * each for each in processes.gathered(workers))]

    def __enter__(self) -> "Crew[Task, Result]":
        self._workers.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.close()

    def map(self, tasks: Sequence[Task]) -> Iterator[Result]:
        """On the first process, the result of each task, in order. The others do their share and yield nothing, but
        are to be read to the end just as well.

        Raises WorkerError or LostProcessError where a worker or another process has ended.
        """
        rounds = [range(start, len(tasks)) for start in range(0, len(tasks), self._bounds[-1])]
        pieces = [[every[low:high] for low, high in pairwise(self._bounds)] for every in rounds]
        own = self._workers.map([tasks[number] for piece in pieces for number in piece[self._processes.rank]])
        for piece in pieces:
            if self._processes.is_orphan:
                raise LostProcessError("torchrun has ended, and so does this process")
            mine = islice(own, len(piece[self._processes.rank]))
            if not self._processes.is_first:
                self._processes.send(list(mine))
                continue
            yield from mine
            for rank in range(1, self._processes.count):
                yield from self._processes.receive(rank)
