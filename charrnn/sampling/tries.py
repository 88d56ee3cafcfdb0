"""Whether the bars of a tune are written in several tries, and what a try is worth (``inference.tries``)."""

from charrnn.inference.tries import Closing, Tries
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.plan import Plan
from charrnn.sampling.options import Request


def tries_for(
    checkpoint: Checkpoint, header: str, prefix: str, plan: Plan | None, request: Request, closing: Closing | None
) -> Tries | None:
    """None where each bar is written once: as always where the most probable characters are taken, which would be
    the same again; where a tune is steered away from the training music, for that cannot be taken back; and without a
    plan, for no bars are counted then. By a checkpoint without a judge of phrases, only what does not close as it is to
    is written again."""
    if request.temperature == 0 or request.most_shared is not None or plan is None:
        return None
    times = 1 if checkpoint.phrases is None else request.tries
    if times == 1 and closing is None:
        return None
    return Tries(times, checkpoint.phrases if times > 1 else None, closing, header, prefix)
