"""The plan that a tune is written by: that of the form that was asked for, or one that people's tunes have."""

import numpy as np

from charrnn.grammar.form import Form
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.plan import Plan, Section, bars_of, fits

_CHARACTERS_A_BAR = 9  # of people's tunes, on average: a plan is to have room within the length


def sections_of_form(form: Form) -> tuple[Section, ...]:
    """The parts as they are written. Of ``ABAB`` only the second one closes a repeat."""
    return tuple(Section(part.bars, part.closes) for part in form.plan())


def plan_of_form(form: Form) -> Plan:
    return bars_of(sections_of_form(form))


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
