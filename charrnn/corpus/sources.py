"""Finds ABC files and reads the tunes in them: collections inside the music21 wheel, or files of the user's own.

Nothing is downloaded, and music21 is not imported: only its folder is looked up.
"""

import glob
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from charrnn import limits
from charrnn.errors import CorpusError
from charrnn.notation.reading.book import split_book


def music21_folder() -> Path:
    """Where music21 is installed, without importing it."""
    spec = importlib.util.find_spec("music21")
    if spec is None or not spec.submodule_search_locations:
        raise CorpusError("the training collections come with music21, which is not installed: pip install music21")
    return Path(spec.submodule_search_locations[0])


def _in_music21(name: str) -> Path:
    return music21_folder() / "corpus" / name


# Collections with a name, and the folder of each: in the public domain, or given for such use (checkpoints/README.md).
COLLECTIONS: dict[str, Callable[[], Path]] = {
    name: partial(_in_music21, name) for name in ("ryansMammoth", "oneills1850", "airdsAirs", "miscFolk")
}
DEFAULT_COLLECTIONS = ("ryansMammoth", "oneills1850", "airdsAirs", "miscFolk")  # what the shipped model learnt from


@dataclass(frozen=True, slots=True)
class RawTune:
    """A tune's text as it stands in its file."""

    text: str
    collection: str  # the collection's name, or the file's


def find_files(names: tuple[str, ...] = DEFAULT_COLLECTIONS) -> list[tuple[str, Path]]:
    """(collection, path) of each ABC file that the names stand for: one of COLLECTIONS, a file, a folder or a glob
    pattern. Raises CorpusError naming what was not found."""
    found: list[tuple[str, Path]] = []
    for name in names:
        paths = _paths(name)
        if not paths:
            raise CorpusError(
                f"corpus {name!r} is neither a collection ({', '.join(COLLECTIONS)})"
                " nor an .abc file, a folder or a pattern with .abc files"
            )
        found.extend((name if name in COLLECTIONS else path.name, path) for path in paths)
    return found


def _paths(name: str) -> list[Path]:
    if name in COLLECTIONS:
        return sorted(COLLECTIONS[name]().rglob("*.abc"))
    path = Path(name).expanduser()
    if path.is_dir():
        return sorted(path.rglob("*.abc"))
    if path.is_file():
        return [path]
    return sorted(Path(match) for match in glob.glob(str(path), recursive=True) if Path(match).is_file())


def read_tunes(names: tuple[str, ...] = DEFAULT_COLLECTIONS) -> Iterator[RawTune]:
    """Every tune that starts with an ``X:`` line, in the order of the files, with what its file's header says."""
    for collection, path in find_files(names):
        for tune in split_book(read_text(path)):
            if tune.startswith("X:"):
                yield RawTune(tune, collection)


def read_text(path: Path) -> str:
    """The text of a file. Raises CorpusError naming the file and the cause."""
    try:
        if path.stat().st_size > limits.MAX_FILE_BYTES:
            raise CorpusError(f"{path} is larger than {limits.MAX_FILE_BYTES:,} bytes")
        return decode(path.read_bytes())
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror}") from error


def decode(data: bytes) -> str:
    """UTF-8, else cp1252 (bytes that cp1252 leaves undefined are replaced)."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
