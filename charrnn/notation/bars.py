"""The bars of a tune, and whether they add up to the meter.

A bar inside a section must be full. A bar at a section's edge (its first, its last, beside a double bar, a repeat sign
or an ending) may be short, for that is where pick-ups and their complements stand. No bar may be too long.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice

from charrnn import limits
from charrnn.notation.kept import kept
from charrnn.notation.tune import BarLine, Change, Element, Ending, Meter, Note, Place, Problem, Rest, Tune


@dataclass(frozen=True, slots=True)
class Bar:
    """What stands between two bar lines. ``first`` and ``end`` index ``Tune.elements``, end exclusive."""

    first: int
    end: int
    duration: Fraction  # whole notes
    full: Fraction | None  # what the meter asks for; None in free meter
    at_edge: bool  # of a section: may be short
    place: Place  # of its first note or rest
    whole_bars: int  # bars that it stands for; over 1 only for a rest such as Z4
    begins_at: Fraction = Fraction(0)  # in the meter, whole notes: a pick-up ends with its bar

    @property
    def is_right(self) -> bool:
        if self.full is None or self.duration == self.full * self.whole_bars:
            return True
        return self.at_edge and self.duration < self.full


def bars(tune: Tune) -> list[Bar]:
    """The bars that hold a note or a rest, in the order of the text."""
    return list(_bars(tune))


@kept
def _bars(tune: Tune) -> list[Bar]:
    found: list[Bar] = []
    full = tune.meter.bar
    opens_at_edge, first = True, 0
    for index, element in enumerate([*tune.elements, None]):
        if element is not None and not isinstance(element, BarLine | Ending):
            if isinstance(element, Change) and isinstance(element.value, Meter):
                full = element.value.bar
            continue
        closes_at_edge = element is None or isinstance(element, Ending) or not element.is_plain
        bar = _bar(tune.elements[first:index], first, full, opens_at_edge or closes_at_edge)
        if bar is not None:
            is_pickup = full is not None and bar.duration < full and not closes_at_edge
            found.append(replace(bar, begins_at=full - bar.duration) if full and is_pickup else bar)
            opens_at_edge = closes_at_edge
        else:  # "| 1" or "| |:": two signs with nothing between them are one line
            opens_at_edge = opens_at_edge or closes_at_edge
        first = index + 1
    return [*found[:-1], *(replace(bar, begins_at=Fraction(0)) for bar in found[-1:])]  # the last bar is no pick-up


def _bar(elements: tuple[Element, ...], first: int, full: Fraction | None, at_edge: bool) -> Bar | None:
    sounding = [element for element in elements if isinstance(element, Note | Rest)]
    if not sounding:
        return None
    duration = sum((element.duration for element in sounding), Fraction(0))
    whole_bars = max([1, *(element.whole_bars for element in sounding if isinstance(element, Rest))])
    return Bar(first, first + len(elements), duration, full, at_edge, sounding[0].place, whole_bars)


def bar_problems(tune: Tune) -> list[Problem]:
    """One problem for each bar that does not add up, at most ``limits.MAX_REPORTED_PROBLEMS``."""
    wrong = (bar for bar in bars(tune) if not bar.is_right)
    return [
        Problem(bar.place, f"this bar holds {bar.duration} of a whole note, the meter asks for {bar.full}")
        for bar in islice(wrong, limits.MAX_REPORTED_PROBLEMS)
    ]
