"""What the programming interface answers."""

from typing import TYPE_CHECKING, Any

from charrnn.ui.candidates import index
from charrnn.ui.patience import Patience

if TYPE_CHECKING:
    from charrnn.model.checkpoint import Checkpoint
    from charrnn.sampling.compose import Composition


def answer(checkpoint: "Checkpoint", tunes: "tuple[Composition, ...]", patience: Patience) -> dict[str, Any]:
    """The tune, or the best of several and all of them with their scores, best first."""
    if len(tunes) == 1:
        return _told(tunes[0])
    from charrnn.sampling.ranking import rank

    ranked = rank(checkpoint, list(tunes), index(), patience.insist)
    listed = [
        _told(one.composition)
        | {"score": round(one.score, 3), "parts": {name: round(worth, 3) for name, worth in one.parts.items()}}
        for one in ranked
    ]
    return _told(ranked[0].composition) | {"candidates": listed}


def _told(tune: "Composition") -> dict[str, Any]:
    from charrnn.render.problems import problems

    return {
        "abc": tune.abc,
        "seed": tune.request.seed,
        "ended": tune.ended,
        "loops": tune.loops,
        "removed": round(tune.removed, 4),
        "problems": [str(problem) for problem in problems(tune.tune)],
    }
