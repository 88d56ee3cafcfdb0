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
    """Tune n is what the numbered request gives, with the seed texts in turn, where there are any."""
    for number in range(count):
        one = numbered(request, number)
        if seed_texts:
            one = replace(one, seed_text=seed_texts[number % len(seed_texts)])
        yield compose(checkpoint, one)


def numbered(request: Request, number: int) -> Request:
    """The same with its seed number plus ``number``, starting over past the largest one."""
    return replace(request, seed=(request.seed + number) % (limits.MAX_SEED_NUMBER + 1))
