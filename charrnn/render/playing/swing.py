"""Swing: of two even eighths on a beat, the first is played longer, as hornpipes are danced.

Where the writer wrote dots (or triplets, or sixteenths) the beat is played as written: its rhythm is there already. In
a tune that moves in sixteenths, the pairs are of these, two in a quarter.
"""

from fractions import Fraction
from itertools import pairwise

from charrnn.notation.bars import bars
from charrnn.notation.tune import Meter, Note, Rest, Tune
from charrnn.notation.writing.canonical import canonical_rhythm
from charrnn.render.playing.bending import Group, bent, shares
from charrnn.render.playing.performance import Performance, moves_in_sixteenths
from charrnn.render.upbeats import upbeat

HORNPIPE = Fraction(5, 3)  # long to short, between the even 3:2 and the triplet's 2:1
_RHYTHMS = {"hornpipe": HORNPIPE}
_METERS = (Meter(4, 4), Meter(2, 2))
_METERS_IN_SIXTEENTHS = (Meter(2, 4), *_METERS)
_QUARTER, _EIGHTH = Fraction(1, 4), Fraction(1, 8)  # whole notes


def default_swing(tune: Tune) -> Fraction | None:
    """The ratio for the tune's rhythm; None where it is played straight.

    >>> from charrnn.notation.reading.parser import parse
    >>> default_swing(parse("M:4/4\\nR:Hornpipe\\nK:C\\nAB")), default_swing(parse("M:4/4\\nR:reel\\nK:C\\nAB"))
    (Fraction(5, 3), None)
    """
    meters = _METERS_IN_SIXTEENTHS if moves_in_sixteenths(tune) else _METERS
    return _RHYTHMS.get(canonical_rhythm(tune.rhythm)) if tune.meter in meters else None


def swung(performance: Performance, tune: Tune, ratio: Fraction) -> Performance:
    """The same performance with its even pairs of eighths swung: long to short as ``ratio`` to 1, exactly."""
    return bent(performance, even_pairs(performance, tune, ratio))


def even_pairs(performance: Performance, tune: Tune, ratio: Fraction) -> list[Group]:
    """Two eighths (or sixteenths, in a tune that moves in them) that fill a beat: notes or rests, one after the
    other; swung in the ratio."""
    duration = _EIGHTH if moves_in_sixteenths(tune) else _QUARTER
    on_beat = _on_beat(tune, duration)
    long_and_short = shares(ratio, 1)
    return [
        Group(onset, duration, long_and_short)
        for (onset, element), (_, following) in pairwise(performance.played)
        if element in on_beat
        and following > element
        and all(_lasts(tune, each, duration / 2) for each in (element, following))
    ]


def _lasts(tune: Tune, index: int, duration: Fraction) -> bool:
    element = tune.elements[index]
    return isinstance(element, Note | Rest) and element.duration == duration


def _on_beat(tune: Tune, beat: Fraction) -> set[int]:
    """Indices of the notes and rests that begin on a beat of their bar."""
    found: set[int] = set()
    all_bars = bars(tune)
    for number, bar in enumerate(all_bars):
        now = upbeat(all_bars, number)
        for index in range(bar.first, bar.end):
            element = tune.elements[index]
            if isinstance(element, Note | Rest):
                if now % beat == 0:
                    found.add(index)
                now += element.duration
    return found
