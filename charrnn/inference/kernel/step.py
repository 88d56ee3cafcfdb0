"""One step of the network for the rows that are in it."""

import numpy as np
from numba import njit

from charrnn.inference.kernel.products import LANES, affine, panel_product
from charrnn.inference.kernel.registers import (
    CAME,
    CLOCK,
    DIVISOR,
    MOST_BARS,
    MOST_SECTIONS,
    PHASE,
    PLAN,
    REPETITION,
    SECTIONS,
    SEEN,
)
from charrnn.inference.kernel.vectors import exp, kept, largest_of, tanh, total_of

_TINY, _HALF = np.float32(1e-9), np.float32(0.5)  # the first as the network's


@njit(error_model="numpy", fastmath={"contract"})
def _lstm(gates, row, cell, hidden):
    """What a layer does with a row of its gates (B, 4 * units): input, forget, output and candidate, the first three
    halved, since a logistic function is a tanh of half its argument."""
    units = len(cell)
    forget, output, candidate = units, 2 * units, 3 * units
    for place in range(4 * units):
        gates[row, place] = tanh(gates[row, place])
    for unit in range(units):
        entered = (_HALF + _HALF * gates[row, unit]) * gates[row, candidate + unit]
        cell[unit] = (_HALF + _HALF * gates[row, forget + unit]) * cell[unit] + entered
        hidden[unit] = (_HALF + _HALF * gates[row, output + unit]) * tanh(cell[unit])


