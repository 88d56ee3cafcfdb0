"""The end of composing: the tune to show and, of several, how they rank."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from charrnn.render.score.incipit import incipit
from charrnn.ui.answers import value
from charrnn.ui.answers.chances import step_of
from charrnn.ui.answers.remarks import ending, own_mistakes, whose_problems
from charrnn.ui.answers.view import View

if TYPE_CHECKING:
    from charrnn.model.checkpoint import Checkpoint
    from charrnn.sampling.compose import Composition
    from charrnn.sampling.ranking import Ranked


def shown(checkpoint: "Checkpoint", tunes: "Sequence[Composition]", view: View) -> dict[str, Any]:
    """The best of the tunes, with all of them beside it if they are several."""
    if len(tunes) == 1:
        return _done(checkpoint, tunes[0], view)
    from charrnn.sampling.ranking import ranked

    ranking = ranked(checkpoint, tunes)
    return _done(checkpoint, ranking[0].composition, view) | {
        "candidates": [_candidate(place, one) for place, one in enumerate(ranking)]
    }


def marks(one: "Ranked") -> dict[str, Any]:
    """Why a tune stands where it does, as the page and programs are told."""
    return {
        "score": round(one.score, 3),
        "parts": {name: round(worth, 3) for name, worth in one.parts.items()},
    }


def _done(checkpoint: "Checkpoint", composition: "Composition", view: View) -> dict[str, Any]:
    from charrnn.model.training_index import index_of

    return value.done(
        composition.abc,
        composition.tune,
        " ".join(filter(None, (own_mistakes(composition), ending(composition)))),
        whose_problems(composition),
        view,
        asdict(composition.request),
        partial(index_of, checkpoint),
    ) | {"step": step_of(checkpoint, composition)}


def _candidate(place: int, ranked: "Ranked") -> dict[str, Any]:
    tune = ranked.composition.plain
    return {
        "abc": ranked.composition.abc,
        "title": tune.title,
        "facts": f"{tune.rhythm or tune.meter} in {tune.key}",
        "svg": incipit(tune, f"c{place}-"),
        **marks(ranked),
        "settings": asdict(ranked.composition.request),
    }
