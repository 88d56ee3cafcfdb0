"""How often sections close on the tonic, people's and the model's, and the shares that make the two equal
(``model.position.closes``)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from charrnn.corpus.cleaning import CleanTune
from charrnn.corpus.split import Split
from charrnn.evaluation.judging import requests_for
from charrnn.evaluation.music import form
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.clock import Clock
from charrnn.model.position.closes import KINDS, Closes, closes_of, counted
from charrnn.notation.keys import parse_key
from charrnn.sampling.compose import compose_all
from charrnn.sampling.options import DEFAULT_PARTS, DEFAULT_TRIES, Request
from charrnn.sampling.start.header import given_fields

FEWEST = 40  # sections of a kind; a mode with fewer takes the rates of all modes
PLACES = ("inner", "last")

Progress = Callable[[Iterable[Any], int, str], Iterable[Any]]
Tunes = dict[str, list[list[bool]]]  # by mode: of each section of each tune, whether it closes on the tonic


@dataclass(frozen=True, slots=True)
class Rates:
    """Of the sections of a kind of tune and a mode, in a place: the share that closes on the tonic."""

    kind: str  # one of KINDS
    mode: str
    place: str  # one of PLACES
    people: float
    ours: float  # where none is told to
    told: float  # where each is told to

    @property
    def share(self) -> float:
        """Of sections to be told, so that the model's close as often as people's."""
        if self.told <= self.ours:
            return 0.0
        return round(min(1.0, max(0.0, (self.people - self.ours) / (self.told - self.ours))), 3)


def study(checkpoint: Checkpoint, split: Split, count: int, progress: Progress) -> list[Rates]:
    """The rates of each kind of tune and each mode of people's. Where those of people's training and validation tunes
    differ, the higher one counts: a tune that does not come home is heard as a fault sooner than one that does. So many
    tunes are composed twice, half of them in free form, half in the page's, which people's of that form are counted
    for: they come home more often than others."""
    clock, requests = checkpoint.network.bearings.clock, requests_for(count, DEFAULT_TRIES)
    sides = [
        [(tune, form(tune.parsed) == DEFAULT_PARTS) for tune in progress(side, len(side), "reading people's tunes")]
        for side in (split.train, split.valid)
    ]
    modes, found = sorted({tune.key.mode for tune, _ in sides[0]}), []
    for kind in KINDS:
        people = [_closes(side, clock) for side in _of_kind(kind, sides)]
        asked = [request for request in requests if bool(request.form) == (kind == "form")]
        ours = []
        for share in (0.0, 1.0):
            told = replace(checkpoint, closes=Closes(dict.fromkeys(modes, (share, share))))
            ours.append(_composed(told, asked, progress))
        found += [rates for mode in modes for rates in _rates(kind, mode, people, ours)]
    return found


def closes_from(rates: Iterable[Rates]) -> Closes:
    shares: dict[str, dict[str, dict[str, float]]] = {kind: {} for kind in KINDS}
    for each in rates:
        shares[each.kind].setdefault(each.mode, {})[each.place] = each.share
    return Closes(
        **{
            kind: {mode: (found["inner"], found["last"]) for mode, found in modes.items()}
            for kind, modes in shares.items()
        }
    )


def _of_kind(kind: str, sides: Sequence[Sequence[tuple[CleanTune, bool]]]) -> list[list[CleanTune]]:
    """The tunes of each side that count for a kind; ``sides`` say which of them have the page's form. Where hardly any
    training tune has, all count."""
    formed = [[tune for tune, is_formed in side if is_formed] for side in sides]
    return formed if kind == "form" and len(formed[0]) >= FEWEST else [[tune for tune, _ in side] for side in sides]


def _closes(tunes: Iterable[CleanTune], clock: Clock) -> Tunes:
    found: Tunes = {}
    for tune in tunes:
        found.setdefault(tune.key.mode, []).append(closes_of(tune.header, tune.music, tune.key, clock))
    return found


def _composed(checkpoint: Checkpoint, requests: Sequence[Request], progress: Progress) -> Tunes:
    found: Tunes = {}
    for tune in progress(compose_all(checkpoint, requests), len(requests), "composing"):
        key = parse_key(given_fields(tune.header)["K"])
        sections = closes_of(tune.header, tune.prefix + tune.music, key, checkpoint.network.bearings.clock)
        found.setdefault(key.mode, []).append(sections)
    return found


def _rates(kind: str, mode: str, people: Sequence[Tunes], ours: Sequence[Tunes]) -> Iterable[Rates]:
    for place, name in enumerate(PLACES):
        every = [*people, *ours]
        has_enough = min(_count(one.get(mode, []), place)[0] for one in (people[0], *ours)) >= FEWEST
        known = [one.get(mode, []) if has_enough else list(chain(*one.values())) for one in every]
        training, validation, free, told = (_count(sections, place) for sections in known)
        theirs = max(_rate(training), _rate(validation) if validation[0] >= FEWEST else 0.0)
        yield Rates(kind, mode, name, theirs, _rate(free), _rate(told))


def _rate(count: tuple[int, int]) -> float:
    return count[1] / max(1, count[0])


def _count(sections: Iterable[list[bool]], place: int) -> tuple[int, int]:
    """How many sections in a place, and how many of them close on the tonic."""
    return counted(sections)[place]
