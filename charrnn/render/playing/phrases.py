"""The position of each bar in its section and phrase.

A section begins after a double bar or a repeat sign; a second ending takes its bars' numbers from the first.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

from charrnn.notation.bars import Bar, bars
from charrnn.notation.tune import BarLine, Ending, Tune
from charrnn.render.upbeats import upbeat

PHRASE = 8  # bars, as dances have them; half a phrase has half a cadence


@dataclass(frozen=True, slots=True)
class PhrasePosition:
    """Of a bar that is no pick-up."""

    bar: int  # number in its section, from 0
    begins_section: bool
    ends_section: bool
    before: int | None  # the index of the bar that is played before it at first; None for a tune's first

    @property
    def ends_phrase(self) -> bool:
        return self.ends_section or (self.bar + 1) % PHRASE == 0

    @property
    def ends_half(self) -> bool:
        """A phrase or half of one."""
        return self.ends_section or (self.bar + 1) % (PHRASE // 2) == 0


def phrase_positions(tune: Tune) -> dict[int, PhrasePosition]:
    """Of each of ``bars(tune)`` that is no pick-up, by its index."""
    every = bars(tune)
    full = [number for number in range(len(every)) if not _leads_on(tune, every, number)]
    if not full:
        return {}
    found = {full[0]: PhrasePosition(0, True, False, None)}
    forks = (0, full[0])  # of the last first ending: the number of its first bar, and the bar before it
    for before, after in pairwise(full):
        line, endings = _between(tune, every[before], every[after])
        number, ends, leads = found[before].bar + 1, not line.is_plain, before
        if endings and endings[0] > 1:
            number, leads = forks
        elif endings:
            forks = number, before
        elif ends:
            number = 0
        found[before] = replace(found[before], ends_section=ends)
        found[after] = PhrasePosition(number, ends, False, leads)
    found[full[-1]] = replace(found[full[-1]], ends_section=True)
    return found


def _leads_on(tune: Tune, every: list[Bar], number: int) -> bool:
    """Whether a bar is a pick-up; one before a repeat sign is too: ``:|G|:``."""
    bar = every[number]
    if upbeat(every, number):
        return True
    line = tune.elements[bar.end] if bar.end < len(tune.elements) else None
    opens = isinstance(line, BarLine) and line.opens_repeat and not line.closes_repeat
    starts = number > 0 and not _between(tune, every[number - 1], bar)[0].is_plain
    return bool(opens and starts and bar.full and 2 * bar.duration <= bar.full)


def _between(tune: Tune, before: Bar, after: Bar) -> tuple[BarLine, tuple[int, ...]]:
    """The strongest bar line and the numbers of the ending between two bars."""
    elements = tune.elements[before.end : after.first]
    lines = [element for element in elements if isinstance(element, BarLine)]
    endings = [element.numbers for element in elements if isinstance(element, Ending)]
    plain = BarLine(before.place)
    return next((line for line in lines if not line.is_plain), plain), endings[-1] if endings else ()
