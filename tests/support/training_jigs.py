"""A corpus and a network small enough to be trained in a moment, for the tests of training."""

from pathlib import Path
from typing import Any

from charrnn.corpus.collection import Corpus
from charrnn.model.options import TrainOptions
from charrnn.model.training.run import Trainer
from tests.support.tiny import JIG

ROOT = Path(__file__).resolve().parents[2]
SHAPE: dict[str, Any] = {"embedding": 8, "units": 16, "layers": 2, "look_back": 8, "dropout": 0.1}
FLAGS = ["--units", "16", "--embedding", "8", "--layers", "2", "--look-back", "8", "--batch-characters", "500"]
LETTERS = "ABCDEFGabcdefg"


def write_jigs(path: Path, count: int = 40) -> None:
    """Variations on one jig, different enough to be tunes of their own."""
    header, music = JIG.split("K:D\n")
    tunes = []
    for number in range(count):
        moved = str.maketrans(LETTERS, LETTERS[number % 9 :] + LETTERS[: number % 9])
        tunes.append(f"{header}K:{'DGAC'[number % 4]}\n{music.translate(moved)}")
    path.write_text("\n".join(tunes))


def trainer(corpus: Corpus, path: Path, shape: dict[str, Any] = SHAPE, **options: Any) -> Trainer:
    """A run of ten steps, looked at in the end."""
    settings = {
        "steps": 10,
        "evaluate_every": 10,
        "batch_characters": 500,
        "warm_up": 2,
        "batch_size": 4,
        "seq_length": 40,
    }
    return Trainer(corpus, shape, TrainOptions(**{**settings, **options}), path)
