"""``judge``: trains the judge that ranks candidates."""

import argparse
import hashlib
import json
import sys
from typing import Any

from charrnn.cli.arguments import add_checkpoint, add_command, add_json, number
from charrnn.cli.terminal import progress
from charrnn.corpus.sources import DEFAULT_COLLECTIONS
from charrnn.model.location import find_checkpoint
from charrnn.sampling.checks import check_count, check_workers

MORE = (
    "It tells people's training tunes from tunes that the model writes, by short patterns of notes, and puts the"
    " candidate first that is most like people's. It is written beside the checkpoint, NAME.judge.npz, and belongs to"
    " these weights alone: train it anew after the model."
)


def add(commands: Any) -> None:
    command = add_command(commands, "judge", run, "train the judge that ranks candidates", MORE)
    command.add_argument("--count", type=number, default=3000, help="tunes of the model, and at most of people")
    command.add_argument("--workers", type=number, default=1, help="processes that compose")
    add_json(command)
    add_checkpoint(command)


def run(options: argparse.Namespace) -> int:
    from charrnn.corpus.collection import load_corpus
    from charrnn.evaluation.judging import train_judge
    from charrnn.model.checkpoint import judge_path, load_checkpoint
    from charrnn.model.likeness.judge import save
    from charrnn.sampling.batch import Composer

    count, workers = check_count(options.count), check_workers(options.workers)
    path = find_checkpoint(options.checkpoint)
    checkpoint = load_checkpoint(path)
    corpus = load_corpus(tuple(checkpoint.corpus.get("names", DEFAULT_COLLECTIONS)), not options.json)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    judge, auc = train_judge(Composer(path, tunes=count), corpus.split.train, count, digest, workers, progress)
    save(judge, judge_path(path))
    if options.json:
        print(json.dumps({"path": str(judge_path(path)), "features": len(judge.hashes), "auc": auc}))
    else:
        print(f"tells tunes it has not seen apart with an AUC of {auc:.3f} (0.5: it cannot)", file=sys.stderr)
        print(f"wrote {judge_path(path)}", file=sys.stderr)
    return 0
