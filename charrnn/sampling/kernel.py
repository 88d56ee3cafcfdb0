"""The whole step in one compiled call: from the characters that came to the probabilities of the next ones.

The mathematics are those of ``numpy_steps``, tune by tune; numpy is slow at them because each of its calls takes longer
to start than to finish. Numba compiles ``step``, or finds it compiled in the cache folder that ``sampling.compiling``
gives it. All is in one file because numba looks at the date of that file only.

Matrices come in *panels* of 64 of their rows, whose products with a vector are summed side by side: ``(panels, depth,
64)``, so that memory is read from front to end and each sum goes over the depth in order. The sums of a tune are
therefore the same to the last bit, alone or among others. Weights of eight bits come two and two, ``(panels, depth / 2,
128)``, and meet activations of sixteen bits.

Keys of a look back are kept in panels too, 64 moments in each, so that a query meets them as a vector meets weights.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, overload

LANES = 64
_VECTOR = 16  # lanes of an instruction at its widest; where it is narrower, LLVM takes several
_TOGETHER = 4  # tunes that share the reading of a weight, as many as there are registers for
_FAINT = np.float32(1e-9)  # a weight that fp32 loses beside 1
_TINY, _HALF = np.float32(1e-9), np.float32(0.5)  # the first as the network's
_FREE = {"reassoc", "contract", "nsz"}  # sums may be taken in vectors


# -- products with panels, in LLVM's own vectors: loops of numba's would sum along the depth, one row at a time


def _panel_products(rows: int) -> Any:
    """Products of one panel with some rows of x (B, depth) into y (B, panels * 64)."""

    @intrinsic
    def products(context: Any, weights: Any, panel: Any, x: Any, row: Any, y: Any) -> Any:
        emit = _emit_pairs if weights.dtype == types.int8 else _emit_floats

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            weights, x, y = (
                context.make_array(signature.args[place])(context, builder, arguments[place]) for place in (0, 2, 4)
            )
            panel, row = arguments[1], arguments[3]
            depth, width = cgutils.unpack_tuple(builder, weights.shape, 3)[1:]
            first_weight = builder.gep(weights.data, [builder.mul(panel, builder.mul(depth, width))])
            places = [builder.add(row, row.type(number)) for number in range(rows)]
            inputs = [_row(builder, x, place) for place in places]
            outputs = [_row(builder, y, place, builder.mul(panel, panel.type(LANES))) for place in places]
            emit(builder, depth, first_weight, inputs, outputs)
            return context.get_dummy_value()

        return types.void(weights, types.intp, x, types.intp, y), generate

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


_one, _several = _panel_products(1), _panel_products(_TOGETHER)


@njit(error_model="numpy")
def _multiply(weights, x, y):
    """x (B, depth) times the weights into y (B, panels * 64). A panel is read once for all rows."""
    for panel in range(len(weights)):
        row = 0
        while row + _TOGETHER <= len(x):
            _several(weights, panel, x, row, y)
            row += _TOGETHER
        while row < len(x):
            _one(weights, panel, x, row, y)
            row += 1


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
def _recollect(fused, seen, keys, values, output):
    """``Recall`` for one tune: key, query, sentinel and value are ``fused``; added to the output (units,)."""
    width = keys.shape[1]
    values[seen] = fused[2 * width + 1 : 2 * width + 1 + len(output)]
    weights, sentinel = _looked_back(fused, seen, keys.reshape(1, *keys.shape), np.float32(0))
    recalled = np.zeros(len(output), np.float32)
    for moment in range(seen):
        if weights[0, moment] > _FAINT:
            _add_times(recalled, weights[0, moment], values[moment + 1])
    _add_times(output, np.float32(1) / (sentinel + _sum(weights[0])), recalled)
    _keep_key(keys, seen, fused[:width])


@njit(error_model="numpy", fastmath={"contract"})
def _add_times(y, factor, x):
    for place in range(len(y)):
        y[place] += factor * x[place]


@njit(error_model="numpy")
def _looked_back(fused, seen, keys, eagerness):
    """``LookBack.weights`` for one tune, but for a factor: of each head and moment (heads, seen), and the sentinel's.
    ``keys`` are (heads, panels, width, 64)."""
    heads, _, width, _ = keys.shape
    looking = heads * width
    panels = (seen + LANES - 1) // LANES
    weights = np.empty((heads, panels * LANES), np.float32)
    sentinel = np.empty(1, np.float32)
    sentinel[0] = fused[2 * looking] - eagerness
    largest = sentinel[0]
    for head in range(heads):
        query = fused[looking + head * width : looking + (head + 1) * width].reshape(1, width)
        _multiply(keys[head, :panels], query, weights[head : head + 1])
        largest = _largest(weights[head, :seen], largest)
    for head in range(heads):
        _exp(weights[head, :seen], largest)
    _exp(sentinel, largest)
    return weights[:, :seen], sentinel[0]


@njit(error_model="numpy")
def _keep_key(keys, seen, key):
    panel, lane = seen // LANES, seen % LANES
    for place in range(len(key)):
        keys[panel, place, lane] = key[place]


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
def _mix(fused, seen, keys, ids, intervals, steps_of, repetition, mixture):
    """``Pointer`` for one tune: mixes copies of what followed into the distribution (V,). ``steps_of`` (V,) are the
    characters as intervals from the last letter."""
    heads, _, width, _ = keys.shape
    weights, sentinel = _looked_back(fused, seen, keys, repetition)
    for character in range(len(mixture)):
        mixture[character] *= sentinel
    for moment in range(seen):
        mixture[ids[moment + 1]] += weights[0, moment]
    if heads > 1:
        moved = np.zeros(2 * len(mixture) + LANES, np.float32)  # more than there are intervals
        for moment in range(seen):
            moved[intervals[moment + 1]] += weights[1, moment]
        for character in range(len(mixture)):
            mixture[character] += moved[steps_of[character]]
    share = np.float32(1) / _sum(mixture)  # some intervals lead beyond the letters
    for character in range(len(mixture)):
        mixture[character] *= share
    for head in range(heads):
        _keep_key(keys[head], seen, fused[head * width : (head + 1) * width])


F1, F2, F3, F4, F5 = (types.Array(types.float32, dimensions, "C") for dimensions in range(1, 6))
I1, I2, I3 = (types.Array(types.int64, dimensions, "C") for dimensions in range(1, 4))
B3, B4 = (types.Array(types.int8, dimensions, "C") for dimensions in (3, 4))
PANELS = {"fp32": (F3, F4), "int8": (B3, B4)}


def _signature(panels: Any, layers: Any) -> Any:
    return types.void(
        *(F2, I1, I2, I2, I2, I2, I3),  # tables
        *(panels, F1, F1, layers, F2, F2, types.boolean, panels, F1, F1, panels, F1, F1),  # weights
        *(types.float32, types.float32),
        *(F3, F2, F3, I1, I1, I2, I2, F4, F3, F5),  # state
        *(I1, I2, F2),
    )


@njit(nogil=True, cache=True, error_model="numpy")
def step(
    inputs, first_rows, next_phase, places, symbol_of, interval_of, logit_columns,
    lowest, lowest_scale, lowest_bias, layers, scales, biases, residual,
    recall, recall_scale, recall_bias, top, top_scale, top_bias,
    temperature, repetition,
    cell, hidden, read, phase, seen, ids, intervals, recall_keys, recall_values, pointer_keys,
    came, moments, probabilities,
):  # fmt: skip
    """Move B tunes on by the characters that ``came`` (B,), at ``moments`` (B, 2) of their bars. ``sampling.compiled``
    tells the shapes."""
    rows, units = hidden.shape
    looks_back = pointer_keys.shape[3] > 0
    gates = _affine(lowest, lowest_scale, lowest_bias, hidden)
    for row in range(rows):
        before, character = phase[row], came[row]
        phase[row] = after = next_phase[before, character]
        tonic, letter = places[before, 0], places[before, 1]
        _add(gates[row], inputs[symbol_of[tonic, character]])
        if len(first_rows):
            _add(gates[row], inputs[first_rows[0] + interval_of[letter, character]])
            _add(gates[row], inputs[first_rows[1] + places[after, 2]])
            _add(gates[row], inputs[first_rows[2] + places[after, 0]])
            _add(gates[row], inputs[first_rows[3] + moments[row, 0]])
            _add(gates[row], inputs[first_rows[4] + moments[row, 1]])
        if len(first_rows) > 5:
            _add(gates[row], inputs[first_rows[5] + moments[row, 2]])
            _add(gates[row], inputs[first_rows[6] + moments[row, 3]])
        ids[row, seen[row]], intervals[row, seen[row]] = character, interval_of[letter, character]
        _lstm(gates[row], cell[0, row], hidden[row])
    output = hidden.copy()
    if looks_back:
        fused = _affine(recall, recall_scale, recall_bias, output)
        for row in range(rows):
            _recollect(fused[row], seen[row], recall_keys[row], recall_values[row], output[row])
    for layer in range(len(layers)):
        read[layer, :, :units] = output
        gates = _affine(layers[layer], scales[layer], biases[layer], read[layer])
        for row in range(rows):
            _lstm(gates[row], cell[layer + 1, row], read[layer, row, units:])
            if residual:
                _add(output[row], read[layer, row, units:])
            else:
                output[row] = read[layer, row, units:]
    fused = _affine(top, top_scale, top_bias, output)
    for row in range(rows):
        tonic, letter = places[phase[row], 0], places[phase[row], 1]
        columns = logit_columns[tonic * len(interval_of) + letter]
        _write(fused[row], columns, temperature, probabilities[row])
        if looks_back:
            _mix(
                fused[row], seen[row], pointer_keys[row], ids[row], intervals[row], interval_of[letter], repetition,
                probabilities[row],
            )  # fmt: skip
        for character in range(probabilities.shape[1]):
            probabilities[row, character] += _TINY
        seen[row] += 1


def prepare(kind: str) -> None:
    """Compile the step for weights of a kind, ``fp32`` or ``int8``, or find it in the cache."""
    step.compile(_signature(*PANELS[kind]))
