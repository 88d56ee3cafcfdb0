"""How many threads take part: in one product of matrices one, in the engine one a core."""

import torch
from threadpoolctl import threadpool_limits

from charrnn.bulk.workers import cores

_most = 0  # of the engine; 0 for one a core


def use_one_thread_each() -> None:
    """From here on, torch and numpy use the calling thread alone. A step is too small to share, and the threads of two
    visitors would only get in each other's way."""
    torch.set_num_threads(1)
    threadpool_limits(1)


def use_one_core() -> None:
    """The same, and one thread for the engine: where other processes have the other cores."""
    global _most
    use_one_thread_each()
    _most = 1


def of_engine() -> int:
    """Threads that write lines."""
    return _most or cores()
