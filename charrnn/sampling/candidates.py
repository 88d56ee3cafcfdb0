"""Several tunes to choose from, composed at the same time."""

from collections.abc import Iterator

from charrnn.model.checkpoint import Checkpoint
from charrnn.sampling.batch import numbered
from charrnn.sampling.checks import check_candidates
from charrnn.sampling.compose import Composition, stream_together
from charrnn.sampling.options import Request


def stream_candidates(checkpoint: Checkpoint, request: Request, count: int) -> Iterator[tuple[Composition, ...]]:
    """The candidates as they grow; the last value is the finished tunes.

    Candidate n is the tune that ``compose`` gives alone for the request with its seed plus n.

    Raises OptionError when there are too many, or the seed holds characters that the model does not know.
    """
    count = check_candidates(count)
    return stream_together(checkpoint, [numbered(request, number) for number in range(count)])
