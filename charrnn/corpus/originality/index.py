"""Is a tune new? What it shares with the training music, regardless of key, and where.

    index = OriginalityIndex.load(path)     # charrnn.model.training_index finds the one of a checkpoint
    found = index.compare(parse(abc))
    print(found.sentence)  # Longest passage heard before: 9 notes, in 'The Mower' (oneills1850, bar 3).

Passages are compared as ``melody.py`` says (intervals and ratios of durations), bar windows as ``split.py`` does
(intervals and durations). The index knows symbols, hashes, titles and places; no tune can be read from it as ABC.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from charrnn.corpus.cleaning import CleanTune
from charrnn.corpus.originality.melody import MelodyNote, melody, steps
from charrnn.corpus.originality.passages import Follower, Found, Ints, PassageIndex
from charrnn.corpus.split import Melody, bar_melodies, window_runs
from charrnn.errors import OriginalityError
from charrnn.notation.tune import Tune
from charrnn.shipped import SHIPPED

WINDOW_BARS = (1, 2, 4)
LIKENESS_NOTES = 8  # passages by which tunes are likened: a bar of a reel
COPY_SHARE = 0.9  # of a tune's passages in one training tune: what differs is a few notes
DEFAULT_PATH = SHIPPED / "originality.npz"  # of the default corpus

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Source:
    """A training tune."""

    title: str
    collection: str


@dataclass(frozen=True, slots=True)
class Passage:
    """The longest passage that a tune shares with the training music; the first one of that length."""

    notes: int  # as heard: tied notes are one
    first: int  # in the new tune, index into Tune.notes
    end: int  # after its last note there
    title: str  # of the training tune, the first where it stands in several
    collection: str
    bar: int  # of that tune, in which it begins; counted from 1


@dataclass(frozen=True, slots=True)
class Likeness:
    """The training tune that shares the most passages of LIKENESS_NOTES notes."""

    title: str
    collection: str
    share: float  # of the new tune's passages


@dataclass(frozen=True, slots=True)
class Originality:
    longest: Passage | None  # None where not even one step has been heard before
    windows: dict[int, float | None]  # bars -> share of the tune's different windows found; None where it has none
    nearest: Likeness | None
    notes: int  # of the tune, as heard

    @property
    def is_copy(self) -> bool:
        """Whether nearly all of the tune stands in one training tune. A tune of fewer than LIKENESS_NOTES notes is too
        short to be told a copy."""
        return self.nearest is not None and self.nearest.share >= COPY_SHARE

    @property
    def sentence(self) -> str:
        if not self.notes:
            return "There are no notes to compare."
        if self.longest is None:
            return "Nothing of it has been heard before."
        where = f"{_named(self.longest)} ({self.longest.collection}, bar {self.longest.bar})"
        return f"Longest passage heard before: {self.longest.notes} notes, in {where}."

    @property
    def report(self) -> str:
        """The sentence, and others on windows and likeness."""
        sentences = [self.sentence]
        shares = [f"{share:.0%} of {bars}-bar windows" for bars, share in self.windows.items() if share is not None]
        if shares:
            sentences.append(f"Heard before: {', '.join(shares)}.")
        if self.nearest is not None:
            verdict = "A copy of" if self.is_copy else "Most like"
            sentences.append(
                f"{verdict} {_named(self.nearest)} ({self.nearest.collection}), which has {self.nearest.share:.0%}"
                f" of its passages of {LIKENESS_NOTES} notes."
            )
        return " ".join(sentences)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"is_copy": self.is_copy, "sentence": self.sentence}


def _named(tune: Passage | Likeness) -> str:
    return f"'{tune.title}'" if tune.title else "a tune without a title"


@dataclass(frozen=True, slots=True, eq=False)
class OriginalityIndex:
    """What is known of the training music. Nothing in it changes, so that threads may share it."""

    passages: PassageIndex
    sources: tuple[Source, ...]
    first_slots: Ints  # of each source
    bars: Ints  # of each slot: the number of its bar
    windows: dict[int, Hashes]  # bars -> hashes of the windows, sorted
    corpus_sha256: str  # of the corpus that the tunes are from, as checkpoints give it; of several, joined by "+"

    @classmethod
    def build(cls, tunes: Sequence[CleanTune], corpus_sha256: str = "") -> "OriginalityIndex":
        """From the training side of a corpus, a few seconds for three thousand tunes. Raises OriginalityError where
        there is none."""
        lines = [(tune, melody(tune.parsed)) for tune in tunes]
        if not lines:
            raise OriginalityError("there are no tunes to make an index of")
        lengths = [len(line) for _, line in lines]
        melodies = [bar_melodies(tune.parsed) for tune in tunes]
        windows = {bars: {number for each in melodies for number in _windows(each, bars)} for bars in WINDOW_BARS}
        return cls(
            passages=PassageIndex.build([steps(line) for _, line in lines]),
            sources=tuple(Source(tune.title, tune.collection) for tune, _ in lines),
            first_slots=np.cumsum([0, *lengths[:-1]], dtype=np.int32),
            bars=np.array([note.bar for _, line in lines for note in line], dtype=np.int32),
            windows={bars: np.array(sorted(numbers), dtype=np.uint64) for bars, numbers in windows.items()},
            corpus_sha256=corpus_sha256,
        )

    def joined(self, other: "OriginalityIndex", corpus_sha256: str) -> "OriginalityIndex":
        """An index of the tunes of both, these first."""
        offset = len(self.passages.symbols)
        return OriginalityIndex(
            passages=PassageIndex.build([*self.passages.tunes(), *other.passages.tunes()]),
            sources=self.sources + other.sources,
            first_slots=np.concatenate([self.first_slots, other.first_slots + np.int32(offset)]),
            bars=np.concatenate([self.bars, other.bars]),
            windows={bars: np.union1d(self.windows[bars], other.windows[bars]) for bars in WINDOW_BARS},
            corpus_sha256=corpus_sha256,
        )

    def save(self, path: Path) -> None:
        """Write the index as a whole or not at all. Raises OriginalityError naming the file."""
        from charrnn.corpus.originality.file import save

        save(self, path)

    @classmethod
    def load(cls, path: Path) -> "OriginalityIndex":
        """Read and verify. Raises OriginalityError, one sentence naming the file and the cause."""
        from charrnn.corpus.originality.file import load

        return load(path)

    def follower(self) -> Follower:
        """For a tune that is being written."""
        return Follower(self.passages)

    def compare(self, tune: Tune) -> Originality:
        """What a tune shares with the training music; a few milliseconds. Any tune will do, a damaged one too."""
        line, melodies = melody(tune), bar_melodies(tune)
        longest, place = self.passages.nothing, 0
        passages: Counter[Found] = Counter()
        for index, found in enumerate(self._followed(line)):
            if found.steps > longest.steps:
                longest, place = found, index
            if found.steps >= LIKENESS_NOTES - 1:
                passages[self.passages.shorten(found, LIKENESS_NOTES - 1)] += 1
        return Originality(
            longest=self._passage(longest, line[place - longest.steps : place + 1]) if longest.steps else None,
            windows={bars: self._share_of_windows(melodies, bars) for bars in WINDOW_BARS},
            nearest=self._likeness(passages, len(line)),
            notes=len(line),
        )

    def longest_through(self, tune: Tune, first: int, end: int) -> int:
        """Notes of the longest passage that goes through some of ``tune.notes[first:end]``; 0 where none does."""
        line, longest = melody(tune), 0
        for index, found in enumerate(self._followed(line)):
            if found.steps and line[index].end > first and line[index - found.steps].first < end:
                longest = max(longest, found.steps + 1)
        return longest

    def _followed(self, line: Sequence[MelodyNote]) -> Iterator[Found]:
        """The longest passage that ends at each note."""
        found = self.passages.nothing
        if line:
            yield found
        for step in steps(line):
            found = self.passages.extend(found, step)
            yield found

    def _sources(self, found: Found) -> list[int]:
        """The tunes, by number, in which a passage stands."""
        slots = self.passages.ends(found)
        numbers: list[int] = np.unique(np.searchsorted(self.first_slots, slots, side="right") - 1).tolist()
        return numbers

    def _passage(self, found: Found, notes: Sequence[MelodyNote]) -> Passage:
        slot = int(self.passages.ends(found).min()) - found.steps
        source = self.sources[int(np.searchsorted(self.first_slots, slot, side="right")) - 1]
        return Passage(len(notes), notes[0].first, notes[-1].end, source.title, source.collection, int(self.bars[slot]))

    def _likeness(self, passages: Counter[Found], notes: int) -> Likeness | None:
        """From how often each passage of LIKENESS_NOTES notes that has been heard before stands in the new tune."""
        shared: Counter[int] = Counter()
        for found, times in passages.items():
            shared.update(dict.fromkeys(self._sources(found), times))
        if not shared:
            return None
        number = min(shared, key=lambda number: (-shared[number], number))
        source = self.sources[number]
        return Likeness(source.title, source.collection, shared[number] / (notes - LIKENESS_NOTES + 1))

    def _share_of_windows(self, melodies: Sequence[Melody], bars: int) -> float | None:
        numbers = np.array(sorted(_windows(melodies, bars)), dtype=np.uint64)
        known = self.windows[bars]
        if not len(numbers) or not len(known):
            return 0.0 if len(numbers) else None
        places = np.searchsorted(known, numbers).clip(max=len(known) - 1)
        return float((known[places] == numbers).mean())


def _windows(melodies: Sequence[Melody], bars: int) -> set[int]:
    """A 64-bit hash of each different run of so many bars: one that every version of Python and machine agrees on."""
    return {_stable_hash(run) for run in window_runs(melodies, bars)}


def _stable_hash(run: Sequence[tuple[int, Fraction]]) -> int:
    text = " ".join(f"{interval}:{duration}" for interval, duration in run)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
