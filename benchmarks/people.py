"""People's own tunes, those of the test split: what the judges make of real music. No model, so no bits.

    python -m benchmarks.people

They have been cleaned as the training tunes have: a tune with a bar that does not add up was left out.
"""

from collections.abc import Sequence

from benchmarks.contest import Entered, Material, NewTune
from charrnn.model.scoring import ScoredText

NAME = "people"


def enter(material: Material, minutes: float) -> Entered:
    def write(headers: Sequence[str]) -> list[NewTune]:
        return [as_written(material.test[place]) for place in material.places(len(headers))]

    return Entered(writers={"written": write}, remark="cleaned tunes of the test split")


def as_written(tune: ScoredText) -> NewTune:
    return NewTune(f"X:1\n{tune.header}{tune.music}\n", len(tune.music), ended=True)


if __name__ == "__main__":
    from benchmarks.runner import main

    raise SystemExit(main([NAME]))
