"""The loop."""

import numpy as np
from numba import njit

from charrnn.inference.kernel.arrays import borrowed, signature
from charrnn.inference.kernel.automata import follow
from charrnn.inference.kernel.drawing import draw
from charrnn.inference.kernel.registers import (
    BAR_ENDS,
    CAME,
    CAME_IN,
    DONE,
    FAULT,
    FOLLOWED,
    FOLLOWS,
    GIVEN,
    GIVENS,
    IS_SAVED,
    LONGEST_TRY,
    READY,
    STAGE,
    TIMES,
    WENT_BACK,
    WRITTEN,
)
from charrnn.inference.kernel.step import step
from charrnn.inference.kernel.tries import begin, end


@njit(nogil=True, cache=True, error_model="numpy")
def run(network, tables, rows, saved, memory, ears, judges, order, turns):
    """Write up to ``turns`` characters in each of the slots (n,): draw, follow, step. How many turns were completed; it
    is fewer where tables have to be asked, and where rows have come to their ends. ``arrays`` tells what there is.

    A row that has to ask, or has ended, waits while others go on: to ask Python takes as long as some steps do.
    """
    network, tables, rows, saved = borrowed(network), borrowed(tables), borrowed(rows), borrowed(saved)
    memory, ears, judges = borrowed(memory), borrowed(ears), borrowed(judges)
    has_clock = len(network.first_rows) > 0
    going = np.empty(len(order), np.int64)
    idle = 0  # turns that rows have waited
    for turn in range(turns):
        count, others, asking = 0, 0, 0
        for row in range(len(order)):
            slot = order[row]
            registers = rows.registers[slot]
            if registers[STAGE] == READY:
                if registers[GIVEN] < registers[GIVENS]:
                    registers[CAME] = rows.given[slot, registers[GIVEN]]
                    registers[GIVEN] += 1
                    registers[FOLLOWS], registers[STAGE] = 0, CAME_IN
                else:
                    _write(slot, tables, rows, saved, memory, ears, judges)
            if registers[STAGE] == CAME_IN and not follow(slot, tables, rows, has_clock):
                asking += 1
            if registers[STAGE] == FOLLOWED:
                going[count] = slot
                count += 1
            others += registers[STAGE] == WENT_BACK
        idle += asking
        if not (count or others) or (asking and (idle > len(order) or turns == 1)):
            return turn
        if count:
            step(network, tables, rows, memory, going[:count])
        is_reading = False
        for row in range(len(order)):
            slot = order[row]
            registers = rows.registers[slot]
            is_reading = is_reading or registers[GIVEN] < registers[GIVENS]
            if registers[STAGE] == CAME_IN:
                continue
            if registers[STAGE] == FOLLOWED:
                registers[STAGE] = READY
            if registers[BAR_ENDS] or (registers[IS_SAVED] and registers[WRITTEN] == LONGEST_TRY):
                end(slot, tables, rows, saved, memory, ears, judges, False)
            if registers[STAGE] == WENT_BACK:
                registers[STAGE] = READY
            idle += registers[STAGE] == DONE
        if idle > len(order) and not is_reading:
            return turn + 1
    return turns


@njit(error_model="numpy")
def _write(slot, tables, rows, saved, memory, ears, judges):
    """Draw a character. Where that ends the text, its last bar may have to be written again."""
    registers = rows.registers[slot]
    if registers[TIMES] and not registers[IS_SAVED]:
        begin(slot, tables, rows, saved, ears, judges)
    draw(slot, tables, rows)
    if registers[STAGE] == DONE and registers[TIMES] and not registers[FAULT]:
        end(slot, tables, rows, saved, memory, ears, judges, True)


def prepare(kind: str) -> None:
    """Compile the loop for weights of a kind, ``fp32``, ``int8`` or ``tiles``, or find it in the cache."""
    run.compile(signature(kind))
