"""``gallery``: a folder of new tunes that a browser shows and plays without a server."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charrnn.cli.arguments import add_checkpoint, add_command, add_composing, add_fp32, asked, number
from charrnn.cli.terminal import load_checkpoint, progress
from charrnn.errors import CharrnnError
from charrnn.sampling.checks import check_candidates, check_count
from charrnn.sampling.options import Request

if TYPE_CHECKING:
    from charrnn.model.checkpoint import Checkpoint
    from charrnn.sampling.compose import Composition

MORE = "The folder needs no server: a static host can carry it, and a browser opens its index.html from disk."


def add(commands: Any) -> None:
    command = add_command(commands, "gallery", run, "write a folder of new tunes to see and hear in a browser", MORE)
    command.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    command.add_argument("--count", type=number, default=200, help="how many tunes")
    command.add_argument("--candidates", type=number, default=4, help="tunes of which each is the best")
    add_composing(command)
    command.set_defaults(seed=1)  # of the first tune
    add_checkpoint(command)
    add_fp32(command)


def run(options: argparse.Namespace) -> int:
    count, candidates = check_count(options.count), check_candidates(options.candidates)
    request = Request.checked(**asked(options))
    from charrnn.gallery.site import check_new, write_gallery
    from charrnn.inference.compiling import prepare
    from charrnn.inference.threads import use_one_thread_each
    from charrnn.render.audio.library import Library
    from charrnn.sampling.batch import WORTH_THE_KERNEL

    check_new(options.out)
    checkpoint = load_checkpoint(options)
    use_one_thread_each()  # the engine has every core
    if count * candidates >= WORTH_THE_KERNEL:
        prepare(not options.fp32)
    library = Library()
    library.prepare()
    tunes = progress(_best(checkpoint, request, count, candidates), count, "composing")
    try:
        written = write_gallery(options.out, tunes, library)
    except OSError as error:
        raise CharrnnError(f"{options.out} cannot be written: {error.strerror or error}") from error
    print(f"wrote {written:,} {'tune' if written == 1 else 'tunes'} to {options.out / 'index.html'}", file=sys.stderr)
    return 0


def _best(checkpoint: "Checkpoint", request: Request, count: int, candidates: int) -> "Iterator[Composition]":
    """For each tune so many are composed, and the best by the ranking is taken."""
    from charrnn.sampling.batch import numbered
    from charrnn.sampling.compose import compose_all
    from charrnn.sampling.ranking import ranked

    composed = compose_all(checkpoint, (numbered(request, each) for each in range(count * candidates)))
    for _ in range(count):
        group = [next(composed) for _ in range(candidates)]
        yield ranked(checkpoint, group)[0].composition if candidates > 1 else group[0]
