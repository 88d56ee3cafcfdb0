"""Ours: the default network and training options, trained in this run for the same minutes.

It is looked at on the validation split once, at the end, so that all of its minutes are training. Its tunes are drawn
as the page draws them, with the grammar; and, in a row apart, as the recipes draw theirs.

    python -m benchmarks.ours [--minutes 5]
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from tqdm import tqdm

from benchmarks.contest import MOST_CHARACTERS, SEED, Entered, Material, NewTune
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.options import TrainOptions
from charrnn.model.scoring import score
from charrnn.model.training.run import Trainer
from charrnn.sampling.compose import compose
from charrnn.sampling.options import DEFAULT_TEMPERATURE, DEFAULT_TRIES, Request

NAME = "ours"
_NEVER = 1_000_000_000  # steps between evaluations


def enter(material: Material, minutes: float) -> Entered:
    options = replace(TrainOptions(), minutes=minutes, evaluate_every=_NEVER)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(material.corpus, {}, options, Path(folder, "ours.safetensors"))
        if not trainer.run():
            raise KeyboardInterrupt  # the trainer took the signal to stop
    return entered(
        trainer.checkpoint(),
        minutes=trainer.progress.seconds / 60,
        characters=trainer.progress.characters,
        remark=f"{trainer.progress.step:,} steps",
    )


def entered(checkpoint: Checkpoint, minutes: float | None, characters: int | None, remark: str) -> Entered:
    """A checkpoint as an entry."""
    return Entered(
        score=partial(score, checkpoint.network, checkpoint.vocabulary),
        writers={
            f"as usual, T {DEFAULT_TEMPERATURE:g}": partial(write, checkpoint, DEFAULT_TEMPERATURE, True),
            "T 1": partial(write, checkpoint, 1.0, False),  # plainly, as the others
        },
        parameters=sum(parameter.numel() for parameter in checkpoint.network.parameters()),
        minutes=minutes,
        characters=characters,
        remark=remark,
    )


def write(checkpoint: Checkpoint, temperature: float, grammar: bool, headers: Sequence[str]) -> list[NewTune]:
    tunes = []
    for number, header in enumerate(tqdm(headers, desc="drawing", unit=" tunes", leave=False, disable=None)):
        request = Request.checked(
            header, temperature=temperature, length=MOST_CHARACTERS, seed=SEED + number, grammar=grammar,
            tries=DEFAULT_TRIES if grammar else 1,
        )  # fmt: skip
        composition = compose(checkpoint, request)
        tunes.append(NewTune(composition.abc, len(composition.music), composition.ended))
    return tunes


if __name__ == "__main__":
    from benchmarks.runner import main

    raise SystemExit(main([NAME]))
