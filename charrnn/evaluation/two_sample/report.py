"""The result of the two-sample test, as Markdown and as JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from charrnn.evaluation.two_sample.classifiers import NAMES, Auc, tell_apart
from charrnn.evaluation.two_sample.keys import common_keys, share_outside, total_variation
from charrnn.evaluation.two_sample.telling import Telling, telling_figures, telling_runs
from charrnn.evaluation.two_sample.traits import Traits

FLOOR_NAME = "floor: people's training tunes"
SPLIT_NAMES = {
    "validation": "validation tunes", "test": "test tunes", "unseen": "validation and test tunes",
}  # fmt: skip
_TITLES = {
    "given headers": "under the headers of people's unseen tunes",
    "free": "free: header and form are the model's own",
    "form": "AABB of eight bars, as the page asks for, beside people's tunes of that form",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """Tunes to compare with people's unseen ones."""

    condition: str  # given headers, free or form
    name: str  # the floor, single, or best of 4
    people: Sequence[Traits]
    tunes: Sequence[Traits]

    @property
    def is_floor(self) -> bool:
        return self.name == FLOOR_NAME


@dataclass(frozen=True, slots=True)
class Comparison:
    """A sample, how well it can be told from people's tunes, and by what."""

    sample: Sample
    aucs: dict[str, Auc]  # by the classifier's name
    figures: Sequence[Telling]
    runs: Sequence[Telling]

    @classmethod
    def of(cls, sample: Sample) -> "Comparison":
        """Raises EvaluationError where there are too few tunes."""
        people, tunes = sample.people, sample.tunes
        return cls(sample, tell_apart(people, tunes), telling_figures(people, tunes), telling_runs(people, tunes))

    def as_dict(self) -> dict[str, Any]:
        sample = self.sample
        return {
            "condition": sample.condition,
            "name": sample.name,
            "people": len(sample.people),
            "tunes": len(sample.tunes),
            "auc": {name: asdict(found) for name, found in self.aucs.items()},
            "figures": [one.as_dict() for one in self.figures],
            "runs": [one.as_dict() for one in self.runs],
        }


@dataclass(frozen=True, slots=True)
class TwoSample:
    settings: dict[str, Any]
    comparisons: Sequence[Comparison]
    training_keys: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.settings,
            "comparisons": [one.as_dict() for one in self.comparisons],
            "shares": [{name: value for name, value, _ in row} for row in self._shares()],
        }

    def markdown(self) -> str:
        return "\n".join([*self._areas(), "", *self._share_table(), *self._tellings()]) + "\n"

    def _areas(self) -> Iterable[str]:
        settings = self.settings
        yield (
            f"**Two-sample test** at temperature {settings['temperature']:g}, {_tries(settings['tries'])}, from seed"
            f" {settings['first_seed']}: the area under the ROC curve of classifiers between people's"
            f" {SPLIT_NAMES[settings['split']]} and others. 0.5: they cannot be told apart. In parentheses the 95 %"
            " interval."
        )
        for condition, title in _TITLES.items():
            chosen = [one for one in self.comparisons if one.sample.condition == condition]
            people = f"{title} ({len(chosen[0].sample.people):,} of people's)"
            yield from ("", _line([people, *NAMES]), _rule(len(NAMES)))
            for one in chosen:
                name = f"{one.sample.name} ({len(one.sample.tunes):,})"
                yield _line([name, *(str(one.aucs[classifier]) for classifier in NAMES)])

    def _share_table(self) -> Iterable[str]:
        rows = self._shares()
        yield _line([label for label, _, _ in rows[0]])
        yield _rule(len(rows[0]) - 1)
        for row in rows:
            yield _line(["-" if value is None else format(value, shown) for _, value, shown in row])

    def _shares(self) -> list[list[tuple[str, Any, str]]]:
        """Rows of (label, value, format). A key that was given tells nothing."""
        first = self.comparisons[0].sample
        every = [("people's unseen tunes", first.people, True)]
        for sample in (one.sample for one in self.comparisons if not one.sample.is_floor):
            every.append((f"{sample.condition}, {sample.name}", sample.tunes, sample.condition != "given headers"))
        return [self._share_row(name, tunes, has_own_key) for name, tunes, has_own_key in every]

    def _share_row(self, name: str, tunes: Sequence[Traits], has_own_key: bool) -> list[tuple[str, Any, str]]:
        keys, unseen = ([tune.key for tune in kind] for kind in (tunes, self.comparisons[0].sample.people))
        reference = self.training_keys if keys == unseen else unseen
        variation = total_variation(keys, reference) if has_own_key else None
        outside = share_outside(keys, common_keys(self.training_keys)) if has_own_key else None
        return [
            ("tunes", name, ""),
            ("keys: total variation from people's unseen", variation, ".3f"),
            ("in keys that under 3 % of people's are in", outside, ".1%"),
            ("end on the tonic", sum(tune.on_tonic for tune in tunes) / len(tunes), ".1%"),
            ("within the fiddle's compass", sum(tune.in_compass for tune in tunes) / len(tunes), ".1%"),
        ]

    def _tellings(self) -> Iterable[str]:
        for one in self.comparisons:
            if one.sample.is_floor:
                continue
            title = f"{one.sample.condition}, {one.sample.name}"
            for head, found, note in (
                ("figure of shape", one.figures, ""),
                ("run", one.runs, " a 1,000 notes"),
            ):
                yield from ("", _line([f"{title}: {head}", f"people{note}", f"ours{note}", "AUC alone"]), _rule(3))
                for each in found:
                    yield _line([each.words, *(format(value, each.shown) for value in (each.people, each.ours)),
                                 f"{each.auc:.3f}"])  # fmt: skip


def _tries(count: int) -> str:
    return "each bar written once" if count == 1 else f"the best of {count} tries of each bar"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return "|---" + "|--:" * columns + "|"
