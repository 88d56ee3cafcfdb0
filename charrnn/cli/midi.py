"""``midi``: ABC into MIDI files."""

import argparse
import sys
from pathlib import Path
from typing import Any

from charrnn.cli.arguments import add_book, add_command, number
from charrnn.cli.terminal import make_folder, read_book_tunes
from charrnn.errors import CharrnnError
from charrnn.sampling.checks import check_program


def add(commands: Any) -> None:
    command = add_command(commands, "midi", run, "turn ABC into MIDI files")
    add_book(command)
    command.add_argument("out", type=Path, help="a .mid file for one tune, or a folder for any number")
    command.add_argument("--program", type=number, default=0, help="General MIDI instrument, 0 to 127; 0 is the piano")
    command.add_argument("--straight", action="store_true", help="every note equally loud, but for what the text says")


def run(options: argparse.Namespace) -> int:
    from charrnn.notation import parse
    from charrnn.render.export.midi import write_midi

    program = check_program(options.program)
    book = read_book_tunes(options.abc)
    tunes = [parse(entry.text) for entry in book]
    targets = _targets(options, len(tunes))
    problems = 0
    for entry, tune, target in zip(book, tunes, targets, strict=True):
        for problem in map(entry.in_file, tune.problems):
            print(f"{target.name}: {problem}", file=sys.stderr)
        try:
            write_midi(tune, target, program, options.straight)
        except CharrnnError as error:
            problems += 1
            print(f"{target.name}: {error}", file=sys.stderr)
    print(f"wrote {len(tunes) - problems} of {len(tunes)} MIDI files to {options.out}", file=sys.stderr)
    return 1 if problems else 0


def _targets(options: argparse.Namespace, tunes: int) -> list[Path]:
    if options.out.suffix.lower() in (".mid", ".midi"):
        if tunes != 1:
            raise CharrnnError(f"{options.abc} holds {tunes} tunes; name a folder for them instead of {options.out}")
        return [options.out]
    make_folder(options.out)
    return [options.out / f"{options.abc.stem}-{number:03}.mid" for number in range(1, tunes + 1)]
