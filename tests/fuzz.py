"""Looks for texts that break the readers, the players or the writer of ABC: mutates tunes and checks what may not fail.

Run:

    python -m tests.fuzz --minutes 10 [--seed N]

Prints a summary line; on a failure also the text, shrunk, and exits with 1. The same seed gives the same texts.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from charrnn import limits
from charrnn.corpus.sources import read_tunes
from charrnn.errors import AbcError
from charrnn.notation.bars import bars
from charrnn.notation.canonical import canonical_prefix, canonical_rhythm
from charrnn.notation.parser import parse, parse_open
from charrnn.notation.symbols import merged
from charrnn.notation.tune import BarLine, Change, Element, Note, Rest, Tempo, Tune
from charrnn.notation.writer import canonical, readable
from charrnn.render.performance import perform
from charrnn.render.problems import problems
from tests.tunes import SIGNS

Result = TypeVar("Result")

MOST_SECONDS = 1.0  # of processor time, for one step with one text


# -- what may not fail


def check(text: str) -> None:
    """Raises AssertionError where a step fails, takes too long or loses music."""
    tune = timed("parse", lambda: parse(text))
    timed("canonical_prefix", lambda: canonical_prefix(text))
    opened = timed("parse_open", lambda: parse_open(text))
    if tune is None:
        assert opened is None, "what parse refuses, parse_open has to refuse"
        return
    assert opened is not None, "what parse reads, parse_open has to read"
    assert opened[0] == tune, "parse_open has to read the same music as parse"
    timed("bars", lambda: bars(tune))
    timed("perform", lambda: perform(tune))
    timed("problems", lambda: problems(tune))
    check_readable(tune)
    check_canonical(tune)


def timed(name: str, step: Callable[[], Result]) -> Result | None:
    """The step's result, None where it raises AbcError, the only thing that it may raise."""
    start = time.process_time()
    try:
        return step()
    except AbcError:
        return None
    except Exception as error:
        raise AssertionError(f"{name} raised {type(error).__name__}: {error}") from error
    finally:
        seconds = time.process_time() - start
        assert seconds < MOST_SECONDS, f"{name} took {seconds:.1f} s"


def check_readable(tune: Tune) -> None:
    written = timed("readable", lambda: readable(tune))
    assert written is not None, "a tune that was read has to be writable"
    if is_within_limits(written):
        assert parse(written) == tune, "readable has to write the same tune"


def check_canonical(tune: Tune) -> None:
    written = timed("canonical", lambda: canonical(tune))
    assert written is not None, "a tune that was read has to be writable"
    if is_within_limits(written):
        again = parse(written)
        assert canonical(again) == written, "canonical has to be a fixed point"
        assert in_header(again) == in_header(tune), "canonical has to keep the header"
        assert in_music(again) == in_music(tune), "canonical has to keep what it does not leave out"
        assert heard(again) == heard(plain(tune)), "canonical has to sound the same"


def is_within_limits(text: str) -> bool:
    """Whether the text can be read again: a text at the limits may be longer once its header is written out."""
    return len(text) <= limits.MAX_ABC_CHARACTERS and text.count("\n") < limits.MAX_ABC_LINES


def in_header(tune: Tune) -> tuple[object, ...]:
    return tune.key, tune.meter, tune.unit, canonical_rhythm(tune.rhythm)


def in_music(tune: Tune) -> list[Element]:
    """All but bar lines, which canonical ABC may add."""
    return [element for element in plain(tune).elements if not isinstance(element, BarLine)]


def plain(tune: Tune) -> Tune:
    """The tune without what canonical ABC leaves out."""
    elements: list[Element] = []
    for element in tune.elements:
        if isinstance(element, BarLine) and elements and isinstance(elements[-1], BarLine):
            elements[-1] = merged(elements[-1], element)  # a tempo stood between them
        elif not (isinstance(element, Change) and isinstance(element.value, Tempo)):
            elements.append(plain_element(element))
    return replace(tune, elements=tuple(elements), tempo=None)


def plain_element(element: Element) -> Element:
    if isinstance(element, Note):
        return replace(element, graces=(), decorations=(), chord_symbol="", slashed=False)
    if isinstance(element, Rest):
        return replace(element, visible=True, decorations=(), chord_symbol="")
    return element


def heard(tune: Tune) -> list[tuple[object, ...]]:
    return [(event.onset, event.duration, event.pitch) for event in perform(tune).notes]


# -- texts


@cache
def tunes() -> list[str]:
    """What is mutated: the training music and the evil files."""
    evil = sorted(Path(__file__).with_name("evil").glob("*.abc"))
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


def failure_of(text: str) -> Failure | None:
    try:
        check(text)
    except AssertionError as error:
        return Failure(text, str(error))
    return None


def first_failure(candidates: Iterator[str]) -> Failure | None:
    return next((failure for failure in map(failure_of, candidates) if failure), None)


def shrunk(failure: Failure) -> Failure:
    """The same kind of failure with less text: stretches are left out as long as it stays, the long ones first."""
    size = len(failure.text) // 2
    while size:
        place = 0
        while place < len(failure.text):
            shorter = failure_of(failure.text[:place] + failure.text[place + size :])
            if shorter and shorter.message[:20] == failure.message[:20]:
                failure = shorter
            else:
                place += size
        size //= 2
    return failure


def run(seed: int, count: int) -> Failure | None:
    """Check so many texts. For the test suite."""
    return first_failure(islice(texts(seed), count))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    checked = characters = 0
    for text in tqdm(texts(options.seed), unit=" texts", disable=None):
        failure = failure_of(text)
        if failure:
            least = shrunk(failure)
            print(f"text {checked + 1:,} of seed {options.seed} fails: {least.message}\n{least.text!r}")
            return 1
        checked, characters = checked + 1, characters + len(text)
        if time.monotonic() > end:
            break
    print(f"{checked:,} texts ({characters:,} characters) of seed {options.seed} checked, nothing found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
