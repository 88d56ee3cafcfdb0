"""The loop, compiled: draw a character in each row, follow it through the automata, step the network, and again.

``run`` writes several characters without asking Python. Every row has a *slot*, whose whole state is in the arrays of
``Rows``; what a row looks back at is in pages of ``Memory``, which is how rows join and leave without a copy. Clock,
plan and grammar are tables (``inference.tables``); where one has no answer yet, the loop stops and Python fills it in.

The mathematics of a step are those of ``by_numpy.steps``, row by row; numpy is slow at them because each of its calls
takes longer to start than to finish. Numba compiles ``run``, or finds it compiled in the cache folder that
``inference.compiling`` gives it. All is in one file because numba looks at the date of that file only.

Matrices come in *panels* of 64 of their rows, whose products with a vector are summed side by side: ``(panels, depth,
64)``, so that memory is read from front to end and each sum goes over the depth in order. The sums of a tune are
therefore the same to the last bit, alone or among others. Weights of eight bits come two and two, ``(panels, depth / 2,
128)``, and meet activations of sixteen bits.

Keys of a look back are kept in panels too, 64 moments in each, so that a query meets them as a vector meets weights.
"""

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, overload

LANES = 64
_VECTOR = 16  # lanes of an instruction at its widest; where it is narrower, LLVM takes several
_FAINT = np.float32(1e-9)  # a weight that fp32 loses beside 1
_TINY, _HALF = np.float32(1e-9), np.float32(0.5)  # the first as the network's

FREE, BY_GRAMMAR, BY_MASK = range(3)  # what offers the characters
DIVISOR, REPETITION = range(2)  # places in a row of ``Rows.settings``, as ``draws.Sampling.settings`` has them
# What a row has: probabilities; a character; its place; gone back; come to an end; been asked to wait.
READY, CAME_IN, FOLLOWED, WENT_BACK, DONE, PAUSED = range(6)
NO_PAUSE, BEFORE_DRAW, AT_BARS, NOW = range(4)  # where a row pauses for Python to look at it (``inference.tries``)
NO_PROBABILITIES, NOTHING_ALLOWED = 1, 2
# Registers of a row. CAME: the character that came in. SEEN: how many were read. GIVEN of the GIVENS characters to be
# read, BRIDGE of the BRIDGES and RANDOM of the random numbers are used; KEPT were written in this call. LEFT: how many
# the grammar may write, ROOM: how many the line may.
# For closes: CLOSES are the sections that are to close on the letter TONIC, as bits; NOTE is the last letter, ALTERED
# whether an accidental has come before the next; WRITTEN are the model's characters that stand; IS_SAVED: there is a
# copy to go back to; SAVES: make one after this step. A section may go back TRIES times more; TAKEN_BACK characters of
# former calls are to be forgotten. PAUSES: where the row is to wait.
(
    PHASE, CLOCK, PLAN, SECTIONS, FRAME, NODE, PITCH, KIND, LEFT, ROOM, STAGE, CAME, SEEN, GIVEN, GIVENS, KEPT, RANDOM,
    BRIDGE, BRIDGES, FOLLOWS, GREEDY, FAULT, ENDED, END, CLOSES, TONIC, NOTE, ALTERED, WRITTEN, IS_SAVED, SAVES, TRIES,
    TAKEN_BACK, PAUSES, REGISTERS,
) = range(35)  # fmt: skip
MOST_BARS, MOST_SECTIONS, IMPOSSIBLE = 32, 8, 1 << 20  # those of ``model.position.plan`` and ``grammar.bar``
MOST_NODES = 20_000  # and frames, and other states: more have no numbers
UNKNOWN, CROSSES, TIES = -1, -2, -3  # in ``next``: nobody has asked; see the crossings; see the ties
NEVER, BY_FRAME, ALWAYS = range(3)  # whether the tune may end at a node
MARK = -2  # in ``pitches``: an octave mark
NO_LETTER, ACCIDENTAL = -1, -2  # in ``letters``
MOST_TRIES, LAST_BARS = 4, 2  # of a close; the bars at a section's end that are written again
MOST_CLOSES = 63  # bits of a register


