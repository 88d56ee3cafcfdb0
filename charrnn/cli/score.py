"""``score``: the bits that the model needs for tunes."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from charrnn.cli.arguments import add_book, add_checkpoint, add_command, add_fp32, add_json, add_split
from charrnn.cli.terminal import load_checkpoint, progress, read_book

if TYPE_CHECKING:
    from charrnn.model.scoring import ScoredText


def add(commands: Any) -> None:
    command = add_command(commands, "score", run, "bits that the model needs for each tune, its header given")
    what = command.add_mutually_exclusive_group(required=True)
    add_book(what, nargs="?")
    add_split(what, "a side of the default corpus instead")
    command.add_argument("--count-header", action="store_true", help="count the characters of the header too")
    command.add_argument(
        "--grammar", action="store_true", help="share the probabilities out over what the grammar allows"
    )
    add_json(command)
    add_checkpoint(command)
    add_fp32(command)


def run(options: argparse.Namespace) -> int:
    from charrnn.model.scoring import planned, score, total
    from charrnn.sampling.guided_score import score_with_grammar

    if options.grammar and options.count_header:
        options.error("--grammar scores the music alone: it has no rules for headers")
    checkpoint = load_checkpoint(options)
    names, texts, skipped = _texts_to_score(options)
    texts = planned(checkpoint.network, checkpoint.plans, texts)
    if options.grammar:
        scores = score_with_grammar(checkpoint, progress(texts, len(texts), "scoring"))
    else:
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


def _texts_to_score(options: argparse.Namespace) -> tuple[list[str], list["ScoredText"], list[str]]:
    """Names and texts of the tunes to score, and a sentence for each tune that cannot be."""
    from charrnn.corpus.collection import load_corpus
    from charrnn.model.scoring import scored_text
    from charrnn.notation import parse

    if options.split:
        tunes = load_corpus(progress=not options.json).split.side(options.split)
        return [tune.title for tune in tunes], [scored_text(tune.parsed, tune.music) for tune in tunes], []
    from charrnn.notation.writing.writer import canonical_music

    names, texts, skipped = [], [], []
    for number, text in enumerate(read_book(options.abc), start=1):
        tune = parse(text)
        if tune.problems or not tune.notes:
            skipped.append(f"tune {number}: {tune.problems[0] if tune.problems else 'it has no notes'}")
            continue
        names.append(tune.title or f"tune {number}")
        texts.append(scored_text(tune, canonical_music(tune)))
    return names, texts, skipped
