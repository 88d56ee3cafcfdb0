"""Splits tunes into training, validation and test so that variants of one tune stay on one side.

The collections share tunes. Two tunes belong to one cluster when they share two or more exact two-bar windows (pitch
intervals and durations, regardless of key). A cluster goes where the hash of its content says, so that a tune never
changes sides between runs or machines.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from charrnn.corpus.cleaning import CleanTune
from charrnn.notation.bars import bars
from charrnn.notation.tune import Note, Tune
from charrnn.render.playing.performance import sounding_pitches

TRAIN_SHARE, VALID_SHARE = 0.80, 0.05  # the rest is the test split
SHARED_WINDOWS = 2  # two-bar windows that make two tunes variants of each other
MIN_WINDOW_NOTES = 6  # two bars of long notes prove nothing
MAX_WINDOW_TUNES = 40  # a window in more tunes than this is a common phrase, not a sign of kinship
NEAR_VARIANT_NOTES = 12  # length of the passages by which the report counts near variants
NEAR_VARIANT_SHARE = 0.25  # share of a tune's passages found in one training tune

Melody = list[tuple[int, Fraction]]  # (MIDI pitch of the top note, duration in whole notes)


@dataclass(frozen=True, slots=True)
class Split:
    train: list[CleanTune]
    valid: list[CleanTune]
    test: list[CleanTune]
    clusters: int
    duplicates: int  # tunes left out because another one has the same text

    def side(self, name: str) -> list[CleanTune]:
        """``train``, ``validation``, ``test``, or ``unseen``, which is both of the last two."""
        sides = {"train": self.train, "validation": self.valid, "test": self.test}
        return [*self.valid, *self.test] if name == "unseen" else sides[name]


def split(tunes: Iterable[CleanTune]) -> Split:
    """The three sides. Tunes with the same text count once."""
    every = list(tunes)
    unique = list({tune.text: tune for tune in reversed(every)}.values())[::-1]
    clusters = cluster(unique)
    sides: dict[str, list[CleanTune]] = {"train": [], "valid": [], "test": []}
    for members in clusters:
        sides[side_of(unique[index].text for index in members)].extend(unique[index] for index in members)
    return Split(**sides, clusters=len(clusters), duplicates=len(every) - len(unique))


def side_of(texts: Iterable[str]) -> str:
    """The side of a cluster with these texts, by a hash of its smallest hash."""
    smallest = min(hashlib.sha256(text.encode()).hexdigest() for text in texts)
    # Hashed once more: the smallest of many hashes is small, which would send large clusters to one side.
    number = int(hashlib.sha256(smallest.encode()).hexdigest()[:13], 16) / 16**13
    if number < TRAIN_SHARE:
        return "train"
    return "valid" if number < TRAIN_SHARE + VALID_SHARE else "test"


def cluster(tunes: Sequence[CleanTune]) -> list[list[int]]:
    """Indices of the tunes, grouped with their variants (union-find over pairs that share windows)."""
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for members in _tunes_of_windows(tunes).values():
        if 2 <= len(members) <= MAX_WINDOW_TUNES:
            for place, first in enumerate(members):
                for second in members[place + 1 :]:
                    shared[first, second] += 1
    parent = list(range(len(tunes)))
    for (first, second), count in shared.items():
        if count >= SHARED_WINDOWS:
            parent[_root(parent, second)] = _root(parent, first)
    groups: dict[int, list[int]] = defaultdict(list)
    for index in range(len(tunes)):
        groups[_root(parent, index)].append(index)
    return list(groups.values())


def _root(parent: list[int], index: int) -> int:
    while parent[index] != index:
        parent[index] = parent[parent[index]]
        index = parent[index]
    return index


def _tunes_of_windows(tunes: Sequence[CleanTune]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for index, tune in enumerate(tunes):
        for window in windows(tune.parsed, bars_each=2):
            found[window].append(index)
    return found


def windows(tune: Tune, bars_each: int) -> set[int]:
    """Hashes of each run of so many bars. They hold within one process and version of Python."""
    return {hash(run) for run in window_runs(bar_melodies(tune), bars_each)}


def window_runs(melodies: Sequence[Melody], bars_each: int) -> Iterator[tuple[tuple[int, Fraction], ...]]:
    """Each run of so many bars that has notes enough: intervals from its first note, and durations."""
    for start in range(len(melodies) - bars_each + 1):
        run = [note for bar in melodies[start : start + bars_each] for note in bar]
        if len(run) >= MIN_WINDOW_NOTES:
            yield tuple((pitch - run[0][0], duration) for pitch, duration in run)


def bar_melodies(tune: Tune) -> list[Melody]:
    """The notes of each bar as written, rests left out."""
    sounding = sounding_pitches(tune)
    return [
        [
            (max(sounding[index]), element.duration)
            for index, element in enumerate(tune.elements[bar.first : bar.end], start=bar.first)
            if isinstance(element, Note)
        ]
        for bar in bars(tune)
    ]


def near_variants(tunes: Sequence[CleanTune], among: Sequence[CleanTune]) -> list[CleanTune]:
    """Those of ``tunes`` of which a quarter of all 12-note passages stand, in any key, in one tune of ``among``. A
    yardstick of its own: it does not use the windows by which the split was made."""
    sources: dict[int, set[int]] = defaultdict(set)
    for index, tune in enumerate(among):
        for passage in _passages(tune.parsed):
            sources[passage].add(index)
    found = []
    for tune in tunes:
        passages = _passages(tune.parsed)
        hits: dict[int, int] = defaultdict(int)
        for passage in passages:
            for index in sources.get(passage, ()):
                hits[index] += 1
        if passages and max(hits.values(), default=0) >= NEAR_VARIANT_SHARE * len(passages):
            found.append(tune)
    return found


def _passages(tune: Tune) -> set[int]:
    """Hashes of the interval sequences of every so many consecutive notes."""
    pitches = [pitch for melody in bar_melodies(tune) for pitch, _ in melody]
    steps = [after - before for before, after in pairwise(pitches)]
    length = NEAR_VARIANT_NOTES - 1
    return {hash(tuple(steps[start : start + length])) for start in range(len(steps) - length + 1)}
