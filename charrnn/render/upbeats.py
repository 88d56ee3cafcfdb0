"""Where in its bar a bar's first note stands, and which bar of the tune it is."""

from collections.abc import Sequence
from fractions import Fraction

from charrnn.notation.bars import Bar, bars
from charrnn.notation.order.repeats import sections
from charrnn.notation.tune import BarLine, Element, Ending, Tune


def upbeat(bars: list[Bar], number: int) -> Fraction:
    """What a pick-up leaves out of its bar, in whole notes; 0 for any other bar. The tune's first bar is one
    where it is short, a repeat sign after it or not."""
    bar = bars[number]
    if number == 0 and len(bars) > 1 and bar.full and bar.duration < bar.full:
        return bar.full - bar.duration
    return bar.begins_at


def is_pickup(bars: list[Bar], number: int) -> bool:
    """Whether a bar leads to the next one; a bar inside a section that is too short is a fault and no pick-up."""
    return bool(upbeat(bars, number)) and (number == 0 or bars[number].at_edge)


def bar_numbers(elements: Sequence[Element], bars: list[Bar]) -> list[int | None]:
    """The number by which a musician counts each bar: 0 for a pick-up at the start, then 1, 2 ...; None where a bar
    only goes on (what completes the bar that a section's end left short) and for a pick-up inside the tune."""
    found: list[int | None] = []
    count = 0
    for number, (bar, filled) in enumerate(zip(bars, filled_before(elements, bars), strict=True)):
        if is_pickup(bars, number):
            found.append(0 if number == 0 else None)
        elif filled:
            found.append(None)
        else:
            found.append(count + 1)
            count += bar.whole_bars
    return found


def counted(tune: Tune) -> list[int]:
    """For each bar of the text: the number of the bar that a musician sees there, 0 for a pick-up at the start. What
    only goes on has the number of the bar before it."""
    found: list[int] = []
    for number in bar_numbers(tune.elements, bars(tune)):
        found.append(number if number is not None else found[-1] if found else 0)
    return found


def filled_before(elements: Sequence[Element], bars: list[Bar]) -> list[Fraction]:
    """How much of its bar has been written before each bar of the text, in whole notes: more than 0 where it completes
    the bar that a section's end, or the start of an ending, left short. All endings of a section complete the same."""
    first_endings = _first_endings(elements)
    at_first_ending: dict[int, Fraction] = {}
    found: list[Fraction] = []
    filled, read = Fraction(0), 0
    for number, bar in enumerate(bars):
        between = elements[read : bar.first]
        for ending in _endings_in(elements, read, bar.first):
            filled = at_first_ending.setdefault(first_endings[ending], filled)
        goes_on = is_edge(between) and bar.full is not None and filled + bar.duration <= bar.full
        found.append(filled if goes_on else Fraction(0))
        filled, read = _filled_after(bars, number, found[-1]), bar.end
    return found


def _first_endings(elements: Sequence[Element]) -> dict[int, int]:
    """For the index of each Ending: that of the first one of its section."""
    return {index: section.endings[0][1] for section in sections(elements) for _, index in section.endings}


def _endings_in(elements: Sequence[Element], start: int, end: int) -> list[int]:
    return [index for index in range(start, end) if isinstance(elements[index], Ending)]


def is_edge(between: Sequence[Element]) -> bool:
    """Whether a section, or an ending, begins at these signs."""
    return any(isinstance(sign, Ending) or (isinstance(sign, BarLine) and not sign.is_plain) for sign in between)


def _filled_after(bars: list[Bar], number: int, before: Fraction) -> Fraction:
    """How much of a bar is open after this one: nothing after a pick-up or a full bar."""
    bar = bars[number]
    if bar.full is None or is_pickup(bars, number):
        return Fraction(0)
    filled = before + bar.duration
    return filled if filled < bar.full else Fraction(0)
