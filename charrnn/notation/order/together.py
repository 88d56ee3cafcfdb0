"""Whether another voice goes along with the first one, and which of its elements sound when.

The first voice's bar lines, repeats, parts and jumps hold for all voices. A voice goes along where its text lasts as
long as the first voice's, and no note of it is held over a place at which the tune jumps.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate

from charrnn.notation.order.jumps import signs_of_jumps
from charrnn.notation.order.repeats import play_order
from charrnn.notation.tune import BarLine, Change, Element, Ending, Meter, Note, PartStart, Rest, Tempo, Tune, Voice

Stretches = Sequence[range]  # of indices of elements, in the order of playing


def runs(order: Iterable[int]) -> Iterator[range]:
    """The order of playing as stretches within which nothing jumps."""
    start = end = 0
    for index in order:
        if index != end and start != end:
            yield range(start, end)
        if index != end:
            start = index
        end = index + 1
    if start != end:
        yield range(start, end)


def stretches_beside(tune: Tune, voice: Voice) -> Stretches | None:
    """What of the voice sounds along with each stretch of the first one. None where it does not go along."""
    ours, theirs = _onsets(tune.elements), _onsets(voice.elements)
    if ours[-1] != theirs[-1]:
        return None
    found: list[range] = []
    for run in runs(play_order(tune.elements, tune.part_order)):
        first = _at(theirs, ours[run.start])
        end = len(theirs) - 1 if run.stop == len(tune.elements) else _at(theirs, ours[run.stop])
        if first is None or end is None:
            return None
        found.append(range(first, end))
    return found


def why_apart(tune: Tune, voice: Voice) -> str:
    """What keeps a voice from going along with the first one; "" where nothing does."""
    first, other = _onsets(tune.elements)[-1], _onsets(voice.elements)[-1]
    if first != other:
        return f"lasts {other} of a whole note, the first voice {first}"
    if stretches_beside(tune, voice) is None:
        return "holds a note where the first voice repeats or jumps"
    return ""


def signs_for_all(elements: Sequence[Element]) -> set[tuple[object, ...]]:
    """What the first voice says for all: repeats, endings, parts, meters and tempos by when they stand in the text, and
    jumps."""
    found: set[tuple[object, ...]] = set()
    for onset, element in zip(_onsets(elements), elements, strict=False):
        if isinstance(element, BarLine) and (element.closes_repeat or element.opens_repeat):
            found |= {(onset, bool(element.closes_repeat), bool(element.opens_repeat))}
        elif isinstance(element, Ending):
            found.add((onset, element.numbers))
        elif isinstance(element, PartStart):
            found.add((onset, element.label))
        elif isinstance(element, Change) and isinstance(element.value, Meter | Tempo):
            found.add((onset, element.value))
        found |= {(name,) for name in signs_of_jumps(element)}
    return found


def _onsets(elements: Sequence[Element]) -> list[Fraction]:
    """When each element begins, in the order of the text, and when the last one ends. Whole notes."""
    durations = (element.duration if isinstance(element, Note | Rest) else Fraction(0) for element in elements)
    return list(accumulate(durations, initial=Fraction(0)))


def _at(onsets: Sequence[Fraction], onset: Fraction) -> int | None:
    """The first element that begins at an onset."""
    place = bisect_left(onsets, onset)
    return place if onsets[place] == onset else None
