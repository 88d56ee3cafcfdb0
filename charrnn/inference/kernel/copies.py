"""Copies of rows, to go back to: where a bar begins, and after its best try."""

from numba import njit

from charrnn.inference.kernel.products import LANES
from charrnn.inference.kernel.registers import (
    BEST,
    GIVEN,
    GIVENS,
    HAS_CLOSED,
    IS_SAVED,
    KEPT,
    RANDOM,
    SEEN,
    SETTLED,
    START,
    TRIED,
    WRITTEN,
)


@njit(error_model="numpy")
def save_start(slot, rows, saved):
    """Copy the row as it stands where a bar begins. What it looks back at needs no copy: nothing before is changed."""
    registers = rows.registers[slot]
    registers[IS_SAVED], registers[TRIED], registers[WRITTEN] = 1, 0, 0
    _save(START, slot, rows, saved)


@njit(error_model="numpy")
def save_best(slot, rows, saved, memory):
    """Copy the row after a try, with what was written in it and what it may look back at since the bar began."""
    registers = rows.registers[slot]
    _save(BEST, slot, rows, saved)
    settled, kept = registers[SETTLED], registers[KEPT]
    saved.written[slot, : kept - settled] = rows.written[slot, settled:kept]
    saved.removed[slot, : kept - settled] = rows.removed[slot, settled:kept]
    saved.weights[slot, : kept - settled] = rows.weights[slot, settled:kept]
    first = saved.registers[START, slot, SEEN]
    for moment in range(first, registers[SEEN]):
        page, lane = rows.pages[slot, moment // LANES], moment % LANES
        _copy_moment(memory, page, lane, saved.moments, slot, moment - first)


@njit(error_model="numpy")
def put_start(slot, rows, saved):
    """The row is where the bar began; random numbers that have been used stay used."""
    _put(START, slot, rows, saved)
    rows.registers[slot, KEPT] = rows.registers[slot, SETTLED]


@njit(error_model="numpy")
def put_best(slot, rows, saved, memory):
    """The row is where its best try ended."""
    _put(BEST, slot, rows, saved)
    registers = rows.registers[slot]
    settled, written = registers[SETTLED], registers[WRITTEN]
    registers[KEPT] = settled + written
    rows.written[slot, settled : settled + written] = saved.written[slot, :written]
    rows.removed[slot, settled : settled + written] = saved.removed[slot, :written]
    rows.weights[slot, settled : settled + written] = saved.weights[slot, :written]
    first = saved.registers[START, slot, SEEN]
    for moment in range(first, registers[SEEN]):
        page, lane = rows.pages[slot, moment // LANES], moment % LANES
        _copy_moment(saved.moments, slot, moment - first, memory, page, lane)


@njit(error_model="numpy")
def _save(copy, slot, rows, saved):
    saved.registers[copy, slot] = rows.registers[slot]
    saved.hidden[copy, :, slot], saved.cell[copy, :, slot] = rows.hidden[:, slot], rows.cell[:, slot]
    saved.probabilities[copy, slot], saved.untempered[copy, slot] = rows.probabilities[slot], rows.untempered[slot]
    saved.nats[copy, slot] = rows.nats[slot]


@njit(error_model="numpy")
def _put(copy, slot, rows, saved):
    registers = rows.registers[slot]
    random, given, givens = registers[RANDOM], registers[GIVEN], registers[GIVENS]
    settled, tried, has_closed = registers[SETTLED], registers[TRIED], registers[HAS_CLOSED]
    registers[:] = saved.registers[copy, slot]
    registers[RANDOM], registers[GIVEN], registers[GIVENS] = random, given, givens
    registers[SETTLED], registers[TRIED], registers[HAS_CLOSED] = settled, tried, has_closed
    rows.hidden[:, slot], rows.cell[:, slot] = saved.hidden[copy, :, slot], saved.cell[copy, :, slot]
    rows.probabilities[slot], rows.untempered[slot] = saved.probabilities[copy, slot], saved.untempered[copy, slot]
    rows.nats[slot] = saved.nats[copy, slot]


@njit(error_model="numpy")
def _copy_moment(memory, page, lane, copy, to_page, to_lane):
    copy.ids[to_page, to_lane], copy.intervals[to_page, to_lane] = memory.ids[page, lane], memory.intervals[page, lane]
    for place in range(memory.recall_keys.shape[1]):
        copy.recall_keys[to_page, place, to_lane] = memory.recall_keys[page, place, lane]
    for panel in range(memory.recall_values.shape[1]):
        for place in range(memory.recall_values.shape[3]):
            copy.recall_values[to_page, panel, to_lane, place] = memory.recall_values[page, panel, lane, place]
    for head in range(len(memory.pointer_keys)):
        for place in range(memory.pointer_keys.shape[2]):
            copy.pointer_keys[head, to_page, place, to_lane] = memory.pointer_keys[head, page, place, lane]
