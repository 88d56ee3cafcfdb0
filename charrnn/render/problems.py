"""All that is not right with a tune: its notation, its bars, its sound."""

from charrnn import limits
from charrnn.notation.bars import bar_problems
from charrnn.notation.tune import Problem, Tune
from charrnn.render.playing.performance import perform


def problems(tune: Tune) -> list[Problem]:
    """In the order of the text; at most ``limits.MAX_REPORTED_PROBLEMS``. Empty for a tune that is right."""
    found = [*tune.problems, *bar_problems(tune), *perform(tune).problems]
    return sorted(found, key=lambda problem: problem.place)[: limits.MAX_REPORTED_PROBLEMS]
