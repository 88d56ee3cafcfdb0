"""What the judges say of new tunes: abc2midi of their bars, our own check of all that is not right with them, and the
training music of their originality.

abc2midi finds no fault with a tune that breaks off after three signs; our check does, and wants notes.
"""

from collections.abc import Sequence
from typing import Any

from benchmarks.contest import NewTune
from charrnn.corpus.cleaning import CleanTune
from charrnn.corpus.originality.index import Originality, OriginalityIndex
from charrnn.evaluation.abc2midi import ask, in_parallel, require
from charrnn.notation.reading.parser import parse
from charrnn.render.problems import problems

PASSAGE = 32  # notes


class Judge:
    """Raises EvaluationError, before any training, where abc2midi is not installed."""

    def __init__(self, training: Sequence[CleanTune]) -> None:
        require()
        self.index = OriginalityIndex.build(training)

    def shares(self, tunes: Sequence[NewTune]) -> dict[str, Any]:
        """The fields of a Row that speak of its tunes."""
        opinions = list(in_parallel(ask, [tune.abc for tune in tunes]))
        parsed = [parse(tune.abc) for tune in tunes]
        kinships = [self.index.compare(tune) for tune in parsed]
        count = len(tunes)
        return {
            "tunes": count,
            "ended": sum(tune.ended for tune in tunes) / count,
            "converts": sum(opinion.converts for opinion in opinions) / count,
            "bar_clean": sum(opinion.is_bar_clean for opinion in opinions) / count,
            "right": sum(bool(tune.notes) and not problems(tune) for tune in parsed) / count,
            "copies": sum(kinship.is_copy for kinship in kinships) / count,
            "shared": sum(has_passage(kinship) for kinship in kinships) / count,
            "mean_characters": sum(tune.characters for tune in tunes) / count,
        }


def has_passage(kinship: Originality) -> bool:
    """Whether so many notes in a row stand in the training music, in whatever key."""
    return kinship.longest is not None and kinship.longest.notes >= PASSAGE
