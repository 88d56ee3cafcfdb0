"""How fast the sampler is, on one thread, in one run: beside the plain way, beside the memory, and with the grammar.

    python -m benchmarks.sampling [--tunes 30] [--instrument any] [--json]

- *plain*: the network called with one character at a time, the way of the usual notebook, drawing and nothing else;
- *memory*: how often a second all weights can be read once, by numpy's product of a matrix that large with a vector;
- *free*: our steps, drawing, without the grammar; *warm* and *cold*: with it. Cold is the first time that the process
  meets the tunes, without what the cache folder has of the grammar: it keeps what it has worked out;
- *numpy*, *fp32* and *int8*: steps by numpy, by the compiled kernel, and by the kernel with weights of eight bits. The
  page uses fp32, and numpy until the kernel is ready.

Everything is done several times, and each character counts when it came quickest: other programs on the machine can
only slow it down.
"""

import argparse
import copy
import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, repeat, takewhile
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from tqdm import tqdm

from charrnn.grammar.compass import notes_of
from charrnn.grammar.start import keep_to, read_seed
from charrnn.inference import compiling, kept_tables
from charrnn.inference.by_numpy.steps import NumpyStepper
from charrnn.inference.draws import AS_LEARNT, Sampling, draw, generate, read
from charrnn.inference.guides import GrammarGuide, GrammarMasks, Guide, NoGuide
from charrnn.inference.stepper import stepper_for
from charrnn.inference.steps import Stepper
from charrnn.inference.threads import use_one_thread_each
from charrnn.model.checkpoint import Checkpoint, load_checkpoint
from charrnn.model.location import DEFAULT_NAME, find_checkpoint
from charrnn.model.rounding import round_to_eight_bits
from charrnn.model.vocabulary import START
from charrnn.notation.instruments.table import ANY, NAMES, FolkInstrument, instrument_of
from charrnn.sampling.candidates import stream_candidates
from charrnn.sampling.options import DEFAULT_LENGTH, DEFAULT_TEMPERATURE, Request

HEADERS = ("M:6/8\nL:1/8\nR:jig\nK:D\n", "M:4/4\nL:1/8\nR:reel\nK:G\n", "M:3/4\nL:1/8\nR:waltz\nK:Am\n")
ROUNDS = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tunes", type=int, default=30, help="default: 30")
    parser.add_argument("--checkpoint", default=DEFAULT_NAME, help=f"default: {DEFAULT_NAME}")
    parser.add_argument("--instrument", default=ANY, choices=NAMES, help=f"that the tunes are for; default: {ANY}")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    use_one_thread_each()
    for in_eight_bits in (False, True):
        if not compiling.prepare(in_eight_bits):
            print("The kernel cannot be compiled here: numpy alone is measured.")
            break
    checkpoint = load_checkpoint(find_checkpoint(options.checkpoint), in_eight_bits=False)
    with patch.object(kept_tables, "read", return_value=None):
        found = measure(checkpoint, options.tunes, instrument_of(options.instrument))
    print(json.dumps(found, indent=2) if options.json else as_table(found))


