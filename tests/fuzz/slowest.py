"""Looks for the text that takes the page longest, where ``tests.fuzz.search`` looks for exceptions.

    python -m tests.fuzz.slowest --minutes 5 [--seed N]

Starts from a text of each kind of sign (``benchmarks.long_texts``), puts stretches of the slowest ones together, cuts
and repeats them, and keeps what has become slower. Prints the slowest text found for each of two measures, and exits
with 1 where one is over its bound: seconds of work for one text, and the longest time for which the page's own process
draws, since all of its threads wait for that.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable

from benchmarks.long_texts import HEADER, KINDS, Times, as_a_server, text_of
from charrnn import limits
from charrnn.errors import AbcError

MOST_SECONDS = 2.0  # for one text, drawing included
MOST_HELD = 0.2  # seconds for which no other thread goes on
KEPT = 12  # slowest texts that are changed further
_START = 3_000  # characters

Measure = Callable[[Times], float]
MEASURES: dict[str, tuple[Measure, float]] = {
    "work": (lambda one: one.own + min(one.apart, limits.MAX_DRAWING_SECONDS), MOST_SECONDS),
    "held": (lambda one: one.longest_drawing, MOST_HELD),
}


def changed(texts: list[str], source: random.Random) -> str:
    """A text that has stretches of one or two others, some of them many times."""
    first, second = (source.choice(texts).removeprefix(HEADER) for _ in range(2))
    start = source.randrange(len(first) + 1)
    piece = first[start : start + source.choice((3, 10, 40, 200))]
    place = source.randrange(len(second) + 1)
    text = second[:place] + piece * source.choice((1, 2, 10, 50, 400)) + second[place:]
    if source.random() < 0.3:
        text = text[: source.randrange(1, len(text) + 1)]
    return (HEADER + text)[: limits.MAX_ABC_CHARACTERS]


def search(seed: int, minutes: float) -> dict[str, tuple[float, str]]:
    """The slowest text found by each measure, with its seconds."""
    source, end = random.Random(seed), time.monotonic() + 60 * minutes
    texts = [text_of(kind, size) for kind in KINDS for size in (300, _START)]
    found: dict[str, list[tuple[float, str]]] = {name: [] for name in MEASURES}
    with as_a_server() as measured:
        while texts or time.monotonic() < end:
            text = texts.pop() if texts else changed([one for kept in found.values() for _, one in kept], source)
            try:
                times = measured(text)
            except AbcError:
                continue
            for name, (measure, _) in MEASURES.items():
                found[name] = sorted([*found[name], (measure(times), text)], reverse=True)[:KEPT]
    return {name: kept[0] for name, kept in found.items()}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    slowest = search(options.seed, options.minutes)
    for name, (seconds, text) in slowest.items():
        print(f"{name}: {seconds:.2f} s of at most {MEASURES[name][1]} for {len(text):,} characters: {text[:300]!r}")
    return int(any(seconds > MEASURES[name][1] for name, (seconds, _) in slowest.items()))


if __name__ == "__main__":
    sys.exit(main())
