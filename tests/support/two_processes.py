"""What each of two processes does in tests/model/test_processes.py: several short runs, and a report of how they went.

torchrun ... tests/support/two_processes.py CORPUS FOLDER. Each process has a folder of its own, named after its rank.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from charrnn.corpus.collection import load_corpus
from charrnn.errors import CharrnnError
from charrnn.model.training import run as training
from tests.support.training_jigs import SHAPE, trainer


def main(corpus_name: str, folder: str) -> None:
    training.has_bf16 = lambda device: False  # whose rounding would hide a difference
    corpus, mine = load_corpus((corpus_name,), False), Path(folder, os.environ["RANK"])
    report: dict[str, Any] = {}

    exact = trainer(corpus, mine / "exact.safetensors", {**SHAPE, "dropout": 0.0, "weight_dropout": 0.0}, steps=6)
    report["bits"] = [exact._step(batch).bits for batch in exact._batches()]
    weights = {f"exact.{name}": tensor for name, tensor in exact.network.state_dict().items()}

    whole = trainer(corpus, mine / "whole.safetensors", steps=8, evaluate_every=4)
    whole.run()
    weights |= {f"whole.{name}": tensor for name, tensor in whole.network.state_dict().items()}
    report["whole"] = sorted(path.name for path in mine.glob("*"))

    parts = trainer(corpus, mine / "parts.safetensors", steps=8, evaluate_every=4)
    if os.environ["RANK"] == "1":
        parts.stop()
    report["finished"], report["stopped_at"] = parts.run(), parts.progress.step
    resumed = trainer(corpus, mine / "parts.safetensors", steps=8, evaluate_every=4)
    resumed.resume()
    resumed.run()
    weights |= {f"resumed.{name}": tensor for name, tensor in resumed.network.state_dict().items()}

    Path(folder, "file").touch()
    try:
        trainer(corpus, Path(folder, "file", "no.safetensors"), steps=1).run()
    except CharrnnError as error:
        report["error"] = str(error)
    resumed.processes.leave()
    save_file(weights, Path(folder, f"{os.environ['RANK']}.weights"))
    Path(folder, f"{os.environ['RANK']}.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
