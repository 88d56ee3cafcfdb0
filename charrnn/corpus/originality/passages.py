"""Finds the longest passage that ends at each note of a new tune and stands in the training music.

The steps of all training tunes (``melody.py``) stand one after the other, read from the end to the start, and a suffix
array sorts what begins at each of them. The places where a passage stands are then one range of that array. In the
reversed text a passage grows at its front, so one more note is a *backward search*: two binary searches among the
suffixes that begin with the new step (Ferragina and Manzini, "Opportunistic Data Structures with Applications", 2000).
Where nothing goes on, the range widens to that of the longest shorter passage that stands in more places, its parent in
the tree of common prefixes (Ohlebusch, Gog and Kügel, "Computing Matching Statistics and Maximal Exact Matches on
Compressed Full-Text Indexes", 2010). A passage loses no more notes than it has gained, so that a tune takes time
linear in its notes, times the logarithm of the training music.
"""

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from charrnn.corpus.originality.melody import Step

Ints = npt.NDArray[np.int32]
_BREAK = 0  # the symbol between tunes; no step of a new tune has it


class Found(NamedTuple):
    """A passage of so many steps, and where it stands: the suffixes from ``low`` to ``high``, exclusive."""

    low: int
    high: int
    steps: int


class PassageIndex:
    """All passages of the training music. A *slot* is a note's place in it, counted over all tunes."""

    def __init__(self, table: Sequence[Step], symbols: Ints, suffixes: Ints | None = None) -> None:
        """``table``: the steps that occur, sorted; step i has the symbol i + 1. ``symbols`` (N,): the step that leads
        to each slot's note, _BREAK at the first note of each tune. ``suffixes`` (N,): sorted before, if known."""
        self.table, self.symbols = tuple(table), symbols
        self._symbol_of = {step: symbol for symbol, step in enumerate(self.table, start=1)}
        text = np.ascontiguousarray(symbols[::-1])
        self.suffixes = _sorted_suffixes(text) if suffixes is None else suffixes
        rank = np.empty_like(self.suffixes)
        rank[self.suffixes] = np.arange(len(text), dtype=np.int32)
        shared = _shared_prefixes(text, self.suffixes)
        before, behind = _smaller_neighbours(shared)
        self._going_on = text[self.suffixes - 1]  # (N,): the step that goes on after each suffix's passage
        counts = np.bincount(text, minlength=len(self.table) + 1)
        # Plain sequences, for single numbers are read from them ten times as fast as from arrays.
        self._starts = np.concatenate([[0], np.cumsum(counts)]).tolist()  # of each symbol's suffixes
        self._next_rank = rank[(self.suffixes + 1) % len(text)].data  # of the suffix that is one step shorter
        self._shared, self._before, self._behind = shared.data, before.data, behind.data

    def __reduce__(self) -> tuple[Any, ...]:
        """What follows from the rest is worked out again where it is unpickled."""
        return type(self), (self.table, self.symbols, self.suffixes)

    @classmethod
    def build(cls, tunes: Sequence[Sequence[Step]]) -> "PassageIndex":
        """From the steps of each tune."""
        table = sorted({step for tune in tunes for step in tune})
        symbol_of = {step: symbol for symbol, step in enumerate(table, start=1)}
        symbols = [symbol for tune in tunes for symbol in (_BREAK, *(symbol_of[step] for step in tune))]
        return cls(table, np.array(symbols, dtype=np.int32))

    def tunes(self) -> list[list[Step]]:
        """The steps of each tune, as ``build`` takes them."""
        starts = np.flatnonzero(self.symbols == _BREAK)
        parts = np.split(self.symbols, starts[1:])
        return [[self.table[symbol - 1] for symbol in part[1:].tolist()] for part in parts]

    @property
    def nothing(self) -> Found:
        """No step yet: it stands everywhere."""
        return Found(0, len(self.symbols), 0)

    def extend(self, found: Found, step: Step) -> Found:
        """The longest passage that ends with ``step``, given the longest that ends before it."""
        symbol = self._symbol_of.get(step)
        if symbol is None:
            return self.nothing
        first, last = self._starts[symbol], self._starts[symbol + 1]
        while True:
            low = bisect_left(self._next_rank, found.low, first, last)
            high = bisect_left(self._next_rank, found.high, low, last)
            if low < high:
                return Found(low, high, found.steps + 1)
            found = self._parent(found)

    def shorten(self, found: Found, steps: int) -> Found:
        """The last ``steps`` steps of the passage, and all places where they stand."""
        while found.steps > steps:
            wider = self._parent(found)
            if wider.steps < steps:
                return Found(found.low, found.high, steps)
            found = wider
        return found

    def _parent(self, found: Found) -> Found:
        """The longest end of the passage that stands in more places."""
        border = found.low if self._shared[found.low] >= self._shared[found.high] else found.high
        return Found(self._before[border], self._behind[border], self._shared[border])

    def ends(self, found: Found) -> Ints:
        """The slots of the passage's last note, wherever it stands."""
        return np.asarray(len(self.symbols) - 1 - self.suffixes[found.low : found.high], dtype=np.int32)

    def continuations(self, found: Found) -> set[Step]:
        """The steps that go on from the passage somewhere in the training music."""
        symbols = np.unique(self._going_on[found.low : found.high]).tolist()
        return {self.table[symbol - 1] for symbol in symbols if symbol != _BREAK}


