"""``evaluate``: the evaluation card."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charrnn.cli.arguments import (
    UNSEEN_SIDES,
    add_bulk,
    add_checkpoint,
    add_command,
    add_composing,
    add_fp32,
    add_json,
    add_split,
    asked,
    number,
)
from charrnn.cli.bulk import ledger_of, processes_met, same_checkpoint, workers_of
from charrnn.cli.terminal import make_folder, progress, write
from charrnn.corpus.sources import DEFAULT_COLLECTIONS
from charrnn.model.location import find_checkpoint
from charrnn.sampling.checks import check_candidates, check_count
from charrnn.sampling.options import DEFAULT_TEMPERATURE, OPTIONS

if TYPE_CHECKING:
    from charrnn.evaluation.card import Card

MORE = (
    "The same card comes from any number of workers, and of processes that torchrun starts: torchrun --nproc_per_node=2"
    " -m charrnn evaluate with the same flags. The first of them reads the corpus and writes, on its machine; each"
    " machine needs abc2midi. With --out, the tunes so far are kept in card.json.part; see --resume."
)


def add(commands: Any) -> None:
    command = add_command(
        commands, "evaluate", run, "measure the model and what it writes, beside people's tunes", MORE
    )
    command.add_argument("--count", type=number, default=1000, help="tunes at each temperature")
    command.add_argument("--temperature", type=number, nargs="+", default=[DEFAULT_TEMPERATURE], help="one or more")
    command.add_argument("--awkward", action="store_true", help="start from seeds that stop in awkward places")
    add_composing(command, "seed_text", "temperature", "length")
    command.set_defaults(seed=1)  # of the first tune
    command.add_argument(
        "--corpus",
        nargs="+",
        metavar="NAME",
        help="what the tunes are compared with; by default the collections and files that the model was trained on",
    )
    command.add_argument("--out", type=Path, metavar="FOLDER", help="for card.json, card.md and plots")
    command.add_argument("--wrong", type=Path, metavar="FILE", help="for the tunes that abc2midi warns of")
    modes = command.add_mutually_exclusive_group()
    modes.add_argument(
        "--reading", action="store_true", help="compare our reading of the corpus with abc2midi's instead"
    )
    modes.add_argument(
        "--instruments", action="store_true",
        help="count notes that an instrument does not have in tunes for each one, awkward seeds included, instead",
    )  # fmt: skip
    modes.add_argument(
        "--two-sample", action="store_true",
        help="see how well simple classifiers tell the tunes from people's instead; needs scikit-learn",
    )  # fmt: skip
    add_split(command, "with --two-sample, people's tunes to compare with", UNSEEN_SIDES, default="test")
    command.add_argument(
        "--candidates", type=number, default=4, help="with --two-sample, tunes to choose the best of; 1 for none"
    )
    add_json(command)
    add_bulk(command)
    add_checkpoint(command)
    add_fp32(command)


def run(options: argparse.Namespace) -> int:
    mode = next((mode for name, mode in _MODES.items() if getattr(options, name)), _CARD)
    useless = [name for name in options.given if name not in mode.takes and name not in _MODES]
    if useless:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in useless)
        options.error(f"{mode.name} does not take {flags}: {mode.why}")
    return mode.run(options)


def _compare_reading(options: argparse.Namespace) -> int:
    from charrnn.evaluation.agreement import compare_corpus

    names = tuple(options.corpus or DEFAULT_COLLECTIONS)
    result = compare_corpus(lambda tunes, count: progress(tunes, count, "comparing"), names)
    print(json.dumps(result.as_dict(), indent=2) if options.json else result.report())
    return 0


def _check_instruments(options: argparse.Namespace) -> int:
    from charrnn.evaluation.for_instruments import check_instruments, requests_of
    from charrnn.inference.threads import use_one_thread_each

    settings = {name: value for name, value in asked(options).items() if name not in ("grammar", "instrument")}
    requests = list(requests_of(settings.pop("temperature"), check_count(options.count), **settings))
    workers = workers_of(options, len(requests))
    path = find_checkpoint(options.checkpoint)
    use_one_thread_each()
    with processes_met() as processes:
        shown = progress if processes.is_first else lambda items, count, text: items
        report = check_instruments(path, requests, shown, workers, processes, not options.fp32)
        if report is None:
            return 0
        data = json.dumps(report.as_dict(), indent=2)
        print(data if options.json else report.markdown())
        if options.out is not None:
            make_folder(options.out)
            write(options.out / "instruments.json", data)
            write(options.out / "instruments.md", report.markdown())
        if options.wrong is not None:
            write(options.wrong, "\n".join(abc for row in report.rows for abc in row.wrong))
        return int(report.outside > 0)


def _test_two_samples(options: argparse.Namespace) -> int:
    if len(options.temperature) > 1:
        options.error("--two-sample needs one temperature")
    from charrnn.corpus.collection import load_corpus
    from charrnn.evaluation.two_sample.classifiers import require
    from charrnn.evaluation.two_sample.study import TwoSampleStudy, make_two_sample
    from charrnn.inference.threads import use_one_thread_each
    from charrnn.model.checkpoint import load_checkpoint

    require()
    count, candidates = check_count(options.count), check_candidates(options.candidates)
    tries = OPTIONS["tries"].check(OPTIONS["tries"].label, options.tries)
    workers = workers_of(options, count)
    path = find_checkpoint(options.checkpoint)
    checkpoint = load_checkpoint(path)
    if checkpoint.phrases is None:
        tries = 1  # nothing could choose among more, so none are made
    use_one_thread_each()
    with processes_met() as processes:
        if options.out is not None:
            processes.first_alone(partial(make_folder, options.out))
        names = tuple(options.corpus or checkpoint.corpus.get("names", DEFAULT_COLLECTIONS))
        corpus = processes.first_alone(partial(load_corpus, names, not options.json))
        study = TwoSampleStudy(
            path,
            corpus,
            options.split,
            count,
            options.temperature[0],
            options.seed,
            candidates,
            not options.fp32,
            tries,
        )
        shown = progress if processes.is_first else lambda items, count, text: items
        result = make_two_sample(study, shown, workers, processes)
        if result:
            data = json.dumps(result.as_dict(), indent=2)
            print(data if options.json else result.markdown())
            if options.out is not None:
                write(options.out / "two-sample.json", data)
                write(options.out / "two-sample.md", result.markdown())
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from charrnn.corpus.collection import load_corpus
    from charrnn.evaluation.awkward import AWKWARD_SEEDS
    from charrnn.evaluation.card import Study, make_card, requests_for
    from charrnn.evaluation.facts import Sample
    from charrnn.inference.threads import use_one_thread_each
    from charrnn.model.checkpoint import load_checkpoint

    if options.resume and options.out is None:
        options.error("--resume needs --out, the folder that was begun")
    count = check_count(options.count)
    workers = workers_of(options, count)
    settings = asked(options)
    requests = requests_for(settings.pop("temperature"), **settings)
    path = find_checkpoint(options.checkpoint)
    trained_on = load_checkpoint(path).corpus
    use_one_thread_each()
    with processes_met() as processes:
        if options.out is not None:
            processes.first_alone(partial(make_folder, options.out))  # before minutes of work
        names = tuple(options.corpus or trained_on.get("names", DEFAULT_COLLECTIONS))
        corpus = processes.first_alone(partial(load_corpus, names, not options.json))
        if processes.is_first and trained_on.get("sha256") not in (None, corpus.sha256):
            print(
                "this is not the corpus that the model was trained on: its tunes may not be new to it", file=sys.stderr
            )
        seed_texts = tuple(AWKWARD_SEEDS.values()) if options.awkward else ()
        study = Study(path, corpus, requests, count, seed_texts, not options.fp32)
        identity = {
            "card": 1,
            "checkpoint": same_checkpoint(processes, path),
            "corpus": corpus.sha256,
            "fp32": options.fp32,
            "count": count,
            "seed texts": study.seed_texts,
            "requests": [asdict(request) for request in requests],
        }
        target = options.out and options.out / "card.json"
        with ledger_of(processes, target, identity, options.resume, count * len(requests)) as ledger:
            kept = processes.first_alone(lambda: [Sample.from_dict(one) for one in ledger.results()] if ledger else [])
            keep = (lambda sample: ledger.append(sample.as_dict())) if ledger else None
            shown = progress if processes.is_first else lambda items, count, text: items
            card = make_card(study, shown, workers, processes, kept, keep)
            if card:
                _save(card, options)
    return 0


def _save(card: "Card", options: argparse.Namespace) -> None:
    data = json.dumps(card.as_dict(), indent=2)
    print(data if options.json else card.markdown())
    if options.out is not None:
        write(options.out / "card.json", data)
        write(options.out / "card.md", card.markdown())
        _save_plots(card, options.out)
    if options.wrong is not None:
        write(options.wrong, "\n".join(abc for column in card.samples for abc in column.wrong))


def _save_plots(card: "Card", folder: Path) -> None:
    try:
        from charrnn.evaluation.plots import save_plots
    except ImportError as error:
        print(f"the card has no pictures, for matplotlib cannot be loaded: {error}", file=sys.stderr)
        return
    save_plots(card, folder)


@dataclass(frozen=True, slots=True)
class _Mode:
    name: str
    run: Callable[[argparse.Namespace], int]
    takes: set[str]  # flags; others would be without effect
    why: str  # it takes no others


_OF_COMPOSING = {"count", "temperature", "seed", "tries", "out", "json", "workers", "checkpoint", "fp32"}
_CARD = _Mode(
    "the card",
    _evaluate,
    {*_OF_COMPOSING, *OPTIONS, "free", "awkward", "corpus", "wrong", "resume"},
    "that is for --two-sample",
)
_MODES = {  # by the name of their flag
    "reading": _Mode("--reading", _compare_reading, {"corpus", "json"}, "it composes nothing and writes no files"),
    "instruments": _Mode(
        "--instruments",
        _check_instruments,
        {*_OF_COMPOSING, *OPTIONS, "wrong"} - {"instrument"},
        "it composes for each instrument, with grammar and seeds of its own, compares nothing and cannot be resumed",
    ),
    "two_sample": _Mode(
        "--two-sample",
        _test_two_samples,
        {*_OF_COMPOSING, "corpus", "split", "candidates"},
        "it composes as the page does by default, with and without its form, asks no abc2midi and cannot be resumed",
    ),
}
