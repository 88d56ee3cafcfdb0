"""The rows of the evaluation card: what each is called, how it is shown, how it is counted from the tunes' facts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from charrnn.evaluation.distributions import Histograms
from charrnn.evaluation.facts import Facts
from charrnn.evaluation.gates import PASSAGE, is_in_compass

Value = float | None  # None: it cannot be said of these tunes


@dataclass(frozen=True, slots=True)
class Group:
    """Tunes that are counted together, at least one."""

    facts: Sequence[Facts]
    distances: dict[str, Value]  # from training, by kind of histogram, in bits

    @classmethod
    def of(cls, facts: Sequence[Facts], training: Histograms, compared: int) -> "Group":
        """The distances are those of the first ``compared`` tunes: fewer tunes are further away by chance alone, so
        that only equal numbers can be held beside each other."""
        histograms = Histograms.total(one.histograms for one in facts[:compared])
        return cls(facts, histograms.distances(training))

    def values(self) -> dict[str, Value]:
        return {row.name: row.value(self) for rows in SECTIONS.values() for row in rows}


@dataclass(frozen=True, slots=True)
class Row:
    name: str  # in JSON
    label: str  # for people
    shown: str  # a format; shares are 0 to 1 and shown in per cent
    value: Callable[[Group], Value]

    def text(self, value: Value) -> str:
        return "-" if value is None else format(value, self.shown)


Of = Callable[[Facts], Any]  # a number, a bool or, where it cannot be said of the tune, None


def _share(name: str, label: str, of: Of) -> Row:
    """Share of the tunes of which something holds."""
    return Row(name, label, ".1%", lambda group: _reduced(np.mean, of, group))


def _mean(name: str, label: str, shown: str, of: Of) -> Row:
    return Row(name, label, shown, lambda group: _reduced(np.mean, of, group))


def _median(name: str, label: str, of: Of) -> Row:
    return Row(name, label, ".0f", lambda group: _reduced(np.median, of, group))


def _windows(bars: int) -> Row:
    label = f"runs of {bars} {'bar' if bars == 1 else 'bars'} that stand in training"
    return _mean(f"windows_{bars}", label, ".1%", lambda one: one.found.windows[bars])


def _passage(notes: int) -> Row:
    return _share(f"passage_{notes}", f"with {notes} notes in a row from training", lambda one: one.longest >= notes)


def _distance(kind: str, label: str) -> Row:
    return Row(f"{kind}_distance", f"{label}, bits from training's", ".4f", lambda group: group.distances[kind])


def _reduced(reduce: Callable[[list[float]], Any], of: Of, group: Group) -> Value:
    numbers = [float(found) for found in map(of, group.facts) if found is not None]
    return float(reduce(numbers)) if numbers else None


def _ninetieth(numbers: list[float]) -> float:
    return float(np.quantile(numbers, 0.9))


def _removed(group: Group) -> Value:
    """Over all characters, not over the tunes' means: a long tune counts for more."""
    drawn = [(one.drawing.removed, one.characters) for one in group.facts if one.drawing]
    characters = sum(length for _, length in drawn)
    return sum(removed * length for removed, length in drawn) / characters if characters else None


SECTIONS: dict[str, tuple[Row, ...]] = {
    "Right": (
        _share("ended", "end by themselves", lambda one: one.drawing and one.drawing.ended),
        _share("converts", "abc2midi converts", lambda one: one.converts),
        _share("bar_clean", "bar-clean by abc2midi", lambda one: one.bar_clean),
        _share("right", "right by our check", lambda one: one.right),
        _share("same_notes", "same notes as abc2midi", lambda one: one.same_notes),
        Row("removed", "probability removed by the grammar, a character", ".2%", _removed),
        _mean("characters", "characters, mean", ".0f", lambda one: one.characters),
    ),
    "New": (
        _share("copies", "copies of a whole tune of training", lambda one: one.found.is_copy),
        _passage(16),
        _passage(PASSAGE),
        _median("longest", "longest passage from training, median notes", lambda one: one.longest),
        _windows(1),
        _windows(2),
        _windows(4),
    ),
    "Form": (
        _median("bars", "bars as written, median", lambda one: one.bars),
        _share("two_parts", "two different parts of eight bars", lambda one: set(one.form or "") == {"A", "B"}),
        _share("aabb", "played AABB, eight bars each", lambda one: one.form == "AABB"),
        _share("on_tonic", "end on the tonic", lambda one: one.on_tonic),
        _mean("repetition", "bars that repeat an earlier one, mean", ".1%", lambda one: one.repetition),
        Row(
            "repetition_90", "the same, 90th percentile of the tunes", ".1%",
            lambda group: _reduced(_ninetieth, lambda one: one.repetition, group),
        ),
        _share("loops", "go round in circles", lambda one: one.loops),
    ),
    "Melody and rhythm": (
        _mean(
            "width", "range in semitones, mean", ".1f",
            lambda one: one.compass and one.compass[1] - one.compass[0],
        ),
        _share("in_compass", "within the fiddle's compass", lambda one: is_in_compass(one.compass)),
        _mean("outside_mode", "notes outside the key", ".2%", lambda one: one.outside_mode),
        _mean("new_rhythms", "bars with a rhythm that training has not", ".1%", lambda one: one.new_rhythms),
        _distance("intervals", "intervals"),
        _distance("durations", "durations of notes"),
        _distance("patterns", "rhythms of bars"),
    ),
    "Gates of the AI Music Generation Challenge": (
        _share("gate_plagiarism", "plagiarism", lambda one: one.gates.plagiarism),
        _share("gate_rhythm", "rhythm", lambda one: one.gates.rhythm),
        _share("gate_range", "range", lambda one: one.gates.range),
        _share("gate_mode", "mode and accidentals", lambda one: one.gates.mode),
        _share("gates", "all four", lambda one: one.gates.all),
    ),
}  # fmt: skip
