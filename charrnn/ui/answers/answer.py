"""What the programming interface answers."""

from typing import TYPE_CHECKING, Any

from charrnn.errors import OriginalityError
from charrnn.ui.answers.candidates import marks
from charrnn.ui.answers.remarks import sentence

if TYPE_CHECKING:
    from charrnn.model.checkpoint import Checkpoint
    from charrnn.sampling.compose import Composition


def answer(checkpoint: "Checkpoint", tunes: "tuple[Composition, ...]", asked_for: int) -> dict[str, Any]:
    """The tune, or, where several were ``asked_for``, the best of those that there are and all of them with their
    scores, best first."""
    if asked_for == 1:
        return _told(tunes[0])
    from charrnn.sampling.ranking import ranked

    ranking = ranked(checkpoint, tunes)
    told = [_told(one.composition) for one in ranking]
    found = told[0] | {"candidates": [each | marks(one) for each, one in zip(told, ranking, strict=True)]}
    why = _why_not_compared(checkpoint)
    return found | {"remark": why} if why else found


def _why_not_compared(checkpoint: "Checkpoint") -> str:
    """Why the scores have no part for originality; "" where they have one."""
    from charrnn.model.training_index import index_of

    try:
        index_of(checkpoint)
    except OriginalityError as error:
        return sentence(str(error))
    return ""


def _told(tune: "Composition") -> dict[str, Any]:
    from charrnn.render.problems import problems

    return {
        "abc": tune.abc,
        "seed": tune.request.seed,
        "ended": tune.ended,
        "loops": tune.loops,
        "removed": round(tune.removed, 4),
        "problems": [str(problem) for problem in problems(tune.tune)],
        "beyond": [str(problem) for problem in tune.beyond_instrument],
    }
