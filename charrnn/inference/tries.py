"""Bars that are written several times, of which the best stays.

Each bar of a section is written a few times from the same place, a pick-up together with the bar after it, and the line
goes on from the try that is worth most. Choosing bar by bar goes further than choosing among as many whole tunes: two
tries of each of sixteen bars make 65,536 tunes. Bars that are not in the plan belong to the last one that is; what is
longer than ``LONGEST`` characters is taken for several bars.
"""

from collections.abc import Sequence
from typing import NamedTuple

from charrnn.model.likeness.judge import Judge
from charrnn.model.likeness.phrases import Heard, begin, end_of_bars, hear
from charrnn.model.position.closes import LETTERS, LastNote
from charrnn.model.position.plan import Plan, PlanState

MOST_CLOSES = 63  # sections of a text that are told of: the kernel has a bit for each
LONGEST = 128  # characters of a try


class Closing(NamedTuple):
    """Which sections of the plan are to close on the tonic: where one does not, its last bar is written again, a few
    times at most (rejection sampling)."""

    letter: str  # of the tonic
    sections: frozenset[int]  # numbers below MOST_CLOSES


class Tries(NamedTuple):
    """How often each bar of a line is written, and what a try is worth. Only for lines with a plan, and with the plain
    grammar or without a guide."""

    times: int
    judge: Judge | None  # of phrases; without one, all bars are worth the same
    closing: Closing | None  # a try that closes its section as it is to is worth more than any that does not
    header: str  # fields, one a line
    prefix: str  # the music that stands already


class Worth(NamedTuple):
    """Of a try: the greater, the better."""

    closes: bool  # the section ends as it is to; true where the bar ends none
    likeness: float


def ends_bar(before: PlanState, after: PlanState) -> bool:
    """Whether a bar of the plan ends with the character between two of its states."""
    is_planned = before.plan is not None and before.section < len(before.plan)
    return is_planned and after.section == before.section and after.bars > before.bars


class Taste:
    """What the tries of one line are worth."""

    def __init__(self, tries: Tries, characters: str, plan: Plan) -> None:
        self._judge, self._closing, self._characters, self._plan = tries.judge, tries.closing, characters, plan
        whole, self._begun = divided(tries.prefix)
        self._heard: Heard = hear(begin(tries.header), whole)[1]
        self._place = 0  # what was heard: so many of the model's characters, and the whole bars before
        self._after: dict[str, Heard] = {}  # what was heard after each try of the bar that begins there

    def worth(self, indices: Sequence[int], start: int, plan: PlanState, is_over: bool) -> Worth:
        """Of a try, given all indices of the line, where the bar begins among them, where the plan stands, and whether
        the line is at its end."""
        if start > self._place and self._judge is not None:
            before = self._text(indices, self._place, start)
            self._heard = self._after.get(before) or hear(self._heard, before)[1]
            self._place, self._after = start, {}
        bar = self._text(indices, start, len(indices))
        return Worth(self._closes(bar, plan, is_over), self._likeness(bar))

    def _text(self, indices: Sequence[int], start: int, end: int) -> str:
        text = "".join(self._characters[index] for index in indices[start:end])
        return text if start else self._begun + text

    def _likeness(self, bar: str) -> float:
        """Heard after all before it."""
        if self._judge is None:
            return 0.0
        features, self._after[bar] = hear(self._heard, bar)
        return self._judge.weight(features)

    def _closes(self, bar: str, plan: PlanState, is_over: bool) -> bool:
        """Whether a section that ends here, and is to close on the tonic, does."""
        if self._closing is None or plan.section not in self._closing.sections:
            return True
        has_note = any(character.upper() in LETTERS for character in bar)  # else the bar before has closed it
        if not has_note or (not is_over and plan.bars < self._plan[plan.section]):
            return True
        last = LastNote()
        for character in bar:
            last = last.then(character)
        return last.letter == self._closing.letter


def divided(music: str) -> tuple[str, str]:
    """Up to the last bar line, and what is there of the next bar."""
    end = end_of_bars(music)
    return music[:end], music[end:]
