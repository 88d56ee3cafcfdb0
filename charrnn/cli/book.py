"""``book``: a tune book as a PDF, with a title page and an index of first bars."""

import argparse
import sys
from pathlib import Path
from typing import Any

from charrnn.cli.arguments import add_book, add_command, add_part
from charrnn.cli.terminal import progress, read_book_tunes, read_tunes, write_bytes
from charrnn.render.export.pdf import DEFAULT_PAPER, PAPERS

MORE = "Title, rhythm and key stand above each tune. `export` writes tunes without a title page and an index."


def add(commands: Any) -> None:
    command = add_command(commands, "book", run, "set a tune book as a PDF, with title page and index", MORE)
    add_book(command)
    command.add_argument("out", type=Path, help="the PDF")
    command.add_argument("--title", help="of the book; by default the name of the file")
    command.add_argument("--paper", choices=PAPERS, default=DEFAULT_PAPER, help="its size")
    command.add_argument("--chords", action="store_true", help="with chords; found where a tune has none")
    add_part(command)


def run(options: argparse.Namespace) -> int:
    from charrnn.render.export.book import Section, book_pdf, check_size
    from charrnn.render.export.formats import Options, to_draw

    book = read_book_tunes(options.abc)
    check_size(len(book))
    tunes = read_tunes(options.abc, book)
    settings = Options(chords=options.chords, part=options.part)
    drawn = [to_draw(tune, settings) for tune in progress(tunes, len(tunes), "reading")]
    title = options.title if options.title is not None else options.abc.stem
    write_bytes(options.out, [book_pdf([Section((tune,)) for tune in drawn], title, options.paper)])
    print(f"wrote {len(tunes):,} {'tune' if len(tunes) == 1 else 'tunes'} to {options.out}", file=sys.stderr)
    return 0
