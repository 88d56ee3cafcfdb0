"""The index of passages on disk: an .npz file of plain arrays, without pickle, and a hash of them all.

It holds the symbols of the training music, their sorted suffixes, hashes of its windows, and where all this comes from.
What follows from these is worked out again when it is read. The same index gives the same bytes.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from charrnn import limits
from charrnn.corpus.originality.index import WINDOW_BARS, OriginalityIndex, Source
from charrnn.corpus.originality.passages import PassageIndex
from charrnn.errors import OriginalityError
from charrnn.files import write_atomically

FORMAT_VERSION = 1

Arrays = dict[str, npt.NDArray[Any]]


def save(index: OriginalityIndex, path: Path) -> None:
    """Write an index as a whole or not at all. Raises OriginalityError naming the file."""
    arrays = _arrays(index)
    arrays["sha256"] = _from_text(_digest(arrays))
    data = io.BytesIO()
    np.savez_compressed(data, allow_pickle=False, **arrays)
    try:
        write_atomically(path, data.getvalue())
    except OSError as error:
        raise OriginalityError(f"{path} cannot be written: {error.strerror}") from error


def load(path: Path) -> OriginalityIndex:
    """Read and verify an index. Raises OriginalityError, one sentence naming the file and the cause."""
    arrays = _read(path)
    try:
        given = _to_text(arrays.pop("sha256"))
        about = json.loads(_to_text(arrays["about"]))
        version = about["format_version"]
    except (KeyError, TypeError, ValueError) as error:
        raise OriginalityError(f"{path} is no index of passages") from error
    if version != FORMAT_VERSION:
        raise OriginalityError(f"{path} has format version {version!r}; this program reads version {FORMAT_VERSION}")
    if given != _digest(arrays):
        raise OriginalityError(f"{path} does not have the sha256 that it gives: it is damaged")
    return _index(arrays, about)


def _arrays(index: OriginalityIndex) -> Arrays:
    table, sources = index.passages.table, index.sources
    about = {
        "format_version": FORMAT_VERSION,
        "corpus_sha256": index.corpus_sha256,
        "sources": [[source.title, source.collection] for source in sources],
    }
    return {
        "about": _from_text(json.dumps(about)),
        "intervals": np.array([interval for interval, _ in table], dtype=np.int32),
        "ratios": np.array([ratio.as_integer_ratio() for _, ratio in table], dtype=np.int64).reshape(-1, 2),
        "symbols": index.passages.symbols,
        "suffixes": index.passages.suffixes,
        "first_slots": index.first_slots,
        "bars": index.bars,
        **{f"windows_{bars}": hashes for bars, hashes in index.windows.items()},
    }


def _index(arrays: Arrays, about: Mapping[str, Any]) -> OriginalityIndex:
    ratios = (Fraction(*pair) for pair in arrays["ratios"].tolist())
    table = list(zip(arrays["intervals"].tolist(), ratios, strict=True))
    return OriginalityIndex(
        passages=PassageIndex(table, arrays["symbols"], arrays["suffixes"]),
        sources=tuple(Source(title, collection) for title, collection in about["sources"]),
        first_slots=arrays["first_slots"],
        bars=arrays["bars"],
        windows={bars: arrays[f"windows_{bars}"] for bars in WINDOW_BARS},
        corpus_sha256=about["corpus_sha256"],
    )


def _read(path: Path) -> Arrays:
    try:
        data = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > limits.MAX_INDEX_BYTES:
            raise OriginalityError(f"{path} unpacks to more than {limits.MAX_INDEX_BYTES:,} bytes")
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except OSError as error:
        raise OriginalityError(f"{path} cannot be read: {error.strerror or error}") from error
    except OriginalityError:
        raise
    except Exception as error:  # a damaged archive raises from zipfile, zlib or numpy, each in its own way
        raise OriginalityError(f"{path} is damaged or no index of passages") from error


def _digest(arrays: Arrays) -> str:
    """Of names, types, shapes and contents."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _from_text(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _to_text(array: npt.NDArray[Any]) -> str:
    return array.astype(np.uint8).tobytes().decode()
