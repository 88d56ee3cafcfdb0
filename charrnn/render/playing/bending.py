"""Bends time inside groups of notes: the even parts of a group are played long and short, and its ends stay in place.

What lies in a group (graces, ends of notes, an accompaniment) moves with it, so bars stay where they are. ``swing``
and ``expression`` say which groups there are.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate

from charrnn.render.playing.performance import NoteEvent, Performance


@dataclass(frozen=True, slots=True)
class Group:
    """A stretch of a performance whose equal parts are played unequally."""

    onset: Fraction  # whole notes
    duration: Fraction  # whole notes
    shares: tuple[Fraction, ...]  # of the duration, for each part; they add up to 1


def shares(*weights: int | Fraction) -> tuple[Fraction, ...]:
    """Weights as shares of a whole.

    >>> [str(share) for share in shares(2, 1)]
    ['2/3', '1/3']
    """
    total = sum(weights, Fraction(0))
    return tuple(Fraction(weight) / total for weight in weights)


def bend(moment: Fraction, groups: Sequence[Group]) -> Fraction:
    """Where a moment goes, in whole notes. The groups are in order and do not overlap.

    >>> eighths = [Group(Fraction(0), Fraction(1, 4), shares(2, 1))]
    >>> bend(Fraction(1, 8), eighths), bend(Fraction(3, 16), eighths)
    (Fraction(1, 6), Fraction(5, 24))
    """
    place = bisect_right(groups, moment, key=lambda group: group.onset) - 1
    if place < 0 or moment >= groups[place].onset + groups[place].duration:
        return moment
    group = groups[place]
    parts = (moment - group.onset) / group.duration * len(group.shares)
    whole = int(parts)
    before = list(accumulate(group.shares, initial=Fraction(0)))[whole]
    return group.onset + group.duration * (before + (parts - whole) * group.shares[whole])


def bent_event(event: NoteEvent, groups: Sequence[Group]) -> NoteEvent:
    onset = bend(event.onset, groups)
    return replace(event, onset=onset, duration=bend(event.onset + event.duration, groups) - onset)


def bent(performance: Performance, groups: Sequence[Group]) -> Performance:
    """The performance with its time bent; how long it is as a whole stays."""
    if not groups:
        return performance
    return replace(
        performance,
        notes=tuple(bent_event(event, groups) for event in performance.notes),
        beside=tuple(bent_event(event, groups) for event in performance.beside),
        changes=tuple((bend(onset, groups), value) for onset, value in performance.changes),
        played=tuple((bend(onset, groups), element) for onset, element in performance.played),
    )
