"""Several tunes from one request, each with a random seed of its own."""

from collections.abc import Iterator
from dataclasses import replace

from charrnn import limits
from charrnn.model.checkpoint import Checkpoint
from charrnn.sampling.compose import Composition, compose
from charrnn.sampling.options import Request


def compose_many(checkpoint: Checkpoint, request: Request, count: int) -> Iterator[Composition]:
    """Tune n is what the request gives with its seed number plus n (starting over past the largest one)."""
    for number in range(count):
        seed = (request.seed + number) % (limits.MAX_SEED_NUMBER + 1)
        yield compose(checkpoint, replace(request, seed=seed))
