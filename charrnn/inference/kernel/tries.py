"""Bars that are written several times, of which the best try stays: ``inference.tries`` says how."""

import numpy as np
from numba import njit

from charrnn.inference.kernel.copies import put_best, put_start, save_best, save_start
from charrnn.inference.kernel.hearing import hear, settle
from charrnn.inference.kernel.registers import (
    ACCIDENTAL,
    BAR_ENDS,
    BEGUN,
    CLOSES,
    DONE,
    HAS_CLOSED,
    JUDGE,
    KEPT,
    MOST_CLOSES,
    MOST_TRIES,
    NO_LETTER,
    PLAN,
    SECTIONS,
    SETTLED,
    STAGE,
    TIMES,
    TONIC,
    TRIED,
    WENT_BACK,
    WHOLE,
)


@njit(error_model="numpy")
def begin(slot, tables, rows, saved, ears, judges):
    """Before the first draw: hear what stood before."""
    registers = rows.registers[slot]
    if registers[JUDGE] >= 0 and registers[WHOLE]:
        before = np.empty(registers[WHOLE], np.uint8)
        for place in range(len(before)):
            before[place] = tables.signs[ears.before[slot, place]]
        hear(slot, ears, judges, registers[JUDGE], before)
        settle(slot, ears)
    save_start(slot, rows, saved)


@njit(error_model="numpy")
def ends_bar(slot, tables, rows, plan):
    """As ``inference.tries.ends_bar``, ``plan`` being where the plan stands after the character that came."""
    registers = rows.registers[slot]
    section, bars = tables.plan_places[registers[PLAN], 0], tables.plan_places[registers[PLAN], 1]
    is_planned = section < registers[SECTIONS]
    return is_planned and tables.plan_places[plan, 0] == section and tables.plan_places[plan, 1] > bars


@njit(error_model="numpy")
def end(slot, tables, rows, saved, memory, ears, judges, is_over):
    """A bar has been written: go back to write it again, or on from the best try."""
    registers = rows.registers[slot]
    registers[BAR_ENDS] = 0
    bar = _characters(slot, rows, ears)
    closes, likeness = _closes(slot, tables, rows, bar, is_over), 0.0
    if registers[JUDGE] >= 0:
        likeness = _heard(slot, tables, rows, ears, judges, bar)
    registers[TRIED] += 1
    is_best = registers[TRIED] == 1 or (
        closes > registers[HAS_CLOSED] or (closes == registers[HAS_CLOSED] and likeness > rows.likeness[slot])
    )
    if is_best:
        registers[HAS_CLOSED], rows.likeness[slot] = closes, likeness
    if registers[TRIED] < registers[TIMES] or (
        not registers[HAS_CLOSED] and registers[TRIED] < registers[TIMES] + MOST_TRIES
    ):
        if is_best:
            save_best(slot, rows, saved, memory)
        put_start(slot, rows, saved)
        registers[STAGE] = WENT_BACK  # until this turn is over: no row draws more often than there are turns
        return
    if not is_best:
        put_best(slot, rows, saved, memory)
        registers[STAGE] = DONE if registers[STAGE] == DONE else WENT_BACK
        if registers[JUDGE] >= 0:
            _heard(slot, tables, rows, ears, judges, _characters(slot, rows, ears))
    if registers[JUDGE] >= 0:
        settle(slot, ears)
    registers[SETTLED], registers[BEGUN] = registers[KEPT], 0
    save_start(slot, rows, saved)


@njit(error_model="numpy")
def _characters(slot, rows, ears):
    """All of the bar: those that stood before, and those that were written."""
    registers = rows.registers[slot]
    begun, settled, kept = registers[BEGUN], registers[SETTLED], registers[KEPT]
    found = np.empty(begun + kept - settled, np.int64)
    found[:begun] = ears.before[slot, registers[WHOLE] : registers[WHOLE] + begun]
    found[begun:] = rows.written[slot, settled:kept]
    return found


@njit(error_model="numpy")
def _heard(slot, tables, rows, ears, judges, bar):
    piece = np.empty(len(bar), np.uint8)
    for place in range(len(bar)):
        piece[place] = tables.signs[bar[place]]
    return hear(slot, ears, judges, rows.registers[slot, JUDGE], piece)


@njit(error_model="numpy")
def _closes(slot, tables, rows, bar, is_over):
    """Whether a section that ends here, and is to close on the tonic, does."""
    registers = rows.registers[slot]
    section, bars = tables.plan_places[registers[PLAN], 0], tables.plan_places[registers[PLAN], 1]
    if section >= min(registers[SECTIONS], MOST_CLOSES) or not (registers[CLOSES] >> section) & 1:
        return True
    if not is_over and bars < rows.plans[slot, section]:
        return True
    note, is_altered, has_note = NO_LETTER, False, False
    for place in range(len(bar)):
        letter = tables.letters[bar[place]]
        if letter == ACCIDENTAL:
            is_altered = True
        elif letter != NO_LETTER:
            note, is_altered, has_note = NO_LETTER if is_altered else letter, False, True
    return note == registers[TONIC] or not has_note  # without a note: the bar before has closed it
