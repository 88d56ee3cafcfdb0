"""Tables of the automata, kept in the user's cache folder from run to run.

To work out a state takes as long as many steps of the network, and the first tunes of a process meet dozens of new ones
each. So tables that have grown to twice their size are written down, up to some thousand states, those that were met
first; the next process begins with them. Kept tables are of one version of the automata: whatever changes in their
sources has them made anew. A file that is damaged, or cannot be read or written, is as none. It can hold states and
arrays, and nothing that would be run: pickle is let find no other names.
"""

import hashlib
import io
import logging
import pickle
import sys
import threading
import zlib
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from charrnn.files import cache_folder, remove_rests, write_atomically

FEWEST, MOST = 64, 8192  # states that are kept of each automaton; the most of them take half a megabyte
_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = ("grammar", "notation", "model/position", "inference/kernel")  # with what tables are made by
_MODULES = ("charrnn.grammar.", "charrnn.notation.", "charrnn.model.position.", "charrnn.inference.tables")
_NAMES = {  # beside classes of these modules
    ("charrnn.grammar.bar", "same_ways"),
    ("charrnn.grammar.compass", "same_notes"),
    ("charrnn.inference.kept_tables", "array_of"),
    ("fractions", "Fraction"),
}
_KINDS = {"<i4", "<i8"}  # of the arrays' numbers

_log = logging.getLogger(__name__)


def size_to_keep(states: int) -> int:
    """How many states tables must have grown to before they are kept again; they have so many now."""
    return max(FEWEST, 1 << states.bit_length())


def read(characters: str) -> Any:
    """What was kept of tables over these characters; None where there is nothing."""
    try:
        packed = _packed(_path(characters).read_bytes())
        if packed is not None:
            return _Reader(io.BytesIO(zlib.decompress(packed))).load()
        _log.info("the kept tables are damaged, or of another version")
    except FileNotFoundError:
        pass
    except Exception as error:  # whatever it is, tables can be made again
        _log.info("the kept tables cannot be read: %s", error)
    return None


def keep(characters: str, known: Any) -> None:
    """Write down what tables know, beside other work."""
    try:
        threading.Thread(target=_write, args=(characters, known), name="keep tables").start()
    except RuntimeError as error:  # no thread can be had
        _log.info("the tables cannot be kept: %s", error)


def _write(characters: str, known: Any) -> None:
    try:
        path, data = _path(characters), io.BytesIO()
        _Writer(data, pickle.HIGHEST_PROTOCOL).dump(known)
        packed = zlib.compress(data.getvalue(), 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock", timeout=0):
            remove_rests(path)
            before = _packed(path.read_bytes()) if path.exists() else None
            if before is None or len(before) < len(packed):
                write_atomically(path, _seal(packed) + packed)
    except Timeout:
        pass  # another process keeps its own
    except Exception as error:  # whatever it is, tables can be made again
        _log.info("the tables cannot be kept: %s", error)


class _Writer(pickle.Pickler):
    """Writes states of automata, and arrays of whole numbers, under names that ``_Reader`` lets be found."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, Enum):
            return type(value), (value.value,)  # some versions of Python would write ``getattr``
        if isinstance(value, np.ndarray):
            return array_of, (value.dtype.str, value.shape, value.tobytes())
        return NotImplemented


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Imports nothing but modules that the tables are made by."""
        is_listed = (module, name) in _NAMES
        if is_listed or (module.startswith(_MODULES) and "." not in name):
            found = super().find_class(module, name)
            if is_listed or (isinstance(found, type) and found.__module__ == module):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no state")


def array_of(kind: str, shape: tuple[int, ...], data: bytes) -> npt.NDArray[Any]:
    """The array that was kept. Raises ValueError."""
    if kind not in _KINDS:
        raise ValueError(f"an array of {kind}")
    return np.frombuffer(data, kind).reshape(shape).copy()


def sources() -> list[Path]:
    """The files of the program whose change makes other tables."""
    in_folders = [source for folder in _FOLDERS for source in sorted((_PACKAGE / folder).rglob("*.py"))]
    return [_PACKAGE / "limits.py", _PACKAGE / "inference" / "tables.py", *in_folders]


def version() -> bytes:
    """A digest of all that tables depend on."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for source in sources():
        digest.update(source.read_bytes())
    return digest.digest()


_version = version()  # now, since files may change while the process runs


def _seal(packed: bytes) -> bytes:
    return hashlib.sha256(_version + packed).digest()


def _packed(data: bytes) -> bytes | None:
    """What is under the seal; None where it is damaged or of another version."""
    size = hashlib.sha256().digest_size
    return data[size:] if _seal(data[size:]) == data[:size] else None


def _path(characters: str) -> Path:
    """One file for each alphabet; that of another version is written over."""
    return cache_folder() / "tables" / f"{hashlib.sha256(characters.encode()).hexdigest()[:12]}.tables"
