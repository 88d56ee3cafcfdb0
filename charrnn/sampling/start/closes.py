"""Which sections of a tune are to close on the tonic: drawn for each tune, as often as people's do."""

import numpy as np

from charrnn.inference.tries import MOST_CLOSES, Closing
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.plan import Plan
from charrnn.notation.keys import parse_key
from charrnn.sampling.options import Request
from charrnn.sampling.start.header import given_fields

_STREAM = 1  # of random numbers beside those that the tune is drawn with


def closing_for(
    checkpoint: Checkpoint, header: str, prefix: str, plan: Plan | None, request: Request, kind: str = "free"
) -> Closing | None:
    """None where no section has to; where the most probable characters are written, which would be the same again;
    where a tune is steered away from the training music, for that cannot be taken back; and where the music that stands
    already, ``prefix``, changes the key. ``kind`` is one of ``closes.KINDS``."""
    if request.temperature == 0 or request.most_shared is not None or "[K:" in prefix:
        return None
    key = parse_key(given_fields(header).get("K", ""))
    sections = checkpoint.closes.draw(kind, key, plan, np.random.default_rng([request.seed, _STREAM]))
    told = frozenset(section for section in sections if section < MOST_CLOSES)
    return Closing(key.tonic[0], told) if told else None