# -- products with panels, in LLVM's own vectors: loops of numba's would sum along the depth, one row at a time


def _panel_products(rows: int) -> Any:
    """Products of one panel with some rows of x (B, depth) into the columns of y (B, places * 64) at a place."""

    @intrinsic
    def products(context: Any, weights: Any, panel: Any, x: Any, row: Any, y: Any, place: Any) -> Any:
        emit = _emit_pairs if weights.dtype == types.int8 else _emit_floats

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            weights, x, y = (
                context.make_array(signature.args[place])(context, builder, arguments[place]) for place in (0, 2, 4)
            )
            panel, row, place = arguments[1], arguments[3], arguments[5]
            depth, width = cgutils.unpack_tuple(builder, weights.shape, 3)[1:]
            first_weight = builder.gep(weights.data, [builder.mul(panel, builder.mul(depth, width))])
            numbers = [builder.add(row, row.type(number)) for number in range(rows)]
            inputs = [_row(builder, x, number) for number in numbers]
            outputs = [_row(builder, y, number, builder.mul(place, place.type(LANES))) for number in numbers]
            emit(builder, depth, first_weight, inputs, outputs)
            return context.get_dummy_value()

        return types.void(weights, types.intp, x, types.intp, y, types.intp), generate

    return products


def _row(builder: Any, array: Any, row: Any, column: Any = None) -> Any:
    """The address of a row of a matrix, or of a place in it."""
    stride = cgutils.unpack_tuple(builder, array.strides, 2)[0]
    start = cgutils.pointer_add(builder, array.data, builder.mul(row, stride))
    return builder.gep(start, [column]) if column is not None else start


def _emit_floats(builder: Any, depth: Any, weights: Any, inputs: list[Any], outputs: list[Any]) -> None:
    vector, freely = ir.VectorType(ir.FloatType(), _VECTOR), ("contract",)

    def product(total: Any, weight: Any, value: Any) -> Any:
        return builder.fadd(total, builder.fmul(weight, value, flags=freely), flags=freely)

    _emit_sums(builder, depth, weights, inputs, outputs, vector, vector, lambda weight: weight, product)


def _emit_pairs(builder: Any, depth: Any, weights: Any, inputs: list[Any], outputs: list[Any]) -> None:
    """Eight bits times sixteen, two products added to each sum: the form in which LLVM knows one instruction for it
    (vpdpwssd, vpmaddwd)."""
    whole = ir.IntType(32)
    sums, products = ir.VectorType(whole, _VECTOR), ir.VectorType(whole, 2 * _VECTOR)
    halves = ir.VectorType(ir.IntType(16), 2 * _VECTOR)
    even, odd = (ir.Constant(sums, [2 * lane + side for lane in range(_VECTOR)]) for side in (0, 1))

    def product(total: Any, weight: Any, value: Any) -> Any:
        values = builder.sext(builder.bitcast(value, halves), products)
        every = builder.mul(builder.sext(weight, products), values)
        none = ir.Constant(products, ir.Undefined)
        sides = (builder.shuffle_vector(every, none, side) for side in (even, odd))
        return builder.add(total, builder.add(*sides))

    def widened(weight: Any) -> Any:
        return builder.sext(weight, halves)

    _emit_sums(
        builder, depth, weights, inputs, outputs, ir.VectorType(ir.IntType(8), 2 * _VECTOR), sums, widened, product
    )


