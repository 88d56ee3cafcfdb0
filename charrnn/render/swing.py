"""Swing: of two even eighths on a beat, the first is played longer, as hornpipes are danced.

Where the writer wrote dots (or triplets, or sixteenths) the beat is played as written: its rhythm is there already. In
a tune that moves in sixteenths, the pairs are of these, two in a quarter.
"""

from bisect import bisect_right
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from charrnn.notation.bars import bars
from charrnn.notation.tune import Meter, Note, Rest, Tune
from charrnn.render.performance import NoteEvent, Performance, moves_in_sixteenths
from charrnn.render.upbeats import upbeat

HORNPIPE = Fraction(5, 3)  # long to short, between the even 3:2 and the triplet's 2:1
_RHYTHMS = {"hornpipe": HORNPIPE}
_METERS = (Meter(4, 4), Meter(2, 2))
_METERS_IN_SIXTEENTHS = (Meter(2, 4), *_METERS)
_QUARTER, _EIGHTH = Fraction(1, 4), Fraction(1, 8)  # whole notes


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of a performance that swing."""

    onsets: tuple[Fraction, ...]  # whole notes, in order
    duration: Fraction  # of a pair, whole notes


def default_swing(tune: Tune) -> Fraction | None:
    """The ratio for the tune's rhythm; None where it is played straight.

    >>> from charrnn.notation.parser import parse
    >>> default_swing(parse("M:4/4\\nR:Hornpipe\\nK:C\\nAB")), default_swing(parse("M:4/4\\nR:reel\\nK:C\\nAB"))
    (Fraction(5, 3), None)
    """
    meters = _METERS_IN_SIXTEENTHS if moves_in_sixteenths(tune) else _METERS
    return _RHYTHMS.get(tune.rhythm.strip().lower()) if tune.meter in meters else None


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
        beside=tuple(map(moved, performance.beside)),
        changes=tuple((bend(onset, pairs, ratio), value) for onset, value in performance.changes),
        played=tuple((bend(onset, pairs, ratio), element) for onset, element in performance.played),
    )


def bend(moment: Fraction, pairs: Pairs, ratio: Fraction) -> Fraction:
    """Where a moment goes when the pairs are swung.

    >>> eighths = Pairs((Fraction(0),), Fraction(1, 4))
    >>> bend(Fraction(1, 8), eighths, Fraction(2)), bend(Fraction(3, 16), eighths, Fraction(2))
    (Fraction(1, 6), Fraction(5, 24))
    """
    place = bisect_right(pairs.onsets, moment) - 1
    inside = moment - pairs.onsets[place] if place >= 0 else pairs.duration
    if inside >= pairs.duration:
        return moment
    half, middle = pairs.duration / 2, pairs.duration * ratio / (ratio + 1)
    if inside <= half:
        return pairs.onsets[place] + inside * middle / half
    return pairs.onsets[place] + middle + (inside - half) * (pairs.duration - middle) / half


def even_pairs(performance: Performance, tune: Tune) -> Pairs:
    """Two eighths (or sixteenths, in a tune that moves in them) that fill a beat: notes or rests, one after the
    other."""
    duration = _EIGHTH if moves_in_sixteenths(tune) else _QUARTER
    on_beat = _on_beat(tune, duration)
    found: list[Fraction] = []
    for (onset, element), (_, following) in pairwise(performance.played):
        if (
            element in on_beat
            and following > element
            and all(_lasts(tune, e, duration / 2) for e in (element, following))
        ):
            found.append(onset)
    return Pairs(tuple(found), duration)


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
