"""How fast the kernel's products are, in fp32 and in bf16: what a kernel with bf16 weights could win.

    python -m benchmarks.products [--rows 8] [--json]

Matrices of about the shipped network's size meet vectors of so many tunes. The bf16 products use one instruction of
AVX-512 (vdpbf16ps: two products added to each of sixteen fp32 sums) and need a processor that has it.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from charrnn.inference.kernel.products import LANES, TOGETHER, _row, multiply

PANELS, DEPTH = 48, 512  # 3,072 x 512 weights
ROUNDS, CALLS = 15, 20
_VECTOR = 16


class _BFloat(ir.types.Type):  # type: ignore[misc]
    """LLVM's type, which llvmlite does not name."""

    def _to_string(self) -> str:
        return "bfloat"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BFloat)

    def __hash__(self) -> int:
        return hash(_BFloat)


@intrinsic  # type: ignore[untyped-decorator]
def _several(context: Any, weights: Any, panel: Any, x: Any, row: Any, y: Any) -> Any:
    """One panel (depth / 2, 64 pairs) with ``TOGETHER`` rows of x (B, depth / 2 pairs) into y (B, places * 64)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        weights, x, y = (context.make_array(signature.args[at])(context, builder, arguments[at]) for at in (0, 2, 4))
        panel, row, groups = arguments[1], arguments[3], LANES // _VECTOR
        depth, width = cgutils.unpack_tuple(builder, weights.shape, 3)[1:]
        sums, words = ir.VectorType(ir.FloatType(), _VECTOR), ir.VectorType(ir.IntType(32), _VECTOR)
        pairs = ir.VectorType(_BFloat(), 2 * _VECTOR)
        kind = ir.FunctionType(sums, [sums, pairs, pairs])
        product = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512bf16.dpbf16ps.512")
        first = builder.gep(weights.data, [builder.mul(panel, builder.mul(depth, width))])
        first = builder.bitcast(first, words.as_pointer())
        rows = [builder.add(row, row.type(number)) for number in range(TOGETHER)]
        inputs = [_row(builder, x, number) for number in rows]
        outputs = [_row(builder, y, number, builder.mul(panel, panel.type(LANES))) for number in rows]
        nothing = ir.Constant(sums, None)
        totals = [[cgutils.alloca_once_value(builder, nothing) for _ in range(groups)] for _ in rows]
        with cgutils.for_range(builder, depth) as loop:
            place = builder.mul(loop.index, depth.type(groups))
            every = [builder.gep(first, [builder.add(place, depth.type(group))]) for group in range(groups)]
            loaded = [builder.bitcast(builder.load(each, align=4), pairs) for each in every]
            for start, of_row in zip(inputs, totals, strict=True):
                value = builder.load(builder.gep(start, [loop.index]))
                one = builder.insert_element(ir.Constant(words, ir.Undefined), value, ir.IntType(32)(0))
                value = builder.shuffle_vector(one, ir.Constant(words, ir.Undefined), ir.Constant(words, None))
                for total, weight in zip(of_row, loaded, strict=True):
                    operands = [builder.load(total), weight, builder.bitcast(value, pairs)]
                    builder.store(builder.call(product, operands), total)
        for start, of_row in zip(outputs, totals, strict=True):
            vectors = builder.bitcast(start, sums.as_pointer())
            for group, total in enumerate(of_row):
                builder.store(builder.load(total), builder.gep(vectors, [depth.type(group)]), align=4)
        return context.get_dummy_value()

    return types.void(weights, types.intp, x, types.intp, y), generate


@njit  # type: ignore[untyped-decorator]
def _multiply_pairs(weights: Any, x: Any, y: Any) -> None:
    for panel in range(len(weights)):
        for row in range(0, len(x), TOGETHER):
            _several(weights, panel, x, row, y)


def rounded(values: np.ndarray) -> np.ndarray:
    """Values rounded to bf16; of the second axis, two and two in one word of 32 bits."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    upper = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    words = upper[:, 0::2] | (upper[:, 1::2] << 16)
    return np.ascontiguousarray(words).astype(np.uint32).view(np.int32)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=8, help="tunes together, a multiple of four; default: 8")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if "avx512_bf16" not in Path("/proc/cpuinfo").read_text():
        print("benchmarks.products: this processor has no products of bf16", file=sys.stderr)
        return 1
    found = measure(options.rows)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        print("| | billion operations a second |\n|---|--:|")
        print(f"| fp32 | {found['fp32']:.0f} |\n| bf16 | {found['bf16']:.0f} |")
        print(f"\nThe largest difference is {found['difference']:.2%} of the largest value.")
    return 0


def measure(rows: int) -> dict[str, float]:
    random = np.random.default_rng(0)
    weights = (0.05 * random.normal(size=(PANELS, DEPTH, LANES))).astype(np.float32)
    x = random.normal(size=(rows, DEPTH)).astype(np.float32)
    plain, paired = (np.zeros((rows, PANELS * LANES), np.float32) for _ in range(2))
    runs = {
        "fp32": (multiply, weights, x, plain),
        "bf16": (_multiply_pairs, rounded(weights), rounded(x), paired),
    }
    fastest = dict.fromkeys(runs, float("inf"))
    for product, *arrays in runs.values():
        product(*arrays)  # compiled
    for _ in range(ROUNDS):
        for name, (product, *arrays) in runs.items():
            began = time.perf_counter()
            for _ in range(CALLS):
                product(*arrays)
            fastest[name] = min(fastest[name], (time.perf_counter() - began) / CALLS)
    operations = 2 * rows * PANELS * DEPTH * LANES
    rates = {name: operations / seconds / 1e9 for name, seconds in fastest.items()}
    return rates | {"difference": float(np.abs(plain - paired).max() / np.abs(plain).max())}


if __name__ == "__main__":
    sys.exit(main())
