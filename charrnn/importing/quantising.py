"""Ticks of a MIDI file to musical time: as they are where they were written, on a grid where they were played.

A file that a notation program wrote has times that are plain fractions of a note, and notes that reach to the next. In
any other, onsets move to a grid of sixteenths or of triplet eighths, whichever fits a beat better.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby

from charrnn.importing.barring import Event
from charrnn.importing.midi_file import Stroke

_BEAT = Fraction(1, 4)  # whole notes
GRIDS = (Fraction(1, 16), Fraction(1, 12))  # sixteenths; triplet eighths
# What a beat of triplets must gain over sixteenths, in mean distance from the grid, in whole notes: a slip of a player
# is no triplet.
_TRIPLET_GAIN = Fraction(1, 200)
# Odd part of a denominator -> the largest one that is taken for written. Where a quarter has a number of ticks that
# divides by 15, hardly any tick that is hit by chance has one of these odd parts, and much shorter notes are believed.
_FINEST = {1: 128, 3: 96, 5: 80, 7: 112, 9: 144}
_ODD_PARTS, _FINER = 15, 4
_SHORTEST = Fraction(1, 16)


def events_of(strokes: Sequence[Stroke], ticks_per_quarter: int) -> tuple[list[Event], bool]:
    """The notes in whole notes, by onset; and whether they had to be quantised."""
    exact = [_exact(stroke, ticks_per_quarter) for stroke in strokes]
    if is_written(exact, _FINER if ticks_per_quarter % _ODD_PARTS == 0 else 1):
        return exact, False
    return quantised(exact), True


def _exact(stroke: Stroke, ticks_per_quarter: int) -> Event:
    whole = 4 * ticks_per_quarter
    return Event(Fraction(stroke.onset, whole), Fraction(stroke.end, whole), stroke.pitch)


def is_written(events: Sequence[Event], finer: int = 1) -> bool:
    """Whether all times are fractions that music is written with, and most notes reach to the next. ``finer``: how much
    shorter than usual the shortest notes may be."""
    if not all(_is_plain(time, finer) for time in {time for event in events for time in (event.onset, event.end)}):
        return False
    onsets = sorted({event.onset for event in events})
    reaching = sum(event.end in following for event, following in zip(events, _following(events, onsets), strict=True))
    return 2 * reaching >= len(events) - 1


def _following(events: Sequence[Event], onsets: list[Fraction]) -> Iterator[set[Fraction]]:
    return (set(onsets[bisect_right(onsets, event.onset) :][:8]) for event in events)


def _is_plain(time: Fraction, finer: int) -> bool:
    denominator = time.denominator
    odd = denominator // (denominator & -denominator)
    return denominator <= finer * _FINEST.get(odd, 0)


def quantised(events: Sequence[Event]) -> list[Event]:
    """The notes on the grid. A chord's notes begin together; a note that ends a little before the next begins, or goes
    on into it, reaches to it."""
    onsets = _onsets(sorted({event.onset for event in events}))
    moved = sorted({onsets[event.onset] for event in events})
    found: dict[tuple[Fraction, int], Event] = {}
    for event in events:
        start = onsets[event.onset]
        end = _end(start, event.end - event.onset, moved)
        found[start, event.pitch] = Event(start, end, event.pitch)
    return sorted(found.values(), key=lambda event: (event.onset, event.pitch))


def _onsets(times: Sequence[Fraction]) -> dict[Fraction, Fraction]:
    """Where each time moves to."""
    found: dict[Fraction, Fraction] = {}
    for _, inside in groupby(times, key=lambda time: (time + _SHORTEST / 2) // _BEAT):
        members = list(inside)
        grid = _grid(members)
        found |= {time: _nearest(time, grid) for time in members}
    return found


def _grid(times: Sequence[Fraction]) -> Fraction:
    errors = [sum(abs(time - _nearest(time, grid)) for time in times) / len(times) for grid in GRIDS]
    gains = errors[0] - errors[1] > _TRIPLET_GAIN
    apart = len({_nearest(time, GRIDS[1]) for time in times}) == len({_nearest(time, GRIDS[0]) for time in times})
    return GRIDS[1] if gains and apart and len(times) > 1 else GRIDS[0]


def _nearest(time: Fraction, grid: Fraction) -> Fraction:
    return round(time / grid) * grid


def _end(start: Fraction, duration: Fraction, onsets: Sequence[Fraction]) -> Fraction:
    """Where a note ends that was held for so long. It reaches to the next onset if it sounds for half the way to it, or
    if no rest of a sixteenth would be left; the last note, to the end of a beat."""
    place = bisect_right(onsets, start)
    following = onsets[place] if place < len(onsets) else None
    reached = (start // _BEAT + max(1, round((start % _BEAT + duration) / _BEAT))) * _BEAT
    reached = reached if following is None else following
    if 2 * duration >= reached - start or reached - start - duration < _SHORTEST:
        return reached
    length = max(_nearest(duration, GRIDS[0]), _SHORTEST)
    return min(start + length, reached)
