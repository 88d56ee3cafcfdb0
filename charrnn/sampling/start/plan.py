"""The plan that a tune is written by: that of the form that was asked for, or one that people's tunes have.

The network is told how many bars each section has, and the grammar ends the sections there, where the length has room
for them, the meter has bars, and the seed fits. A network that was only told forgot its plan in one free tune of
fourteen, and half of these went on until their length was used up.
"""

import numpy as np

from charrnn.grammar.form import Form, Part, Parts
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.plan import Plan, Section, bars_of, fits
from charrnn.notation.reading.parser import parse

_CHARACTERS_A_BAR = 9  # of people's tunes, on average: a plan is to have room within the length
_SPARE = 4  # characters of a bar beside a letter for each unit length, in bars that take many


def sections_of_form(form: Form) -> tuple[Section, ...]:
    """The parts as they are written. Of ``ABAB`` only the second one closes a repeat."""
    return tuple(Section(part.bars, bool(part.closes)) for part in form.plan())


def plan_of_form(form: Form) -> Plan:
    return bars_of(sections_of_form(form))


def parts_of(plan: Plan) -> Parts:
    """For the grammar to keep. Which of them are repeated is left to the network, which is told nothing of it."""
    return tuple(map(Part, plan))


def draw_plan(
    checkpoint: Checkpoint, header: str, prefix: str, length: int, random: np.random.Generator
) -> Plan | None:
    """A plan for a tune in free form that begins with ``prefix``; None where no plan of people's fits. One number of
    the generator is used."""
    most_bars = (length + len(prefix)) // _CHARACTERS_A_BAR
    clock = checkpoint.network.bearings.clock
    return checkpoint.plans.draw(
        header, random, lambda plan: sum(plan) <= most_bars and (not prefix or fits(plan, header + prefix, clock))
    )


def has_room(plan: Plan, header: str, prefix: str, length: int) -> bool:
    """Whether bars of many notes fit into the length, too: a tune that has to keep its plan would have to end with bars
    of one long note where they do not."""
    tune = parse(header)
    if tune.meter.bar is None:
        return False
    return sum(plan) * (tune.meter.bar / tune.unit + _SPARE) <= length + len(prefix)