def as_table(found: dict[str, Any]) -> str:
    lines = [
        "| characters a second | without the grammar | with it, cold | with it, warm | times the plain network"
        " | of what the memory allows | a step of eight tunes, in steps of one | eight whole tunes, in single ones |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in found["steps"].items():
        lines.append(
            f"| {name}"
            f" | {row['free']:,.0f} | {row['cold']:,.0f} | {row['warm']:,.0f} | {row['ratio_to_plain_lstm']:.1f}"
            f" | {row['share_of_memory_limit']:.0%} | {row['eight_at_once']:.1f} | {row['eight_candidates']:.1f} |"
        )
    lines += [
        "",
        f"The plain network: {found['plain']:,.0f} characters a second. The memory gives all weights"
        f" {found['memory']:,.0f} times a second in fp32, {found['memory_int8']:,.0f} times in eight bits.",
    ]
    return "\n".join(lines)


def measure(checkpoint: Checkpoint, tunes: int, instrument: FolkInstrument | None = None) -> dict[str, Any]:
    """Characters a second, and what follows from them. What the page does stands at the top, too."""
    rounded = copy.deepcopy(checkpoint)
    round_to_eight_bits(rounded.network)
    memory, memory_int8 = (memory_rate(checkpoint, width) for width in (4, 1))
    steppers: dict[str, tuple[Checkpoint, Stepper, float]] = {
        "numpy": (checkpoint, NumpyStepper(checkpoint.network), memory)
    }
    if compiling.is_ready(in_eight_bits=False):
        steppers["fp32"] = (checkpoint, stepper_for(checkpoint.network), memory)
    if compiling.is_ready(in_eight_bits=True):
        steppers["int8"] = (rounded, stepper_for(rounded.network), memory_int8)
    plain, rows = plain_rate(checkpoint), {}
    for name, (model, stepper, limit) in tqdm(steppers.items(), unit=" steppers", leave=False, disable=None):
        row = rows[name] = tune_rates(model, stepper, tunes, instrument)
        row["ratio_to_plain_lstm"] = row["warm"] / plain
        row["share_of_memory_limit"] = row["warm"] / limit
        row["share_of_memory_limit_fp32"] = row["warm"] / memory
        row["eight_at_once"] = step_seconds(model, stepper, 8) / step_seconds(model, stepper, 1)
        with patch("charrnn.inference.engine.stepper_for", return_value=stepper):
            own = copy.deepcopy(model)  # an engine is kept with its network, and with it the stepper
            row["eight_candidates"] = candidates_seconds(own, 8) / candidates_seconds(own, 1)
    page = rows.get("fp32", rows["numpy"])
    return {"plain": plain, "memory": memory, "memory_int8": memory_int8, **page, "steps": rows}


def tune_rates(
    checkpoint: Checkpoint, stepper: Stepper, tunes: int, instrument: FolkInstrument | None
) -> dict[str, float]:
    """Characters a second of so many tunes: without the grammar, with it cold, and with it warm."""
    masks = GrammarMasks(checkpoint.vocabulary.characters)
    seconds, characters = {"free": 0.0, "cold": 0.0, "warm": 0.0}, 0
    for seed in range(tunes):
        header = HEADERS[seed % len(HEADERS)]

        def guided(header: str = header, seed: int = seed) -> Iterator[object]:
            start = read_seed(masks.grammar, header, "")
            if instrument is not None:
                start = keep_to(masks.grammar, start, notes_of(instrument), header, "", "", True)
            guide = GrammarGuide(masks, start, DEFAULT_LENGTH)
            return tune(checkpoint, stepper, header, guide, seed)

        cold = laps(guided())
        free = partial(tune, checkpoint, stepper, header, NoGuide(), seed, len(cold))
        seconds["cold"] += sum(cold)
        seconds["warm"] += quickest(guided)
        seconds["free"] += quickest(free)
        characters += len(cold)
    return {name: characters / each for name, each in seconds.items()}


def tune(
    checkpoint: Checkpoint, stepper: Stepper, header: str, guide: Guide, seed: int, length: int = DEFAULT_LENGTH
) -> Iterator[object]:
    """Draws up to the tune's end; without a guide so many, and one more that is not counted."""
    random = np.random.default_rng(seed)
    ids = checkpoint.vocabulary.encode(START + header)
    probabilities, state = read(checkpoint.network, ids, None, DEFAULT_TEMPERATURE)
    end = checkpoint.vocabulary.index_of[START]
    steps = stepper.start(state, DEFAULT_TEMPERATURE)
    draws = generate(steps, probabilities, Sampling(DEFAULT_TEMPERATURE), random, guide)
    if isinstance(guide, NoGuide):
        return islice(draws, length + 1)
    return takewhile(lambda drawn: drawn.index != end, islice(draws, length))


def laps(work: Iterator[object]) -> list[float]:
    """Seconds between one value and the next; what comes before the first is not counted."""
    moments = [time.perf_counter() for _ in work]
    return np.diff(moments).tolist()


def quickest(begin: Callable[[], Iterator[object]]) -> float:
    """Seconds that work takes which is done several times, each of its values when it came quickest."""
    return float(np.min([laps(begin()) for _ in range(ROUNDS)], axis=0).sum())


def rate(begin: Callable[[], Iterator[object]], count: int) -> float:
    """Values a second of the first so many."""
    return (count - 1) / quickest(lambda: islice(begin(), count))


@torch.inference_mode()
def plain_rate(checkpoint: Checkpoint) -> float:
    """Characters a second of the network as it is, its state and the draw fed back."""

    def characters() -> Iterator[object]:
        random = np.random.default_rng(0)
        probabilities, state = read(checkpoint.network, checkpoint.vocabulary.encode(START + HEADERS[0]))
        while True:
            drawn = draw(probabilities, AS_LEARNT, random)
            yield drawn
            probabilities, state = read(checkpoint.network, [drawn.index], state)

    return rate(characters, 100)


def memory_rate(checkpoint: Checkpoint, width: int) -> float:
    """How often a second all weights can be read once, if each takes so many bytes."""
    count = sum(weight.numel() for weight in checkpoint.network.parameters()) * width // 4
    matrix, vector = np.ones((count // 512, 512), np.float32), np.ones(512, np.float32)
    return rate(lambda: (np.dot(matrix, vector) for _ in repeat(None)), 300)


def step_seconds(checkpoint: Checkpoint, stepper: Stepper, rows: int) -> float:
    """Seconds that one step of so many tunes at once takes, drawing not counted."""
    _, state = read(checkpoint.network, checkpoint.vocabulary.encode(START + HEADERS[0]))
    ids = (checkpoint.vocabulary.encode("GABc") * rows)[:rows]

    def stepping() -> Iterator[object]:
        steps = stepper.start(state.select(torch.zeros(rows, dtype=torch.long)))
        return (steps(ids) for _ in repeat(None))

    return 1 / rate(stepping, 300)


def candidates_seconds(checkpoint: Checkpoint, count: int, seeds: int = 4) -> float:
    """Seconds that so many candidates take, whole tunes of one form with the grammar, from their headers on."""
    requests = [Request.checked(HEADERS[0], seed=seed, bars=8, parts="AABB") for seed in range(seeds)]

    def seconds(request: Request) -> float:
        began = time.perf_counter()
        deque(stream_candidates(checkpoint, request, count), maxlen=0)  # as many looks at them as the engine allows
        return time.perf_counter() - began

    return sum(min(seconds(request) for _ in range(ROUNDS)) for request in requests)


if __name__ == "__main__":
    main()
