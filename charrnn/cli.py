"""The command line: sample, midi, check, score, original, corpus, evaluate.

Arguments are read before anything heavy is imported, so that --help answers at once. Exit codes: 0 done, 1 something
was wrong with the input or the result, 2 wrong usage.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from charrnn.corpus.sources import DEFAULT_COLLECTIONS, read_text
from charrnn.errors import CharrnnError
from charrnn.model.location import DEFAULT_NAME
from charrnn.sampling.options import DEFAULT_LENGTH, DEFAULT_TEMPERATURE, Request, check_count

if TYPE_CHECKING:
    from charrnn.evaluation.card import Card
    from charrnn.model.scoring import ScoredText
    from charrnn.notation.tune import Problem, Tune

T = TypeVar("T")


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        return options.run(options)
    except CharrnnError as error:
        print(f"charrnn {options.command}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output, such as head, has gone
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


# -- arguments


def parser() -> argparse.ArgumentParser:
    out = argparse.ArgumentParser(prog="python -m charrnn", description="Compose folk tunes, and examine them.")
    commands = out.add_subparsers(dest="command", required=True, metavar="COMMAND")

    sample = _command(commands, "sample", run_sample, "write new tunes")
    sample.add_argument("--seed-text", default="", help="ABC to start from: header lines, notes, both or nothing")
    sample.add_argument(
        "--temperature", type=_number, default=DEFAULT_TEMPERATURE, help="0 is the most probable; higher surprises more"
    )
    sample.add_argument(
        "--length", type=_number, default=DEFAULT_LENGTH, help="most characters to write behind the seed"
    )
    sample.add_argument(
        "--seed", type=_number, help="of the random generator; drawn if not given; tune n takes seed + n"
    )
    sample.add_argument("--count", type=_number, default=1, help="how many tunes")
    _repetition_argument(sample)
    _originality_argument(sample)
    _form_arguments(sample)
    _free_argument(sample)
    sample.add_argument("--out", type=Path, help="the file to write; by default the terminal")
    _checkpoint_argument(sample)

    midi = _command(commands, "midi", run_midi, "turn ABC into MIDI files")
    midi.add_argument("abc", type=Path, help="a file with one tune or more")
    midi.add_argument("out", type=Path, help="a .mid file for one tune, or a folder for any number")
    midi.add_argument("--program", type=_number, default=0, help="General MIDI instrument, 0 to 127; 0 is the piano")

    check = _command(commands, "check", run_check, "list what is not right in ABC: notation and bars")
    check.add_argument("abc", type=Path, help="a file with one tune or more")
    check.add_argument("--json", action="store_true", help="print JSON")

    score = _command(commands, "score", run_score, "bits that the model needs for each tune, its header given")
    what = score.add_mutually_exclusive_group(required=True)
    what.add_argument("abc", type=Path, nargs="?", help="a file with one tune or more")
    what.add_argument("--split", choices=("train", "valid", "test"), help="a side of the default corpus instead")
    score.add_argument("--count-header", action="store_true", help="count the characters of the header too")
    score.add_argument("--json", action="store_true", help="print JSON")
    _checkpoint_argument(score)

    original = _command(commands, "original", run_original, "what tunes share with the training music, in any key")
    what = original.add_mutually_exclusive_group(required=True)
    what.add_argument("abc", type=Path, nargs="?", help="a file with one tune or more")
    what.add_argument("--split", choices=("valid", "test"), help="people's own: a side of the default corpus instead")
    original.add_argument("--index", type=Path, help="made by corpus --index; by default the shipped one")
    original.add_argument("--json", action="store_true", help="print JSON")

    corpus = _command(commands, "corpus", run_corpus, "what the training music is, and how it is split")
    _corpus_argument(corpus)
    corpus.add_argument("--json", action="store_true", help="print the counts as JSON")
    corpus.add_argument("--extremes", action="store_true", help="show its extremes beside this program's caps instead")
    corpus.add_argument("--index", type=Path, help="write the passages of its training side here, for original")

    evaluate = _command(
        commands, "evaluate", run_evaluate, "measure the model and what it writes, beside people's tunes"
    )
    evaluate.add_argument("--count", type=_number, default=1000, help="tunes at each temperature")
    evaluate.add_argument("--temperature", type=_number, nargs="+", default=[DEFAULT_TEMPERATURE], help="one or more")
    evaluate.add_argument("--seed", type=_number, default=1, help="of the first tune")
    evaluate.add_argument("--awkward", action="store_true", help="start from seeds that stop in awkward places")
    _repetition_argument(evaluate)
    _form_arguments(evaluate)
    _free_argument(evaluate)
    evaluate.add_argument("--out", type=Path, help="a folder for card.json, card.md and plots")
    evaluate.add_argument("--wrong", type=Path, help="a file for the tunes that abc2midi warns of")
    evaluate.add_argument("--corpus", action="store_true", help="compare our reading of the training music instead")
    evaluate.add_argument("--json", action="store_true", help="print JSON")
    _checkpoint_argument(evaluate)
    return out


def _command(commands: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


def _checkpoint_argument(command: argparse.ArgumentParser) -> None:
    command.add_argument("--checkpoint", default=DEFAULT_NAME, help="a name in checkpoints/, or a .safetensors file")


def _form_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--parts", help="the form, such as AABB, ABAB or A; the length then follows from it")
    command.add_argument("--bars", type=_number, help="bars in a part")


def _repetition_argument(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--repetition", type=_number, default=0.0, help="over 0 repeats more of the tune so far, under 0 wanders more"
    )


def _originality_argument(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--most-shared", type=_number, metavar="NOTES", help="steer away from longer passages of the training music"
    )


def _free_argument(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--free", action="store_true", help="let the model write what it likes, bars that do not add up and all"
    )


def _corpus_argument(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--corpus", nargs="+", metavar="NAME", default=list(DEFAULT_COLLECTIONS),
        help="collections of music21, .abc files, folders or patterns",
    )  # fmt: skip


def _number(text: str) -> float | int:
    """An int where the text is one; ranges are checked where the value is used."""
    try:
        return int(text)
    except ValueError:
        return float(text)


# -- commands


def run_sample(options: argparse.Namespace) -> int:
    count = check_count(options.count)
    request = Request.checked(
        options.seed_text, options.temperature, options.length, options.seed,
        not options.free, options.bars, options.parts, options.repetition, options.most_shared,
    )  # fmt: skip
    from charrnn.sampling.batch import compose_many  # behind the checks: it brings torch
    from charrnn.sampling.threads import use_one_thread_each

    use_one_thread_each()
    tunes = compose_many(_load_checkpoint(options), request, count)
    written = list(_progress(tunes, count, "composing"))
    book = "\n".join(tune.numbered_abc(number) for number, tune in enumerate(written, start=1))
    for tune in written[:1]:
        for problem in tune.problems_of_seed:
            print(f"your own bars are kept as they are; {problem}", file=sys.stderr)
    for tune in written:
        if tune.over_shared:
            print(
                f"the tune of random seed {tune.request.seed} has {tune.over_shared} notes at which every way on was a"
                " longer shared passage",
                file=sys.stderr,
            )
        if tune.loops:
            print(f"the tune of random seed {tune.request.seed} goes round in circles", file=sys.stderr)
    if options.out is None:
        print(book, end="")
        return 0
    _write(options.out, book)
    print(f"wrote {count} {'tune' if count == 1 else 'tunes'} to {options.out}", file=sys.stderr)
    return 0


def run_midi(options: argparse.Namespace) -> int:
    from charrnn.notation import parse
    from charrnn.render.midi import write_midi

    tunes = [parse(text) for text in _read_book(options.abc)]
    if options.out.suffix.lower() in (".mid", ".midi"):
        if len(tunes) != 1:
            raise CharrnnError(
                f"{options.abc} holds {len(tunes)} tunes; name a folder for them instead of {options.out}"
            )
        targets = [options.out]
    else:
        _make_folder(options.out)
        targets = [options.out / f"{options.abc.stem}-{number:03}.mid" for number in range(1, len(tunes) + 1)]
    problems = 0
    for tune, target in zip(tunes, targets, strict=True):
        for problem in tune.problems:
            print(f"{target.name}: {problem}", file=sys.stderr)
        try:
            write_midi(tune, target, options.program)
        except CharrnnError as error:
            problems += 1
            print(f"{target.name}: {error}", file=sys.stderr)
    print(f"wrote {len(tunes) - problems} of {len(tunes)} MIDI files to {options.out}", file=sys.stderr)
    return 1 if problems else 0


def run_check(options: argparse.Namespace) -> int:
    from charrnn.notation import parse
    from charrnn.render.problems import problems

    found: list[dict[str, Any]] = []
    for number, text in enumerate(_read_book(options.abc), start=1):
        tune = parse(text)
        listed = {"problems": problems(tune), "remarks": tune.remarks}
        found.append(
            {"tune": number, "title": tune.title} | {name: _as_dicts(entries) for name, entries in listed.items()}
        )
    wrong = [entry for entry in found if entry["problems"]]
    if options.json:
        print(json.dumps(found, indent=2))
        return 1 if wrong else 0
    for entry in found:
        if entry["problems"] or entry["remarks"]:
            print(f"tune {entry['tune']} {entry['title']}")
        for name, start in (("problems", "  "), ("remarks", "  no fault, but ")):
            for item in entry[name]:
                print(f"{start}line {item['line']}, column {item['column']}: {item['message']}")
    print(f"{len(found) - len(wrong)} of {len(found)} tunes are right")
    return 1 if wrong else 0


def _as_dicts(entries: Iterable["Problem"]) -> list[dict[str, Any]]:
    return [{"line": entry.place.line, "column": entry.place.column, "message": entry.message} for entry in entries]


def run_score(options: argparse.Namespace) -> int:
    from charrnn.model.scoring import score, total

    checkpoint = _load_checkpoint(options)
    names, texts, skipped = _texts_to_score(options)
    scores = score(checkpoint.network, checkpoint.vocabulary, texts, options.count_header)
    whole = total(scores)
    if options.json:
        tunes = [{"title": name, **result.as_dict()} for name, result in zip(names, scores, strict=True)]
        print(json.dumps({"total": whole.as_dict(), "tunes": tunes, "skipped": skipped}, indent=2))
    else:
        row = "{:40.40} {:>10} {:>8} {:>8} {:>10} {:>10}"
        print(row.format("tune", "characters", "notes", "bits", "bits/char", "bits/note"))
        rows = [] if options.split else list(zip(names, scores, strict=True))
        for name, result in [*rows, (f"all {len(scores):,} tunes", whole)]:
            per_character, per_note = f"{result.bits_per_character:.3f}", f"{result.bits_per_note:.3f}"
            print(row.format(name, result.characters, result.notes, f"{result.bits:.0f}", per_character, per_note))
    for message in skipped:
        print(f"not scored: {message}", file=sys.stderr)
    return 1 if skipped else 0


def run_original(options: argparse.Namespace) -> int:
    from charrnn.corpus.originality import OriginalityIndex, default_index
    from charrnn.evaluation.originality import summary

    index = default_index() if options.index is None else OriginalityIndex.load(options.index)
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
        side = getattr(load_corpus(progress=not options.json).split, options.split)
        return [tune.title for tune in side], [tune.parsed for tune in side]
    tunes = [parse(text) for text in _read_book(options.abc)]
    return [tune.title or f"tune {number}" for number, tune in enumerate(tunes, start=1)], tunes


def run_corpus(options: argparse.Namespace) -> int:
    from charrnn.corpus.collection import load_corpus, report

    if options.extremes:
        return _show_extremes(tuple(options.corpus))
    corpus = load_corpus(tuple(options.corpus), progress=not options.json)
    if options.index is not None:
        from charrnn.corpus.originality import OriginalityIndex

        OriginalityIndex.build(corpus.split.train, corpus.sha256).save(options.index)
        print(f"wrote the passages of {len(corpus.split.train):,} tunes to {options.index}", file=sys.stderr)
    print(json.dumps(corpus.summary(), indent=2) if options.json else report(corpus))
    return 0


def _show_extremes(names: tuple[str, ...]) -> int:
    from charrnn.corpus.extremes import extremes, report
    from charrnn.corpus.sources import read_tunes

    tunes = list(read_tunes(names))
    print(report(extremes(_progress(tunes, len(tunes), "measuring"))))
    return 0


def run_evaluate(options: argparse.Namespace) -> int:
    if options.corpus:
        from charrnn.evaluation.agreement import compare_corpus

        result = compare_corpus(lambda tunes, count: _progress(tunes, count, "comparing"))
        print(json.dumps(result.as_dict(), indent=2) if options.json else result.report())
        return 0

    from charrnn.corpus.collection import load_corpus
    from charrnn.evaluation.awkward import AWKWARD_SEEDS
    from charrnn.evaluation.card import make_card, requests_for
    from charrnn.sampling.threads import use_one_thread_each

    count = check_count(options.count)
    requests = requests_for(
        options.temperature, options.seed, not options.free, options.bars, options.parts, options.repetition
    )
    if options.out is not None:
        _make_folder(options.out)  # before minutes of work
    use_one_thread_each()
    checkpoint = _load_checkpoint(options)
    seed_texts = tuple(AWKWARD_SEEDS.values()) if options.awkward else ()
    corpus = load_corpus(progress=not options.json)
    card = make_card(checkpoint, corpus, requests, count, _progress, seed_texts)
    data = json.dumps(card.as_dict(), indent=2)
    print(data if options.json else card.markdown())
    if options.out is not None:
        _write(options.out / "card.json", data)
        _write(options.out / "card.md", card.markdown())
        _save_plots(card, options.out)
    if options.wrong is not None:
        _write(options.wrong, "\n".join(abc for column in card.samples for abc in column.wrong))
    return 0


def _save_plots(card: "Card", folder: Path) -> None:
    try:
        from charrnn.evaluation.plots import save_plots
    except ImportError as error:
        print(f"the card has no pictures, for matplotlib cannot be loaded: {error}", file=sys.stderr)
        return
    save_plots(card, folder)


# -- shared


def _load_checkpoint(options: argparse.Namespace) -> Any:
    from charrnn.model.location import find_checkpoint

    path = find_checkpoint(options.checkpoint)
    from charrnn.model.checkpoint import load_checkpoint  # behind the look-up: it brings torch

    return load_checkpoint(path)


def _read_book(path: Path) -> list[str]:
    """The texts of the tunes in a file. Raises CharrnnError naming the file and the cause."""
    from charrnn.notation import split_book

    text = read_text(path)
    if not text.strip():
        raise CharrnnError(f"{path} is empty")
    return list(split_book(text))


def _write(path: Path, text: str) -> None:
    from charrnn.files import write_atomically

    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise CharrnnError(f"{path} cannot be written: {error.strerror}") from error


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CharrnnError(f"{path} cannot be made a folder: {error.strerror}") from error


def _texts_to_score(options: argparse.Namespace) -> tuple[list[str], list["ScoredText"], list[str]]:
    """Names and texts of the tunes to score, and a sentence for each tune that cannot be."""
    from charrnn.corpus.collection import load_corpus
    from charrnn.model.scoring import scored_text
    from charrnn.notation import parse

    if options.split:
        tunes = getattr(load_corpus(progress=not options.json).split, options.split)
        return [tune.title for tune in tunes], [scored_text(tune.parsed, tune.music) for tune in tunes], []
    from charrnn.notation.writer import canonical_music

    names, texts, skipped = [], [], []
    for number, text in enumerate(_read_book(options.abc), start=1):
        tune = parse(text)
        if tune.problems or not tune.notes:
            skipped.append(f"tune {number}: {tune.problems[0] if tune.problems else 'it has no notes'}")
            continue
        names.append(tune.title or f"tune {number}")
        texts.append(scored_text(tune, canonical_music(tune)))
    return names, texts, skipped


def _progress(items: Iterable[T], count: int, text: str) -> Iterable[T]:
    """A progress bar on the error stream, where there is something to wait for and someone to look."""
    if count < 2:
        return items
    from tqdm import tqdm

    return tqdm(items, total=count, desc=text, unit=" tunes", leave=False, disable=None)  # None: only on a terminal
