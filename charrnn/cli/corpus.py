"""``corpus``: what the training music is."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from charrnn.cli.arguments import add_command, add_json
from charrnn.cli.terminal import progress
from charrnn.corpus.sources import DEFAULT_COLLECTIONS


def add(commands: Any) -> None:
    command = add_command(commands, "corpus", run, "what the training music is, and how it is split")
    command.add_argument(
        "--corpus", nargs="+", metavar="NAME", default=list(DEFAULT_COLLECTIONS),
        help="collections of music21, .abc files, folders or patterns",
    )  # fmt: skip
    add_json(command, "print the counts as JSON")
    command.add_argument("--extremes", action="store_true", help="show its extremes beside this program's caps instead")
    command.add_argument("--anew", action="store_true", help="as tunes are read today, not as the shipped model learnt")
    command.add_argument("--index", type=Path, help="write the passages of its training side here, for original")


def run(options: argparse.Namespace) -> int:
    from charrnn.corpus.collection import load_corpus, report

    if options.extremes:
        return _show_extremes(tuple(options.corpus))
    corpus = load_corpus(tuple(options.corpus), progress=not options.json, is_anew=options.anew)
    if options.index is not None:
        from charrnn.corpus.originality.index import OriginalityIndex

        OriginalityIndex.build(corpus.split.train, corpus.sha256).save(options.index)
        print(f"wrote the passages of {len(corpus.split.train):,} tunes to {options.index}", file=sys.stderr)
    print(json.dumps(corpus.summary(), indent=2) if options.json else report(corpus))
    return 0


def _show_extremes(names: tuple[str, ...]) -> int:
    from charrnn.corpus.extremes import extremes, report
    from charrnn.corpus.sources import read_tunes

    tunes = list(read_tunes(names))
    print(report(extremes(progress(tunes, len(tunes), "measuring"))))
    return 0
