"""All that the two-sample test knows of one tune, people's and the model's by the very same functions."""

from collections import Counter
from dataclasses import dataclass

from charrnn.evaluation.gates import is_in_compass
from charrnn.evaluation.music import compass, ends_on_tonic, form
from charrnn.evaluation.two_sample.figures import View, figures_of
from charrnn.evaluation.two_sample.keys import key_name
from charrnn.evaluation.two_sample.runs import Run, runs
from charrnn.notation.tune import Tune


@dataclass(frozen=True, slots=True)
class Traits:
    group: str  # tunes of one group are trained on together or not at all
    runs: Counter[Run]
    figures: dict[str, float]
    key: str  # tonic and mode, for the comparison of keys alone
    form: str | None  # parts of eight bars as played
    on_tonic: bool  # the last note
    in_compass: bool  # the fiddle's

    @classmethod
    def of(cls, tune: Tune, group: str) -> "Traits":
        """Of a tune with at least one note."""
        view = View.of(tune)
        return cls(
            group, runs(view.notes), figures_of(view), key_name(tune.key), form(tune), ends_on_tonic(tune),
            is_in_compass(compass(tune)),
        )  # fmt: skip
