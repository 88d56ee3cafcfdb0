"""The originality index of the music that a checkpoint was trained on. Never imports torch.

``train.py`` writes NAME.originality.npz beside NAME.safetensors. A checkpoint without one may use the shipped index
where both name the same corpus. No other index is ever used: it would call tunes new that the model has learnt.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charrnn.corpus.collection import Corpus
from charrnn.corpus.originality.index import DEFAULT_PATH, OriginalityIndex
from charrnn.errors import OriginalityError

if TYPE_CHECKING:
    from charrnn.model.checkpoint import Checkpoint

WENT_ON_FROM = "went_on_from"  # in a checkpoint's corpus: the corpus of the checkpoint whose weights it started from
_NOT_COMPARED = "tunes are not compared with the training music"


def index_path(path: Path) -> Path:
    """Where the index of a checkpoint (a .safetensors file) is kept."""
    return path.with_suffix(".originality.npz")


def corpus_key(corpus: object) -> str:
    """What identifies all the music that a network has learnt: the sha256 of its corpus and of those of the checkpoints
    that it was started from, joined by "+"; "" where that is not known. Checkpoints that were trained with ``--from``
    before the earlier corpora were written down count as trained on one corpus."""
    hashes: dict[str, None] = {}
    one: Any = corpus
    while one is not None:
        digest = one.get("sha256") if isinstance(one, Mapping) else None
        if not isinstance(digest, str) or not digest:
            return ""
        hashes[digest] = None
        one = one.get(WENT_ON_FROM)
    return "+".join(hashes)


def index_of(checkpoint: "Checkpoint") -> OriginalityIndex:
    """The index of the music that a loaded checkpoint was trained on. Raises OriginalityError, a sentence that says why
    there is none."""
    if checkpoint.path is None:
        raise OriginalityError(f"{_NOT_COMPARED}: this model was not read from a file")
    return _index(checkpoint.path, corpus_key(checkpoint.corpus))


def index_or_none(checkpoint: "Checkpoint") -> OriginalityIndex | None:
    """The same; None where there is none."""
    try:
        return index_of(checkpoint)
    except OriginalityError:
        return None


def index_at(path: Path) -> OriginalityIndex:
    """The same by the checkpoint's path, without reading its weights."""
    try:
        corpus = json.loads(path.with_suffix(".json").read_bytes()).get("corpus")
    except (OSError, ValueError, AttributeError) as error:
        reason = f"{path.with_suffix('.json').name} is not the description of a checkpoint"
        raise OriginalityError(f"{_NOT_COMPARED}: {reason}") from error
    return _index(path, corpus_key(corpus))


def write_index(path: Path, corpus: Corpus, start: "Checkpoint | None" = None) -> None:
    """Write the index of a checkpoint that is trained on a corpus, ``start`` being the one whose weights it started
    from: the music that this one has learnt is in it, too. Raises OriginalityError."""
    index = OriginalityIndex.build(corpus.split.train, corpus.sha256)
    key = corpus_key(summary_of(corpus, start))
    if start is not None and key != corpus.sha256:
        index = index.joined(index_of(start), key)
    index.save(index_path(path))


def summary_of(corpus: Corpus, start: "Checkpoint | None" = None) -> dict[str, Any]:
    """What a checkpoint says of its corpus, and of the one of the checkpoint whose weights it started from."""
    return corpus.summary() | ({WENT_ON_FROM: start.corpus} if start is not None else {})


def _index(path: Path, key: str) -> OriginalityIndex:
    if not key:
        reason = f"{path.with_suffix('.json').name} does not say what this model was trained on"
        raise OriginalityError(f"{_NOT_COMPARED}: {reason}")
    shipped = _read_once(DEFAULT_PATH, _state(DEFAULT_PATH))
    own = index_path(path)
    for found in (_read_once(own, _state(own)), shipped):
        if isinstance(found, OriginalityIndex) and found.corpus_sha256 == key:
            return found
    raise OriginalityError(f"{_NOT_COMPARED}: {_why_not(own)}")


def _why_not(own: Path) -> str:
    found = _read_once(own, _state(own))
    if isinstance(found, OriginalityIndex):
        return f"{own.name} was made of another corpus than the one that this model was trained on"
    if own.exists():
        return found
    return f"{own.name}, the index of what this model was trained on, is not there"


def _state(path: Path) -> tuple[int, int]:
    """What differs once a file has been replaced."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=4)
def _read_once(path: Path, _state: tuple[int, int]) -> OriginalityIndex | str:
    """The index in a file, or why it cannot be read, with no folder that a visitor has no business to know."""
    try:
        return OriginalityIndex.load(path)
    except OriginalityError as error:
        return str(error).replace(str(path), path.name)
