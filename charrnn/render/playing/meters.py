"""Beats, and the meters that make another program's bar lines fall where the tune has them.

A MIDI file has no bar lines: programs count full bars from each time signature. So a bar that is not full (a pick-up,
what a section's end leaves out, a fault) needs a time signature of its own length, and the bar after it the tune's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from charrnn.notation.bars import Bar, bars
from charrnn.notation.tune import Change, Element, Meter, Note, Rest, Tune
from charrnn.render.playing.performance import Performance
from charrnn.render.upbeats import is_edge, is_pickup

_MOST_BEATS, _SHORTEST_BEAT = 255, 128  # what a MIDI file's time signature can hold


@dataclass(frozen=True, slots=True)
class TimeSignature:
    onset: Fraction  # whole notes
    meter: Meter
    beat: Fraction  # whole notes: those of the tune's meter, in a pick-up's signature too


@dataclass(slots=True)
class _Span:
    """A bar as it is played: from one bar line to the next, whatever repeat sign stands inside it."""

    onset: Fraction
    meter: Meter
    number: int  # of its last bar in the text
    length: Fraction = Fraction(0)  # whole notes
    bars: int = 1  # that it stands for

    @property
    def is_short(self) -> bool:
        return self.meter.bar is not None and self.length < self.meter.bar


def beat(meter: Meter) -> Fraction:
    """A beat in whole notes: three units where the bar divides into threes, else one; a quarter in free meter.

    >>> [str(beat(Meter(*meter))) for meter in ((6, 8), (3, 4), (3, 8), (9, 16), (6, 4), (2, 2))]
    ['3/8', '1/4', '1/8', '3/16', '3/4', '1/2']
    """
    if not meter.numerator:
        return Fraction(1, 4)
    is_compound = meter.numerator > 3 and meter.numerator % 3 == 0 and meter.denominator >= 4
    return Fraction(3 if is_compound else 1, meter.denominator)


def time_signatures(tune: Tune, performance: Performance) -> Iterator[TimeSignature]:
    """The time signatures of a performance of the tune, the first at 0; none in free meter. A last bar that is short
    needs none, for no bar follows."""
    spans = list(_spans(tune, performance))
    written: Meter | None = None
    for place, span in enumerate(spans):
        wanted = span.meter if place == len(spans) - 1 else _meter_of(span)
        if not wanted.numerator:
            written = None
        elif wanted != written:
            yield TimeSignature(span.onset, wanted, beat(span.meter))
            written = wanted


def _meter_of(span: _Span) -> Meter:
    """The meter whose bar is as long as the span, in the tune's own units where it can be; the tune's meter where a
    file cannot say it."""
    full = span.meter.bar
    if full is None or span.length == full * span.bars:
        return span.meter
    below = max(span.length.denominator, span.meter.denominator)
    above = span.length * below
    can_be_said = above.denominator == 1 and above <= _MOST_BEATS and below <= _SHORTEST_BEAT and below & below - 1 == 0
    return Meter(int(above), below) if can_be_said else span.meter


def _spans(tune: Tune, performance: Performance) -> Iterator[_Span]:
    """The bars in the order in which they are played."""
    all_bars = bars(tune)
    pieces = _pieces(tune, all_bars)
    span: _Span | None = None
    before = 0
    for onset, index in performance.played:
        number, meter = pieces[index]
        if span is None or (number, meter) != pieces[before] or index <= before:
            if span is None or not _goes_on(tune, all_bars, span, number, meter):
                if span is not None:
                    yield span
                span = _Span(onset, meter, number, bars=all_bars[number].whole_bars)
            span.number = number
        span.length += _duration(tune.elements[index])
        before = index
    if span is not None:
        yield span


def _duration(element: Element) -> Fraction:
    return element.duration if isinstance(element, Note | Rest) else Fraction(0)


def _pieces(tune: Tune, all_bars: list[Bar]) -> dict[int, tuple[int, Meter]]:
    """For each element inside a bar: the bar's number, and the meter there. A change of meter is as good as a bar
    line."""
    found: dict[int, tuple[int, Meter]] = {}
    meter, read = tune.meter, 0
    for number, bar in enumerate(all_bars):
        for index in range(read, bar.end):
            element = tune.elements[index]
            if isinstance(element, Change) and isinstance(element.value, Meter):
                meter = element.value
            found[index] = number, meter
        read = bar.end
    return found


def _goes_on(tune: Tune, all_bars: list[Bar], span: _Span, number: int, meter: Meter) -> bool:
    """Whether a bar of the text goes on with what is played: at the edge of a section that ends within a bar."""
    if not span.is_short or span.meter != meter or is_pickup(all_bars, span.number):
        return False
    full, bar = span.meter.bar, all_bars[number]
    if full is None or span.length + bar.duration > full:
        return False
    follows = number == span.number + 1
    return not follows or is_edge(tune.elements[all_bars[span.number].end : bar.first])
