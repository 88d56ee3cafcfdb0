"""Swing: of two even eighths on a beat, the first is played longer, as hornpipes are danced.

Where the writer wrote dots (or triplets, or sixteenths) the beat is played as written: its rhythm is there already.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from charrnn.notation.bars import bars
from charrnn.notation.tune import Meter, Note, Rest, Tune
from charrnn.render.performance import NoteEvent, Performance
from charrnn.render.upbeats import upbeat

HORNPIPE = Fraction(5, 3)  # long to short, between the even 3:2 and the triplet's 2:1
_RHYTHMS = {"hornpipe": HORNPIPE}
_METERS = (Meter(4, 4), Meter(2, 2))
_BEAT, _EIGHTH = Fraction(1, 4), Fraction(1, 8)  # whole notes


def default_swing(tune: Tune) -> Fraction | None:
    """The ratio for the tune's rhythm; None where it is played straight.

    >>> from charrnn.notation.parser import parse
    >>> default_swing(parse("M:4/4\\nR:Hornpipe\\nK:C\\nAB")), default_swing(parse("M:4/4\\nR:reel\\nK:C\\nAB"))
    (Fraction(5, 3), None)
    """
    return _RHYTHMS.get(tune.rhythm.strip().lower()) if tune.meter in _METERS else None


def swung(performance: Performance, tune: Tune, ratio: Fraction) -> Performance:
    """The same performance with its even pairs of eighths swung: long to short as ``ratio`` to 1, exactly.

    Time is bent inside each pair and nowhere else, so what lies in it (graces, ends of notes, accompaniment bent by
    ``bend``) moves with it, and bars stay where they are.
    """
    pairs = even_pairs(performance, tune)

    def moved(event: NoteEvent) -> NoteEvent:
        onset = bend(event.onset, pairs, ratio)
        return replace(event, onset=onset, duration=bend(event.onset + event.duration, pairs, ratio) - onset)

    return replace(
        performance,
        notes=tuple(map(moved, performance.notes)),
        changes=tuple((bend(onset, pairs, ratio), value) for onset, value in performance.changes),
        played=tuple((bend(onset, pairs, ratio), element) for onset, element in performance.played),
    )


def bend(moment: Fraction, pairs: Sequence[Fraction], ratio: Fraction) -> Fraction:
    """Where a moment goes when the pairs of eighths that begin at ``pairs`` (sorted) are swung.

    >>> bend(Fraction(1, 8), [Fraction(0)], Fraction(2)), bend(Fraction(3, 16), [Fraction(0)], Fraction(2))
    (Fraction(1, 6), Fraction(5, 24))
    """
    place = bisect_right(pairs, moment) - 1
    inside = moment - pairs[place] if place >= 0 else _BEAT
    if inside >= _BEAT:
        return moment
    middle = _BEAT * ratio / (ratio + 1)
    if inside <= _EIGHTH:
        return pairs[place] + inside * middle / _EIGHTH
    return pairs[place] + middle + (inside - _EIGHTH) * (_BEAT - middle) / _EIGHTH


def even_pairs(performance: Performance, tune: Tune) -> list[Fraction]:
    """When, in whole notes, two eighths begin that fill a beat: notes or rests, one behind the other."""
    on_beat = _on_beat(tune)
    found: list[Fraction] = []
    for (onset, element), (_, following) in pairwise(performance.played):
        if element in on_beat and _is_eighth(tune, element) and _is_eighth(tune, following) and following > element:
            found.append(onset)
    return found


def _is_eighth(tune: Tune, index: int) -> bool:
    element = tune.elements[index]
    return isinstance(element, Note | Rest) and element.duration == _EIGHTH


def _on_beat(tune: Tune) -> set[int]:
    """Indices of the notes and rests that begin on a quarter of their bar."""
    found: set[int] = set()
    all_bars = bars(tune)
    for number, bar in enumerate(all_bars):
        now = upbeat(all_bars, number)
        for index in range(bar.first, bar.end):
            element = tune.elements[index]
            if isinstance(element, Note | Rest):
                if now % _BEAT == 0:
                    found.add(index)
                now += element.duration
    return found
