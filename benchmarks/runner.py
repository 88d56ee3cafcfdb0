"""Runs the contest: each entry learns, is scored on the test split, and writes tunes that are judged.

What is finished is kept: the files are written anew after every row, an entry that fails has a row that says why, and
Ctrl-C ends the run with the table so far.
"""

import argparse
import os
import platform
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from threadpoolctl import threadpool_limits

from benchmarks import cache, compressor, kneser_ney, lab, notebook, ours, people, shipped
from benchmarks.contest import Enter, Entered, Material
from benchmarks.judging import Judge
from benchmarks.results import Results, Row, Settings
from charrnn.corpus.collection import load_corpus
from charrnn.corpus.sources import DEFAULT_COLLECTIONS
from charrnn.errors import CharrnnError
from charrnn.model.scoring import total
from charrnn.model.training.run import has_bf16

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    title: str
    enter: Enter


ENTRIES = [
    Entry(people.NAME, "people", people.enter),
    Entry(compressor.NAME, "xz -9e", compressor.enter),
    Entry(kneser_ney.NAME, f"Kneser-Ney, order {kneser_ney.ORDER}", kneser_ney.enter),
    Entry(cache.NAME, "Kneser-Ney + cache of the tune", cache.enter),
    Entry(notebook.NAME, "the seed notebook's recipe", notebook.enter),
    Entry(lab.NAME, "MIT 6.S191, lab 1", lab.enter),
    Entry(ours.NAME, "ours, the same minutes", ours.enter),
    Entry(shipped.NAME, "ours, as shipped", shipped.enter),
]
NAMES = [entry.name for entry in ENTRIES]


def parser() -> argparse.ArgumentParser:
    out = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Our model beside its peers: one text, one machine, the same minutes."
    )
    out.add_argument("--minutes", type=_positive, default=5.0, help="of training for each that trains; default: 5")
    out.add_argument("--count", type=_count, default=100, help="tunes that each writes, 0 for none; default: 100")
    out.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help=f"of {', '.join(NAMES)}")
    out.add_argument("--threads", type=_threads, default=os.cpu_count() or 1, help="torch's; default: every core")
    out.add_argument("--corpus", nargs="+", default=list(DEFAULT_COLLECTIONS), metavar="NAME", help="as for train.py")
    out.add_argument("--out", type=Path, default=Path("build/benchmarks"), help="folder; default: build/benchmarks")
    out.add_argument("--json", action="store_true", help="print JSON instead of the table")
    out.add_argument("--redraw", action="store_true", help="only draw table and picture of OUT/peers.json again")
    return out


def main(only: Sequence[str] = ()) -> int:
    """The command line. ``only`` says which entries run where the flags do not."""
    options = parser().parse_args()
    try:
        results = _read(options.out) if options.redraw else _run(options, options.only or only or NAMES)
        results.save(options.out)
    except (CharrnnError, OSError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    print(results.as_json() if options.json else results.table())
    return 0


def _run(options: argparse.Namespace, names: Sequence[str]) -> Results:
    torch.set_num_threads(options.threads)
    threadpool_limits(1, user_api="blas")  # numpy's: a step of drawing is too small to share
    _say("reading the corpus")
    material = Material(load_corpus(tuple(options.corpus), progress=True))
    results = Results(settings_of(options, material))
    judge = Judge(material.corpus.split.train) if options.count else None
    try:
        for entry in ENTRIES:
            if entry.name in names:
                for row in rows_of(entry, material, judge, options.minutes, options.count, _say):
                    results.rows.append(row)
                    results.save(options.out)
    except KeyboardInterrupt:
        _say(f"interrupted; the rows so far are in {options.out}")
    return results


def rows_of(
    entry: Entry, material: Material, judge: Judge | None, minutes: float, count: int, say: Say
) -> Iterator[Row]:
    """A row for each way of drawing tunes, or one where none are drawn. What fails is told in the row."""
    row = Row(entry.name, entry.title)
    try:
        say(f"{entry.title}: learning")
        entered = entry.enter(material, minutes)
        row = scored_row(row, entered, material)
    except Exception as error:
        yield failed(row, error)
        return
    if row.bits_per_character is not None:
        say(f"{entry.title}: {row.bits_per_character:.3f} bits per character")
    if judge is None or not entered.writers:
        yield row
        return
    for drawn, write in entered.writers.items():
        say(f"{entry.title}: writing {count} tunes ({drawn})")
        try:
            yield replace(row, drawn=drawn, **judge.shares(write(material.headers(count))))
        except Exception as error:
            yield failed(replace(row, drawn=drawn), error)


def scored_row(row: Row, entered: Entered, material: Material) -> Row:
    """The row with what is known of the entry, and its bits on the test split."""
    row = replace(
        row,
        parameters=entered.parameters,
        minutes=entered.minutes,
        characters=entered.characters,
        remark=entered.remark,
    )
    if entered.score is None:
        return row
    score = total(entered.score(material.test))
    return replace(row, bits_per_character=score.bits_per_character, bits_per_note=score.bits_per_note)


def failed(row: Row, error: Exception) -> Row:
    traceback.print_exc()
    return replace(row, error=f"{type(error).__name__}: {error}")


def settings_of(options: argparse.Namespace, material: Material) -> Settings:
    summary = material.corpus.summary()
    return Settings(
        minutes=options.minutes,
        count=options.count,
        threads=options.threads,
        processor=f"{os.cpu_count()} {platform.machine()} cores",
        bf16=has_bf16("cpu"),
        corpus=summary["tunes"],
        sha256=summary["sha256"],
    )


def _read(folder: Path) -> Results:
    try:
        return Results.from_json((folder / "peers.json").read_text())
    except (ValueError, KeyError, TypeError) as error:
        raise CharrnnError(f"{folder / 'peers.json'} holds no results: {error}") from error


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"a number over 0 is wanted, not {text}")
    return number


def _count(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 10_000:
        raise argparse.ArgumentTypeError(f"a whole number from 0 to 10,000 is wanted, not {text}")
    return number


def _threads(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1_024:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to 1,024 is wanted, not {text}")
    return number
