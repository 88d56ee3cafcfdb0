"""The seed notebook's recipe: the lab's network, stateful, 1,000 iterations, batches of 32 stretches of 100
characters, Adam at 1e-3.

Stateful layers want each row to go on where it stopped in the batch before, so the rows read the text on here. A state
that is carried to a random place is worth less.

    python -m benchmarks.notebook [--minutes 5]
"""

from itertools import chain, repeat

from benchmarks.contest import Entered, Material
from benchmarks.recipes import enter_recipe
from charrnn.model.batches import streams

NAME = "notebook"
BATCH, LENGTH, LEARNING_RATE, ITERATIONS = 32, 100, 1e-3, 1_000


def enter(material: Material, minutes: float) -> Entered:
    epochs = (streams(text, BATCH, LENGTH) for text in repeat(material.train_text))
    return enter_recipe(material, chain.from_iterable(epochs), LEARNING_RATE, ITERATIONS, minutes)


if __name__ == "__main__":
    from benchmarks.runner import main

    raise SystemExit(main([NAME]))
