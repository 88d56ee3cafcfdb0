"""Processor time of one tune on its way to the page, by kind of sign and length: what grows faster than the text?

    python -m benchmarks.long_texts [--kind NAME ...] [--characters 1000 4000 16000]

A row a kind: seconds to read the text, to work out all that the page is sent, and to draw it where the page's own
process draws (long scores are drawn by a process that may take 0.8 s); and how many times as long the longest text
takes as the shortest.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from charrnn.notation.reading.parser import parse
from charrnn.render.score import engraving
from charrnn.render.score.drawing import Engravers, Sheet
from charrnn.ui.answers.value import done

HEADER = "X:1\nM:4/4\nL:1/8\nK:C\n"
LENGTHS = (1_000, 2_000, 4_000, 8_000, 16_000)
_LINES = {  # repeated as lines
    "notes": "CDEF GABc|" * 6,
    "ties": "C-C-C-C- C-C-C-C|" * 4,
    "chords": "[CEG]2[DFA]2[EGB]2[FAc]2|" * 3,
    "graces": "{cde}C2{fga}D2{cde}E2{fga}F2|" * 3,
    "repeats": "|:CDEF GABc:|" * 5,
    "endings": "|:C8|1D8:|2E8:|3F8:|" * 4,
    "decorations": "!trill!C2.D2~E2TF2|" * 4,
    "chord symbols": '"Am"C2"G7"D2"F"E2"C"F2|' * 4,
    "texts": '"^hi"C4"_lo"C4|' * 5,
    "lyrics": "CDEF GABc|" * 9 + "\nw:" + "la " * 72,
    "slurs": "(CD)(EF)(GA)(Bc)|" * 5,
    "tuplets": "(3CDE(3FGA(3Bcd(3efg|" * 4,
    "overlays": "C8&E8|" * 12,
    "keys": "[K:D]C8|[K:G]C8|" * 5,
}
_WHOLE = {  # in one bar, or before one note: (repeated, what follows)
    "one group of graces": ("{" + "cdef" * 20 + "}", "C8|"),
    "texts at one note": ('"^hi"', "C8|"),
    "decorations at one note": (".", "C8|"),
    "notes in one bar": ("CDEF", "|"),
    "tuplets in one bar": ("(3CDE", "|"),
    "slurs in one bar": ("(CD)", "|"),
    "accidentals in one bar": ("^C=C_C", "|"),
    "bar lines": ("C|", ""),
    "fields": ("[M:3/4]", "C8|"),
}
KINDS = (*_LINES, *_WHOLE)


def text_of(kind: str, characters: int) -> str:
    """About so many characters, all of one kind of sign."""
    if kind in _LINES:
        line = _LINES[kind] + "\n"
        return HEADER + line * max(1, characters // len(line))
    repeated, end = _WHOLE[kind]
    return HEADER + repeated * (characters // len(repeated)) + end


@dataclass
class Times:
    read: float = 0.0  # seconds of this process
    worked_out: float = 0.0  # without drawing
    drawn: float = 0.0
    longest_drawing: float = 0.0  # for which all threads of this process wait
    apart: float = 0.0  # by the clock, of a process that draws

    @property
    def own(self) -> float:
        return self.read + self.worked_out + self.drawn


@contextmanager
def as_a_server() -> Iterator[Callable[[str], Times]]:
    """From a text to what its way to the page takes, long scores drawn apart."""
    times, real = Times(), engraving.draw_here

    def timed(sheet: Sheet) -> list[str]:
        start = time.process_time()
        try:
            return real(sheet)
        finally:
            seconds = time.process_time() - start
            times.drawn += seconds
            times.longest_drawing = max(times.longest_drawing, seconds)

    class TimedEngravers(Engravers):
        def draw(self, sheet: Sheet) -> list[str]:
            start = time.monotonic()
            try:
                return super().draw(sheet)
            finally:
                times.apart += time.monotonic() - start

    def measured(text: str) -> Times:
        times.__init__()  # type: ignore[misc]
        start = time.process_time()
        tune = parse(text)
        times.read = time.process_time() - start
        start = time.process_time()
        done(text, tune)
        times.worked_out = time.process_time() - start - times.drawn
        return Times(**vars(times))

    engraving.draw_here = timed
    engraving.draw_long_scores_apart(TimedEngravers())
    try:
        measured(HEADER + "CDEF GABc|")  # imports
        yield measured
    finally:
        engraving.draw_here = real
        engraving.draw_long_scores_apart(None)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--characters", nargs="+", type=int, default=list(LENGTHS))
    options = parser.parse_args(arguments)
    lengths = sorted(options.characters)
    print(f"| read / worked out / drawn here, s | {' | '.join(f'{length:,}' for length in lengths)} | times as long |")
    print("|---" + "|--:" * (len(lengths) + 1) + "|")
    with as_a_server() as measured:
        for kind in options.kind:
            row = [measured(text_of(kind, length)) for length in lengths]
            cells = [f"{one.read:.3f} / {one.worked_out:.3f} / {one.drawn:.3f}" for one in row]
            first, last = (one.read + one.worked_out for one in (row[0], row[-1]))
            print(f"| {kind} | {' | '.join(cells)} | {last / max(first, 1e-4):.1f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