def _emit_sums(
    builder: Any,
    depth: Any,
    weights: Any,
    inputs: list[Any],
    outputs: list[Any],
    weight_type: Any,
    sum_type: Any,
    widened: Any,
    product: Any,
) -> None:
    """outputs[row][lane] = sum over the depth of weights[depth][lane] * inputs[row][depth]."""
    groups = LANES // _VECTOR
    nothing, lanes = ir.Constant(sum_type, None), ir.VectorType(ir.IntType(32), _VECTOR)
    totals = [[cgutils.alloca_once_value(builder, nothing) for _ in range(groups)] for _ in inputs]
    weights = builder.bitcast(weights, weight_type.as_pointer())
    with cgutils.for_range(builder, depth) as loop:
        first = builder.mul(loop.index, depth.type(groups))
        every = [builder.gep(weights, [builder.add(first, depth.type(group))]) for group in range(groups)]
        loaded = [widened(builder.load(each, align=4)) for each in every]
        for start, row in zip(inputs, totals, strict=True):
            value = builder.load(builder.gep(start, [loop.index]))
            one = builder.insert_element(ir.Constant(sum_type, ir.Undefined), value, ir.IntType(32)(0))
            value = builder.shuffle_vector(one, ir.Constant(sum_type, ir.Undefined), ir.Constant(lanes, None))
            for total, weight in zip(row, loaded, strict=True):
                builder.store(product(builder.load(total), weight, value), total)
    for start, row in zip(outputs, totals, strict=True):
        vectors = builder.bitcast(start, sum_type.as_pointer())
        for group, total in enumerate(row):
            builder.store(builder.load(total), builder.gep(vectors, [depth.type(group)]), align=4)


_TOGETHER = 4  # tunes that share the reading of a weight, as many as there are registers for
_one, _two, _three, _four = (_panel_products(rows) for rows in (1, 2, 3, _TOGETHER))


@njit(error_model="numpy")
def _multiply(weights, x, y):
    """x (B, depth) times the weights into y (B, panels * 64). A panel is read once for each four rows, and once for the
    rest."""
    rest = len(x) % _TOGETHER
    last = len(x) - rest
    for panel in range(len(weights)):
        for row in range(0, last, _TOGETHER):
            _four(weights, panel, x, row, y, panel)
        if rest == 3:
            _three(weights, panel, x, last, y, panel)
        elif rest == 2:
            _two(weights, panel, x, last, y, panel)
        elif rest == 1:
            _one(weights, panel, x, last, y, panel)


def _affine(weights, scale, bias, x):
    """x (B, depth) times the weights, plus the bias (panels * 64,)."""
    raise NotImplementedError("compiled only")


