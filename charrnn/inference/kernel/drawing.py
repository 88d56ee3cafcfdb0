"""One multinomial draw."""

import numpy as np
from numba import njit

from charrnn.inference.kernel.registers import (
    ALWAYS,
    BRIDGE,
    BRIDGES,
    BY_FRAME,
    BY_GRAMMAR,
    BY_MASK,
    CAME,
    CAME_IN,
    DONE,
    END,
    ENDED,
    FAULT,
    FOLLOWS,
    FRAME,
    FREE,
    GREEDY,
    IMPOSSIBLE,
    KEPT,
    KIND,
    LEFT,
    NO_PROBABILITIES,
    NODE,
    NOTHING_ALLOWED,
    RANDOM,
    ROOM,
    STAGE,
    WRITTEN,
)

_TINY = np.float32(1e-9)


@njit(error_model="numpy")
def _weigh(registers, slot, tables, rows, weights):
    """The probabilities of the characters that may come next, nothing for the others; how many may."""
    probabilities, end, allowed = rows.probabilities[slot], registers[END], 0
    kind, bridging = registers[KIND], registers[BRIDGE] < registers[BRIDGES]
    room = registers[LEFT] - 1
    node, may_end = registers[NODE], False
    if kind == BY_GRAMMAR and not bridging:
        room -= tables.frames[registers[FRAME], 0]
        ends = tables.ends[node]
        may_end = ends == ALWAYS or (ends == BY_FRAME and tables.frames[registers[FRAME], 1] != 0)
    for character in range(len(weights)):
        if kind == FREE:
            may = True
        elif kind == BY_MASK:
            may = rows.masks[slot, character] != 0
        elif bridging:
            may = character == rows.bridges[slot, registers[BRIDGE]]
        elif character == end:
            may = may_end
        else:
            may = tables.costs[node, character] <= room and tables.costs[node, character] < IMPOSSIBLE
        weights[character] = probabilities[character] * np.float32(may)
        allowed += may
    return allowed


@njit(error_model="numpy")
def _sums(weights, reached):
    total = np.float32(0)
    for character in range(len(weights)):
        total += weights[character]
        reached[character] = total
    return np.float64(total)


@njit(error_model="numpy")
def draw(slot, tables, rows):
    """One multinomial draw, as ``draws.draw`` makes it; the character is left in its register."""
    registers = rows.registers[slot]
    kept = registers[KEPT]
    weights = rows.weights[slot, kept]
    reached = np.empty(len(weights), np.float32)
    allowed = _weigh(registers, slot, tables, rows, weights)
    total = _sums(weights, reached)
    if not (0 < total < np.inf):
        if registers[KIND] == FREE or not np.isfinite(_sums(rows.probabilities[slot], reached)):
            registers[FAULT], registers[STAGE] = NO_PROBABILITIES, DONE
            return
        if not allowed:
            registers[FAULT], registers[STAGE] = NOTHING_ALLOWED, DONE
            return
        rows.probabilities[slot, :] = _TINY
        _weigh(registers, slot, tables, rows, weights)
        total = _sums(weights, reached)
    if registers[GREEDY]:
        best = 0
        for character in range(len(weights)):
            if weights[character] > weights[best]:
                best = character
        weights[:] = 0
        weights[best] = 1
        _sums(weights, reached)
    aim = rows.randoms[slot, registers[RANDOM]] * np.float64(reached[-1])
    registers[RANDOM] += 1
    index = 0
    while index < len(weights) and np.float64(reached[index]) <= aim:
        index += 1
    if index == len(weights) or weights[index] == 0:  # rounding led past the last one
        index = len(weights) - 1
        while weights[index] == 0:
            index -= 1
    registers[FOLLOWS] = 1
    rows.nats[slot] -= np.log(np.float64(rows.untempered[slot, index]))
    if index == registers[END]:
        registers[ENDED], registers[STAGE] = 1, DONE
        return
    rows.removed[slot, kept] = 0.0 if registers[KIND] == FREE else max(0.0, 1.0 - total)
    rows.written[slot, kept] = index
    registers[KEPT] += 1
    registers[WRITTEN] += 1
    registers[LEFT] -= 1
    registers[CAME] = index
    if registers[BRIDGE] < registers[BRIDGES]:
        registers[BRIDGE] += 1
        registers[FOLLOWS] = 0
    registers[ROOM] -= 1
    registers[STAGE] = DONE if registers[ROOM] == 0 else CAME_IN
