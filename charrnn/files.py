"""Writing files so that a reader never meets half of one, and where those go that can be made again."""

import glob
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path


def cache_folder() -> Path:
    """Where this system keeps what programs can make again: $XDG_CACHE_HOME where that is set."""
    home = Path.home()
    places = {"win32": os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local", "darwin": home / "Library/Caches"}
    return Path(os.environ.get("XDG_CACHE_HOME") or places.get(sys.platform, home / ".cache")) / "charrnn"


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file as a whole or not at all: a temporary file beside it, synced, renamed. Raises OSError, and leaves
    nothing behind when it does."""
    write_pieces_atomically(path, [data])


def write_pieces_atomically(path: Path, pieces: Iterable[bytes]) -> None:
    """The same with what need not be in memory at once."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def remove_rests(path: Path) -> None:
    """Remove what writers of a file that were killed in the middle left beside it. No one else may be writing it.

    Raises OSError.
    """
    for rest in path.parent.glob(f".{glob.escape(path.name)}.*"):
        rest.unlink(missing_ok=True)
