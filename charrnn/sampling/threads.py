"""How many threads a step of sampling uses: one."""

import torch
from threadpoolctl import threadpool_limits


def use_one_thread_each() -> None:
    """From here on, torch and numpy use the calling thread alone. A step is too small to share, and the threads of two
    visitors would only get in each other's way."""
    torch.set_num_threads(1)
    threadpool_limits(1)
