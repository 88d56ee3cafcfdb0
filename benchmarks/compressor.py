"""xz -9e as a yardstick: how many bytes the test's music adds behind the training music, without any header.

It adapts as it reads on, so that of all entries it alone learns from the test. It writes no tunes.

    python -m benchmarks.compressor
"""

import lzma
from collections.abc import Sequence

from benchmarks.contest import Entered, Material
from charrnn.model.scoring import Score, ScoredText

NAME = "xz"


def enter(material: Material, minutes: float) -> Entered:
    training = "".join(f"{tune.music}\n" for tune in material.corpus.split.train)

    def score(tunes: Sequence[ScoredText]) -> list[Score]:
        """One score for all: the tunes are not compressed apart."""
        added = "".join(f"{tune.music}\n" for tune in tunes)
        bits = 8 * (compressed_bytes(training + added) - compressed_bytes(training))
        return [Score(bits, len(added), sum(tune.notes for tune in tunes))]

    return Entered(score=score, characters=len(training), remark="adapts to the test as it reads on")


def compressed_bytes(text: str) -> int:
    return len(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    from benchmarks.runner import main

    raise SystemExit(main([NAME]))
