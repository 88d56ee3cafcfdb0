"""What each of two processes does in tests/model/test_processes.py: several short runs, and a report of how they went.
Who waits for their files ``NAME.resume.safetensors`` sends them SIGTERM in the run "terminated", and kills torchrun in
the run "orphaned". In the last one the second process kills itself.

torchrun ... tests/support/two_processes.py CORPUS FOLDER. Each process has a folder of its own, named after its rank.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch.distributed as dist
from safetensors.torch import save_file

import train
from charrnn.corpus.collection import load_corpus
from charrnn.errors import CharrnnError, LostProcessError
from charrnn.model.batches import Batch
from charrnn.model.training import run as training
from charrnn.model.training.run import Trainer
from tests.support.training_jigs import FLAGS, SHAPE, trainer


def main(corpus_name: str, folder: str) -> None:
    training.has_bf16 = lambda device: False  # whose rounding would hide a difference
    corpus, mine = load_corpus((corpus_name,), False), Path(folder, os.environ["RANK"])
    report: dict[str, Any] = {}

    exact = trainer(corpus, mine / "exact.safetensors", {**SHAPE, "dropout": 0.0, "weight_dropout": 0.0}, steps=6)
    report["bits"] = [exact._step(batch).bits for batch in exact._batches()]
    weights = {f"exact.{name}": tensor for name, tensor in exact.network.state_dict().items()}

    whole = trainer(corpus, mine / "whole.safetensors", steps=6, evaluate_every=6)
    whole.run()
    weights |= {f"whole.{name}": tensor for name, tensor in whole.network.state_dict().items()}
    report["whole"] = sorted(path.name for path in mine.glob("*"))

    parts = trainer(corpus, mine / "parts.safetensors", steps=6, evaluate_every=6)
    if os.environ["RANK"] == "1":
        parts.stop()
    report["stopped"] = parts.run(), parts.progress.step
    resumed = trainer(corpus, mine / "parts.safetensors", steps=6, evaluate_every=6)
    resumed.resume()
    resumed.run()
    weights |= {f"resumed.{name}": tensor for name, tensor in resumed.network.state_dict().items()}

    Path(folder, "file").touch()
    try:
        trainer(corpus, Path(folder, "file", "no.safetensors"), steps=1).run()
    except CharrnnError as error:
        report["error"] = str(error)
    save_file(weights, Path(folder, f"{os.environ['RANK']}.weights"))

    dist.destroy_process_group = lambda: None  # which the command line does in the end
    flags = ["--corpus", corpus_name, "--name", str(mine / "terminated.safetensors"), *FLAGS, "--save-minutes", "1e-9"]
    report["terminated"] = train.main([*flags, "--steps", "100000", "--evaluate-every", "2"])

    orphaned = trainer(corpus, mine / "orphaned.safetensors", steps=100_000, save_minutes=1e-9)
    report["orphaned"] = orphaned.run(), orphaned.progress.step

    lost = trainer(corpus, mine / "lost.safetensors", steps=100_000, evaluate_every=2)
    if os.environ["RANK"] == "1":
        write(report, mine)
        die_in_step(lost, 4)
    try:
        lost.run()
    except LostProcessError as error:
        report["lost"] = str(error)
    write(report, mine)


def die_in_step(run: Trainer, number: int) -> None:
    step = run._step

    def step_or_die(batch: Batch) -> Any:
        if run.progress.step == number - 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(batch)

    run._step = step_or_die  # type: ignore[method-assign]


def write(report: dict[str, Any], folder: Path) -> None:
    folder.with_suffix(".json").write_text(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
