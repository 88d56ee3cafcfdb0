"""Tables of the automata, kept in the user's cache folder from run to run.

To work out a state takes as long as many steps of the network, and the first tunes of a process meet a hundred new ones
each. So tables that have grown to twice their size are written down, up to some thousand states, which are those that
tunes meet most; the next process begins with them. Kept tables are of one version of the automata: whatever changes in
their sources has them made anew. A file that is damaged, or cannot be read or written, is as none. It can hold states
and nothing that would be run: pickle is let find no other names.
"""

import hashlib
import io
import logging
import pickle
import sys
import threading
import zlib
from pathlib import Path
from typing import Any

from charrnn.files import cache_folder, write_atomically

FEWEST, MOST = 64, 8192  # nodes of the grammar; the most of them take a megabyte in the folder
_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = ("grammar", "notation", "model/position", "inference/kernel")  # with what tables are made by
_MODULES = ("charrnn.grammar.", "charrnn.notation.", "charrnn.model.position.", "charrnn.inference.tables")
_FUNCTIONS = {  # beside classes of these modules
    ("charrnn.grammar.bar", "same_ways"), ("charrnn.grammar.compass", "same_notes"), ("fractions", "Fraction"),
    ("numpy", "dtype"), ("numpy._core.numeric", "_frombuffer"), ("numpy.core.numeric", "_frombuffer"),
}  # fmt: skip
_DIGEST = hashlib.sha256

_log = logging.getLogger(__name__)


def size_to_keep(nodes: int) -> int:
    """With how many nodes tables are to be kept that have so many now."""
    return max(FEWEST, 1 << nodes.bit_length())


def read(characters: str) -> Any:
    """What was kept of tables over these characters; None where there is nothing."""
    try:
        data = _path(characters).read_bytes()
        digest, packed = data[: _DIGEST().digest_size], data[_DIGEST().digest_size :]
        if _seal(packed) == digest:
            return _States(io.BytesIO(zlib.decompress(packed))).load()
        _log.info("the kept tables are damaged, or of another version")
    except FileNotFoundError:
        pass
    except Exception as error:  # whatever it is, tables can be made again
        _log.info("the kept tables cannot be read: %s", error)
    return None


class _States(pickle.Unpickler):
    """Reads states of automata and arrays."""

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name)
        is_ours = module.startswith(_MODULES) and isinstance(found, type) and found.__module__ == module
        if is_ours or (module, name) in _FUNCTIONS:
            return found
        raise pickle.UnpicklingError(f"{module}.{name} is no state")


def keep(characters: str, known: Any) -> None:
    """Write down what tables know, beside other work."""
    threading.Thread(target=_write, args=(characters, known), name="keep tables").start()


def _write(characters: str, known: Any) -> None:
    try:
        path = _path(characters)
        path.parent.mkdir(parents=True, exist_ok=True)
        packed = zlib.compress(pickle.dumps(known, pickle.HIGHEST_PROTOCOL), 1)
        write_atomically(path, _seal(packed) + packed)
    except (OSError, RuntimeError) as error:  # RuntimeError: no home folder
        _log.info("the tables cannot be kept: %s", error)


def _path(characters: str) -> Path:
    """One file for each alphabet; that of another version is written over."""
    return cache_folder() / "tables" / f"{_DIGEST(characters.encode()).hexdigest()[:12]}.tables"


def _seal(packed: bytes) -> bytes:
    """A digest of what was kept and of all that it depends on."""
    digest = _DIGEST(repr(sys.version_info[:2]).encode())
    for source in sources():
        digest.update(source.read_bytes())
    digest.update(packed)
    return digest.digest()


def sources() -> list[Path]:
    """Of all that tables are made by."""
    in_folders = [source for folder in _FOLDERS for source in sorted((_PACKAGE / folder).rglob("*.py"))]
    return [_PACKAGE / "limits.py", _PACKAGE / "inference" / "tables.py", *in_folders]
