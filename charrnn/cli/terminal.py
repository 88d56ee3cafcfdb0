"""Reading, writing and telling, as the commands do it."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from charrnn import limits
from charrnn.corpus.sources import read_text
from charrnn.errors import CharrnnError
from charrnn.files import write_pieces_atomically

if TYPE_CHECKING:
    from charrnn.importing.opened import Opened
    from charrnn.model.checkpoint import Checkpoint
    from charrnn.notation.reading.book import BookTune
    from charrnn.notation.tune import Tune

T = TypeVar("T")


def load_checkpoint(options: argparse.Namespace) -> "Checkpoint":
    from charrnn.model.location import find_checkpoint

    path = find_checkpoint(options.checkpoint)
    from charrnn.model.checkpoint import load_checkpoint  # after the look-up: it brings torch

    return load_checkpoint(path, in_eight_bits=not options.fp32)


def read_book(path: Path) -> list[str]:
    """The texts of the tunes in a file. Raises CharrnnError naming the file and the cause."""
    return [tune.text for tune in read_book_tunes(path)]


def read_book_tunes(path: Path) -> "list[BookTune]":
    """The tunes in a file, with their places in it. Raises CharrnnError naming the file and the cause."""
    from charrnn.notation.reading.book import book_tunes

    text = read_text(path)
    if not text.strip():
        raise CharrnnError(f"{path} is empty")
    return list(book_tunes(text))


def open_file(path: Path) -> "Opened":
    """The tune of a file of any kind, opened in a process that can be ended. Raises CharrnnError naming the file and
    the cause."""
    from charrnn.importing.apart import Openers

    openers = Openers(count=1)
    try:
        return openers.open(str(path), _bytes_of(path))
    finally:
        openers.close()


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limits.MAX_OPENED_BYTES + 1)
    except OSError as error:
        raise CharrnnError(f"{path} cannot be read: {error.strerror or error}") from error


def open_tunes(path: Path) -> "list[BookTune]":
    """The tunes of an ABC file, or the tune of a file of another kind. Raises CharrnnError naming the file and the
    cause."""
    from charrnn.importing.opened import KINDS
    from charrnn.notation.reading.book import BookTune

    if path.suffix.lower() not in KINDS or path.suffix.lower() == ".abc":
        return read_book_tunes(path)
    return [BookTune(open_file(path).abc, 1)]


def read_tunes(path: Path, book: "Sequence[BookTune]") -> "list[Tune]":
    """The tunes of a file, in the same order; what is wrong with them goes to the error stream."""
    from charrnn.notation import parse

    tunes = [parse(entry.text) for entry in book]
    for entry, tune in zip(book, tunes, strict=True):
        for problem in map(entry.in_file, tune.problems):
            print(f"{path}: {problem}", file=sys.stderr)
    return tunes


def write(path: Path, text: str) -> None:
    write_pieces(path, [text])


def write_pieces(path: Path, pieces: Iterable[str]) -> None:
    write_bytes(path, (piece.encode() for piece in pieces))


def write_bytes(path: Path, pieces: Iterable[bytes]) -> None:
    try:
        write_pieces_atomically(path, pieces)
    except OSError as error:
        raise CharrnnError(f"{path} cannot be written: {error.strerror or error}") from error


def make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CharrnnError(f"{path} cannot be made a folder: {error.strerror}") from error


def progress(items: Iterable[T], count: int, text: str, done: int = 0) -> Iterable[T]:
    """A progress bar on the error stream, where there is something to wait for and someone to look. ``done`` of the
    ``count`` are there already."""
    if count < 2:
        return items
    from tqdm import tqdm

    shown_on_terminals = {"leave": False, "disable": None}
    found: Iterable[T] = tqdm(items, total=count, initial=done, desc=text, unit=" tunes", **shown_on_terminals)
    return found
