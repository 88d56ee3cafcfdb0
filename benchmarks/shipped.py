"""The checkpoint in the repository, a row apart.

    python -m benchmarks.shipped

It was not trained in this run, nor in the same minutes.
"""

from benchmarks.contest import Entered, Material
from benchmarks.ours import entered
from charrnn.errors import CheckpointError
from charrnn.model.checkpoint import load_checkpoint
from charrnn.model.location import find_checkpoint

NAME = "shipped"


def enter(material: Material, minutes: float) -> Entered:
    """Raises CheckpointError where it learnt from another corpus: this test might have been its training."""
    checkpoint = load_checkpoint(find_checkpoint())
    if checkpoint.corpus.get("sha256") != material.corpus.sha256:
        raise CheckpointError("the shipped checkpoint was trained on another corpus than this one")
    training = checkpoint.training
    return entered(checkpoint, training.get("minutes"), training.get("characters"), "not trained in this run")


if __name__ == "__main__":
    from benchmarks.runner import main

    raise SystemExit(main([NAME]))
