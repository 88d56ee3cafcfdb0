"""A tune, and the voice of a file that it was made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from charrnn.errors import OpeningError
from charrnn.importing.candidates import Candidate
from charrnn.notation.tune import Tune


@dataclass(frozen=True, slots=True)
class Chosen:
    tune: Tune
    voices: tuple[str, ...]  # the names of all that hold notes
    voice: int  # which one the tune is, from 1
    remarks: tuple[str, ...]  # what was done to it: parts of sentences


def chosen_voice(candidates: Sequence[Candidate], voice: int | None, default: int) -> int:
    """The index of the voice with this number from 1; ``default`` for None. Raises OpeningError where there is none."""
    if voice is None:
        return default
    if not 1 <= voice <= len(candidates):
        raise OpeningError(f"has voices 1 to {len(candidates)}, no voice {voice}")
    return voice - 1