class Follower:
    """Follows one tune note by note; a copy costs nothing, so that each of several ways on can have its own."""

    __slots__ = ("_duration", "_found", "_passages")

    def __init__(self, passages: PassageIndex) -> None:
        self._passages = passages
        self._found: Found | None = None  # None before the first note
        self._duration = Fraction(1)

    def push(self, interval: int, duration: Fraction) -> int:
        """One more note, so many semitones above the one before (the first note's interval does not count), with its
        duration in whole notes to the start of the next (see ``melody.py`` on ties and rests).

        Returns the notes in the longest passage that ends with it and stands in the training music; 1 is the note
        alone.
        """
        if self._found is None:
            self._found = self._passages.nothing
        else:
            self._found = self._passages.extend(self._found, (interval, duration / self._duration))
        self._duration = duration
        return self.length

    @property
    def length(self) -> int:
        """Notes in the longest passage that ends with the last note; 0 before the first."""
        return 0 if self._found is None else self._found.steps + 1

    def continuations(self, limit: int) -> set[tuple[int, Fraction]]:
        """The next notes, as for ``push``, with which a passage would be longer than ``limit`` notes, 1 or more."""
        if self.length < limit or self._found is None:
            return set()
        found = self._passages.shorten(self._found, limit - 1)
        return {(interval, ratio * self._duration) for interval, ratio in self._passages.continuations(found)}

    def copy(self) -> "Follower":
        other = Follower(self._passages)
        other._found, other._duration = self._found, self._duration
        return other


def _sorted_suffixes(text: Ints) -> Ints:
    """The suffix array (N,), by prefix doubling (Manber and Myers 1993)."""
    rank = text.astype(np.int64)
    length = 1
    while True:
        behind = np.zeros_like(rank)  # 0 is the end of the text, before all symbols
        behind[:-length] = rank[length:] + 1
        pairs = rank * (int(behind.max()) + 1) + behind
        order = np.argsort(pairs, kind="stable")
        is_new = np.concatenate([[0], pairs[order][1:] != pairs[order][:-1]])
        rank[order] = np.cumsum(is_new)
        if rank[order[-1]] == len(text) - 1:
            return order.astype(np.int32)
        length *= 2


def _shared_prefixes(text: Ints, suffixes: Ints) -> Ints:
    """How many symbols each suffix shares with the one sorted before it (N + 1,); -1 at both ends."""
    shared = np.zeros(len(text) + 1, dtype=np.int32)
    shared[[0, -1]] = -1
    padded = np.append(text, -1)  # the end of the text is like nothing
    alive = np.arange(1, len(text))
    depth = 0
    while len(alive):
        first, second = suffixes[alive - 1] + depth, suffixes[alive] + depth
        alive = alive[padded[first] == padded[second]]
        depth += 1
        shared[alive] = depth
    return shared


def _smaller_neighbours(values: Ints) -> tuple[Ints, Ints]:
    """For each place the nearest one before it, and after it, whose value is smaller; itself at the ends.

    All places jump at once from candidate to candidate's candidate until none moves; what lies between is never
    smaller.
    """
    places = np.arange(len(values), dtype=np.int32)
    found = []
    for step in (-1, 1):
        nearest = np.clip(places + step, 0, len(values) - 1)
        moving = places[1:-1]
        while len(moving):
            moving = moving[values[nearest[moving]] >= values[moving]]
            nearest[moving] = nearest[nearest[moving]]
        found.append(nearest)
    return found[0], found[1]
