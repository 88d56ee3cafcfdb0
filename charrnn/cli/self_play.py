"""``self-play``: the model's own tunes that are most like people's, to train it on."""

import argparse
import sys
from pathlib import Path
from typing import Any

from charrnn.cli.arguments import add_checkpoint, add_command, number
from charrnn.cli.terminal import progress, write
from charrnn.corpus.sources import DEFAULT_COLLECTIONS
from charrnn.model.location import find_checkpoint
from charrnn.sampling.options import check_count, check_workers

MORE = (
    "Composes eight times as many tunes as are wanted and keeps those that a judge finds most like people's. Then:"
    " python train.py --from NAME --also OUT"
)


def add(commands: Any) -> None:
    command = add_command(commands, "self-play", run, "the model's best tunes, to train it on", MORE)
    command.add_argument("out", type=Path, metavar="OUT", help="file to write, ABC")
    command.add_argument("--count", type=number, default=4000, help="tunes wanted")
    command.add_argument("--workers", type=number, default=1, help="processes that compose")
    add_checkpoint(command)


def run(options: argparse.Namespace) -> int:
    from charrnn.corpus.collection import load_corpus
    from charrnn.evaluation.self_play import EACH, play
    from charrnn.model.checkpoint import load_checkpoint
    from charrnn.sampling.batch import Composer

    count, workers = check_count(options.count), check_workers(options.workers)
    path = find_checkpoint(options.checkpoint)
    names = load_checkpoint(path).corpus.get("names", DEFAULT_COLLECTIONS)
    people = load_corpus(tuple(names), True).split.train
    texts = play(Composer(path, tunes=EACH * count), people, count, workers, progress=progress)
    book = "\n".join(f"X:{place}\nT:Own {place}\n{text}" for place, text in enumerate(texts, start=1))
    write(options.out, book)
    print(f"wrote {len(texts):,} tunes to {options.out}", file=sys.stderr)
    return 0
