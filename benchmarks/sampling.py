"""What the grammar costs the sampler: the same number of characters with it and without it, in turns, in one run.

    python -m benchmarks.sampling [--tunes 30] [--json]

*cold* is the first time that the process meets the tunes, *warm* the second: the grammar keeps what it has worked out.
"""

import argparse
import json
import time
from dataclasses import dataclass
from itertools import islice

import torch
from tqdm import tqdm

from charrnn.model.checkpoint import Checkpoint, load_checkpoint
from charrnn.model.location import DEFAULT_NAME, find_checkpoint
from charrnn.model.vocabulary import START
from charrnn.notation.seeds import read_seed
from charrnn.sampling.filters import GrammarGuide, GrammarMasks, Guide, NoGuide
from charrnn.sampling.generate import generate, read
from charrnn.sampling.options import DEFAULT_LENGTH, DEFAULT_TEMPERATURE
from charrnn.sampling.stepper import Stepper

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
    torch.set_num_threads(1)
    found = measure(load_checkpoint(find_checkpoint(options.checkpoint)), options.tunes)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print("| | characters a second | cost of the grammar |\n|---|---|---|")
    print(f"| without the grammar | {found['free']:,.0f} | |")
    print(f"| with it, warm | {found['warm']:,.0f} | {found['warm_cost']:.1%} |")
    print(f"| with it, cold | {found['cold']:,.0f} | {found['cold_cost']:.1%} |")


def measure(checkpoint: Checkpoint, tunes: int) -> dict[str, float]:
    """Characters a second, and how much more time a character takes with the grammar than without."""
    masks = GrammarMasks(checkpoint.vocabulary.characters)
    timings = {name: Timing() for name in ("cold", "free", "warm", "free again")}
    for number in tqdm(range(2 * tunes), unit=" tunes", leave=False, disable=None):
        is_first_time, seed = number < tunes, number % tunes
        header = HEADERS[seed % len(HEADERS)]
        guide = GrammarGuide(masks, read_seed(masks.grammar, header, ""), DEFAULT_LENGTH)
        length = run(checkpoint, header, guide, seed, DEFAULT_LENGTH, timings["cold" if is_first_time else "warm"])
        run(checkpoint, header, NoGuide(), seed, length, timings["free" if is_first_time else "free again"])
    free = Timing(*(getattr(timings["free"], name) + getattr(timings["free again"], name) for name in Timing.__slots__))
    return {
        "free": free.rate,
        "warm": timings["warm"].rate,
        "cold": timings["cold"].rate,
        "warm_cost": timings["free again"].rate / timings["warm"].rate - 1,
        "cold_cost": timings["free"].rate / timings["cold"].rate - 1,
    }


def run(checkpoint: Checkpoint, header: str, guide: Guide, seed: int, most: int, timing: Timing) -> int:
    """Draw characters until the tune's end, or so many; how many they were."""
    random = torch.Generator().manual_seed(seed)
    logits, state = read(checkpoint.network, checkpoint.vocabulary.encode(START + header), None, DEFAULT_TEMPERATURE)
    end = checkpoint.vocabulary.index_of[START]
    draws = generate(Stepper(checkpoint.network), logits, state, DEFAULT_TEMPERATURE, random, guide)
    started, count = time.perf_counter(), 0
    for drawn in islice(draws, most):
        count += 1
        if drawn.index == end and not isinstance(guide, NoGuide):
            break
    timing.seconds += time.perf_counter() - started
    timing.characters += count
    return count


if __name__ == "__main__":
    main()
