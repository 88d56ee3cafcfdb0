"""Many tunes from one request, each with a random seed of its own.

Tune n is the one that ``compose`` gives for the numbered request, alone. So it is the same in whatever company, order
and process it is written.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from charrnn import limits
from charrnn.collector import keep_what_is_loaded
from charrnn.inference.compiling import prepare
from charrnn.inference.threads import use_one_core, use_one_thread_each
from charrnn.model.checkpoint import load_checkpoint
from charrnn.model.likeness.judge import Judge
from charrnn.sampling.compose import Composition, compose, engine_of
from charrnn.sampling.options import Request

WORTH_THE_KERNEL = 200  # tunes; those that numpy's steps write while the compiled ones are made ready


def numbered(request: Request, number: int, seed_texts: Sequence[str] = ()) -> Request:
    """The same with its seed number plus ``number``, starting over past the largest one; and with the seed texts in
    turn, where there are any."""
    seed = (request.seed + number) % (limits.MAX_SEED_NUMBER + 1)
    return replace(
        request, seed=seed, seed_text=seed_texts[number % len(seed_texts)] if seed_texts else request.seed_text
    )


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes a process ready to compose: the checkpoint is read there."""

    checkpoint: Path
    in_eight_bits: bool = True
    tunes: int = 1  # in all, whoever composes them: every process then steps in the same way
    phrases: Judge | None = None  # that chooses among tries; by default the one beside the checkpoint

    def __call__(self) -> Callable[[Request], Composition]:
        """From a request to its tune. Raises CheckpointError."""
        if multiprocessing.parent_process() is None:
            use_one_thread_each()  # the engine has every core
        else:
            use_one_core()
        if self.tunes >= WORTH_THE_KERNEL:
            prepare(self.in_eight_bits)
        checkpoint = load_checkpoint(self.checkpoint, self.in_eight_bits)
        checkpoint = replace(checkpoint, phrases=self.phrases or checkpoint.phrases)
        if multiprocessing.parent_process() is not None:
            engine_of(checkpoint)  # with its tables
            keep_what_is_loaded()
        return partial(compose, checkpoint)


@dataclass(frozen=True, slots=True)
class Entry:
    """A tune of a book, and what is to be told of it."""

    number: int  # X: of the tune, from 1
    seed: int
    abc: str
    ended: bool  # came to its own end within the length
    loops: bool  # goes round in circles
    over_shared: int  # notes at which a longer shared passage than was asked for was the only way on
    problems_of_seed: tuple[str, ...] = ()  # told once, with the first tune

    @classmethod
    def of(cls, tune: Composition, number: int) -> "Entry":
        problems = tuple(map(str, [*tune.problems_of_seed, *tune.beyond_instrument])) if number == 1 else ()
        abc = tune.numbered_abc(number)
        return cls(number, tune.request.seed, abc, tune.ended, tune.loops, tune.over_shared, problems)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class BookWriter:
    """Makes a process ready to write the entries of a book. Entry n has the tune of the numbered request."""

    composer: Composer
    request: Request

    def __call__(self) -> Callable[[int], Entry]:
        """From an index, counted from 0, to its entry."""
        composed = self.composer()
        return lambda index: Entry.of(composed(numbered(self.request, index)), index + 1)
