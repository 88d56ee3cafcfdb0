"""How many tunes a second come from one worker, from two, and so on, in one run.

    python -m benchmarks.bulk [--workers 1 2] [--tunes 200] [--json]

The clock runs from the first tune to the last: what starting the workers takes is told apart from it. Each worker's
grammar begins with what the cache folder has of it, and is warmed, untimed, by tunes of other seed numbers.
"""

import argparse
import json
import time
from typing import Any

from tqdm import tqdm

from charrnn.bulk.workers import Workers, cores
from charrnn.model.location import DEFAULT_NAME, find_checkpoint
from charrnn.sampling.batch import BookWriter, Composer
from charrnn.sampling.options import Request

WARM = 20  # tunes for each worker


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--workers", type=int, nargs="+", default=sorted({1, cores()}), help="default: 1, and every core"
    )
    parser.add_argument("--tunes", type=int, default=200, help="default: 200")
    parser.add_argument("--checkpoint", default=DEFAULT_NAME, help=f"default: {DEFAULT_NAME}")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    found = [measure(options.checkpoint, workers, options.tunes) for workers in options.workers]
    if options.json:
        print(json.dumps(found, indent=2))
        return
    first = found[0]["tunes_per_second"]
    print("| workers | tunes a second | | seconds until all are ready and warm |\n|--:|--:|--:|--:|")
    for row in found:
        rate = row["tunes_per_second"]
        print(f"| {row['workers']} | {rate:.1f} | {rate / first:.2f} times | {row['start_seconds']:.1f} |")


def measure(checkpoint: str, workers: int, tunes: int) -> dict[str, Any]:
    """The rate of so many workers on the same tunes."""
    request = Request.checked(seed=1)
    began = time.perf_counter()
    with Workers(BookWriter(Composer(find_checkpoint(checkpoint), tunes=tunes), request), workers) as crew:
        for _ in crew.map(range(tunes, tunes + WARM * workers)):
            pass
        ready = time.perf_counter()
        for _ in tqdm(crew.map(range(tunes)), total=tunes, desc=f"{workers} workers", leave=False, disable=None):
            pass
        seconds = time.perf_counter() - ready
    return {"workers": workers, "tunes_per_second": tunes / seconds, "start_seconds": ready - began}


if __name__ == "__main__":
    main()