@njit(error_model="numpy", fastmath={"contract"})
def _recollect(fused, seen, pages, memory, output):
    """``Recall`` for one tune: key, query, sentinel and value are ``fused``; added to the output (units,)."""
    keys, values = memory.recall_keys, memory.recall_values
    width, page, lane = keys.shape[1], pages[seen // LANES], seen % LANES
    for unit in range(len(output)):
        values[page, unit // LANES, lane, unit % LANES] = kept(values, fused[2 * width + 1 + unit])
    weights, sentinel = _looked_back(fused, seen, pages, keys, 1, np.float32(0))
    _add_times(output, np.float32(1) / (sentinel + total_of(weights[0])), _recalled(weights[0], seen, pages, values))
    _keep_key(keys, page, lane, fused[:width])


@njit(error_model="numpy")
def _recalled(weights, seen, pages, values):
    """The sum of what followed each moment (units,), by its weight. ``values`` are (pages, panels, 64, 64)."""
    moments = np.zeros((seen // LANES + 1, LANES), np.float32)  # the weight of each moment where its follower is
    moments.reshape(-1)[1 : seen + 1] = weights
    panels, of_pages = values.shape[1], values.reshape(-1, LANES, LANES)
    sums = np.empty((len(moments), panels * LANES), np.float32)
    for place in range(len(moments)):
        depth = min(LANES, seen + 1 - place * LANES)
        for panel in range(panels):
            panel_product(of_pages, pages[place] * panels + panel, depth, moments, place, sums, panel)
        if place:
            _add_row(sums, 0, sums, place)
    return sums[0]


@njit(error_model="numpy", fastmath={"contract"})
def _add_times(y, factor, x):
    for place in range(len(y)):
        y[place] += factor * x[place]


@njit(error_model="numpy")
def _looked_back(fused, seen, pages, keys, heads, eagerness):
    """``LookBack.weights`` for one tune, but for a factor: of each head and moment (heads, seen), and the sentinel's.
    ``keys`` are (heads * pages, width, 64)."""
    width, pages_of_head = keys.shape[1], len(keys) // heads
    looking = heads * width
    panels = (seen + LANES - 1) // LANES
    weights, queries = np.empty((heads, panels * LANES), np.float32), fused[looking : 2 * looking].reshape(heads, width)
    sentinel = np.empty(1, np.float32)
    sentinel[0] = fused[2 * looking] - eagerness
    largest = sentinel[0]
    for head in range(heads):
        for panel in range(panels):
            panel_product(keys, head * pages_of_head + pages[panel], width, queries, head, weights, panel)
        largest = largest_of(weights[head, :seen], largest)
    for head in range(heads):
        exp(weights[head, :seen], largest)
    exp(sentinel, largest)
    return weights[:, :seen], sentinel[0]


@njit(error_model="numpy")
def _keep_key(keys, page, lane, key):
    for place in range(len(key)):
        keys[page, place, lane] = kept(keys, key[place])


@njit(error_model="numpy")
def _write(fused, columns, temperature, distribution):
    """The softmax of the dense layer at this temperature. ``columns`` (2, V) of what is fused make the logits."""
    for character in range(len(distribution)):
        logit = fused[columns[0, character]] + fused[columns[1, character]]
        distribution[character] = logit / temperature
    exp(distribution, largest_of(distribution, distribution[0]))
    share = np.float32(1) / total_of(distribution)
    for character in range(len(distribution)):
        distribution[character] *= share


@njit(error_model="numpy")
def _mix(fused, seen, pages, memory, steps_of, repetition, written, untempered):
    """``Pointer`` for one tune: mixes copies of what followed into two distributions (V,) of the dense layer.

    The second one is of temperature 1 and without repetition. ``steps_of`` (V,) are the characters as intervals from
    the last letter."""
    keys = memory.pointer_keys
    heads, count, width, _ = keys.shape
    weights, sentinel = _looked_back(fused, seen, pages, keys.reshape(heads * count, width, LANES), heads, repetition)
    copied = np.zeros(len(written), np.float32)
    for moment in range(seen):
        following = moment + 1
        copied[memory.ids[pages[following // LANES], following % LANES]] += weights[0, moment]
    if heads > 1:
        moved = np.zeros(2 * len(written) + LANES, np.float32)  # more than there are intervals
        for moment in range(seen):
            following = moment + 1
            moved[memory.intervals[pages[following // LANES], following % LANES]] += weights[1, moment]
        for character in range(len(written)):
            copied[character] += moved[steps_of[character]]
    _blend(written, sentinel, copied)
    _blend(untempered, sentinel * np.exp(repetition), copied)
    for head in range(heads):
        _keep_key(keys[head], pages[seen // LANES], seen % LANES, fused[head * width : (head + 1) * width])


@njit(error_model="numpy")
def _blend(written, sentinel, copied):
    for character in range(len(written)):
        written[character] = written[character] * sentinel + copied[character]
    share = np.float32(1) / total_of(written)  # some intervals lead beyond the letters
    for character in range(len(written)):
        written[character] *= share


@njit(error_model="numpy")
def _add_row(y, row, x, other):
    for place in range(y.shape[1]):
        y[row, place] += x[other, place]


@njit(error_model="numpy")
def _hints(registers, plan, tables):
    """How far the bar is filled, what is missing from it, bars left in the section and sections after it: as
    ``plan.hints_of`` has the last two."""
    clock = registers[CLOCK]
    filled, missing = tables.clock_moments[clock, 0], tables.clock_moments[clock, 1]
    if registers[SECTIONS] < 0 or tables.clock_in_header[clock]:
        return filled, missing, 0, 0
    section, bars = tables.plan_places[registers[PLAN], 0], tables.plan_places[registers[PLAN], 1]
    if section >= registers[SECTIONS]:
        return filled, missing, 1, 1
    left, following = plan[section] - bars, registers[SECTIONS] - section - 1
    return filled, missing, min(MOST_BARS, max(0, left)) + 1, min(MOST_SECTIONS, following) + 1


@njit(error_model="numpy")
def step(network, tables, rows, memory, order):
    """Move the tunes in these slots on by the character that each has got, to the probabilities of its next one."""
    count, units = len(order), rows.hidden.shape[2]
    looks_back = memory.pointer_keys.shape[2] > 0
    before = np.empty((count, units), np.float32)
    for row in range(count):
        before[row] = rows.hidden[0, order[row]]
    gates = affine(network.lowest, network.lowest_scale, network.lowest_bias, before)
    output = np.empty((count, units), np.float32)
    for row in range(count):
        slot = order[row]
        registers = rows.registers[slot]
        phase, character, seen = registers[PHASE], registers[CAME], registers[SEEN]
        registers[PHASE] = after = network.next_phase[phase, character]
        tonic, letter = network.places[phase, 0], network.places[phase, 1]
        first_rows, inputs = network.first_rows, network.inputs
        _add_row(gates, row, inputs, network.symbol_of[tonic, character])
        if len(first_rows):
            filled, missing, left, following = _hints(registers, rows.plans[slot], tables)
            _add_row(gates, row, inputs, first_rows[0] + network.interval_of[letter, character])
            _add_row(gates, row, inputs, first_rows[1] + network.places[after, 2])
            _add_row(gates, row, inputs, first_rows[2] + network.places[after, 0])
            _add_row(gates, row, inputs, first_rows[3] + filled)
            _add_row(gates, row, inputs, first_rows[4] + missing)
            if len(first_rows) > 5:
                _add_row(gates, row, inputs, first_rows[5] + left)
                _add_row(gates, row, inputs, first_rows[6] + following)
        page, lane = rows.pages[slot, seen // LANES], seen % LANES
        memory.ids[page, lane], memory.intervals[page, lane] = character, network.interval_of[letter, character]
        _lstm(gates, row, rows.cell[0, slot], rows.hidden[0, slot])
        output[row] = rows.hidden[0, slot]
    if looks_back:
        fused = affine(network.recall, network.recall_scale, network.recall_bias, output)
        for row in range(count):
            slot = order[row]
            _recollect(fused[row], rows.registers[slot, SEEN], rows.pages[slot], memory, output[row])
    for layer in range(len(network.layers)):
        read = np.empty((count, 2 * units), np.float32)
        for row in range(count):
            for unit in range(units):
                read[row, unit], read[row, units + unit] = output[row, unit], rows.hidden[layer + 1, order[row], unit]
        gates = affine(network.layers[layer], network.scales[layer], network.biases[layer], read)
        for row in range(count):
            hidden = rows.hidden[layer + 1, order[row]]
            _lstm(gates, row, rows.cell[layer + 1, order[row]], hidden)
            for unit in range(units):
                output[row, unit] = hidden[unit] + (output[row, unit] if network.residual else np.float32(0))
    fused = affine(network.top, network.top_scale, network.top_bias, output)
    for row in range(count):
        slot = order[row]
        registers, probabilities, untempered = rows.registers[slot], rows.probabilities[slot], rows.untempered[slot]
        tonic, letter = network.places[registers[PHASE], 0], network.places[registers[PHASE], 1]
        columns = network.logit_columns[tonic * len(network.interval_of) + letter]
        _write(fused[row], columns, rows.settings[slot, DIVISOR], probabilities)
        _write(fused[row], columns, np.float32(1), untempered)
        if looks_back:
            _mix(
                fused[row], registers[SEEN], rows.pages[slot], memory, network.interval_of[letter],
                rows.settings[slot, REPETITION], probabilities, untempered,
            )  # fmt: skip
        for character in range(len(probabilities)):
            probabilities[character] += _TINY
            untempered[character] += _TINY
        registers[SEEN] += 1
