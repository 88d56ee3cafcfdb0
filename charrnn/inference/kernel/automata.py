"""Clock, plan and grammar, followed by their tables."""

from numba import njit

from charrnn.inference.kernel.registers import (
    BAR_ENDS,
    BY_GRAMMAR,
    CAME,
    CLOCK,
    CROSSES,
    END,
    FOLLOWED,
    FOLLOWS,
    FRAME,
    IS_SAVED,
    KIND,
    MARK,
    MOST_NODES,
    NODE,
    PASSES,
    PITCH,
    PLAN,
    SECTIONS,
    STAGE,
    TIES,
)
from charrnn.inference.kernel.tries import ends_bar


@njit(error_model="numpy")
def _crossing(tables, frame, node, character):
    """The place of the answer in the table of crossings, -1 where there is none."""
    key = (frame * (MOST_NODES + 1) + node) * tables.costs.shape[1] + character
    size = len(tables.crossing_keys)
    place = key % (size - 1)
    while tables.crossing_keys[place] != key:
        if tables.crossing_keys[place] < 0:
            return -1
        place = (place + 1) & (size - 1)
    return place


@njit(error_model="numpy")
def follow(slot, tables, rows, has_clock):
    """Move clock, plan and grammar on by the character that came. False where a table has no answer yet: then nothing
    has moved. What another thread has added since these arrays were taken is no answer yet, either."""
    registers = rows.registers[slot]
    character, clock, plan = registers[CAME], registers[CLOCK], registers[PLAN]
    frame, node = registers[FRAME], registers[NODE]
    if has_clock:
        if registers[SECTIONS] >= 0:
            plan = tables.plan_next[plan, tables.clock_situations[clock], character]
        clock = tables.clock_next[clock, character]
        if plan < 0 or clock < 0:
            return False
    if registers[KIND] == BY_GRAMMAR and registers[FOLLOWS]:
        following = tables.next[node, character]
        if following == PASSES:
            place = _crossing(tables, frame, node, registers[END])
            if place < 0:
                return False
            frame, node = tables.crossings[place, 0], tables.crossings[place, 1]
            if node >= len(tables.costs):
                return False
            following = tables.next[node, character]
        if following == CROSSES:
            place = _crossing(tables, frame, node, character)
            if place < 0:
                return False
            frame, following = tables.crossings[place, 0], tables.crossings[place, 1]
        elif following == TIES:
            row = tables.tie_rows[node]
            following = tables.ties[row, registers[PITCH]] if 0 <= row < len(tables.ties) else -1
        if not (0 <= following < len(tables.costs) and frame < len(tables.frames)):
            return False
        node = following
    if has_clock and registers[IS_SAVED]:
        registers[BAR_ENDS] = ends_bar(slot, tables, rows, plan)
    if registers[KIND] == BY_GRAMMAR and registers[FOLLOWS]:
        pitch = tables.pitches[character]
        if pitch >= 0:
            registers[PITCH] = pitch
        elif pitch == MARK and registers[PITCH] >= 0:
            registers[PITCH] += 1
    registers[CLOCK], registers[PLAN], registers[FRAME], registers[NODE] = clock, plan, frame, node
    registers[STAGE] = FOLLOWED
    return True
