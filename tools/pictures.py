"""Draws the pictures of docs/how-it-works.md: ``python tools/pictures.py``.

unrolled.png is the network over a few characters; softmax.png is what the shipped model really expects at one step of
a tune from the test split, which it has never seen.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path as BezierPath

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from charrnn.corpus.collection import load_corpus
from charrnn.inference.draws import read
from charrnn.model.checkpoint import Checkpoint, load_checkpoint
from charrnn.model.location import find_checkpoint
from charrnn.model.vocabulary import START

FOLDER = Path(__file__).resolve().parents[1] / "docs"
COLOURS = {"character": "#f2e3c6", "layer": "#cfe3dc", "softmax": "#e7d3e6"}
INK, ACCENT = "#333333", "#a3402d"
TEMPERATURES = (0.5, 1.0, 1.6)
SHOWN = 10  # most probable characters in the picture


def draw_unrolled(path: Path, text: str = "|:dfd") -> None:
    """Time runs to the right: each column is the same network one character later."""
    figure = Figure(figsize=(9, 5.8), layout="constrained")
    axes = figure.subplots()
    rows = ["character", "embedding", "LSTM 1", "recall", "LSTM 2", "LSTM 3", "softmax, pointer", "one draw"]
    last, layers, looks_back = len(rows) - 1, (2, 4, 5), (3, 6)
    for column, character in enumerate(text[:-1]):
        labels = [character, *rows[1:-1], text[column + 1]]
        for row, label in enumerate(labels):
            kind = "character" if row in (0, last) else "softmax" if row in looks_back else "layer"
            _box(axes, column, row, label, COLOURS[kind])
            if row:
                _arrow(axes, (column, row - 0.7), (column, row - 0.3))
        for row in layers:
            _arrow(axes, (column + 0.22, row), (column + 0.78, row), ACCENT)
        if column:
            _feed_back(axes, column, last)
    axes.text(-0.62, 4.5, "state\n(h, c)", ha="right", va="center", color=ACCENT)
    for row in layers:
        _arrow(axes, (-0.6, row), (-0.22, row), ACCENT)
    axes.text(len(text) - 1.2, 4.5, "  and so on", va="center", color=ACCENT)
    axes.set(xlim=(-1.2, len(text) - 0.4), ylim=(-0.6, len(rows) - 0.4))
    axes.axis("off")
    figure.savefig(path, dpi=110)


def _box(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    style = {"boxstyle": "round,pad=0.35", "facecolor": colour, "edgecolor": INK, "linewidth": 0.8}
    mono = len(text) == 1
    axes.text(x, y, text, ha="center", va="center", bbox=style, family="monospace" if mono else None, color=INK)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = INK) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": colour})


def _feed_back(axes: Axes, column: int, top: int) -> None:
    """What was drawn in the column before goes back in as this column's character."""
    points = [(column - 0.87, top), (column - 0.5, top), (column - 0.5, 0), (column - 0.13, 0)]
    curve = BezierPath(points, [BezierPath.MOVETO, *[BezierPath.CURVE4] * 3])
    style = {"arrowstyle": "->", "mutation_scale": 10, "color": INK, "linestyle": "dashed"}
    axes.add_patch(FancyArrowPatch(path=curve, **style))


def draw_softmax(path: Path, checkpoint: Checkpoint) -> None:
    """The distribution over the next character half-way through a test tune, at three temperatures."""
    tune = load_corpus().split.test[0]
    cut = tune.music.index("|", len(tune.music) // 2) + 3
    seen, truth = tune.header + tune.music[:cut], tune.music[cut]
    ids = checkpoint.vocabulary.encode(START + seen)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    figure.suptitle(
        f"after   ...{seen[-28:]}   ({tune.title}; next is really {truth})", family="monospace", fontsize=10
    )
    panels = figure.subplots(1, len(TEMPERATURES), sharey=True)
    order = np.argsort(-read(checkpoint.network, ids)[0])[:SHOWN].tolist()
    names = [checkpoint.vocabulary.characters[index].replace("\n", "end") for index in order]
    for axes, temperature in zip(panels, TEMPERATURES, strict=True):
        probabilities, _ = read(checkpoint.network, ids, None, temperature)
        colours = [ACCENT if name == truth else "#7aa79a" for name in names]
        axes.bar(range(SHOWN), [float(probabilities[index]) for index in order], color=colours)
        axes.set_xticks(range(SHOWN), names, family="monospace")
        axes.set_title(f"temperature {temperature:g}", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("probability")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    draw_unrolled(FOLDER / "unrolled.png")
    draw_softmax(FOLDER / "softmax.png", load_checkpoint(find_checkpoint(*sys.argv[1:2])))
