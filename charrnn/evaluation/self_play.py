"""The model's own tunes that are most like people's, to train it on: what it does well it then does more often.

Tunes are composed under three conditions: under the headers of people's training tunes, free, and in the page's form.
For each condition judges (``model.judge``) are trained to tell them from people's training tunes, and tunes are drawn
with a probability that grows with the odds that a judge gives them, one that was trained without them.

This is rejection sampling with fine-tuning, as in Touvron et al. 2023 (https://arxiv.org/abs/2307.09288, 3.2.3), with
people's odds as the reward. Odds to the power of 1 would draw tunes as people have them, if the judge were right and
there were tunes enough; a greater sharpness makes up for what the network does not take over.
"""

import random
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from charrnn.bulk.workers import Workers
from charrnn.corpus.cleaning import MIN_NOTES, CleanTune
from charrnn.corpus.originality import OriginalityIndex
from charrnn.evaluation.music import form
from charrnn.evaluation.two_sample.classifiers import require
from charrnn.model.judge import auc
from charrnn.model.tune_features import features_of
from charrnn.notation.parser import parse
from charrnn.notation.tune import Tune
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
_FOLDS = 4
_FEWEST = 5  # tunes that have a feature
_REGULARISATIONS = (0.01, 0.03, 0.1, 0.3)  # sklearn's C, to choose from

Floats = npt.NDArray[np.float64]


class Described(NamedTuple):
    """The features of a tune, by hashes of their names. Workers send them: names take a hundred times as long."""

    hashes: npt.NDArray[np.uint32]
    values: npt.NDArray[np.float32]

    @classmethod
    def of(cls, tune: Tune) -> "Described":
        features = features_of(tune)
        hashes = np.array([zlib.crc32(name.encode()) for name in features], np.uint32)
        return cls(hashes, np.array(list(features.values()), np.float32))


class Candidate(NamedTuple):
    """A finished tune of the model's, as canonical text."""

    condition: str
    group: int  # tunes of a group were asked for alike
    text: str
    features: Described


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
    text = f"{composition.header}{composition.music}\n"
    tune = parse(text)
    if not composition.ended or composition.loops or len(tune.notes) < MIN_NOTES:
        return None
    return Candidate(task[0], task[1], text, Described.of(tune))


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
    progress: Progress = lambda items, count, text: items,
) -> list[str]:
    """About so many of the model's tunes, as canonical text. ``people`` are the training tunes.

    ``progress(items, count, text)`` passes the items on. Raises EvaluationError where scikit-learn is missing,
    WorkerError where a worker has ended.
    """
    require()
    wanted = tasks(count, people)
    with Workers(Player(composer), workers) as crew:
        candidates = [one for one in progress(crew.map(wanted), len(wanted), "composing") if one is not None]
    described = [Described.of(tune.parsed) for tune in progress(people, len(people), "reading people's tunes")]
    formed = [form(tune.parsed) == DEFAULT_PARTS for tune in people]
    chosen: list[str] = []
    for condition in progress(SHARES, len(SHARES), "judging"):
        ours = [one for one in candidates if one.condition == condition]
        theirs = [one for one, has_form in zip(described, formed, strict=True) if has_form or condition != "form"]
        chosen += choose(ours, theirs, SHARPNESS)
    index = OriginalityIndex.build(people)
    different = dict.fromkeys(chosen)
    return [text for text in progress(different, len(different), "comparing") if not _is_copied(text, index)]


def choose(candidates: Sequence[Candidate], people: Sequence[Described], sharpness: float) -> list[str]:
    """One in ``EACH``, drawn by the odds that each is people's: where the header was given, one for each header."""
    if not candidates:
        return []
    logits = _held_out_logits(people, [one.features for one in candidates])
    weights = np.exp(sharpness * logits.clip(-_LARGEST_LOGIT, _LARGEST_LOGIT))
    draws = np.random.default_rng(0)
    if candidates[0].condition != "given headers":
        return [candidates[place].text for place in _drawn(weights, len(candidates) // EACH, draws)]
    groups = np.array([one.group for one in candidates])
    return [
        candidates[members[place]].text
        for members in (np.flatnonzero(groups == group) for group in np.unique(groups))
        for place in _drawn(weights[members], 1, draws)
    ]


def _drawn(weights: Floats, count: int, draws: np.random.Generator) -> npt.NDArray[np.int64]:
    """Places, each at most once."""
    return draws.choice(len(weights), count, replace=False, p=weights / weights.sum())


def _held_out_logits(people: Sequence[Described], ours: Sequence[Described]) -> Floats:
    """Log odds that each of ours is people's (ours,), by judges that were not trained on it."""
    from sklearn.linear_model import LogisticRegression

    table = _table([*people, *ours])
    is_people = np.arange(len(people) + len(ours)) < len(people)
    folds = np.arange(len(is_people)) % _FOLDS

    def logits(regularisation: float, fold: int) -> Floats:
        model = LogisticRegression(C=regularisation, solver="liblinear", class_weight="balanced", random_state=0)
        found: Floats = model.fit(table[folds != fold], is_people[folds != fold]).decision_function(
            table[folds == fold]
        )
        return found

    best = max(_REGULARISATIONS, key=lambda each: auc(logits(each, 0), is_people[folds == 0]))
    found = np.zeros(len(is_people))
    for fold in range(_FOLDS):
        found[folds == fold] = logits(best, fold)
    return found[len(people) :]


def _table(every: Sequence[Described]) -> Any:
    """Sparse matrix (tunes, features) of the features that a few tunes have at least."""
    from scipy.sparse import csr_matrix

    hashes, columns = np.unique(np.concatenate([each.hashes for each in every]), return_inverse=True)
    starts = np.cumsum([0, *(len(each.hashes) for each in every)])
    values = np.concatenate([each.values for each in every])
    matrix = csr_matrix((values, columns, starts), shape=(len(every), len(hashes)))
    return matrix[:, np.bincount(columns) >= min(_FEWEST, len(every) // 2)]


def _is_copied(text: str, index: OriginalityIndex) -> bool:
    found = index.compare(parse(text))
    return found.is_copy or (found.longest is not None and found.longest.notes > _MOST_SHARED)
