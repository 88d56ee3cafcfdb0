"""Whether the sections of a tune close on the tonic, and how many more of them are to.

People's sections do in four of five cases. A network that writes one character after another arrives there less often:
it learns of the key in the header, and no single character tells it that it is late to head for home. So a tune draws,
before it is written, which of its sections are to close on the tonic, and the end of one that does not is written
again from its last bar on (``inference.tries``), where it ends as planned. The shares with which they are drawn are
those that make the model's sections close as often as people's (``evaluation.closing``). They differ where a form was
asked for: short sections bring a tune home more often by themselves.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from charrnn.model.position.clock import Clock
from charrnn.model.position.plan import Plan, PlanState, after
from charrnn.notation.keys import Key

LETTERS = "CDEFGAB"
ACCIDENTALS = "^_="
KINDS = ("free", "form")  # of tunes: the model chose the form; the request gave it
TRIES = 4  # to write them again so that the section closes on the tonic; then it stays as it is


class LastNote(NamedTuple):
    """The note that a text ends with, as far as a close depends on it. The last letter counts: of a chord that is its
    highest note, and a key that changes between note and bar line is taken for a note."""

    letter: str = ""  # "" before the first note, and for one with an accidental of its own
    is_altered: bool = False  # an accidental has come, and its letter not yet

    def then(self, character: str) -> "LastNote":
        if character in ACCIDENTALS:
            return LastNote(self.letter, True)
        letter = character.upper()
        return LastNote("" if self.is_altered else letter) if letter in LETTERS else self


Shares = Mapping[str, tuple[float, float]]  # by mode: of inner sections and of last ones


class Closes:
    """The shares of sections that are to close on the tonic, by kind of tune and by mode."""

    def __init__(self, free: Shares, form: Shares | None = None) -> None:
        """Without shares of their own, tunes whose form was asked for have those of free ones."""
        self._shares = {"free": dict(free), "form": dict(free if form is None else form)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Closes":
        """From what ``as_dict`` gave, or from shares by mode alone. Raises ValueError for anything else."""
        try:
            by_kind = data if set(data) == set(KINDS) else {"free": data}
            found = {kind: _shares_of(shares) for kind, shares in by_kind.items()}
        except (AttributeError, TypeError, ValueError) as error:
            raise ValueError(f"these are no shares of closes: {error}") from error
        if not all(0 <= share <= 1 for shares in found.values() for pair in shares.values() for share in pair):
            raise ValueError("shares of closes are from 0 to 1")
        return cls(**found)

    def as_dict(self) -> dict[str, Any]:
        return {
            kind: {mode: list(pair) for mode, pair in sorted(shares.items())} for kind, shares in self._shares.items()
        }

    def draw(self, kind: str, key: Key, plan: Plan | None, random: np.random.Generator) -> frozenset[int]:
        """Numbers of the sections that are to close on the tonic. One number of the generator for each section."""
        if not plan or not key.tonic or key.mode not in self._shares[kind]:
            return frozenset()
        inner, last = self._shares[kind][key.mode]
        shares = [inner] * (len(plan) - 1) + [last]
        return frozenset(np.flatnonzero(random.random(len(plan)) < shares).tolist())


def _shares_of(data: dict[str, Any]) -> dict[str, tuple[float, float]]:
    return {str(mode): (float(inner), float(last)) for mode, (inner, last) in data.items()}


def closes_of(header: str, music: str, key: Key, clock: Clock) -> list[bool]:
    """Of each section of a whole canonical tune, whether it closes on the tonic. The music has no newline at its
    end."""
    node, state, last, found = clock.start, PlanState(), LastNote(), []
    for place, character in enumerate(f"{header}{music}"):
        following = after(state, node.situation, character)
        if following.section > state.section:
            found.append(last.letter == key.tonic[:1])
        if place >= len(header):
            last = last.then(character)
        node, state = clock.after(node, character), following
    return [*found, last.letter == key.tonic[:1]] if state.bars else found


def counted(sections: Iterable[list[bool]]) -> list[tuple[int, int]]:
    """Sections and those that close on the tonic: of inner ones, and of last ones."""
    inner, last = [0, 0], [0, 0]
    for each in sections:
        for place, is_home in enumerate(each):
            kind = last if place == len(each) - 1 else inner
            kind[0] += 1
            kind[1] += is_home
    return [(inner[0], inner[1]), (last[0], last[1])]
