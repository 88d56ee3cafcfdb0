"""Which voice or track of a file is the melody."""

from collections.abc import Sequence
from dataclasses import dataclass

_GOOD_SHARE = 4  # a melody has at least a fourth of the notes of the busiest voice


@dataclass(frozen=True, slots=True)
class Candidate:
    """A voice or track that holds notes."""

    name: str
    pitches: tuple[int, ...]  # MIDI numbers, one for each moment at which something is struck: the highest

    @property
    def height(self) -> float:
        """Mean pitch."""
        return sum(self.pitches) / len(self.pitches)


def melody_of(candidates: Sequence[Candidate]) -> int:
    """The index of the melody: the highest on average of those that have a good share of the notes.

    >>> melody_of([Candidate("bass", (40, 43) * 9), Candidate("tune", (72, 74) * 9), Candidate("bell", (96, 96))])
    1
    """
    most = max(len(candidate.pitches) for candidate in candidates)
    busy = [index for index, candidate in enumerate(candidates) if _GOOD_SHARE * len(candidate.pitches) >= most]
    return max(busy, key=lambda index: (candidates[index].height, -index))
