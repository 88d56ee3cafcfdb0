"""``original``: what tunes share with the music that a model was trained on."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charrnn.cli.arguments import UNSEEN_SIDES, add_book, add_checkpoint, add_command, add_json, add_split
from charrnn.cli.terminal import read_book
from charrnn.model.location import find_checkpoint

if TYPE_CHECKING:
    from charrnn.notation.tune import Tune


def add(commands: Any) -> None:
    command = add_command(
        commands, "original", run, "what tunes share with the music that the model was trained on, in any key"
    )
    what = command.add_mutually_exclusive_group(required=True)
    add_book(what, nargs="?")
    add_split(what, "people's own: a side of the default corpus instead", UNSEEN_SIDES)
    command.add_argument("--index", type=Path, help="made by corpus --index; by default that of the checkpoint")
    add_checkpoint(command)
    add_json(command)


def run(options: argparse.Namespace) -> int:
    from charrnn.corpus.originality.index import OriginalityIndex
    from charrnn.evaluation.originality import summary
    from charrnn.model.training_index import index_at

    if options.index is None:
        index = index_at(find_checkpoint(options.checkpoint))
    else:
        index = OriginalityIndex.load(options.index)
    names, tunes = _tunes_to_compare(options)
    found = [index.compare(tune) for tune in tunes]
    total = summary(found)
    if options.json:
        listed = [{"title": name, **result.as_dict()} for name, result in zip(names, found, strict=True)]
        print(json.dumps({"total": total.as_dict(), "tunes": listed}, indent=2))
    else:
        for name, result in [] if options.split else zip(names, found, strict=True):
            print(f"{name}: {result.report}")
        if len(found) > 1:
            print(total.report())
    return 1 if any(result.is_copy or not result.notes for result in found) and not options.split else 0


def _tunes_to_compare(options: argparse.Namespace) -> tuple[list[str], list["Tune"]]:
    from charrnn.corpus.collection import load_corpus
    from charrnn.notation import parse

    if options.split:
        side = load_corpus(progress=not options.json).split.side(options.split)
        return [tune.title for tune in side], [tune.parsed for tune in side]
    tunes = [parse(text) for text in read_book(options.abc)]
    return [tune.title or f"tune {number}" for number, tune in enumerate(tunes, start=1)], tunes
