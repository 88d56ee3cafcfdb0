"""What many tunes share with the training music, in a few figures. Those of unseen tunes of people
(``python -m charrnn original --split test``) are the yardstick for sampled ones."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from charrnn.corpus.originality.index import LIKENESS_NOTES, WINDOW_BARS, Originality

LONG_PASSAGES = (16, 32)  # notes: two and four bars of a reel


@dataclass(frozen=True, slots=True)
class OriginalitySummary:
    """Figures of so many tunes; those without notes count as new. None where there is nothing to take a mean of."""

    tunes: int
    copies: int  # whole-tune copies
    longest_mean: float  # notes, of each tune's longest passage
    longest_median: float
    longest_90th: float  # percentile
    long_passages: dict[int, float]  # notes -> share of tunes that have a passage as long or longer
    windows: dict[int, float | None]  # bars -> mean over the tunes that have such windows of the share found
    likeness: float  # mean share of passages in the nearest training tune

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def report(self) -> str:
        windows = (f"{bars}-bar {share:.2%}" for bars, share in self.windows.items() if share is not None)
        long = (f"{share:.1%} have {notes} notes or more" for notes, share in self.long_passages.items())
        return "\n".join(
            [
                f"{self.tunes:,} tunes, {self.copies:,} of them copies",
                f"longest passage heard before: {self.longest_mean:.1f} notes on average, median"
                f" {self.longest_median:g}, 90th percentile {self.longest_90th:g}; {', '.join(long)}",
                f"windows heard before: {', '.join(windows) or 'none'}",
                f"passages of {LIKENESS_NOTES} notes in the nearest training tune: {self.likeness:.1%}",
            ]
        )


def summary(found: Sequence[Originality]) -> OriginalitySummary:
    """The figures of one tune or more."""
    longest = np.array([result.longest.notes if result.longest else 0 for result in found])
    return OriginalitySummary(
        tunes=len(found),
        copies=sum(result.is_copy for result in found),
        longest_mean=float(longest.mean()),
        longest_median=float(np.median(longest)),
        longest_90th=float(np.percentile(longest, 90)),
        long_passages={notes: float((longest >= notes).mean()) for notes in LONG_PASSAGES},
        windows={bars: _mean([result.windows[bars] for result in found]) for bars in WINDOW_BARS},
        likeness=float(np.mean([result.nearest.share if result.nearest else 0.0 for result in found])),
    )


def _mean(shares: Sequence[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None
