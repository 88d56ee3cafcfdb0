"""``closes``: has the model's sections close on the tonic as often as people's."""

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any

from charrnn.cli.arguments import add_checkpoint, add_command, add_json, number
from charrnn.cli.terminal import progress
from charrnn.corpus.sources import DEFAULT_COLLECTIONS
from charrnn.model.location import find_checkpoint
from charrnn.sampling.checks import check_count

MORE = (
    "It counts how many sections of people's tunes (training and validation) close on the tonic, and of the model's,"
    " and works out which share of the model's has to be told to, by mode, with and without a form. The shares"
    " are written into the checkpoint's description, NAME.json. Train the judges first: they choose what is counted."
)


def add(commands: Any) -> None:
    command = add_command(commands, "closes", run, "have sections close on the tonic as often as people's", MORE)
    command.add_argument(
        "--count", type=number, default=2400, help="tunes of the model, half of them free, all composed twice"
    )
    add_json(command)
    add_checkpoint(command)


def run(options: argparse.Namespace) -> int:
    from charrnn.corpus.collection import load_corpus
    from charrnn.evaluation.closing import closes_from, study
    from charrnn.inference.compiling import prepare
    from charrnn.inference.threads import use_one_thread_each
    from charrnn.model.checkpoint import load_checkpoint, write_closes
    from charrnn.sampling.batch import WORTH_THE_KERNEL

    count, path = check_count(options.count), find_checkpoint(options.checkpoint)
    checkpoint = load_checkpoint(path)
    use_one_thread_each()
    if 2 * count >= WORTH_THE_KERNEL:
        prepare()
    corpus = load_corpus(tuple(checkpoint.corpus.get("names", DEFAULT_COLLECTIONS)), not options.json)
    rates = study(checkpoint, corpus.split, count, progress)
    write_closes(path, closes_from(rates))
    if options.json:
        print(json.dumps([asdict(each) | {"share": each.share} for each in rates]))
        return 0
    print(f"{'tunes':5} {'mode':6} {'section':7} {'people':>7} {'ours':>7} {'told':>7} {'share':>7}")
    for each in rates:
        values = (each.people, each.ours, each.told, each.share)
        print(f"{each.kind:5} {each.mode:6} {each.place:7}", *(f"{value:7.3f}" for value in values))
    print(f"wrote {path.with_suffix('.json')}", file=sys.stderr)
    return 0
