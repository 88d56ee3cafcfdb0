"""Looks for texts that break what this program does with text: mutates tunes and checks what may not fail
(``tests.fuzz.targets``): the notation with each text, and in turn the files and pictures, the page, the sampler and
damaged files.

Run:

    python -m tests.fuzz --minutes 10 [--seed N] [--target NAME] [--guided]

Prints a summary line; on a failure also the text, shrunk, and exits with 1. The same seed gives the same texts.
``--guided`` has atheris choose the texts by the code that they reach: pip install atheris.
"""

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from charrnn.corpus.sources import read_tunes
from charrnn.inference.threads import use_one_thread_each
from tests.fuzz.targets import TARGETS, check
from tests.support.tunes import SIGNS

__all__ = ["check", "run", "shrunk", "texts"]

IN_TURN = ("files", "page", "sampler", "page", "open")  # beside the notation, one of these with each fourth text
EVERY = 4


# -- texts


@cache
def tunes() -> list[str]:
    """What is mutated: the training music and the evil files."""
    evil = sorted((Path(__file__).resolve().parents[1] / "evil").glob("*.abc"))
    return [tune.text for tune in read_tunes()] + [path.read_bytes().decode() for path in evil]


def texts(seed: int) -> Iterator[str]:
    """Endlessly many, the same for the same seed."""
    source = random.Random(seed)
    while True:
        if source.random() < 0.2:
            text = "".join(source.choices(SIGNS, k=source.randint(1, 200)))
        else:
            text = source.choice(tunes())
        for _ in range(source.choice((0, 1, 1, 2, 3, 5, 10, 30))):
            text = source.choice(MUTATIONS)(text, source)
        yield text


def cut(text: str, source: random.Random) -> str:
    start, end = stretch(text, source)
    return text[:start] + text[end:]


def double(text: str, source: random.Random) -> str:
    start, end = stretch(text, source)
    times = source.choice((2, 2, 3, 10, 300))
    return text[:start] + text[start:end] * times + text[end:]


def swap(text: str, source: random.Random) -> str:
    (start, end), (other, last) = sorted((stretch(text, source), stretch(text, source)))
    end = min(end, other)
    return text[:start] + text[other:last] + text[end:other] + text[start:end] + text[last:]


def insert_sign(text: str, source: random.Random) -> str:
    place = source.randint(0, len(text))
    return text[:place] + source.choice(SIGNS) + text[place:]


def insert_music(text: str, source: random.Random) -> str:
    """A stretch of another tune."""
    other = source.choice(tunes())
    start, end = stretch(other, source)
    place = source.randint(0, len(text))
    return text[:place] + other[start:end] + text[place:]


def stretch(text: str, source: random.Random) -> tuple[int, int]:
    start = source.randint(0, len(text))
    return start, min(len(text), start + source.choice((1, 1, 2, 3, 8, 40, 400)))


MUTATIONS = (cut, double, swap, insert_sign, insert_sign, insert_music)


# -- running


@dataclass(frozen=True)
class Failure:
    text: str
    message: str
    target: str


def failure_of(text: str, target: str = "notation") -> Failure | None:
    try:
        TARGETS[target](text)
    except AssertionError as error:
        return Failure(text, str(error), target)
    except Exception as error:  # of the check itself, as when mido refuses a file
        return Failure(text, f"{type(error).__name__}: {error}", target)
    return None


def targets_of(number: int) -> tuple[str, ...]:
    """What to check text number n for."""
    turn, rest = divmod(number, EVERY)
    return ("notation", *(IN_TURN[turn % len(IN_TURN)],) * (rest == 0))


def shrunk(failure: Failure) -> Failure:
    """The same kind of failure with less text: stretches are left out as long as it stays, the long ones first."""
    size = len(failure.text) // 2
    while size:
        place = 0
        while place < len(failure.text):
            shorter = failure_of(failure.text[:place] + failure.text[place + size :], failure.target)
            if shorter and shorter.message[:20] == failure.message[:20]:
                failure = shorter
            else:
                place += size
        size //= 2
    return failure


def run(seed: int, count: int, target: str = "notation") -> Failure | None:
    """Check so many texts. For the test suite."""
    failures = (failure_of(text, target) for text in islice(texts(seed), count))
    return next((failure for failure in failures if failure), None)


def search(seed: int, minutes: float, only: str | None) -> int:
    """Until something is found or the time is over; the exit code."""
    end, checked, characters = time.monotonic() + 60 * minutes, Counter[str](), 0
    for number, text in enumerate(tqdm(texts(seed), unit=" texts", disable=None)):
        for target in (only,) if only else targets_of(number):
            failure = failure_of(text, target)
            if failure:
                return report(failure, f"text {number + 1:,} of seed {seed}")
            checked[target] += 1
        characters += len(text)
        if time.monotonic() > end:
            break
    counts = ", ".join(f"{target} {count:,}" for target, count in checked.items())
    print(f"{number + 1:,} texts ({characters:,} characters) of seed {seed} checked ({counts}), nothing found")
    return 0


def report(failure: Failure, name: str) -> int:
    print(f"{name} fails ({failure.target}): {failure.message}", flush=True)  # at once: to shrink it takes minutes
    print(repr(shrunk(failure).text), flush=True)
    return 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", choices=list(TARGETS), help="this alone")
    parser.add_argument("--guided", action="store_true", help="texts chosen by the code that they reach (atheris)")
    options = parser.parse_args()
    use_one_thread_each()  # threads that wait for each other on a busy machine look like slow steps
    if options.guided:
        from tests.fuzz.guided import search_guided

        return search_guided(options.seed, options.minutes, options.target or "notation")
    return search(options.seed, options.minutes, options.target)
