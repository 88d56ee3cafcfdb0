"""Several tunes to choose from, composed in one batch through the network.

A step of eight tunes reads the weights once, where eight steps of one tune read them eight times.
"""

from collections.abc import Iterator

from charrnn.model.checkpoint import Checkpoint
from charrnn.sampling.batch import numbered
from charrnn.sampling.compose import Composition, stream_together
from charrnn.sampling.options import Request, check_candidates


def stream_candidates(checkpoint: Checkpoint, request: Request, count: int) -> Iterator[tuple[Composition, ...]]:
    """The candidates as they grow, a character in each; the last value is the finished tunes.

    Candidate n is the tune that ``compose`` gives alone for the request with its seed plus n. A product of matrices
    rounds its sums otherwise than a product with a vector, so that once in very many characters a draw that lies on the
    border between two may fall on its other side.

    Raises OptionError when there are too many, or the seed holds characters that the model does not know.
    """
    count = check_candidates(count)
    return stream_together(checkpoint, [numbered(request, number) for number in range(count)])
