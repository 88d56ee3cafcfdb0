"""Several tunes from one request, each with a random seed of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from charrnn import limits
from charrnn.model.checkpoint import Checkpoint
from charrnn.sampling.compose import Composition, compose
from charrnn.sampling.options import Request


def compose_many(
    checkpoint: Checkpoint, request: Request, count: int, seed_texts: Sequence[str] = ()
) -> Iterator[Composition]:
    """Tune n is what the request gives with its seed number plus n (starting over past the largest one), and with the
    seed texts in turn, where there are any."""
    for number in range(count):
        seed = (request.seed + number) % (limits.MAX_SEED_NUMBER + 1)
        seed_text = seed_texts[number % len(seed_texts)] if seed_texts else request.seed_text
        yield compose(checkpoint, replace(request, seed_text=seed_text, seed=seed))
