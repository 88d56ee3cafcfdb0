"""``sample``: new tunes, one or a hundred thousand."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from charrnn import limits
from charrnn.bulk.ledger import begun_with
from charrnn.cli.arguments import (
    add_bulk,
    add_checkpoint,
    add_command,
    add_composing,
    add_fp32,
    add_json,
    asked,
    number,
)
from charrnn.cli.bulk import ledger_of, processes_met, same_checkpoint, workers_of
from charrnn.cli.terminal import open_file, progress, write_pieces
from charrnn.importing.first_bars import DEFAULT_SEED_BARS, first_bars
from charrnn.model.location import find_checkpoint
from charrnn.sampling.checks import check_count
from charrnn.sampling.options import OPTIONS, Request

LISTED = 10  # seed numbers that are named one by one
MORE = (
    "The same tunes come from any number of workers, and of processes that torchrun starts: torchrun --nproc_per_node=2"
    " -m charrnn sample with the same flags. The first of them writes, on its machine; the others send it theirs. Until"
    " all are there they are kept in FILE.part; see --resume."
)


def add(commands: Any) -> None:
    command = add_command(commands, "sample", run, "write new tunes", MORE)
    start = command.add_mutually_exclusive_group()
    start.add_argument("--seed-text", default="", help=OPTIONS["seed_text"].help.rstrip("."))
    start.add_argument(
        "--seed-file", type=Path, metavar="FILE", help="an ABC, MIDI or MusicXML file whose first bars to start from"
    )
    command.add_argument(
        "--seed-bars",
        default=DEFAULT_SEED_BARS,
        type=_bars,
        metavar="N",
        help="how many bars of --seed-file, after a pick-up; all takes the whole tune",
    )
    command.add_argument("--count", type=number, default=1, help="how many tunes; tune n takes the random seed + n - 1")
    add_composing(command, "seed_text")
    command.add_argument("--out", type=Path, metavar="FILE", help="the file to write; by default the terminal")
    add_json(command, "write a line of JSON for each tune, with its seed number and what is to be told of it")
    add_bulk(command)
    add_checkpoint(command)
    add_fp32(command)


def run(options: argparse.Namespace) -> int:
    if options.resume and options.out is None:
        options.error("--resume needs --out, the file that was begun")
    count = check_count(options.count)
    workers = workers_of(options, count)
    wanted = _request(options)
    path = find_checkpoint(options.checkpoint)

    from charrnn.bulk.crew import Crew  # after the checks: it brings torch
    from charrnn.sampling.batch import BookWriter, Composer

    with processes_met() as processes:
        request = processes.first_alone(lambda: wanted)  # a seed number that was drawn is one for all
        identity = {
            "checkpoint": same_checkpoint(processes, path),
            "fp32": options.fp32,
            "count": count,
            **asdict(request),
        }
        with ledger_of(processes, options.out, {"book": 1, **identity}, options.resume, count) as ledger:
            done = processes.first_alone(lambda: ledger.count if ledger else 0)
            remarks = _Remarks()
            with Crew(BookWriter(Composer(path, not options.fp32, count), request), workers, processes) as crew:
                entries: Iterable[dict[str, Any]] = (entry.as_dict() for entry in crew.map(range(done, count)))
                if processes.is_first and (ledger or not sys.stdout.isatty()):  # else the tunes show it
                    entries = progress(entries, count, "composing", done)
                if ledger:
                    for entry in entries:
                        ledger.append(entry)
                    write_pieces(options.out, _texts(remarks.noting(ledger.results()), options.json))
                else:
                    for text in _texts(remarks.noting(entries), options.json):
                        print(text, end="", flush=True)
            for line in remarks.lines():
                print(line, file=sys.stderr)
            if ledger:
                print(f"wrote {count:,} {'tune' if count == 1 else 'tunes'} to {options.out}", file=sys.stderr)
    return 0


def _request(options: argparse.Namespace) -> Request:
    seed = options.seed
    if seed is None and options.resume:
        seed = begun_with(options.out).get("seed")  # the one that was drawn
    return Request.checked(**asked(options) | {"seed_text": _seed_text(options), "seed": seed})


def _bars(text: str) -> int:
    """A number of bars; 0 for all."""
    if text == "all":
        return 0
    if not text.isdecimal() or not 1 <= int(text) <= limits.MAX_FORM_BARS:
        raise argparse.ArgumentTypeError(f"must be all, or a whole number from 1 to {limits.MAX_FORM_BARS}, not {text}")
    return int(text)


def _seed_text(options: argparse.Namespace) -> str:
    if options.seed_file is None:
        text: str = options.seed_text
        return text
    opened = open_file(options.seed_file)
    print(f"{options.seed_file}: {opened.sentence}", file=sys.stderr)
    return first_bars(opened.abc, options.seed_bars) if options.seed_bars else opened.abc


def _texts(entries: Iterable[dict[str, Any]], as_json: bool) -> Iterator[str]:
    """What is written of each tune: a line of JSON, or its ABC, with an empty line between two."""
    for entry in entries:
        if as_json:
            yield json.dumps(entry) + "\n"
        else:
            yield entry["abc"] if entry["number"] == 1 else f"\n{entry['abc']}"


class _Remarks:
    """What a person should know of tunes, besides the tunes."""

    def __init__(self) -> None:
        self._of_seed: list[str] = []
        self._over_shared: list[str] = []
        self._loops: list[str] = []

    def noting(self, entries: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Passes the entries on."""
        for entry in entries:
            tune = f"the tune of random seed {entry['seed']}"
            self._of_seed += [f"your own bars are kept as they are; {each}" for each in entry["problems_of_seed"]]
            if entry["over_shared"]:
                self._over_shared.append(
                    f"{tune} has {entry['over_shared']} notes at which every way on was a longer shared passage"
                )
            if entry["loops"]:
                self._loops.append(f"{tune} goes round in circles")
            yield entry

    def lines(self) -> Iterator[str]:
        yield from self._of_seed
        for remarks in (self._over_shared, self._loops):
            yield from remarks[:LISTED]
            if len(remarks) > LISTED:
                yield f"and so it is with {len(remarks) - LISTED:,} more tunes"
