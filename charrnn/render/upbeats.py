"""Where in its bar a bar's first note stands."""

from fractions import Fraction

from charrnn.notation.bars import Bar


def upbeat(bars: list[Bar], number: int) -> Fraction:
    """What a pick-up leaves out of its bar, in whole notes; 0 for any other bar. The tune's first bar is one
    where it is short, a repeat sign behind it or not."""
    bar = bars[number]
    if number == 0 and len(bars) > 1 and bar.full and bar.duration < bar.full:
        return bar.full - bar.duration
    return bar.begins_at
