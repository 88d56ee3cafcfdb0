"""``check``: what is not right in ABC."""

import argparse
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from charrnn.cli.arguments import add_book, add_command, add_json
from charrnn.cli.terminal import read_book

if TYPE_CHECKING:
    from charrnn.notation.tune import Problem


def add(commands: Any) -> None:
    command = add_command(commands, "check", run, "list what is not right in ABC: notation and bars")
    add_book(command)
    add_json(command)


def run(options: argparse.Namespace) -> int:
    from charrnn.notation import parse
    from charrnn.render.problems import problems

    found: list[dict[str, Any]] = []
    for number, text in enumerate(read_book(options.abc), start=1):
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
    print(_summary(found))
    return 1 if wrong else 0


def _summary(found: list[dict[str, Any]]) -> str:
    """Right is only what is played, drawn and exported alike: not a tune of which something is left out."""
    right = sum(not (one["problems"] or one["remarks"]) for one in found)
    left_out = sum(bool(one["remarks"]) and not one["problems"] for one in found)
    more = f"; {left_out} more but for what is left out" if left_out else ""
    return f"{right} of {len(found)} tunes are right{more}"


def _as_dicts(entries: Iterable["Problem"]) -> list[dict[str, Any]]:
    return [{"line": entry.place.line, "column": entry.place.column, "message": entry.message} for entry in entries]
