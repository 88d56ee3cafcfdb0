"""The model's own tunes that are most like people's, to train it on: what it does well it then does more often.

Tunes are composed under three conditions: under the headers of people's training tunes, free, and in the page's form.
For each condition judges (``model.judge``) are trained to tell them from people's training tunes, and tunes are drawn
with a probability that grows with the odds that a judge gives them, one that was trained without them.

This is rejection sampling with fine-tuning, as in Touvron et al. 2023 (https://arxiv.org/abs/2307.09288, 3.2.3), with
people's odds as the reward. Odds to the power of 1 would draw tunes as people have them, if the judge were right and
there were tunes enough; a greater sharpness makes up for what the network does not take over.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from charrnn.bulk.workers import Workers
from charrnn.corpus.cleaning import MIN_NOTES, CleanTune
from charrnn.corpus.originality import OriginalityIndex
from charrnn.evaluation.music import form
from charrnn.model.judge import held_out_logits
from charrnn.model.tune_features import Features, features_of
from charrnn.notation.parser import parse
from charrnn.sampling.batch import Composer, numbered
from charrnn.sampling.compose import Composition
from charrnn.sampling.options import DEFAULT_BARS, DEFAULT_PARTS, Request

SHARES = {"given headers": 0.5, "free": 0.25, "form": 0.25}  # of the tunes
EACH = 8  # tunes to choose one of
TEMPERATURE = 0.95
SHARPNESS = 2.0
FIRST_SEED = 5_000_000  # away from the seeds that benchmarks and evaluations use
_LARGEST_LOGIT = 6.0  # surer than this no judge can be
_MOST_SHARED = 32  # notes with one of people's tunes: four bars of a reel


class Candidate(NamedTuple):
    """A finished tune of the model's."""

    condition: str
    group: int  # tunes of a group were asked for alike
    tune: CleanTune
    features: Features


Task = tuple[str, int, Request]


@dataclass(frozen=True, slots=True)
class Player:
    """Makes a process ready to write candidates."""

    composer: Composer

    def __call__(self) -> Callable[[Task], Candidate | None]:
        composed = self.composer()
        return lambda task: _candidate(composed(task[2]), task)


def _candidate(composition: Composition, task: Task) -> Candidate | None:
    """None for a tune that came to no end, goes round in circles or is hardly a tune."""
    tune = parse(f"{composition.header}{composition.music}\n")
    if not composition.ended or composition.loops or len(tune.notes) < MIN_NOTES:
        return None
    own = CleanTune(composition.header, composition.music, tune.key, composition.title, "own", tune)
    return Candidate(task[0], task[1], own, features_of(tune))


def tasks(count: int, people: Sequence[CleanTune], seed: int = FIRST_SEED) -> list[Task]:
    """What to compose so that ``count`` tunes may be chosen."""
    headers = [tune.header for tune in random.Random(seed).sample(people, len(people))]
    found: list[Task] = []
    for condition, share in SHARES.items():
        bars, parts = (DEFAULT_BARS, DEFAULT_PARTS) if condition == "form" else (None, None)
        request = Request.checked("", TEMPERATURE, seed=seed, bars=bars, parts=parts)
        for group in range(round(share * count)):
            if condition == "given headers":
                request = replace(request, seed_text=headers[group % len(headers)])
            found += [(condition, group, numbered(request, len(found) + place)) for place in range(EACH)]
    return found


Progress = Callable[[Iterable[Any], int, str], Iterable[Any]]


def play(
    composer: Composer,
    people: Sequence[CleanTune],
    count: int,
    workers: int = 1,
    sharpness: float = SHARPNESS,
    progress: Progress = lambda items, count, text: items,
) -> list[CleanTune]:
    """About so many of the model's tunes, in an order of their own. ``people`` are the training tunes.

    ``progress(items, count, text)`` passes the items on. Raises WorkerError where a worker has ended.
    """
    wanted = tasks(count, people)
    with Workers(Player(composer), workers) as crew:
        candidates = [one for one in progress(crew.map(wanted), len(wanted), "composing") if one is not None]
    chosen: list[CleanTune] = []
    for condition in progress(SHARES, len(SHARES), "judging"):
        ours = [one for one in candidates if one.condition == condition and one.features]
        theirs = [tune for tune in people if condition != "form" or form(tune.parsed) == DEFAULT_PARTS]
        chosen += choose(ours, [features_of(tune.parsed) for tune in theirs], sharpness)
    index = OriginalityIndex.build(people)
    return [tune for tune in progress(chosen, len(chosen), "comparing") if not _is_copied(tune, index)]


def choose(candidates: Sequence[Candidate], people: Sequence[Features], sharpness: float) -> list[CleanTune]:
    """One in ``EACH``, drawn by the odds that each is people's: where the header was given, one for each header."""
    if not candidates:
        return []
    logits = held_out_logits(people, [one.features for one in candidates])[len(people) :]
    weights = np.exp(sharpness * logits.clip(-_LARGEST_LOGIT, _LARGEST_LOGIT).astype(np.float64))
    draws = np.random.default_rng(0)
    if candidates[0].condition != "given headers":
        return [candidates[place].tune for place in _drawn(weights, len(candidates) // EACH, draws)]
    groups = np.array([one.group for one in candidates])
    return [
        candidates[members[place]].tune
        for members in (np.flatnonzero(groups == group) for group in np.unique(groups))
        for place in _drawn(weights[members], 1, draws)
    ]


def _drawn(weights: npt.NDArray[np.float64], count: int, draws: np.random.Generator) -> npt.NDArray[np.int64]:
    """Places, each at most once."""
    return draws.choice(len(weights), count, replace=False, p=weights / weights.sum())


def _is_copied(tune: CleanTune, index: OriginalityIndex) -> bool:
    found = index.compare(tune.parsed)
    return found.is_copy or (found.longest is not None and found.longest.notes > _MOST_SHARED)
