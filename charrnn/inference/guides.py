"""What the sampler offers the model at each step: every character, or those that keep the tune right.

A guide belongs to one tune; its grammar, and the masks worked out so far, serve all of them.
"""

from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from charrnn.grammar.automaton import END, Grammar, Position
from charrnn.grammar.bar import IMPOSSIBLE
from charrnn.grammar.start import Start

Mask = npt.NDArray[np.bool_]

_MAX_KEPT = 20_000  # masks, a few hundred bytes each


class Guide(Protocol):
    """Follows one tune as it is written."""

    @property
    def is_done(self) -> bool:
        """Whether all that was wanted has been written; a tune in full ends by its last character instead."""

    def mask(self) -> Mask | None:
        """True (V,) for the characters that may come next; None where all may."""

    def advance(self, index: int) -> None:
        """Tell which character came."""


class NoGuide:
    """Lets the model write what it likes."""

    is_done = False

    def mask(self) -> Mask | None:
        return None

    def advance(self, index: int) -> None:
        pass


class GrammarGuide:
    """Offers what keeps the tune completable within the characters that are left."""

    is_done = False

    def __init__(self, masks: "GrammarMasks", start: Start, characters: int) -> None:
        self._masks, self.bridge, self.position = masks, start.bridge, start.position
        self._left = max(characters, masks.grammar.cost(start.position)) + len(start.bridge)

    def mask(self) -> Mask:
        if self.bridge:
            return self._masks.only(self.bridge[0])
        return self._masks.mask(self.position, self._left)

    def advance(self, index: int) -> None:
        character = self._masks.grammar.alphabet[index]
        self._left -= 1
        if self.bridge:
            self.bridge = self.bridge[1:]
        elif character != END:
            self.position = self._masks.grammar.advance(self.position, character)

    @property
    def left(self) -> int:
        """Characters that may still be written; at 0 the tune is complete."""
        return self._left


class GrammarMasks:
    """The grammar over a vocabulary's characters, with its answers as arrays."""

    def __init__(self, characters: str) -> None:
        self.grammar = Grammar(characters)
        self._kept: dict[object, tuple[int, npt.NDArray[np.int64], Mask]] = {}

    def mask(self, position: Position, left: int) -> Mask:
        """True (V,) for the characters after which the tune can be completed with ``left - 1`` more."""
        may_end = self.grammar.may_end(position)
        if (position.node, may_end) not in self._kept:
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[position.node, may_end] = self._worked_out(position, may_end)
        dearest, costs, mask = self._kept[position.node, may_end]
        room = left - 1 - position.base
        return mask if room >= dearest else costs <= room

    def _worked_out(self, position: Position, may_end: bool) -> tuple[int, npt.NDArray[np.int64], Mask]:
        costs = np.array(self.grammar.costs(position))
        costs[self.grammar.alphabet.index(END)] = -IMPOSSIBLE if may_end else IMPOSSIBLE
        mask = costs < IMPOSSIBLE
        return int(costs[mask].max()), costs, mask

    def only(self, character: str) -> Mask:
        mask = np.zeros(len(self.grammar.alphabet), dtype=np.bool_)
        mask[self.grammar.alphabet.index(character)] = True
        return mask


@lru_cache(maxsize=8)
def masks_for(characters: str) -> GrammarMasks:
    """One for each vocabulary in use."""
    return GrammarMasks(characters)
