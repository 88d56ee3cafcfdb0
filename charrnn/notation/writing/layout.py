"""How the writer laid a tune out: which notes stand together, and where lines end.

A blank between two notes ends a beam (section "Beams"). In a line without one, nobody thought of beams: there they
follow the meter.
"""

from bisect import bisect_right

from charrnn.notation.tune import BarLine, Element, Ending, Tune
from charrnn.notation.writing.beams import group_starts


def is_typed(tune: Tune) -> bool:
    """Whether the text has other beams than the meter's, which only a person writes."""
    return (
        bool(_typed_blanks(tune)) and typed_groups(tune) - tune.layout.lines != group_starts(tune) - tune.layout.lines
    )


def typed_groups(tune: Tune) -> set[int]:
    """Indices of the elements that begin a group of notes, as ``beams.group_starts`` gives them."""
    ends = sorted(tune.layout.lines)
    typed = _typed_blanks(tune)
    typed_lines = {bisect_right(ends, place) for place in typed}
    by_meter = {place for place in group_starts(tune) if bisect_right(ends, place) not in typed_lines}
    return typed | by_meter | tune.layout.lines


def _typed_blanks(tune: Tune) -> set[int]:
    """Those between two notes of a bar and of a line."""
    return {place for place in tune.layout.blanks - tune.layout.lines if _divides(tune.elements, place)}


def _divides(elements: tuple[Element, ...], place: int) -> bool:
    return (
        0 < place < len(elements)
        and not isinstance(elements[place - 1], BarLine | Ending)
        and not isinstance(elements[place], BarLine | Ending)
    )
