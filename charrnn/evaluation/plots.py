"""The pictures of the evaluation card: what the tunes are made of, and what the temperature does, beside people's."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from charrnn.evaluation.card import Card, Column
from charrnn.evaluation.music import Pattern
from charrnn.notation.symbols import spell_length

_WIDEST = 12  # semitones shown either way
_DURATIONS, _RHYTHMS = 9, 14  # shown: the ones that people use most
_PEOPLE, _MODEL = "#8a8a8a", "#1f77b4"
_COLOURS = ("#1f77b4", "#d95f02", "#2ca02c")
_LEAST_TOP = 0.02  # of a share's axis, so that zeros do not fill the picture

# What a change of temperature trades: title, and rows with their labels. A distance is shown as so many times people's.
_TRADES = {
    "Bars that repeat an earlier one": {"repetition": "mean", "repetition_90": "90th percentile"},
    "Runs of bars that stand in training": {"windows_1": "1 bar", "windows_2": "2 bars", "windows_4": "4 bars"},
    "Tunes with a passage from training": {"passage_16": "16 notes", "passage_32": "32 notes"},
    "Distance from training, people's = 1": {
        "intervals_distance": "intervals", "durations_distance": "durations", "patterns_distance": "rhythms"
    },
    "Odd notes and rhythms": {"outside_mode": "notes outside the key", "new_rhythms": "bars with a new rhythm"},
    "Form and close": {"two_parts": "two parts of eight bars", "on_tonic": "end on the tonic"},
    "Removed by the grammar": {"removed": "of the probability"},
    "Gates": {"gates": "all four", "gate_mode": "mode", "gate_plagiarism": "plagiarism"},
}  # fmt: skip


def save_plots(card: Card, folder: Path) -> list[Path]:
    """Write the pictures that the card has the figures for, and return where they are. Raises OSError."""
    figures = {"distributions.png": distributions(card.people, card.usual)}
    if len(card.by_temperature) > 1:
        figures["temperature.png"] = temperature_curves(card.people, card.by_temperature)
    for name, figure in figures.items():
        figure.savefig(folder / name, dpi=100)
    return [folder / name for name in figures]


# -- what the tunes are made of


def distributions(people: Column, model: Column) -> Figure:
    """The most frequent intervals, durations and rhythms of people's tunes, with the model's shares beside theirs."""
    figure = Figure(figsize=(14, 4.5), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    both = [people, model]
    _bars(left, range(-_WIDEST, _WIDEST + 1), [column.histograms.intervals for column in both], _signed)
    left.set(title="Semitones from note to note", xlabel="share of the intervals", ylabel="down        up")
    lengths = sorted(_commonest(people.histograms.durations, _DURATIONS))
    _bars(middle, lengths, [column.histograms.durations for column in both], str)
    middle.set(title="Durations in whole notes", xlabel="share of the notes")
    rhythms = _commonest(people.histograms.patterns, _RHYTHMS)[::-1]
    _bars(right, rhythms, [column.histograms.patterns for column in both], rhythm)
    right.set(title="Rhythms of a bar", xlabel="share of the bars; c an eighth, * compound")
    name = f"model, temperature {model.request.temperature:g}" if model.request else model.name
    left.legend([f"people, {len(people.facts):,} tunes", f"{name}, {len(model.facts):,} tunes"], fontsize="small")
    return figure


def rhythm(pattern: Pattern) -> str:
    """As ABC with eighths for its unit."""
    compound, durations = pattern
    text = "".join(f"{'z' if duration < 0 else 'c'}{spell_length(8 * abs(duration))}" for duration in durations)
    return text + (" *" if compound else "")


def _bars(axes: Axes, values: Sequence[Any], both: Sequence[Counter[Any]], text: Callable[[Any], str]) -> None:
    height = 0.8 / len(both)
    for place, (counts, colour) in enumerate(zip(both, (_PEOPLE, _MODEL), strict=True)):
        size = max(1, counts.total())
        bottom = [index + 0.2 - place * height for index in range(len(values))]
        axes.barh(bottom, [counts[value] / size for value in values], height, color=colour)
    axes.set_yticks(range(len(values)), [text(value) for value in values], fontsize="small")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(axis="x", alpha=0.3)


def _signed(semitones: int) -> str:
    return f"{semitones:+d}" if semitones else "0"


def _commonest(counts: Counter[Any], number: int) -> list[Any]:
    return [value for value, _ in counts.most_common(number)]


# -- what the temperature does


def temperature_curves(people: Column, samples: Sequence[Column]) -> Figure:
    """What a change of temperature trades, each curve with people's own value as a dashed line."""
    figure = Figure(figsize=(15, 7), layout="constrained")
    temperatures = [column.request.temperature for column in samples if column.request]
    for axes, (title, rows) in zip(figure.subplots(2, 4).flat, _TRADES.items(), strict=True):
        is_share = not any(name.endswith("_distance") for name in rows)
        for (name, label), colour in zip(rows.items(), _COLOURS, strict=False):
            unit = 1.0 if is_share else people.values[name] or math.nan
            curve = [_number(column.values[name]) / unit for column in samples]
            axes.plot(temperatures, curve, marker=".", color=colour, label=label)
            axes.axhline(_number(people.values[name]) / unit, color=colour, linestyle="--", linewidth=1)
        axes.set(title=title, xlabel="temperature")
        axes.set_ylim(bottom=0)
        if is_share:
            axes.set_ylim(top=max(_LEAST_TOP, axes.get_ylim()[1]))
            axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    figure.suptitle(f"What the temperature does, {len(samples[0].facts):,} tunes each; dashed: people's unseen tunes")
    return figure


def _number(value: float | None) -> float:
    """NaN, a gap in the curve, where nothing can be said."""
    return math.nan if value is None else value
