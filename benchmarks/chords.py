"""What the automatic chords are like: how many a tune has, its cadences, and how well they fit the melody.

    python -m benchmarks.chords [FILE.abc ...] [--every 20] [--show 20] [--json]
    python -m benchmarks.chords --grids

Without files every twentieth tune of the training music is looked at (no chords are written there). Counted are

- tunes with one or two different chords, and chord changes in a bar;
- phrases of eight bars (and ends of sections) that end with the dominant and the tonic, on the tonic, on the dominant;
- bars that repeat an earlier one of the same tune, note for note, and have its chords;
- notes of the melody that are in the chord under them, on the beat and on the first beat of the bar.

``--grids`` compares roots with the chords of ``benchmarks.chord_grids``, half a bar at a time. There are no chord
symbols in the training music.
``--show`` prints tunes with a chord line under each line of bars, for a guitarist's eyes.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any

from benchmarks.chord_grids import GRIDS
from charrnn.corpus.sources import DEFAULT_COLLECTIONS, read_tunes
from charrnn.notation.bars import bar_problems, bars
from charrnn.notation.keys import Key
from charrnn.notation.reading.parser import parse
from charrnn.notation.spans import bars_of
from charrnn.notation.tune import Change, Element, Meter, Note, Rest, Tune
from charrnn.render.harmony.chord import parse_chord, pitch_class
from charrnn.render.harmony.chords import with_chords
from charrnn.render.playing.performance import sounding_pitches
from charrnn.render.playing.phrases import phrase_positions


@dataclass(frozen=True, slots=True)
class ChordedBar:
    """One bar of a tune, as it is written."""

    notes: tuple[tuple[Fraction, Fraction, tuple[int, ...]], ...]  # onset and duration in the bar, MIDI pitches
    chords: tuple[tuple[Fraction, str], ...]  # onset and symbol; the first has onset 0 if any chord sounds there
    key: Key
    beat: Fraction  # whole notes
    full: Fraction  # what the meter asks for, whole notes
    ends_phrase: bool


def chorded_bars(tune: Tune) -> list[ChordedBar]:
    """The bars of a tune with their chords, without its pick-ups."""
    every, pitches, position = bars(tune), sounding_pitches(tune), phrase_positions(tune)
    found, chord, key, meter = [], "", tune.key, tune.meter
    for number, bar in enumerate(every):
        notes, chords, now = [], [(Fraction(0), chord)] if chord else [], Fraction(0)
        for index in range(every[number - 1].end if number else 0, bar.end):
            element = tune.elements[index]
            if isinstance(element, Change):
                key = element.value if isinstance(element.value, Key) else key
                meter = element.value if isinstance(element.value, Meter) else meter
            elif isinstance(element, Note | Rest):
                if parse_chord(element.chord_symbol):
                    chord = element.chord_symbol
                    chords = [*(each for each in chords if each[0] != now), (now, chord)]
                if index in pitches:
                    notes.append((now, element.duration, pitches[index]))
                now += element.duration
        if number in position:
            beat = Fraction(3, meter.denominator) if meter.compound else Fraction(1, 4)
            found.append(
                ChordedBar(
                    tuple(notes), tuple(chords), key, beat, bar.full or bar.duration, position[number].ends_phrase
                )
            )
    return found


def chord_at(bar: ChordedBar, onset: Fraction) -> str:
    return next((symbol for start, symbol in reversed(bar.chords) if start <= onset), "")


# -- figures


def figures(tunes: Iterable[Tune]) -> dict[str, float]:
    """Shares and means over all tunes."""
    counts: dict[str, list[float]] = {}

    def count(name: str, value: float) -> None:
        counts.setdefault(name, []).append(value)

    for tune in tunes:
        found = chorded_bars(tune)
        symbols = {symbol for bar in found for _, symbol in bar.chords}
        count("tunes", 1)
        count("different chords a tune", len(symbols))
        count("tunes with one or two chords", len(symbols) <= 2)
        count("bars without a chord", sum(not bar.chords for bar in found) / max(1, len(found)))
        for name, value in (*_cadences(found), *_repeats(found), *_fits(found)):
            count(name, value)
        count("changes a bar", _changes(found) / max(1, len(found)))
    return {
        name: sum(values) if name == "tunes" else round(sum(values) / len(values), 4) for name, values in counts.items()
    }


def _cadences(found: Sequence[ChordedBar]) -> Iterable[tuple[str, float]]:
    heard = [(number, symbol) for number, bar in enumerate(found) for _, symbol in bar.chords]
    for number, bar in enumerate(found):
        tonic = bar.key.tonic and pitch_class(bar.key.tonic)
        if not (bar.ends_phrase and bar.chords and isinstance(tonic, int)):
            continue
        roots = [(chord.root - tonic) % 12 for at, symbol in heard if at <= number and (chord := parse_chord(symbol))]
        path = [root for place, root in enumerate(roots) if not place or roots[place - 1] != root]
        yield "phrases that end on I", path[-1] == 0
        yield "phrases that end V-I or bVII-I", path[-1] == 0 and len(path) > 1 and path[-2] in (7, 10)
        yield "phrases that end on V", path[-1] == 7
        yield "phrases that end on I or V", path[-1] in (0, 7)


def _repeats(found: Sequence[ChordedBar]) -> Iterable[tuple[str, float]]:
    earlier: dict[Any, Any] = {}
    for bar in found:
        same = bar.notes, bar.key
        if same in earlier:
            yield "repeated bars with the same chords", earlier[same] == bar.chords
        earlier.setdefault(same, bar.chords)


def _fits(found: Sequence[ChordedBar]) -> Iterable[tuple[str, float]]:
    for bar in found:
        for onset, _, pitches in bar.notes:
            chord = parse_chord(chord_at(bar, onset))
            if chord and onset % bar.beat == 0:
                fits = max(pitches) % 12 in chord.pitch_classes
                yield "notes on a beat in the chord", fits
                if not onset:
                    yield "first notes of a bar in the chord", fits


def _changes(found: Sequence[ChordedBar]) -> int:
    symbols = [symbol for bar in found for _, symbol in bar.chords]
    return sum(before != after for before, after in pairwise(symbols))


# -- agreement


def agreement() -> dict[str, float]:
    """For each tune of ``GRIDS`` the share of half bars with the root of its grid, and their mean."""
    shares: dict[str, float] = {}
    titles = {title for grids in GRIDS.values() for title, _ in grids}
    for raw in read_tunes(tuple(GRIDS)):
        if not any(title in raw.text for title in titles):
            continue
        tune = usable(raw.text)
        grid = GRIDS[raw.collection].get((tune.title, str(tune.key))) if tune else None
        if tune and grid and tune.title not in shares:
            bars_of_grid = [bar.split() for bar in grid.split("|")]
            shares[tune.title] = _same_roots(chorded_bars(with_chords(without_symbols(tune))), bars_of_grid)
    return shares | {"mean": round(sum(shares.values()) / len(shares), 4)}


def _same_roots(found: Sequence[ChordedBar], grid: Sequence[Sequence[str]]) -> float:
    """Share of half bars."""
    same = [
        _root(chord_at(bar, bar.full * half / 2)) == _root(chords[half * (len(chords) - 1)])
        for bar, chords in zip(found, grid, strict=True)
        for half in (0, 1)
    ]
    return round(sum(same) / len(same), 4)


def _root(symbol: str) -> int | None:
    chord = parse_chord(symbol)
    return chord.root if chord else None


# -- command


def shown(tune: Tune, text: str) -> str:
    """Bars and their chords, four in a row."""
    written = [text[span.start : span.end] for span in bars_of(text)]
    rows = [written[number] for number in sorted(phrase_positions(tune))]
    chords = [" ".join(symbol for _, symbol in bar.chords) for bar in chorded_bars(tune)]
    lines = [f"{tune.number} {tune.title}: {tune.key} {tune.meter} {tune.rhythm}"]
    for start in range(0, len(rows), 4):
        cells = rows[start : start + 4]
        width = max(18, *(len(cell) for cell in cells))
        lines.append(" | ".join(cell.ljust(width) for cell in cells))
        lines.append(" | ".join(cell.ljust(width) for cell in chords[start : start + 4]))
    return "\n".join(lines)


def usable(text: str) -> Tune | None:
    tune = parse(text)
    return tune if tune.notes and not tune.problems and not bar_problems(tune) else None


def without_symbols(tune: Tune) -> Tune:
    """Without texts that could be taken for chords."""

    def bare(element: Element) -> Element:
        return replace(element, chord_symbol="") if isinstance(element, Note | Rest) else element

    return replace(tune, elements=tuple(map(bare, tune.elements)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("abc", nargs="*", help="files, folders or collections; default: the training music")
    parser.add_argument("--every", type=int, help="of so many tunes one; default: 20, with files 1")
    parser.add_argument("--show", type=int, default=0, help="print so many tunes with their chords")
    parser.add_argument("--grids", action="store_true", help="compare with chords written by hand")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    found = agreement() if options.grids else _measured(options)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        print(f"{value:8.0f}  {name}" if name == "tunes" else f"{value:8.3f}  {name}")


def _measured(options: argparse.Namespace) -> dict[str, float]:
    """Prints the tunes that are to be shown."""
    raw = read_tunes(tuple(options.abc) or DEFAULT_COLLECTIONS)
    texts = [one.text for one in islice(raw, 0, None, options.every or (1 if options.abc else 20))]
    tunes = {text: with_chords(without_symbols(tune)) for text in texts if (tune := usable(text))}
    for text, tune in islice(tunes.items(), options.show):
        print(shown(tune, text), end="\n\n")
    return figures(tunes.values())


if __name__ == "__main__":
    main()
