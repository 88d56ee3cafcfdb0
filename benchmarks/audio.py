"""Seconds to write a tune of four minutes as each kind of audio file: by the piano, with chords.

    python -m benchmarks.audio [--rounds 5] [--json]

``mixed`` and ``mastered`` are what every file begins with: the notes in their room, and the whole brought to its
loudness. Each figure is the median of the rounds; the exit code is 1 where a kind of file takes longer than the aim.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Tune
from charrnn.render.arrangement import arranged
from charrnn.render.audio import files
from charrnn.render.audio.library import Library
from charrnn.render.audio.loudness import master
from charrnn.render.audio.mixing import MIX_RATE, mixed
from charrnn.render.export.formats import Options, exported

MOST_SECONDS = 3.0
_ROUND = "|:A|dfd ecA|BGB AFD|GBG FAF|EFE E2A|dfd ecA|BGB AFD|GBG FAF|D3 D2:|\n"  # 17 seconds
_TUNE = f"X:1\nT:Four Minutes\nR:jig\nM:6/8\nL:1/8\nQ:3/8=112\nK:D\n{_ROUND * 14}"


def main() -> int:
    options = _parser().parse_args()
    library = Library()
    library.prepare()
    found = measured(parse(_TUNE), library, options.rounds)
    print(json.dumps(found, indent=2) if options.json else _table(found))
    return 0 if all(found[kind] <= MOST_SECONDS for kind in files.KINDS) else 1


def _parser() -> argparse.ArgumentParser:
    out = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    out.add_argument("--rounds", type=int, default=5, help="of each; default: 5")
    out.add_argument("--json", action="store_true", help="print JSON")
    return out


def measured(tune: Tune, library: Library, rounds: int) -> dict[str, float]:
    """Seconds by what is done; ``tune``: how long it sounds."""
    arrangement = arranged(tune, None)
    accompaniment, performance = arrangement.accompaniment, arrangement.performance

    def mix() -> np.ndarray:
        return mixed(performance, library=library, accompaniment=accompaniment)

    waveform = mix()
    work: dict[str, Callable[[], object]] = {"mixed": mix, "mastered": lambda: master(waveform.copy(), MIX_RATE)}
    for kind in files.KINDS:
        work[kind] = partial(exported, kind, tune, Options(accompanied=True), library)
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):  # in turn, so that a busy moment falls on all of them
        for name, act in work.items():
            began = time.perf_counter()
            act()
            seconds[name].append(time.perf_counter() - began)
    return {"tune": waveform.shape[1] / MIX_RATE} | {name: statistics.median(each) for name, each in seconds.items()}


def _table(found: dict[str, float]) -> str:
    return "\n".join(f"{name:<10}{seconds:8.2f} s" for name, seconds in found.items())


if __name__ == "__main__":
    sys.exit(main())
