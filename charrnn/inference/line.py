"""A line: one text that the network writes, from what it reads first to its end."""

import math
from collections.abc import Sequence
from typing import NamedTuple, overload

import numpy as np

from charrnn.errors import CharrnnError
from charrnn.inference.draws import AS_LEARNT, Draw, Sampling
from charrnn.inference.guides import Guide
from charrnn.inference.layout import Floats as Probabilities
from charrnn.inference.tries import Tries
from charrnn.model.network import State
from charrnn.model.position.plan import Plan


class Stand(NamedTuple):
    """A line as it stands."""

    indices: list[int]
    removed: list[float]
    weights: list[Probabilities]
    nats: float
    has_ended: bool
    is_over: bool


class Draws(Sequence[Draw]):
    """Every draw of a line. A ``Draw`` is made when it is asked for: most are never looked at."""

    def __init__(
        self, indices: Sequence[int] = (), removed: Sequence[float] = (), weights: Sequence[Probabilities] = ()
    ) -> None:
        """``weights`` are arrays (draws, V), one after another."""
        self.indices, self.removed, self._parts = tuple(indices), tuple(removed), tuple(weights)
        self._weights: Probabilities | None = None

    def __len__(self) -> int:
        return len(self.indices)

    @overload
    def __getitem__(self, place: int) -> Draw: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Draw]: ...

    def __getitem__(self, place: int | slice) -> Draw | Sequence[Draw]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        if self._weights is None:
            self._weights = np.concatenate(self._parts) if self._parts else np.zeros((0, 0), np.float32)
        return Draw(self.indices[place], self.removed[place], self._weights[place])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Draws) and (self.indices, self.removed) == (other.indices, other.removed)

    def __hash__(self) -> int:
        return hash(self.indices)


class Line:
    """What to write, and what has been written so far. Belongs to one request; one batch writes it."""

    def __init__(
        self,
        state: State,
        ids: Sequence[int],
        guide: Guide,
        most: int,
        random: np.random.Generator,
        sampling: Sampling = AS_LEARNT,
        plan: Plan | None = None,
        tries: Tries | None = None,
    ) -> None:
        """From ``state`` on, the network reads ``ids``, at least one. It draws up to ``most`` characters, fewer if the
        text comes to its end.

        ``guide`` offers the characters, ``random`` draws them: one number a character, and whole blocks of numbers are
        taken from it. ``plan`` is told to the network; ``tries`` are not.
        """
        self.state, self.ids, self.plan, self.tries = state, list(ids), plan, tries
        self.guide, self.most, self.random = guide, most, random
        self.sampling = sampling
        self.indices: list[int] = []  # of the characters written; the end of the text is not among them
        self.removed: list[float] = []  # probability taken away at each
        self.weights: list[Probabilities] = []  # (characters, V) each, of what was allowed
        self.nats = 0.0  # what the characters written cost at temperature 1, without repetition; the end is one of them
        self.has_ended = False  # the end of the text was drawn
        self.is_over = False  # the text is at its end; another try may yet take its place
        self.is_finished = False  # nothing more will be written, nor taken back
        self.is_dropped = False  # nobody waits for it any more
        self.fault: CharrnnError | None = None  # why it could not be written to its end

    @property
    def draws(self) -> Draws:
        return Draws(self.indices, self.removed, self.weights)

    def finish(self, fault: CharrnnError | None = None) -> None:
        self.fault, self.is_finished = fault, True

    def copy(self) -> Stand:
        """How it stands, to be ``put`` back."""
        lists = self.indices.copy(), self.removed.copy(), self.weights.copy()
        return Stand(*lists, self.nats, self.has_ended, self.is_over)

    def put(self, copy: Stand) -> None:
        self.indices, self.removed, self.weights = copy.indices.copy(), copy.removed.copy(), copy.weights.copy()
        self.nats, self.has_ended, self.is_over = copy.nats, copy.has_ended, copy.is_over

    def take(self, drawn: Draw, end: int, untempered: Probabilities) -> None:
        """Note a draw, and tell the guide. ``end`` is the character that ends a text, ``untempered`` (V,) are the
        probabilities at temperature 1, without repetition."""
        self.nats -= math.log(untempered[drawn.index])
        self.guide.advance(drawn.index)
        if drawn.index == end:
            self.has_ended = self.is_over = True
            return
        self.indices.append(drawn.index)
        self.removed.append(drawn.removed)
        self.weights.append(drawn.weights[None])
        self.is_over = len(self.indices) == self.most or self.guide.is_done
