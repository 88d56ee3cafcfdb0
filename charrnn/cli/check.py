"""``check``: what is not right in ABC."""

import argparse
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from charrnn.cli.arguments import add_book, add_command, add_json
from charrnn.cli.terminal import read_book_tunes

if TYPE_CHECKING:
    from charrnn.notation.reading.book import BookTune
    from charrnn.notation.tune import Problem, Tune


def add(commands: Any) -> None:
    command = add_command(commands, "check", run, "list what is not right in ABC: notation and bars")
    add_book(command)
    add_json(command)


def run(options: argparse.Namespace) -> int:
    from charrnn.notation import parse
    from charrnn.render.problems import problems

    found: list[dict[str, Any]] = []
    for number, entry in enumerate(read_book_tunes(options.abc), start=1):
        tune = parse(entry.text)
        listed = {"problems": [*_no_tune(entry.text, tune), *problems(tune)], "remarks": tune.remarks}
        found.append(
            {"tune": number, "title": tune.title}
            | {name: _as_dicts(entry, entries) for name, entries in listed.items()}
        )
    wrong = [result for result in found if result["problems"]]
    if options.json:
        print(json.dumps(found, indent=2))
        return 1 if wrong else 0
    for result in found:
        if result["problems"] or result["remarks"]:
            print(f"tune {result['tune']} {result['title']}")
        for name, start in (("problems", "  "), ("remarks", "  no fault, but ")):
            for item in result[name]:
                print(f"{start}line {item['line']}, column {item['column']}: {item['message']}")
    print(_summary(found))
    return 1 if wrong else 0


def _no_tune(text: str, tune: "Tune") -> Iterator["Problem"]:
    """What tells that a text is no tune, though each of its letters may be a note."""
    from charrnn.notation.tokens import lex
    from charrnn.notation.tune import Place, Problem

    fields = {token.parts["name"] for token in lex(text) if token.kind == "field line"}
    if not fields & {"X", "K"}:
        yield Problem(Place(1, 1), "this is no ABC: a tune begins with an X: line, and a K: line ends its header")
    elif not tune.notes:
        yield Problem(Place(1, 1), "this tune has no note")


def _as_dicts(tune: "BookTune", entries: Iterable["Problem"]) -> list[dict[str, Any]]:
    """With their lines in the file."""
    return [
        {"line": entry.place.line, "column": entry.place.column, "message": entry.message}
        for entry in map(tune.in_file, entries)
    ]


def _summary(found: list[dict[str, Any]]) -> str:
    """Right is only what is played, drawn and exported alike: not a tune of which something is left out."""
    right = sum(not (one["problems"] or one["remarks"]) for one in found)
    left_out = sum(bool(one["remarks"]) and not one["problems"] for one in found)
    more = f"; {left_out} more but for what is left out" if left_out else ""
    return f"{right} of {len(found)} tunes are right{more}"
