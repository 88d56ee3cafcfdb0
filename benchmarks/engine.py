"""How the engine's speed grows with the tunes that are written together, and falls with their length.

    python -m benchmarks.engine [--seconds 3] [--json]

- *rows*: tunes a second on all cores, so many of them always under way; free form, grammar on, headers drawn;
- *length*: characters a second of one thread with a full batch, when each tune has up to so many characters (in a form
  of 256 bars): looking back takes longer the more there is;
- *kernel*: which part of one thread's time the kernel takes, from the request to the finished tune.

The tables of the grammar are warmed by other tunes first, as many as ``--warm`` says.
"""

import argparse
import json
import time
from collections import deque
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from tqdm import tqdm

from charrnn.inference import compiling, threads
from charrnn.inference.engine import ROWS, Ticket
from charrnn.inference.kernel import loop
from charrnn.model.checkpoint import Checkpoint, load_checkpoint
from charrnn.model.location import DEFAULT_NAME, find_checkpoint
from charrnn.sampling.compose import Draft, compose_all, engine_of
from charrnn.sampling.options import Request

TOGETHER = (1, 2, 4, 8, 16, 32, 64)
LENGTHS = (200, 1_000, 4_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement; default: 3")
    parser.add_argument("--warm", type=int, default=600, help="tunes before all of them; default: 600")
    parser.add_argument("--checkpoint", default=DEFAULT_NAME, help=f"default: {DEFAULT_NAME}")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    threads.use_one_thread_each()
    if not compiling.prepare():
        print("The kernel cannot be compiled here; numpy's steps are not measured.")
        return
    found = measure(load_checkpoint(find_checkpoint(options.checkpoint)), options.seconds, options.warm)
    print(json.dumps(found, indent=2) if options.json else as_table(found))


def as_table(found: dict[str, Any]) -> str:
    rows = " | ".join(found["rows"])
    rates = " | ".join(f"{rate:.0f}" for rate in found["rows"].values())
    lengths = ", ".join(f"{rate:,.0f} at {length} characters" for length, rate in found["length"].items())
    return "\n".join(
        [
            f"| tunes together | {rows} |",
            "|---" * (1 + len(found["rows"])) + "|",
            f"| tunes a second | {rates} |",
            "",
            f"Characters a second of one thread with {ROWS} rows: {lengths}.",
            f"The kernel takes {found['kernel']:.0%} of one thread's time.",
        ]
    )


def measure(checkpoint: Checkpoint, seconds: float, warm: int) -> dict[str, Any]:
    for _ in tqdm(
        compose_all(checkpoint, (Request.checked(seed=seed) for seed in range(warm))), total=warm, leave=False
    ):
        pass
    seeds = iter(range(warm, 10**9))
    rows = {str(count): tunes_a_second(checkpoint, count, seconds, seeds) for count in TOGETHER}
    with patch.object(threads, "of_engine", lambda: 1):
        for count in LENGTHS:
            characters_a_second(checkpoint, count)  # the tables of these tunes
        length = {str(count): characters_a_second(checkpoint, count) for count in LENGTHS}
        return {"rows": rows, "length": length, "kernel": share_of_the_kernel(checkpoint, seconds, seeds)}


def tunes_a_second(checkpoint: Checkpoint, together: int, seconds: float, seeds: Iterator[int]) -> float:
    engine, going, done = engine_of(checkpoint), deque[Ticket](), 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds or going:
        while len(going) < together and time.perf_counter() - began < seconds:
            going.append(engine.write([Draft.begun(checkpoint, Request.checked(seed=next(seeds))).line]))
        going.popleft().wait()
        done += 1
    return done / (time.perf_counter() - began)


def characters_a_second(checkpoint: Checkpoint, length: int) -> float:
    requests = [
        Request.checked("M:4/4\nL:1/8\nK:D\n", seed=seed, length=length, bars=32, parts="ABCDEFGH")
        for seed in range(ROWS)
    ]
    drafts = [Draft.begun(checkpoint, request) for request in requests]
    for draft in drafts:
        draft.line.most = length
    began = time.perf_counter()
    with engine_of(checkpoint).write([draft.line for draft in drafts]) as ticket:
        ticket.wait()
    return sum(len(draft.line.indices) for draft in drafts) / (time.perf_counter() - began)


def share_of_the_kernel(checkpoint: Checkpoint, seconds: float, seeds: Iterator[int]) -> float:
    """Of the processor time of the process."""
    spent, real = 0.0, loop.run

    def run(*arguments: Any) -> int:
        nonlocal spent
        began = time.thread_time()
        try:
            return int(real(*arguments))
        finally:
            spent += time.thread_time() - began

    with patch.object(loop, "run", run):
        began = time.process_time()
        tunes_a_second(checkpoint, 2 * ROWS, seconds, seeds)
        return spent / (time.process_time() - began)


if __name__ == "__main__":
    main()
