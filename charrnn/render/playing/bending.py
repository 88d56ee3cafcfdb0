"""Bends time inside groups of notes: the even parts of a group are played long and short, and its ends stay in place.

What lies in a group (graces, ends of notes, an accompaniment) moves with it, so bars stay where they are. ``swing``
and ``expression`` say which groups there are.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

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
    return bending(groups)(moment)


def bending(groups: Sequence[Group]) -> Callable[[Fraction], Fraction]:
    """``bend`` for many moments: a note ends where the next begins, and each moment is worked out once. Most notes
    begin with a part of a group, whose place needs least arithmetic."""
    onsets = [group.onset for group in groups]
    kept = {even: bent for group in groups for even, bent in _beginnings(group)}

    def at(moment: Fraction) -> Fraction:
        if moment not in kept:
            place = bisect_right(onsets, moment) - 1
            kept[moment] = _within(moment, groups[place]) if place >= 0 else moment
        return kept[moment]

    return at


def _beginnings(group: Group) -> Iterator[tuple[Fraction, Fraction]]:
    """Of a group's parts: where each would begin if they were even, and where it does."""
    step, even, bent = group.duration / len(group.shares), group.onset, group.onset
    for share in group.shares:
        yield even, bent
        even += step
        bent += group.duration * share


def _within(moment: Fraction, group: Group) -> Fraction:
    """Where a moment from the group's onset on goes."""
    if moment >= group.onset + group.duration:
        return moment
    parts = (moment - group.onset) / group.duration * len(group.shares)
    whole = int(parts)
    before = sum(group.shares[:whole], Fraction(0))
    return group.onset + group.duration * (before + (parts - whole) * group.shares[whole])


def bent_events(events: Sequence[NoteEvent], groups: Sequence[Group]) -> tuple[NoteEvent, ...]:
    """Notes with their onsets and ends bent."""
    return _bent(events, bending(groups)) if groups else tuple(events)


def _bent(events: Sequence[NoteEvent], at: Callable[[Fraction], Fraction]) -> tuple[NoteEvent, ...]:
    found = []
    for event in events:
        onset = at(event.onset)
        found.append(replace(event, onset=onset, duration=at(event.onset + event.duration) - onset))
    return tuple(found)


def bent(performance: Performance, groups: Sequence[Group]) -> Performance:
    """The performance with its time bent; how long it is as a whole stays."""
    if not groups:
        return performance
    at = bending(groups)
    return replace(
        performance,
        notes=_bent(performance.notes, at),
        beside=_bent(performance.beside, at),
        changes=tuple((at(onset), value) for onset, value in performance.changes),
        played=tuple((at(onset), element) for onset, element in performance.played),
    )