@overload(_affine, jit_options={"error_model": "numpy"})
def _affine_of(weights, scale, bias, x):
    if weights.dtype == types.float32:

        def of_floats(weights, scale, bias, x):
            y = np.empty((len(x), len(bias)), np.float32)
            _multiply(weights, x, y)
            for row in range(len(x)):
                _add(y[row], bias)
            return y

        return of_floats

    def of_pairs(weights, scale, bias, x):
        y, sums = np.empty((len(x), len(bias)), np.float32), np.empty((len(x), len(bias)), np.int32)
        pairs, steps = np.zeros((len(x), 2 * weights.shape[1]), np.int16), np.empty(len(x), np.float32)
        finest = min(32767, (2**31 - 1) // (127 * pairs.shape[1]))  # no sum may leave 32 bits
        for row in range(len(x)):
            steps[row] = _rounded(x[row], pairs[row], finest)
        _multiply(weights, pairs.view(np.int32), sums)
        for row in range(len(x)):
            _scaled(sums[row], steps[row], scale, bias, y[row])
        return y

    return of_pairs


@njit(error_model="numpy", fastmath={"nnan", "nsz"})
def _rounded(x, whole, finest):
    """Whole numbers up to ``finest`` in the proportions of x; how much 1 stands for."""
    largest = _TINY
    for place in range(len(x)):
        size = abs(x[place])
        largest = size if size > largest else largest
    step = np.float32(finest) / largest
    for place in range(len(x)):
        whole[place] = np.int16(np.rint(x[place] * step))
    return largest / np.float32(finest)


@njit(error_model="numpy")
def _scaled(sums, step, scale, bias, y):
    for place in range(len(y)):
        y[place] = np.float32(sums[place]) * (scale[place] * step) + bias[place]


# -- functions of vectors


@njit(error_model="numpy")
def _add(y, x):
    for place in range(len(y)):
        y[place] += x[place]


@njit(error_model="numpy")
def _tanh(x):
    """A quotient of polynomials, right to a few units in the last place of fp32 (those of Eigen and of XLA)."""
    f = np.float32
    x = f(7.99881172) if x > f(7.99881172) else x
    x = f(-7.99881172) if x < f(-7.99881172) else x
    s = x * x
    above = f(2.00018790482477e-13) + s * f(-2.76076847742355e-16)
    above = f(5.12229709037114e-08) + s * (f(-8.60467152213735e-11) + s * above)
    above = f(6.37261928875436e-04) + s * (f(1.48572235717979e-05) + s * above)
    above = f(4.89352455891786e-03) + s * above
    below = f(1.18534705686654e-04) + s * f(1.19825839466702e-06)
    below = f(4.89352518554385e-03) + s * (f(2.26843463243900e-03) + s * below)
    return x * above / below


@njit(error_model="numpy", fastmath={"nnan", "nsz"})
def _largest(x, least):
    for place in range(len(x)):
        least = x[place] if x[place] > least else least
    return least


@njit(error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def _sum(x):
    total = np.float32(0)
    for place in range(len(x)):
        total += x[place]
    return total


@njit(error_model="numpy", fastmath={"contract"})
def _exp(x, largest):
    """x becomes exp(x - largest), where nothing is larger (Cephes' expf: a polynomial, and powers of two as bits)."""
    f = np.float32
    bits = np.empty(len(x), np.int32)
    for place in range(len(x)):
        z = x[place] - largest
        z = f(-87) if z < f(-87) else z
        twos = np.rint(z * f(1.44269504))
        z = z - twos * f(0.693359375) - twos * f(-2.12194440e-4)
        y = f(8.3334519073e-3) + z * (f(1.3981999507e-3) + z * f(1.9875691500e-4))
        y = f(5.0000001201e-1) + z * (f(1.6666665459e-1) + z * (f(4.1665795894e-2) + z * y))
        x[place] = f(1) + (z + z * z * y)
        bits[place] = (np.int32(twos) + np.int32(127)) << np.int32(23)
    powers = bits.view(np.float32)
    for place in range(len(x)):
        x[place] *= powers[place]


# -- the parts of the network


@njit(error_model="numpy", fastmath={"contract"})
def _lstm(gates, cell, hidden):
    """What a layer does with its gates (4 * units,): input, forget, output and candidate, the first three halved, since
    a logistic function is a tanh of half its argument."""
    units = len(cell)
    for place in range(len(gates)):
        gates[place] = _tanh(gates[place])
    entry, forget, output, candidate = (
        gates[:units], gates[units : 2 * units], gates[2 * units : 3 * units], gates[3 * units :]
    )  # fmt: skip
    for unit in range(units):
        entered = (_HALF + _HALF * entry[unit]) * candidate[unit]
        cell[unit] = (_HALF + _HALF * forget[unit]) * cell[unit] + entered
        hidden[unit] = (_HALF + _HALF * output[unit]) * _tanh(cell[unit])


@njit(error_model="numpy", fastmath={"contract"})
def _recollect(fused, seen, pages, memory, output):
    """``Recall`` for one tune: key, query, sentinel and value are ``fused``; added to the output (units,)."""
    keys = memory.recall_keys
    width, page, lane = keys.shape[1], pages[seen // LANES], seen % LANES
    memory.recall_values[page, lane] = fused[2 * width + 1 : 2 * width + 1 + len(output)]
    weights, sentinel = _looked_back(fused, seen, pages, keys, 1, np.float32(0))
    recalled, values = np.zeros(len(output), np.float32), memory.recall_values
    for moment in range(seen):
        weight, following = weights[0, moment], moment + 1
        if weight > _FAINT:
            kept_at, kept_lane = pages[following // LANES], following % LANES
            for place in range(len(recalled)):  # a slice would be counted, twice, by an atomic instruction
                recalled[place] += weight * values[kept_at, kept_lane, place]
    _add_times(output, np.float32(1) / (sentinel + _sum(weights[0])), recalled)
    _keep_key(keys, page, lane, fused[:width])


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
            _one(keys, head * pages_of_head + pages[panel], queries, head, weights, panel)
        largest = _largest(weights[head, :seen], largest)
    for head in range(heads):
        _exp(weights[head, :seen], largest)
    _exp(sentinel, largest)
    return weights[:, :seen], sentinel[0]


@njit(error_model="numpy")
def _keep_key(keys, page, lane, key):
    for place in range(len(key)):
        keys[page, place, lane] = key[place]


@njit(error_model="numpy")
def _write(fused, columns, temperature, distribution):
    """The softmax of the dense layer at this temperature. ``columns`` (2, V) of what is fused make the logits."""
    for character in range(len(distribution)):
        logit = fused[columns[0, character]] + fused[columns[1, character]]
        distribution[character] = logit / temperature
    _exp(distribution, _largest(distribution, distribution[0]))
    share = np.float32(1) / _sum(distribution)
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
    share = np.float32(1) / _sum(written)  # some intervals lead beyond the letters
    for character in range(len(written)):
        written[character] *= share


# -- one step of the rows that are in it


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
def _step(network, tables, rows, memory, order):
    """Move the tunes in these slots on by the character that each has got, to the probabilities of its next one."""
    count, units = len(order), rows.hidden.shape[2]
    looks_back = memory.pointer_keys.shape[2] > 0
    before = np.empty((count, units), np.float32)
    for row in range(count):
        before[row] = rows.hidden[0, order[row]]
    gates = _affine(network.lowest, network.lowest_scale, network.lowest_bias, before)
    output = np.empty((count, units), np.float32)
    for row in range(count):
        slot = order[row]
        registers = rows.registers[slot]
        phase, character, seen = registers[PHASE], registers[CAME], registers[SEEN]
        registers[PHASE] = after = network.next_phase[phase, character]
        tonic, letter = network.places[phase, 0], network.places[phase, 1]
        first_rows, inputs = network.first_rows, network.inputs
        _add(gates[row], inputs[network.symbol_of[tonic, character]])
        if len(first_rows):
            filled, missing, left, following = _hints(registers, rows.plans[slot], tables)
            _add(gates[row], inputs[first_rows[0] + network.interval_of[letter, character]])
            _add(gates[row], inputs[first_rows[1] + network.places[after, 2]])
            _add(gates[row], inputs[first_rows[2] + network.places[after, 0]])
            _add(gates[row], inputs[first_rows[3] + filled])
            _add(gates[row], inputs[first_rows[4] + missing])
            if len(first_rows) > 5:
                _add(gates[row], inputs[first_rows[5] + left])
                _add(gates[row], inputs[first_rows[6] + following])
        page, lane = rows.pages[slot, seen // LANES], seen % LANES
        memory.ids[page, lane], memory.intervals[page, lane] = character, network.interval_of[letter, character]
        _lstm(gates[row], rows.cell[0, slot], rows.hidden[0, slot])
        output[row] = rows.hidden[0, slot]
    if looks_back:
        fused = _affine(network.recall, network.recall_scale, network.recall_bias, output)
        for row in range(count):
            slot = order[row]
            _recollect(fused[row], rows.registers[slot, SEEN], rows.pages[slot], memory, output[row])
    for layer in range(len(network.layers)):
        read = np.empty((count, 2 * units), np.float32)
        for row in range(count):
            read[row, :units], read[row, units:] = output[row], rows.hidden[layer + 1, order[row]]
        gates = _affine(network.layers[layer], network.scales[layer], network.biases[layer], read)
        for row in range(count):
            hidden = rows.hidden[layer + 1, order[row]]
            _lstm(gates[row], rows.cell[layer + 1, order[row]], hidden)
            if network.residual:
                _add(output[row], hidden)
            else:
                output[row] = hidden
    fused = _affine(network.top, network.top_scale, network.top_bias, output)
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


# -- one draw


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
def _save(slot, rows, saved):
    """Copy the row as it stands before a draw."""
    registers = rows.registers[slot]
    registers[SAVES], registers[IS_SAVED] = 0, 1
    saved.registers[slot] = registers
    saved.hidden[:, slot], saved.cell[:, slot] = rows.hidden[:, slot], rows.cell[:, slot]
    saved.probabilities[slot], saved.untempered[slot] = rows.probabilities[slot], rows.untempered[slot]
    saved.nats[slot] = rows.nats[slot]


@njit(error_model="numpy")
def _goes_back(slot, rows, saved):
    """At the end of a section: whether it has to close on the tonic and does not. Then the row is where its copy was
    made, but for its random numbers. What it has looked back at since is written over."""
    registers = rows.registers[slot]
    if not registers[IS_SAVED] or registers[NOTE] == registers[TONIC] or not registers[TRIES]:
        return False
    kept, random, tries = registers[KEPT], registers[RANDOM], registers[TRIES] - 1
    back = registers[WRITTEN] - saved.registers[slot, WRITTEN]
    taken_back = registers[TAKEN_BACK] + max(0, back - kept)
    given, givens = registers[GIVEN], registers[GIVENS]
    registers[:] = saved.registers[slot]
    registers[KEPT], registers[RANDOM], registers[TRIES] = max(0, kept - back), random, tries
    registers[GIVEN], registers[GIVENS], registers[TAKEN_BACK] = given, givens, taken_back
    registers[STAGE] = WENT_BACK  # until this turn is over: no row draws more often than there are turns
    rows.hidden[:, slot], rows.cell[:, slot] = saved.hidden[:, slot], saved.cell[:, slot]
    rows.probabilities[slot], rows.untempered[slot] = saved.probabilities[slot], saved.untempered[slot]
    rows.nats[slot] = saved.nats[slot]
    return True


@njit(error_model="numpy")
def _draw(slot, tables, rows, saved):
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
        if not _goes_back(slot, rows, saved):
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


# -- the automata


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
def _closes(slot, tables, rows, saved, plan):
    """Watch the end of a section, ``plan`` being where the plan stands after the character that came. True where the
    row has gone back."""
    registers, lengths = rows.registers[slot], rows.plans[slot]
    section, bars = tables.plan_places[registers[PLAN], 0], tables.plan_places[registers[PLAN], 1]
    if section >= registers[SECTIONS]:
        return False
    if tables.plan_places[plan, 0] > section:
        if _goes_back(slot, rows, saved):
            return True
        registers[IS_SAVED], registers[TRIES] = 0, MOST_TRIES
    elif (
        lengths[section] - bars > LAST_BARS
        and lengths[section] - tables.plan_places[plan, 1] <= LAST_BARS
        and registers[WRITTEN]
        and section < MOST_CLOSES
        and (registers[CLOSES] >> section) & 1
    ):
        registers[SAVES] = 1
    letter = tables.letters[registers[CAME]]
    if letter == ACCIDENTAL:
        registers[ALTERED] = 1
    elif letter != NO_LETTER:
        registers[NOTE] = NO_LETTER if registers[ALTERED] else letter
        registers[ALTERED] = 0
    return False


@njit(error_model="numpy")
def _ends_bar(slot, tables, rows, plan):
    """As ``inference.tries.ends_bar``, ``plan`` being where the plan stands after the character that came."""
    registers = rows.registers[slot]
    section, bars = tables.plan_places[registers[PLAN], 0], tables.plan_places[registers[PLAN], 1]
    is_planned = section < registers[SECTIONS]
    return is_planned and tables.plan_places[plan, 0] == section and tables.plan_places[plan, 1] > bars


@njit(error_model="numpy")
def _follow(slot, tables, rows, saved, has_clock):
    """Move clock, plan and grammar on by the character that came, or back to the copy (``_closes``). False where a
    table has no answer yet: then nothing has moved. What another thread has added since these arrays were taken is no
    answer yet, either."""
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
    if has_clock and registers[CLOSES] and _closes(slot, tables, rows, saved, plan):
        return True
    if has_clock and registers[PAUSES] == AT_BARS and _ends_bar(slot, tables, rows, plan):
        registers[PAUSES] = NOW
    if registers[KIND] == BY_GRAMMAR and registers[FOLLOWS]:
        pitch = tables.pitches[character]
        if pitch >= 0:
            registers[PITCH] = pitch
        elif pitch == MARK and registers[PITCH] >= 0:
            registers[PITCH] += 1
    registers[CLOCK], registers[PLAN], registers[FRAME], registers[NODE] = clock, plan, frame, node
    registers[STAGE] = FOLLOWED
    return True


# -- the loop


@njit(nogil=True, cache=True, error_model="numpy")
def run(network, tables, rows, saved, memory, order, turns):
    """Write up to ``turns`` characters in each of the slots (n,): draw, follow, step. How many turns were completed; it
    is fewer where a table has to be asked, and where rows have come to their ends or pause. ``inference.batch``
    tells what the arrays are."""
    has_clock = len(network.first_rows) > 0
    going = np.empty(len(order), np.int64)
    idle = 0  # turns that rows have waited at their ends or pauses
    for turn in range(turns):
        count, others, asks = 0, 0, False
        for row in range(len(order)):
            slot = order[row]
            registers = rows.registers[slot]
            if registers[STAGE] == READY:
                if registers[GIVEN] < registers[GIVENS]:
                    registers[CAME] = rows.given[slot, registers[GIVEN]]
                    registers[GIVEN] += 1
                    registers[FOLLOWS], registers[STAGE] = 0, CAME_IN
                elif registers[PAUSES] == BEFORE_DRAW:
                    registers[STAGE] = PAUSED
                else:
                    _draw(slot, tables, rows, saved)
            if registers[STAGE] == CAME_IN and not _follow(slot, tables, rows, saved, has_clock):
                asks = True
            if registers[STAGE] == FOLLOWED:
                going[count] = slot
                count += 1
            others += registers[STAGE] == WENT_BACK
        if asks or not (count or others):
            return turn
        if count:
            _step(network, tables, rows, memory, going[:count])
        is_reading = False
        for row in range(len(order)):
            registers = rows.registers[order[row]]
            if registers[STAGE] == FOLLOWED or registers[STAGE] == WENT_BACK:
                registers[STAGE] = READY
                if registers[PAUSES] == NOW:
                    registers[STAGE], registers[PAUSES] = PAUSED, AT_BARS
            if registers[SAVES]:
                _save(order[row], rows, saved)
            idle += registers[STAGE] == PAUSED or registers[STAGE] == DONE
            is_reading = is_reading or registers[GIVEN] < registers[GIVENS]
        if idle > len(order) and not is_reading:  # to ask Python costs less than to let them wait on
            return turn + 1
    return turns


# -- types


class Arrays(NamedTuple):
    """Clock, plan and grammar as ``inference.tables`` fills them in. V characters."""

    clock_next: Any  # (states, V)
    clock_moments: Any  # (states, 2), how far the bar is filled and what is missing from it
    clock_situations: Any  # (states,)
    clock_in_header: Any  # (states,)
    plan_next: Any  # (states, situations, V)
    plan_places: Any  # (states, 2), section and bars of it
    next: Any  # (nodes, V)
    costs: Any  # (nodes, V), without the frame's base; the end of the tune is never counted
    ends: Any  # (nodes,), NEVER, BY_FRAME or ALWAYS
    tie_rows: Any  # (nodes,)
    ties: Any  # (rows, pitches), where a tie leads to
    frames: Any  # (frames, 2), the base of the costs and whether the tune may end here
    crossing_keys: Any  # (places,), -1 where there is none; places are a power of two
    crossings: Any  # (places, 2), frame and node
    pitches: Any  # (V,), the number of a letter's pitch, MARK, or -1
    letters: Any  # (V,), the number of a note's letter, ACCIDENTAL, or NO_LETTER


class Network(NamedTuple):
    """The weights, as ``inference.compiled`` lays them out."""

    inputs: Any
    first_rows: Any
    next_phase: Any
    places: Any
    symbol_of: Any
    interval_of: Any
    logit_columns: Any
    lowest: Any
    lowest_scale: Any
    lowest_bias: Any
    layers: Any
    scales: Any
    biases: Any
    residual: Any
    recall: Any
    recall_scale: Any
    recall_bias: Any
    top: Any
    top_scale: Any
    top_bias: Any


class Rows(NamedTuple):
    """What belongs to one row each, by slot."""

    registers: Any  # (slots, REGISTERS)
    settings: Any  # (slots, settings), by DIVISOR, REPETITION
    hidden: Any  # (layers, slots, units)
    cell: Any  # (layers, slots, units)
    pages: Any  # (slots, pages), where in the memory its moments are
    plans: Any  # (slots, sections), bars of each
    given: Any  # (slots, turns), characters to read before the next draw
    bridges: Any  # (slots, longest), characters to write before the grammar goes on
    masks: Any  # (slots, V)
    probabilities: Any  # (slots, V)
    untempered: Any  # (slots, V), the same at temperature 1, without repetition
    nats: Any  # (slots,), what the characters written cost by these
    randoms: Any  # (slots, block)
    written: Any  # (slots, turns)
    removed: Any  # (slots, turns)
    weights: Any  # (slots, turns, V)


class Saved(NamedTuple):
    """Copies of rows to go back to; the arrays of the same names in ``Rows``."""

    registers: Any
    hidden: Any
    cell: Any
    probabilities: Any
    untempered: Any
    nats: Any


class Memory(NamedTuple):
    """What rows look back at, in pages of 64 moments."""

    ids: Any  # (pages, 64)
    intervals: Any  # (pages, 64)
    recall_keys: Any  # (pages, width, 64)
    recall_values: Any  # (pages, 64, units)
    pointer_keys: Any  # (heads, pages, width, 64)


F1, F2, F3, F4 = (types.Array(types.float32, dimensions, "C") for dimensions in range(1, 5))
I1, I2, I3 = (types.Array(types.int64, dimensions, "C") for dimensions in range(1, 4))
S1, S2, S3 = (types.Array(types.int32, dimensions, "C") for dimensions in range(1, 4))
B2, B3, B4 = (types.Array(types.int8, dimensions, "C") for dimensions in (2, 3, 4))
D1, D2 = (types.Array(types.float64, dimensions, "C") for dimensions in (1, 2))
PANELS = {"fp32": (F3, F4), "int8": (B3, B4)}


def _signature(panels: Any, layers: Any) -> Any:
    network = types.NamedTuple(
        (
            *(F2, I1, I2, I2, I2, I2, I3),  # tables
            *(panels, F1, F1, layers, F2, F2, types.boolean, panels, F1, F1, panels, F1, F1),
        ),
        Network,
    )
    tables = types.NamedTuple((S2, S2, S1, S1, S3, S2, S2, S2, S1, S1, S2, S2, I1, S2, S1, S1), Arrays)
    rows = types.NamedTuple((I2, F2, F3, F3, I2, I2, I2, I2, B2, F2, F2, D1, D2, I2, D2, F3), Rows)
    saved = types.NamedTuple((I2, F3, F3, F2, F2, D1), Saved)
    memory = types.NamedTuple((I2, I2, F3, F3, F4), Memory)
    return types.int64(network, tables, rows, saved, memory, I1, types.int64)


def prepare(kind: str) -> None:
    """Compile the loop for weights of a kind, ``fp32`` or ``int8``, or find it in the cache."""
    run.compile(_signature(*PANELS[kind]))
