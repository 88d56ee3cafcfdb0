"""Products of vectors with panels, in LLVM's own vectors: loops of numba's would sum along the depth, one row at a
time. ``tiles`` has those of eight bits for processors that multiply tiles."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from charrnn.inference.kernel import tiles
from charrnn.inference.kernel.vectors import largest_size_of

LANES = 64
OF_TILES = 4  # dimensions of weights that are laid out for tiles: panels, blocks, groups and bytes
MOST = 127 * 256 + 127  # that sixteen bits stand for, so that each half has a sign of its own
_VECTOR = 16  # lanes of an instruction at its widest; where it is narrower, LLVM takes several
_TINY = np.float32(1e-9)


def _panel_products(rows: int) -> Any:
    """Products of the first rows of a panel, so many in depth, with some rows of x (B, depth) into the columns of y (B,
    places * 64) at a place."""

    @intrinsic
    def products(context: Any, weights: Any, panel: Any, depth: Any, x: Any, row: Any, y: Any, place: Any) -> Any:
        emit = {types.int8: _emit_pairs, types.uint16: _emit_halves, types.float32: _emit_floats}[weights.dtype]

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            weights, x, y = (
                context.make_array(signature.args[at])(context, builder, arguments[at]) for at in (0, 3, 5)
            )
            panel, depth, row, place = (arguments[at] for at in (1, 2, 4, 6))
            height, width = cgutils.unpack_tuple(builder, weights.shape, 3)[1:]
            first_weight = builder.gep(weights.data, [builder.mul(panel, builder.mul(height, width))])
            numbers = [builder.add(row, row.type(number)) for number in range(rows)]
            inputs = [_row(builder, x, number) for number in numbers]
            outputs = [_row(builder, y, number, builder.mul(place, place.type(LANES))) for number in numbers]
            emit(builder, depth, first_weight, inputs, outputs)
            return context.get_dummy_value()

        return types.void(weights, types.intp, types.intp, x, types.intp, y, types.intp), generate

    return products


def _row(builder: Any, array: Any, row: Any, column: Any = None) -> Any:
    """The address of a row of a matrix, or of a place in it."""
    stride = cgutils.unpack_tuple(builder, array.strides, 2)[0]
    start = cgutils.pointer_add(builder, array.data, builder.mul(row, stride))
    return builder.gep(start, [column]) if column is not None else start


_FLOATS = ir.VectorType(ir.FloatType(), _VECTOR)


def _emit_floats(builder: Any, depth: Any, weights: Any, inputs: list[Any], outputs: list[Any]) -> None:
    _emit_sums(
        builder, depth, weights, inputs, outputs, _FLOATS, _FLOATS, lambda weight: weight, _product_of_floats(builder)
    )


def _emit_halves(builder: Any, depth: Any, weights: Any, inputs: list[Any], outputs: list[Any]) -> None:
    """Weights of bf16, the higher halves of fp32."""
    halves, words = (ir.VectorType(ir.IntType(bits), _VECTOR) for bits in (16, 32))

    def widened(weight: Any) -> Any:
        higher = builder.shl(builder.zext(weight, words), ir.Constant(words, [16] * _VECTOR))
        return builder.bitcast(higher, _FLOATS)

    _emit_sums(builder, depth, weights, inputs, outputs, halves, _FLOATS, widened, _product_of_floats(builder))


def _product_of_floats(builder: Any) -> Any:
    freely = ("contract",)

    def product(total: Any, weight: Any, value: Any) -> Any:
        return builder.fadd(total, builder.fmul(weight, value, flags=freely), flags=freely)

    return product


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


TOGETHER = 4  # tunes that share the reading of a weight, as many as there are registers for
panel_product, _two, _three, _four = (_panel_products(rows) for rows in (1, 2, 3, TOGETHER))


@njit(error_model="numpy")
def multiply(weights, x, y):
    """x (B, depth) times the weights into y (B, panels * 64). A panel is read once for each four rows, and once for the
    rest."""
    rest, depth = len(x) % TOGETHER, weights.shape[1]
    last = len(x) - rest
    for panel in range(len(weights)):
        for row in range(0, last, TOGETHER):
            _four(weights, panel, depth, x, row, y, panel)
        if rest == 3:
            _three(weights, panel, depth, x, last, y, panel)
        elif rest == 2:
            _two(weights, panel, depth, x, last, y, panel)
        elif rest == 1:
            panel_product(weights, panel, depth, x, last, y, panel)


def affine(weights, scale, bias, x):
    """x (B, depth) times the weights, plus the bias (panels * 64,)."""
    raise NotImplementedError("compiled only")


@overload(affine, jit_options={"error_model": "numpy"})
def _affine_of(weights, scale, bias, x):
    if weights.dtype == types.float32:

        def of_floats(weights, scale, bias, x):
            y = np.empty((len(x), len(bias)), np.float32)
            multiply(weights, x, y)
            for row in range(len(x)):
                for place in range(len(bias)):
                    y[row, place] += bias[place]
            return y

        return of_floats

    def of_whole(weights, scale, bias, x):
        whole, steps = np.zeros((len(x), depth_of(weights)), np.int16), np.empty(len(x), np.float32)
        finest = min(MOST, (2**31 - 1) // (127 * x.shape[1]))  # no sum may leave 32 bits
        for row in range(len(x)):
            steps[row] = _rounded(x, row, whole, finest)
        y, sums = np.empty((len(x), len(bias)), np.float32), np.empty((len(x), len(bias)), np.int32)
        multiply_whole(weights, whole, sums)
        for row in range(len(x)):
            _scaled(sums, row, steps[row], scale, bias, y)
        return y

    return of_whole


def depth_of(weights):
    """With what fills up its last pair or tile."""
    raise NotImplementedError("compiled only")


@overload(depth_of)
def _depth_of(weights):
    depth = tiles.DEPTH if weights.ndim == OF_TILES else 2
    return lambda weights: depth * weights.shape[1]


def multiply_whole(weights, whole, sums):
    """Sixteen bits (B, depth) times the weights of eight into sums (B, panels * 64)."""
    raise NotImplementedError("compiled only")


@overload(multiply_whole, jit_options={"error_model": "numpy"})
def _multiply_whole(weights, whole, sums):
    if weights.ndim == OF_TILES:
        return lambda weights, whole, sums: tiles.multiply(weights, whole, sums)
    return lambda weights, whole, sums: multiply(weights, whole.view(np.int32), sums)


# Rows are given by their numbers here: a slice of an array that is not borrowed is counted, which takes two atomic
# instructions.


@njit(error_model="numpy", fastmath={"nsz"})
def _rounded(x, row, whole, finest):
    """Makes of the row whole numbers up to ``finest`` in its proportions; how much 1 stands for."""
    largest = largest_size_of(x, row, _TINY)
    step = np.float32(finest) / largest
    for place in range(x.shape[1]):
        whole[row, place] = np.int16(np.rint(x[row, place] * step))
    return largest / np.float32(finest)


@njit(error_model="numpy")
def _scaled(sums, row, step, scale, bias, y):
    for place in range(len(bias)):
        y[row, place] = np.float32(sums[row, place]) * (scale[place] * step) + bias[place]
