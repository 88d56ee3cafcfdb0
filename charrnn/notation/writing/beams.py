"""Which notes stand together: those under one beam, as people who play the music group them.

Beats of three in 6/8, 9/8 and 12/8; half bars in 4/4 and 2/2 where all is eighths or longer; else quarters.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from charrnn.notation.bars import Bar, bars
from charrnn.notation.tune import Change, Meter, Note, Rest, Tune, TupletStart

_QUARTER, _EIGHTH = Fraction(1, 4), Fraction(1, 8)


class _Figure(NamedTuple):
    """A note or rest, or a whole tuplet."""

    first: int  # index of its first element, the fields and the tuplet sign before the note included
    onset: Fraction  # in the bar, whole notes
    duration: Fraction  # of its first note


def group_starts(tune: Tune) -> set[int]:
    """Indices of the elements that begin a group, but for the first group of each bar."""
    starts: set[int] = set()
    meter, read = tune.meter, 0
    for bar in bars(tune):
        for element in tune.elements[read : bar.end]:
            if isinstance(element, Change) and isinstance(element.value, Meter):
                meter = element.value
        read = bar.end
        starts.update(_starts_in_bar(list(_figures(tune, bar)), *_group_sizes(meter)))
    return starts


def _group_sizes(meter: Meter) -> tuple[Fraction, Fraction]:
    """How long a group is, and how long where notes shorter than an eighth stand in it."""
    if meter.compound or (meter.numerator, meter.denominator) == (3, 8):
        return Fraction(3, meter.denominator), Fraction(3, meter.denominator)
    return (2 * _QUARTER, _QUARTER) if meter.bar == 1 else (_QUARTER, _QUARTER)


def _starts_in_bar(figures: list[_Figure], large: Fraction, small: Fraction) -> Iterator[int]:
    divided = {figure.onset // large for figure in figures if figure.duration < _EIGHTH}
    for figure in figures[1:]:
        size = small if figure.onset // large in divided else large
        if figure.onset % size == 0:
            yield figure.first


def _figures(tune: Tune, bar: Bar) -> Iterator[_Figure]:
    onset, first = bar.begins_at, bar.first
    left, is_inside = 0, False  # notes still to come of a tuplet; whether its first one has come
    for index in range(bar.first, bar.end):
        element = tune.elements[index]
        if isinstance(element, TupletStart):
            left, is_inside = element.r, False
        elif isinstance(element, Note | Rest):
            if not is_inside:
                yield _Figure(first, onset, element.duration)
            onset, first = onset + element.duration, index + 1
            left = max(left - 1, 0)
            is_inside = left > 0
