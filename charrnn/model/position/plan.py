"""The plan of a tune: how many bars each section has, in the order of the text. ``(8, 8)`` is two parts of eight bars.

A network that only counts forwards cannot know that the next bar is the last one, so it does not head for a cadence. A
network that is told the plan reads two more inputs at each character: how many bars are left in this section, and how
many sections follow it.

A section ends with a repeat sign, a double bar or the end of the tune. A first and a second ending are the same bars of
the section, counted once. A pick-up is no bar of its own: it completes the last bar of the section before, or its own.

    plan = plan_of(text)                              # from a whole text
    state = PlanState(plan)
    state = after(state, situation, character)        # situation: of the clock, before the character
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from charrnn.model.position.clock import PITCHES, Clock, Ints, Node, Situation

Plan = tuple[int, ...]  # bars of each section

MOST_BARS = 32  # told apart; more count as so many
MOST_SECTIONS = 8
_CLOSING = (":", ":|")
_WITH_NOTES = (Situation.FULL_BAR, Situation.SHORT_BAR)
UNKNOWN = 0  # the value of both hints where there is no plan
LEFT_VALUES, FOLLOWING_VALUES = MOST_BARS + 2, MOST_SECTIONS + 2  # unknown, none, one, ...


class PlanState(NamedTuple):
    """Where a text stands in its plan."""

    plan: Plan | None = None  # None: not known
    section: int = 0
    bars: int = 0  # complete bars of the section
    split: int = 0  # complete bars before its first ending
    is_short: bool = False  # the bar line just read ended a bar that is not full
    mark: str = ""  # the bar line in progress: | || |: : :| :: [

    @property
    def left(self) -> int:
        """Bars of the section that are still to come, below 0 where it is longer than planned; 0 without a section."""
        return self.plan[self.section] - self.bars if self.plan and self.section < len(self.plan) else 0

    @property
    def hints(self) -> tuple[int, int]:
        """Bars left in the section and sections after it, each plus one; ``UNKNOWN`` without a plan."""
        if self.plan is None:
            return UNKNOWN, UNKNOWN
        if self.section >= len(self.plan):
            return 1, 1  # the plan is done
        following = len(self.plan) - self.section - 1
        return min(MOST_BARS, max(0, self.left)) + 1, min(MOST_SECTIONS, following) + 1


@lru_cache(maxsize=100_000)
def after(state: PlanState, situation: Situation, character: str) -> PlanState:
    """The state after one more character. ``situation`` is the clock's before it."""
    if situation is Situation.NO_MUSIC:
        return state
    if character == "|":
        return _after_bar_line(state, situation)
    if character == ":":
        return _after_colon(state, situation)
    if character == "]" and state.mark == "|":
        return _next_section(state)
    if character.isdigit() and state.mark in ("|", "[", ":|"):
        return _after_ending_number(state, character)
    if state.mark == ":|" and character != "[":  # no other ending follows
        state = _next_section(state)
    return state._replace(mark="[" if character == "[" else "", is_short=False)


def alike(character: str) -> str:
    """The characters that lead to the same state as this one, whatever the state: all letters of pitches."""
    return PITCHES if character in PITCHES else character


def _after_bar_line(state: PlanState, situation: Situation) -> PlanState:
    if state.mark == ":":
        return state._replace(mark=":|")
    if state.mark == "|":
        return _next_section(state)
    if state.mark == ":|":
        state = _next_section(state)
    is_full, is_short = situation is Situation.FULL_BAR, situation is Situation.SHORT_BAR
    return state._replace(bars=state.bars + is_full, is_short=is_short, mark="|")


def _after_colon(state: PlanState, situation: Situation) -> PlanState:
    if state.mark in ("|", ":", ":|"):  # |: :: :|:
        return _next_section(state)
    return state._replace(bars=state.bars + (situation in _WITH_NOTES), is_short=False, mark=":")


def _after_ending_number(state: PlanState, number: str) -> PlanState:
    if state.mark == ":|":
        return state._replace(bars=state.split, mark="")
    return state._replace(split=state.bars if number == "1" else state.split, is_short=False, mark="")


def _next_section(state: PlanState) -> PlanState:
    """A section without a complete bar is none: a pick-up before its repeat sign."""
    if not state.bars:
        return state._replace(is_short=False, mark="")
    return PlanState(state.plan, state.section + 1)


def follow(
    ids: Ints, clock: Clock, nodes: Sequence[Node], states: Sequence[PlanState]
) -> tuple[Ints, tuple[PlanState, ...]]:
    """The hints (B, T, 2) after each of ``ids`` (B, T), and the states after the last.

    The texts stand at ``nodes`` of the clock and at ``states``. In the header the hints are ``UNKNOWN``: a header does
    not depend on the plan.
    """
    hints = np.full((*ids.shape, 2), UNKNOWN, dtype=np.int64)
    ends = list(states)
    for row, (node, state) in enumerate(zip(nodes, states, strict=True)):
        if state.plan is None:
            continue
        for place, index in enumerate(ids[row].tolist()):
            node, state = step(clock, node, state, index)
            hints[row, place] = hints_of(node, state)
        ends[row] = state
    return hints, tuple(ends)


def step(clock: Clock, node: Node, state: PlanState, index: int) -> tuple[Node, PlanState]:
    """Clock and plan after one more character, given by its index in the vocabulary."""
    if state.plan is not None:
        state = after(state, node.situation, clock.characters[index])
    return clock.step(node, index), state


def hints_of(node: Node, state: PlanState) -> tuple[int, int]:
    """What the network is told of the plan, where a text stands so."""
    return (UNKNOWN, UNKNOWN) if node.reading.in_header else state.hints


class Section(NamedTuple):
    """A part as it is written."""

    bars: int
    is_repeated: bool = False


def plan_of(text: str, clock: Clock) -> Plan:
    """The plan of a whole canonical tune, header included."""
    return bars_of(sections_of(text, clock))


def bars_of(sections: Iterable[Section]) -> Plan:
    """The plan that sections make."""
    return tuple(section.bars for section in sections)


def sections_of(text: str, clock: Clock) -> tuple[Section, ...]:
    """The sections of a whole canonical tune, header included, or of its beginning."""
    positions = _positions(text, clock, None)
    found = [
        Section(before.bars + before.is_short, before.mark in _CLOSING)
        for (_, before), (_, state) in pairwise(positions)
        if state.section > before.section
    ]
    bars, (_, last) = _begun_bars(positions), positions[-1]
    if bars:  # the text stops without a closing bar line
        found.append(Section(bars, last.mark in _CLOSING))
    return tuple(found)


def fits(plan: Plan, text: str, clock: Clock) -> bool:
    """Whether a tune that begins with ``text``, header included, can go on by the plan."""
    positions = _positions(text, clock, plan)
    for (_, before), (_, state) in pairwise(positions):
        if state.section > before.section and before.hints[0] > 1 + before.is_short:
            return False  # a section has ended too early
        if state.section >= len(plan):
            return False
    return _begun_bars(positions) <= plan[positions[-1][1].section]


def _positions(text: str, clock: Clock, plan: Plan | None) -> list[tuple[Node, PlanState]]:
    """Clock and state before the text, and after each of its characters."""
    found = [(clock.start, PlanState(plan))]
    for character in text:
        node, state = found[-1]
        found.append((clock.after(node, character), after(state, node.situation, character)))
    return found


def _begun_bars(positions: Sequence[tuple[Node, PlanState]]) -> int:
    """Complete bars of the last section, and the one that has been begun."""
    node, state = positions[-1]
    return state.bars + (node.situation in _WITH_NOTES)
