"""The products of ``products`` by a processor's tiles (AMX): sixteen rows of 64 bytes, of which one instruction
multiplies two. The sums are the same whole numbers.

What the weights are multiplied with has sixteen bits. The higher and the lower eight are rows of their own in one tile,
so eight rows of x fill it. The manual is Intel's "Architecture Instruction Set Extensions", chapter 3.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

ROWS = 8  # of x at a time
GROUPS = 4  # tiles side by side, of sixteen lanes each, make a panel
DEPTH = 64  # of a tile
_TILE = 16 * DEPTH  # bytes
_X, _FIRST_WEIGHT, _WEIGHTS = GROUPS, GROUPS + 1, 3  # the numbers of tiles; the first ones hold the sums
_AHEAD = 8  # tiles that are asked for before they are used: a tile's lines come slowly from the second cache

_byte, _long, _int, _nothing = ir.IntType(8), ir.IntType(64), ir.IntType(32), ir.VoidType()
_address = _byte.as_pointer()


def _call(builder: Any, name: str, *arguments: Any) -> None:
    kind = ir.FunctionType(_nothing, [argument.type for argument in arguments])
    builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}"), arguments)


def _tile(number: int) -> Any:
    return ir.Constant(_byte, number)


@intrinsic
def configure(context: Any, shapes: Any) -> Any:
    """Begin with tiles of these shapes (64 bytes, as ``shapes_of`` has them)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        shapes = context.make_array(signature.args[0])(context, builder, arguments[0])
        _call(builder, "x86.ldtilecfg", builder.bitcast(shapes.data, _address))
        return context.get_dummy_value()

    return types.void(shapes), generate


@intrinsic
def release(context: Any) -> Any:
    """End with tiles, so that no other thread's turn has to save them."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _call(builder, "x86.tilerelease")
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def panel_products(context: Any, weights: Any, panel: Any, x: Any, y: Any) -> Any:
    """Products of one panel with the rows of x (B, depth) into y (B, panels * 64), as many as have been configured."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        weights, x, y = (context.make_array(signature.args[at])(context, builder, arguments[at]) for at in (0, 2, 3))
        panel = arguments[1]
        blocks = cgutils.unpack_tuple(builder, weights.shape, 4)[1]
        width = builder.mul(blocks, _long(GROUPS * _TILE))
        weight = builder.gep(builder.bitcast(weights.data, _address), [builder.mul(panel, width)])
        (start, stride), (end, stride_of_y) = (_rows(builder, array) for array in (x, y))
        for group in range(GROUPS):
            _call(builder, "x86.tilezero", _tile(group))
        with cgutils.for_range(builder, blocks) as loop:
            value = builder.gep(start, [builder.mul(loop.index, _long(DEPTH))])
            _call(builder, "x86.tileloadd64", _tile(_X), value, stride)
            of_block = builder.mul(loop.index, _long(GROUPS * _TILE))
            for group in range(GROUPS):
                at = builder.add(of_block, _long(group * _TILE))
                number = _tile(_FIRST_WEIGHT + group % _WEIGHTS)
                _call(builder, "x86.tileloadd64", number, builder.gep(weight, [at]), _long(DEPTH))
                _ask_for(builder, builder.gep(weight, [builder.add(at, _long(_AHEAD * _TILE))]))
                _call(builder, "x86.tdpbssd", _tile(group), _tile(_X), number)
        for group in range(GROUPS):
            lanes = builder.add(builder.mul(panel, _long(GROUPS * DEPTH)), _long(group * DEPTH))
            _call(builder, "x86.tilestored64", _tile(group), builder.gep(end, [lanes]), stride_of_y)
        return context.get_dummy_value()

    return types.void(weights, types.intp, x, y), generate


def _rows(builder: Any, array: Any) -> tuple[Any, Any]:
    """The address of a matrix, and how many bytes lead from row to row."""
    return builder.bitcast(array.data, _address), cgutils.unpack_tuple(builder, array.strides, 2)[0]


def _ask_for(builder: Any, tile: Any) -> None:
    """Beyond the last tile, too: that reads nothing."""
    for line in range(0, _TILE, 64):
        _call(builder, "prefetch.p0", builder.gep(tile, [_long(line)]), _int(0), _int(3), _int(1))


@njit(error_model="numpy")
def shapes_of(rows):
    """Of the tiles of sums and of x, which have so many rows, and of the weights, which have sixteen."""
    shapes = np.zeros(64, np.uint8)
    shapes[0] = 1  # the only palette there is
    for tile in range(_FIRST_WEIGHT + _WEIGHTS):
        shapes[16 + 2 * tile] = DEPTH  # bytes in a row
        shapes[48 + tile] = rows if tile < _FIRST_WEIGHT else 16
    return shapes


@njit(error_model="numpy")
def multiply(weights, whole, sums):
    """whole (B, depth) of sixteen bits times the weights into sums (B, panels * 64)."""
    rows = min(ROWS, len(whole))
    halves = np.empty((2 * rows, whole.shape[1]), np.int8)
    parts = np.empty((2 * rows, sums.shape[1]), np.int32)
    for first in range(0, len(whole), ROWS):
        rows = min(ROWS, len(whole) - first)
        for row in range(rows):
            _halve(whole, first + row, halves, row, rows + row)
        configure(shapes_of(2 * rows))
        for panel in range(len(weights)):
            panel_products(weights, panel, halves, parts)
        for row in range(rows):
            for place in range(sums.shape[1]):
                sums[first + row, place] = 256 * parts[row, place] + parts[rows + row, place]
    release()


@njit(error_model="numpy")
def _halve(whole, row, halves, high, low):
    """Makes of a row the rows of its higher and its lower eight bits."""
    for place in range(whole.shape[1]):
        value = np.int32(whole[row, place])
        nearest = (value + np.int32(128)) >> np.int32(8)
        halves[high, place], halves[low, place] = np.int8(nearest), np.int8(value - (nearest << np.int32(8)))
