"""The corpus as a whole: read, cleaned and split, with a count of all that was left out and why."""

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from charrnn.corpus.cleaning import CleanTune, Unusable, clean
from charrnn.corpus.sources import DEFAULT_COLLECTIONS, RawTune, read_tunes
from charrnn.corpus.split import Split, near_variants, split
from charrnn.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Corpus:
    names: tuple[str, ...]
    split: Split
    read: Counter[str]  # tunes read, by collection
    dropped: Counter[tuple[str, str]]  # tunes left out, by (collection, reason)

    @property
    def tunes(self) -> list[CleanTune]:
        return [*self.split.train, *self.split.valid, *self.split.test]

    @property
    def sha256(self) -> str:
        """Hash of the text of all sides, in their order: the same corpus gives the same hash."""
        return hashlib.sha256("\n".join(tune.text for tune in self.tunes).encode()).hexdigest()

    def summary(self) -> dict[str, Any]:
        """Counts for the checkpoint and for ``python -m charrnn corpus --json``."""
        sides = {"train": self.split.train, "valid": self.split.valid, "test": self.split.test}
        return {
            "names": list(self.names),
            "sha256": self.sha256,
            "read": sum(self.read.values()),
            "dropped": sum(self.dropped.values()),
            "duplicates": self.split.duplicates,
            "clusters": self.split.clusters,
            "tunes": {side: len(tunes) for side, tunes in sides.items()},
            "characters": {side: sum(len(tune.text) for tune in tunes) for side, tunes in sides.items()},
        }


def load_corpus(names: tuple[str, ...] = DEFAULT_COLLECTIONS, progress: bool = False, is_anew: bool = False) -> Corpus:
    """Read, clean (``is_anew``: see ``cleaning``) and split. Raises CorpusError when nothing usable is found."""
    read: Counter[str] = Counter()
    dropped: Counter[tuple[str, str]] = Counter()
    usable: list[CleanTune] = []
    for raw in _with_bar(read_tunes(names), progress):
        read[raw.collection] += 1
        try:
            usable.append(clean(raw, is_anew))
        except Unusable as reason:
            dropped[raw.collection, str(reason)] += 1
    if not usable:
        raise CorpusError(f"no usable tune in {', '.join(names)}: {sum(read.values())} read, all left out")
    return Corpus(names, split(usable), read, dropped)


def report(corpus: Corpus) -> str:
    """What was read, what was dropped and why, meters, keys, split sizes, near variants: text for a terminal."""
    lines = ["collection            read  dropped"]
    for name, count in corpus.read.items():
        left_out = sum(number for (collection, _), number in corpus.dropped.items() if collection == name)
        lines.append(f"{name:20} {count:5,} {left_out:8,}")
    by_reason: Counter[str] = Counter()
    for (_, reason), count in corpus.dropped.items():
        by_reason[reason] += count
    lines += ["", "dropped because of"] + [f"{count:6,}  {reason}" for reason, count in by_reason.most_common()]
    tunes = corpus.tunes
    lines += ["", "meters  " + _most_common(str(tune.parsed.meter) for tune in tunes)]
    lines += ["keys    " + _most_common(str(tune.key) for tune in tunes)]
    lines += ["rhythms " + _most_common(tune.parsed.rhythm or "not given" for tune in tunes)]
    lines += ["", f"{corpus.split.duplicates} duplicates counted once; {corpus.split.clusters:,} clusters of variants"]
    for side, members in (("train", corpus.split.train), ("valid", corpus.split.valid), ("test", corpus.split.test)):
        lines.append(f"{side:6} {len(members):6,} tunes {sum(len(tune.text) for tune in members):9,} characters")
    lines.append(_near_variants_line("this split", corpus.split.test, corpus.split.train))
    shuffled = random.Random(0).sample(tunes, len(tunes))
    size = len(corpus.split.test)
    lines.append(_near_variants_line("a random split", shuffled[:size], shuffled[size:]))
    return "\n".join(lines)


def _near_variants_line(name: str, test: Sequence[CleanTune], train: Sequence[CleanTune]) -> str:
    near = len(near_variants(test, train))
    return f"{name}: {near} test tunes ({near / max(1, len(test)):.1%}) have a near variant in training"


def _most_common(values: Iterable[str]) -> str:
    return ", ".join(f"{value} {count:,}" for value, count in Counter(values).most_common(12))


def _with_bar(tunes: Iterable[RawTune], show: bool) -> Iterable[RawTune]:
    if not show:
        return tunes
    from tqdm import tqdm

    found: Iterable[RawTune] = tqdm(
        tunes, desc="reading tunes", unit=" tunes", leave=False, disable=None
    )  # None: only on a terminal
    return found
