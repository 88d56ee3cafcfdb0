"""``export``: ABC into files to hear, to print and to edit."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charrnn import limits
from charrnn.cli.arguments import add_book, add_command, add_part, number
from charrnn.cli.terminal import make_folder, open_tunes, progress, read_tunes, write_bytes
from charrnn.errors import CharrnnError
from charrnn.notation.instruments.table import ANY, NAMES
from charrnn.render.audio.instruments import INSTRUMENTS

if TYPE_CHECKING:
    from charrnn.notation.tune import Tune
    from charrnn.render.export.formats import Options

KINDS = ("mp3", "ogg", "flac", "wav", "pdf", "musicxml", "svg", "mid")
_PAPERS = ("a4", "letter")
MORE = (
    "Of several tunes, each becomes a file of its own in a folder, or all of them one PDF. Sound is 44.1 kHz stereo at"
    " -16 LUFS."
)


def add(commands: Any) -> None:
    command = add_command(
        commands, "export", run, "turn ABC, MIDI or MusicXML into MP3, OGG, FLAC, WAV, PDF, MusicXML, SVG or MIDI", MORE
    )
    add_book(command, "an ABC file with one tune or more, or a MIDI or MusicXML file")
    command.add_argument("out", type=Path, help="a file, whose ending says its kind, or a folder; then name the --kind")
    command.add_argument("--kind", choices=KINDS, help="of the files in a folder")
    command.add_argument(
        "--instrument", choices=[one.name for one in INSTRUMENTS], default="piano", help="that plays the tune"
    )
    command.add_argument("--chords", action="store_true", help="play and draw chords; found where the tune has none")
    command.add_argument(
        "--fingering",
        choices=NAMES,
        default=ANY,
        help="draw how this instrument plays each note",
    )
    command.add_argument(
        "--capo", type=number, default=0, metavar="FRET", help="of a capo on it, from which frets count"
    )
    add_part(command)
    command.add_argument("--straight", action="store_true", help="play without accents and lilt")
    command.add_argument("--paper", choices=_PAPERS, default="a4", help="of a PDF")


def run(options: argparse.Namespace) -> int:
    kind = options.out.suffix.lower().removeprefix(".")
    is_file = kind in KINDS
    if is_file and options.kind not in (None, kind):
        options.error(f"{options.out} is no {options.kind} file")
    if not is_file and not options.kind:
        options.error(f"name a file that ends with one of {', '.join(KINDS)}, or a folder and its --kind")

    from charrnn.render.export.formats import Options
    from charrnn.sampling.checks import check_whole_number

    book = open_tunes(options.abc)
    tunes = read_tunes(options.abc, book)
    settings = Options(
        instrument=options.instrument,
        accompanied=options.chords,
        chords=options.chords,
        straight=options.straight,
        paper=options.paper,
        fingering=options.fingering,
        capo=check_whole_number("Capo", options.capo, 0, limits.MAX_CAPO),
        part=options.part,
    )
    if kind == "pdf":
        write_bytes(options.out, [_pdf(tunes, settings)])
        print(f"wrote {len(tunes)} {'tune' if len(tunes) == 1 else 'tunes'} to {options.out}", file=sys.stderr)
        return 0
    return _each(options, kind if is_file else options.kind, tunes, settings, is_file)


def _pdf(tunes: "Sequence[Tune]", settings: "Options") -> bytes:
    from charrnn.render.export.formats import to_draw
    from charrnn.render.export.pdf import pdf_bytes

    return pdf_bytes([to_draw(tune, settings) for tune in tunes], settings.paper)


def _each(options: argparse.Namespace, kind: str, tunes: "Sequence[Tune]", settings: "Options", is_file: bool) -> int:
    from charrnn.render.audio.library import Library
    from charrnn.render.export.formats import exported

    if is_file and len(tunes) != 1:
        raise CharrnnError(f"{options.abc} holds {len(tunes)} tunes; name a folder for them instead of {options.out}")
    if not is_file:
        make_folder(options.out)
    library = Library()
    failures = 0
    for place, tune in enumerate(progress(tunes, len(tunes), "exporting"), 1):
        path = options.out if is_file else options.out / f"{options.abc.stem}-{place:03}.{kind}"
        try:
            write_bytes(path, [exported("midi" if kind == "mid" else kind, tune, settings, library)])
        except CharrnnError as error:
            failures += 1
            print(f"{path.name}: {error}", file=sys.stderr)
    print(f"wrote {len(tunes) - failures} of {len(tunes)} {kind} files to {options.out}", file=sys.stderr)
    return 1 if failures else 0
