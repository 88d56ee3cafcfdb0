"""The bars of a tune in the order in which they are played, each time that they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from charrnn.notation.bars import Bar, bars
from charrnn.notation.tune import Meter, Tune
from charrnn.render.playing.performance import Performance, states
from charrnn.render.upbeats import filled_before, upbeat


@dataclass(frozen=True, slots=True)
class PlayedBar:
    onset: Fraction  # whole notes from the start
    end: Fraction  # where the next one begins
    number: int  # in bars(tune)
    meter: Meter  # in which it ends
    begins_at: Fraction  # in the meter, whole notes: over 0 in a pick-up, and in what completes a short bar

    def place(self, moment: Fraction) -> Fraction:
        """Where in the meter's bar a moment of the performance lies, in whole notes."""
        place = moment - self.onset + self.begins_at
        return place % self.meter.bar if self.meter.bar else place


def played_bars(tune: Tune, performance: Performance) -> list[PlayedBar]:
    """By onset, for a performance of the tune; bent or not."""
    all_bars = bars(tune)
    holding = states(tune)
    filled = filled_before(tune.elements, all_bars)
    starts = list(_starts(all_bars, performance))
    return [
        PlayedBar(onset, end, number, holding[all_bars[number].end][1], upbeat(all_bars, number) or filled[number])
        for (onset, number), (end, _) in pairwise([*starts, (performance.duration, -1)])
    ]


def _starts(all_bars: list[Bar], performance: Performance) -> Iterator[tuple[Fraction, int]]:
    bar_of = {index: number for number, bar in enumerate(all_bars) for index in range(bar.first, bar.end)}
    current, last = -1, -1
    for onset, element in performance.played:
        if bar_of[element] != current or element <= last:
            current = bar_of[element]
            yield onset, current
        last = element
