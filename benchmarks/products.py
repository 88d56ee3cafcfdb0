"""How fast the kernel's products are: in fp32, in eight bits, and by the processor's tiles, if it has them.

    python -m benchmarks.products [--rows 1 8] [--json]

A matrix of about the shipped network's size meets vectors of so many tunes; rounding them before, and scaling the
sums after, is counted in.
"""

import argparse
import json
import time
from typing import Any

import numpy as np
from numba import njit

from charrnn.inference import processor
from charrnn.inference.compiled import packed
from charrnn.inference.kernel.products import affine
from charrnn.inference.layout import Affine

OUTPUTS, DEPTH = 3_072, 512  # 1.6 million weights
ROUNDS, CALLS = 15, 20


@njit  # type: ignore[untyped-decorator]
def _several(weights: Any, scale: Any, bias: Any, x: Any, calls: int) -> Any:
    total = 0.0
    for _ in range(calls):
        total += affine(weights, scale, bias, x)[0, 0]
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 8], help="tunes together; default: 1 8")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    found = {rows: measure(rows) for rows in options.rows}
    if options.json:
        print(json.dumps(found, indent=2))
        return
    kinds = list(found[options.rows[0]])
    print("Billion operations a second:\n")
    print(f"| rows | {' | '.join(kinds)} |\n|--:{'|--:' * len(kinds)}|")
    for rows, rates in found.items():
        print(f"| {rows} | {' | '.join(f'{rate:.0f}' for rate in rates.values())} |")


def measure(rows: int) -> dict[str, float]:
    """By kind of weights, in turns."""
    random = np.random.default_rng(0)
    matrix = Affine((0.05 * random.normal(size=(OUTPUTS, DEPTH))).astype(np.float32), np.zeros(OUTPUTS, np.float32))
    x = random.normal(size=(rows, DEPTH)).astype(np.float32)
    kinds = ["fp32", "int8", *(["tiles"] if processor.may_use_tiles() else [])]
    weights, fastest = {kind: packed(matrix, kind) for kind in kinds}, dict.fromkeys(kinds, float("inf"))
    for kind in kinds:
        _several(*weights[kind], x, 1)  # compiled
    for _ in range(ROUNDS):
        for kind in kinds:
            began = time.perf_counter()
            _several(*weights[kind], x, CALLS)
            fastest[kind] = min(fastest[kind], (time.perf_counter() - began) / CALLS)
    return {kind: 2 * rows * OUTPUTS * DEPTH / seconds / 1e9 for kind, seconds in fastest.items()}


if __name__ == "__main__":
    main()
