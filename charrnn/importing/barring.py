"""Note events to bars: a melody with its times becomes the elements of a tune."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from charrnn import limits
from charrnn.errors import OpeningError
from charrnn.importing.accidentals import Accidentals, spelling_in
from charrnn.importing.tuplets import START, with_tuplets
from charrnn.notation.keys import Key
from charrnn.notation.tune import BarLine, Change, Element, Meter, Note, Rest


@dataclass(frozen=True, slots=True)
class Event:
    """A note that sounds; times in whole notes."""

    onset: Fraction
    end: Fraction
    pitch: int  # MIDI number


@dataclass(frozen=True, slots=True)
class Signature:
    """A meter or key that holds from a time on, in whole notes."""

    onset: Fraction
    value: Meter | Key


@dataclass(frozen=True, slots=True)
class Barring:
    """A bar: where it begins and ends, what begins with it, and whether a double bar ends it."""

    start: Fraction
    end: Fraction
    changes: tuple[Meter | Key, ...] = ()
    is_short: bool = False  # shorter than its meter, without a change of meter


@dataclass(frozen=True, slots=True)
class _Slice:
    """A time in which the same notes sound."""

    start: Fraction
    end: Fraction
    pitches: tuple[int, ...]  # from the lowest; none in a rest
    held: frozenset[int]  # of them, those that sound on after it


def barrings(signatures: Sequence[Signature], keys: Sequence[Signature], end: Fraction) -> tuple[Meter, list[Barring]]:
    """The meter at the start, and the bars up to ``end``. A file has no bar lines: full bars are counted from each time
    signature. A signature that lasts for one bar alone and is shorter than the meter around it is a pick-up or the end
    of a section, not a change of meter.

    Raises OpeningError for more than ``limits.MAX_OPENED_BARS``.
    """
    spans = [
        (this.onset, following, this.value)
        for this, following in zip(signatures, [*(one.onset for one in signatures[1:]), end], strict=True)
        if following > this.onset and isinstance(this.value, Meter)
    ]
    bars: list[Barring] = []
    meter = _first_meter(spans)
    current = meter
    for index, (start, stop, value) in enumerate(spans):
        assert value.bar
        is_short = _is_one_short_bar(spans, index, current)
        changes: tuple[Meter | Key, ...] = () if is_short or value == current else (value,)
        current = current if is_short else value
        for first, last in _cut(start, stop, value.bar):
            if len(bars) == limits.MAX_OPENED_BARS:
                raise OpeningError(f"has more than {limits.MAX_OPENED_BARS:,} bars")
            key = _key_at(keys, first, last)
            bars.append(Barring(first, last, (*changes, *key), is_short and bool(bars)))
            changes = ()
    return meter, bars


Span = tuple[Fraction, Fraction, Meter]  # from when to when a meter holds


def _first_meter(spans: Sequence[Span]) -> Meter:
    """That of the second span where the first is a pick-up."""
    first, second = spans[0][2], spans[min(1, len(spans) - 1)][2]
    return second if _is_one_short_bar(spans, 0, second) else first


def _is_one_short_bar(spans: Sequence[Span], index: int, current: Meter) -> bool:
    start, stop, value = spans[index]
    assert value.bar
    assert current.bar
    is_one = start + value.bar >= stop
    returns = index + 1 < len(spans) and spans[index + 1][2] == current
    return (is_one and value.bar < current.bar and returns) or not _can_be_written(value)


def _can_be_written(meter: Meter) -> bool:
    return meter.numerator <= limits.MAX_METER_NUMERATOR and meter.denominator in limits.METER_DENOMINATORS


def _cut(start: Fraction, stop: Fraction, bar: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    while start < stop:
        yield start, min(start + bar, stop)
        start += bar


def _key_at(keys: Sequence[Signature], first: Fraction, last: Fraction) -> tuple[Key, ...]:
    """The last change of key in a bar, written at its start; the key of the tune's start is in its header."""
    found = [one.value for one in keys if first <= one.onset < last and one.onset > 0 and isinstance(one.value, Key)]
    return tuple(found[-1:])


def elements_of(events: Sequence[Event], bars: Sequence[Barring], key: Key) -> list[Element]:
    """The elements of a tune in these bars. Notes that go over a bar line are tied; where several sound, they are a
    chord of at most ``limits.MAX_CHORD_NOTES``."""
    slices = list(_slices(events, bars[0].start, bars[-1].end))
    accidentals = Accidentals(key)
    found: list[Element] = []
    place = 0
    for bar in bars:
        for change in bar.changes:
            found.append(Change(change, START))
            accidentals.key = change if isinstance(change, Key) else accidentals.key
        inside: list[Element] = []
        while place < len(slices) and slices[place].start < bar.end:
            inside.extend(_sound(piece, accidentals) for piece in _within(slices[place], bar))
            if slices[place].end > bar.end:
                break
            place += 1
        found.extend(with_tuplets(inside))
        found.append(BarLine(START, "double" if bar.is_short else "single"))
        accidentals.bar_line()
    found[-1] = BarLine(START, "final")
    return found


def _slices(events: Sequence[Event], start: Fraction, end: Fraction) -> Iterator[_Slice]:
    """The time from ``start`` to ``end`` in pieces, cut where a note begins or ends."""
    cuts = sorted({start, end, *(time for event in events for time in (event.onset, event.end) if start < time < end)})
    waiting = sorted(events, key=lambda event: event.onset, reverse=True)
    sounding: list[Event] = []
    for first, last in pairwise(cuts):
        sounding = [event for event in sounding if event.end > first]
        while waiting and waiting[-1].onset <= first:
            sounding.append(waiting.pop())
        pitches = {event.pitch: event.end > last for event in sounding if event.end > first}
        top = sorted(pitches)[-limits.MAX_CHORD_NOTES :]
        yield _Slice(first, last, tuple(top), frozenset(pitch for pitch in top if pitches[pitch]))


def _within(piece: _Slice, bar: Barring) -> Iterator[_Slice]:
    """What of a slice lies in a bar, in notes of at most ``limits.MAX_NOTE_LENGTH``."""
    start, end = max(piece.start, bar.start), min(piece.end, bar.end)
    held = frozenset(piece.pitches)
    while start < end:
        last = min(end, start + limits.MAX_NOTE_LENGTH)
        yield _Slice(start, last, piece.pitches, piece.held if last == piece.end else held)
        start = last


def _sound(piece: _Slice, accidentals: Accidentals) -> Element:
    duration = piece.end - piece.start
    if not piece.pitches:
        accidentals.rest()
        return Rest(duration, START)
    spelled = [(spelling_in(accidentals.key, pitch), pitch in piece.held) for pitch in piece.pitches]
    return Note(accidentals.note(spelled), duration, START)
