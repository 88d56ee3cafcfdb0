"""The loss curve as a picture: bits per character over the characters seen, for both sides of the split."""

import io
from collections.abc import Sequence
from pathlib import Path

from charrnn.model.checkpoint import write_file


def plot_history(history: Sequence[dict[str, float]], path: Path) -> None:
    """Write the curve as a PNG. Each point of the history has ``characters``, ``train`` and ``valid``.

    Raises CheckpointError when the file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    millions = [point["characters"] / 1e6 for point in history]
    for side in ("train", "valid"):
        axes.plot(millions, [point[side] for point in history], label=side, marker=".")
    axes.set(xlabel="million characters seen", ylabel="bits per character")
    axes.grid(alpha=0.3)
    axes.legend()
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    write_file(path, picture.getvalue())
