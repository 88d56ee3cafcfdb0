"""How fast the sampler is, on one thread, in one run: beside the plain way, beside the memory, and with the grammar.

    python -m benchmarks.sampling [--tunes 30] [--json]

- *plain*: the network called with one character at a time, the way of the usual notebook, drawing and nothing else;
- *memory*: how often a second all weights can be read once, by a product of a matrix that large with a vector;
- *free*: our stepper, drawing, without the grammar; *warm* and *cold*: with it. Cold is the first time that the
  process meets the tunes: the grammar keeps what it has worked out.
"""

import argparse
import json
import time
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from tqdm import tqdm

from charrnn.model.checkpoint import Checkpoint, load_checkpoint
from charrnn.model.location import DEFAULT_NAME, find_checkpoint
from charrnn.model.vocabulary import START
from charrnn.notation.seeds import read_seed
from charrnn.sampling.candidates import stream_candidates
from charrnn.sampling.filters import GrammarGuide, GrammarMasks, Guide, NoGuide
from charrnn.sampling.generate import draw, generate, read
from charrnn.sampling.options import DEFAULT_LENGTH, DEFAULT_TEMPERATURE, Request
from charrnn.sampling.stepper import stepper_for
from charrnn.sampling.threads import use_one_thread_each

HEADERS = ("M:6/8\nL:1/8\nR:jig\nK:D\n", "M:4/4\nL:1/8\nR:reel\nK:G\n", "M:3/4\nL:1/8\nR:waltz\nK:Am\n")


@dataclass(slots=True)
class Timing:
    characters: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return self.characters / self.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tunes", type=int, default=30, help="default: 30")
    parser.add_argument("--checkpoint", default=DEFAULT_NAME, help=f"default: {DEFAULT_NAME}")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    use_one_thread_each()
    found = measure(load_checkpoint(find_checkpoint(options.checkpoint)), options.tunes)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print("| | characters a second | |\n|---|---|---|")
    print(f"| the plain network, a character a call | {found['plain']:,.0f} | |")
    print(f"| our steps, without the grammar | {found['free']:,.0f} | |")
    print(f"| with the grammar, cold | {found['cold']:,.0f} | {found['cold_cost']:.1%} more time a character |")
    print(f"| with the grammar, warm | {found['warm']:,.0f} | {found['warm_cost']:.1%} more time a character |")
    print(f"| reading all weights once | {found['memory']:,.0f} | |")
    print(
        f"\nWith the grammar, warm: {found['ratio_to_plain_lstm']:.1f} times the plain network,"
        f" {found['share_of_memory_limit']:.0%} of what the memory allows. A step of eight tunes at once takes as long"
        f" as {found['eight_at_once']:.1f} steps of one; eight whole tunes at once take as long as"
        f" {found['eight_candidates']:.1f} single ones."
    )


def measure(checkpoint: Checkpoint, tunes: int) -> dict[str, float]:
    """Characters a second, and what follows from them."""
    masks = GrammarMasks(checkpoint.vocabulary.characters)
    timings = {name: Timing() for name in ("cold", "free", "warm", "free again")}
    for number in tqdm(range(2 * tunes), unit=" tunes", leave=False, disable=None):
        is_first_time, seed = number < tunes, number % tunes
        header = HEADERS[seed % len(HEADERS)]
        guide = GrammarGuide(masks, read_seed(masks.grammar, header, ""), DEFAULT_LENGTH)
        length = run(checkpoint, header, guide, seed, DEFAULT_LENGTH, timings["cold" if is_first_time else "warm"])
        run(checkpoint, header, NoGuide(), seed, length, timings["free" if is_first_time else "free again"])
    free = Timing(*(getattr(timings["free"], name) + getattr(timings["free again"], name) for name in Timing.__slots__))
    plain, memory = plain_rate(checkpoint), memory_rate(checkpoint)
    return {
        "plain": plain,
        "memory": memory,
        "ratio_to_plain_lstm": timings["warm"].rate / plain,
        "share_of_memory_limit": timings["warm"].rate / memory,
        "eight_at_once": step_seconds(checkpoint, 8) / step_seconds(checkpoint, 1),
        "eight_candidates": tune_seconds(checkpoint, 8) / tune_seconds(checkpoint, 1),
        "free": free.rate,
        "warm": timings["warm"].rate,
        "cold": timings["cold"].rate,
        "warm_cost": timings["free again"].rate / timings["warm"].rate - 1,
        "cold_cost": timings["free"].rate / timings["cold"].rate - 1,
    }


def run(checkpoint: Checkpoint, header: str, guide: Guide, seed: int, most: int, timing: Timing) -> int:
    """Draw characters until the tune's end, or so many; how many they were."""
    random = np.random.default_rng(seed)
    ids = checkpoint.vocabulary.encode(START + header)
    logits, state = read(checkpoint.network, ids, None, DEFAULT_TEMPERATURE)
    end = checkpoint.vocabulary.index_of[START]
    steps = stepper_for(checkpoint.network).start(state, DEFAULT_TEMPERATURE)
    draws = generate(steps, logits, DEFAULT_TEMPERATURE, random, guide)
    started, count = time.perf_counter(), 0
    for drawn in islice(draws, most):
        count += 1
        if drawn.index == end and not isinstance(guide, NoGuide):
            break
    timing.seconds += time.perf_counter() - started
    timing.characters += count
    return count


@torch.inference_mode()
def plain_rate(checkpoint: Checkpoint, count: int = 300) -> float:
    """Characters a second of the network as it is, its state and the draw fed back."""
    random = np.random.default_rng(0)
    logits, state = read(checkpoint.network, checkpoint.vocabulary.encode(START + HEADERS[0]))
    started = time.perf_counter()
    for _ in range(count):
        drawn = draw(logits, 1.0, random)
        logits, state = read(checkpoint.network, [drawn.index], state)
    return count / (time.perf_counter() - started)


def memory_rate(checkpoint: Checkpoint, count: int = 300) -> float:
    """How often a second all weights can be read once."""
    weights = np.concatenate([weight.detach().numpy().ravel() for weight in checkpoint.network.parameters()])
    matrix = weights[: len(weights) // 512 * 512].reshape(-1, 512).copy()
    vector = np.ones(512, dtype=np.float32)
    started = time.perf_counter()
    for _ in range(count):
        np.dot(matrix, vector)
    return count / (time.perf_counter() - started)


def step_seconds(checkpoint: Checkpoint, rows: int, count: int = 300) -> float:
    """Seconds that one step of so many tunes at once takes, drawing not counted."""
    _, state = read(checkpoint.network, checkpoint.vocabulary.encode(START + HEADERS[0]))
    steps = stepper_for(checkpoint.network).start(state.select(torch.zeros(rows, dtype=torch.long)))
    ids = checkpoint.vocabulary.encode("GABc") * rows
    started = time.perf_counter()
    for _ in range(count):
        steps(ids[:rows])
    return (time.perf_counter() - started) / count


def tune_seconds(checkpoint: Checkpoint, count: int, rounds: int = 4) -> float:
    """Seconds from a request to so many candidates, whole tunes of one form, with their headers and the grammar."""
    requests = [Request.checked(HEADERS[0], seed=seed, bars=8, parts="AABB") for seed in range(rounds + 1)]
    started = 0.0
    for request in requests:
        *_, _ = stream_candidates(checkpoint, request, count)
        started = started or time.perf_counter()  # the first one only warms up
    return (time.perf_counter() - started) / rounds


if __name__ == "__main__":
    main()
