"""Arguments that several commands have."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from charrnn.model.location import DEFAULT_NAME
from charrnn.render import transposing
from charrnn.sampling.options import OPTIONS

_NOT_GIVEN = object()
UNSEEN_SIDES = ("validation", "test", "unseen")
_SHORT = {"valid": "validation"}  # as it used to be called


class CommandParser(argparse.ArgumentParser):
    """Of a command; ``given`` among its options has the names of those that a person gave, in the order of --help, as
    far as they are flags that store one value."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        found, rest = super().parse_known_args(args, namespace)
        marked = argparse.Namespace(**dict.fromkeys(vars(found), _NOT_GIVEN))  # no default replaces what is there
        super().parse_known_args(args, marked)
        found.given = [name for name, value in vars(marked).items() if value is not _NOT_GIVEN]
        return found, rest


def add_command(
    commands: Any,
    name: str,
    run: Callable[[argparse.Namespace], int],
    text: str,
    more: str = "",
    parents: Sequence[argparse.ArgumentParser] = (),
) -> argparse.ArgumentParser:
    """A command that ``run`` does, with the flags of ``parents``; ``error`` among its options refuses combinations,
    with exit code 2."""
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}. {more}",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        parents=parents,
    )
    command.set_defaults(run=run, error=command.error)
    return command


def number(text: str) -> float | int:
    """An int where the text is one; ranges are checked where the value is used."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def add_book(command: Any, text: str = "a file with one tune or more", **settings: Any) -> None:
    command.add_argument("abc", type=Path, help=text, **settings)


def add_split(command: Any, text: str, sides: Sequence[str] = ("train", *UNSEEN_SIDES), **settings: Any) -> None:
    """--split, the name of a side of a corpus, as ``Split.side`` takes it."""
    command.add_argument(
        "--split",
        type=lambda side: _SHORT.get(side, side),
        choices=sides,
        help=f"{text}; unseen is validation and test",
        **settings,
    )


def add_json(command: argparse.ArgumentParser, text: str = "print JSON") -> None:
    command.add_argument("--json", action="store_true", help=text)


def add_part(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--part",
        choices=transposing.NAMES,
        default=transposing.CONCERT,
        help="write scores and MusicXML for an instrument in B flat, E flat or F; what sounds stays",
    )


def add_checkpoint(command: argparse.ArgumentParser) -> None:
    command.add_argument("--checkpoint", default=DEFAULT_NAME, help="a name in checkpoints/, or a .safetensors file")


def add_fp32(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--fp32", action="store_true", help="with weights as trained, not rounded to eight bits: slower"
    )


def add_composing(command: argparse.ArgumentParser, *own: str) -> None:
    """A flag for each option of a request but the command's ``own`` ones."""
    for name, option in OPTIONS.items():
        if name not in ("grammar", *own):
            kind = str if option.type in (str, str | None) else number
            command.add_argument(
                f"--{name.replace('_', '-')}", type=kind, default=option.default, help=option.help.rstrip(".")
            )
    command.add_argument(
        "--free", action="store_true", help="let the model write what it likes, bars that do not add up and all"
    )


def asked(options: argparse.Namespace) -> dict[str, Any]:
    """What the flags say of the options of a request, by name: for ``Request.checked``."""
    return {name: value for name, value in vars(options).items() if name in OPTIONS} | {"grammar": not options.free}


def add_bulk(command: argparse.ArgumentParser) -> None:
    """How much work is shared out and gone on with."""
    command.add_argument(
        "--workers",
        type=number,
        help="processes; by default one a core, where there is enough to do. The result does not depend on it",
    )
    command.add_argument(
        "--resume", action="store_true", help="go on from where a run that was stopped has got, if there is one"
    )
