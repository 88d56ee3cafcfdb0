"""The command line: ``python -m charrnn COMMAND``, a module for each command; ``arguments``, ``terminal`` and ``bulk``
are shared.

Arguments are read before anything heavy is imported, so that --help answers at once. Exit codes: 0 done, 1 something
was wrong with the input or the result, 2 wrong usage, 130 stopped by Ctrl-C, 143 by SIGTERM.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence

from charrnn.cli import (
    book,
    check,
    closes,
    corpus,
    evaluate,
    export,
    gallery,
    judge,
    midi,
    original,
    sample,
    score,
    serve,
    train,
)
from charrnn.cli.arguments import CommandParser
from charrnn.errors import CharrnnError
from charrnn.termination import EXIT_TERMINATED, Terminated, terminations_raised

# As --help lists them.
COMMANDS = (serve, sample, gallery, export, book, midi, check, score, original, corpus, evaluate, train, closes, judge)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        with terminations_raised():
            found: int = options.run(options)
            return found
    except CharrnnError as error:
        print(f"charrnn {options.command}{_which_process()}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output, such as head, has gone
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    except Terminated:
        print("terminated", file=sys.stderr)
        return EXIT_TERMINATED


def parser() -> argparse.ArgumentParser:
    out = argparse.ArgumentParser(prog="python -m charrnn", description="Compose folk tunes, and examine them.")
    commands = out.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=CommandParser)
    for command in COMMANDS:
        command.add(commands)
    return out


def _which_process() -> str:
    """Of those that torchrun started, but for the first."""
    rank = int(os.environ.get("RANK", "0"))
    return f" (process {rank + 1} of {os.environ.get('WORLD_SIZE', '?')})" if rank else ""
