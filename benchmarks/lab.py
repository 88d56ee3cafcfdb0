"""The recipe of lab 1 of MIT's course 6.S191, in PyTorch: 3,000 iterations, batches of 8 stretches of 100 characters
from random places, each from a fresh state, Adam at 5e-3.

    python -m benchmarks.lab [--minutes 5]
"""

from itertools import chain, repeat

import numpy as np

from benchmarks.contest import SEED, Entered, Material
from benchmarks.recipes import enter_recipe
from charrnn.model.batches import random_windows

NAME = "lab"
BATCH, LENGTH, LEARNING_RATE, ITERATIONS = 8, 100, 5e-3, 3_000


def enter(material: Material, minutes: float) -> Entered:
    random = np.random.default_rng(SEED)
    epochs = (random_windows(text, BATCH, LENGTH, random) for text in repeat(material.train_text))
    return enter_recipe(material, chain.from_iterable(epochs), LEARNING_RATE, ITERATIONS, minutes)


if __name__ == "__main__":
    from benchmarks.runner import main

    raise SystemExit(main([NAME]))
