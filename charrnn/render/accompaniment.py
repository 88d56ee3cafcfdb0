"""An accompaniment from chord symbols: bass and chords in the rhythm's pattern, a part of its own beside the melody.

Jigs go bass-chord-chord in each beat, waltzes in each bar, all others bass-chord; the bass of every second beat is the
chord's fifth. A chord sounds its own bass first, wherever it begins: where the pattern has no bass, together with the
chord. It sounds from the first chord symbol on, and not from ``N.C.`` or a chord that is not known to the next one; a
bar that is a pick-up has none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from charrnn import limits
from charrnn.notation.bars import Bar, bars
from charrnn.notation.tune import Change, Meter, Note, Rest, Tune
from charrnn.render.harmony import Chord, is_harmony, parse_chord
from charrnn.render.performance import Performance
from charrnn.render.upbeats import upbeat

_LOWEST_BASS = 40  # E below the bass clef's middle line: the bass lies in the octave from here
_LOWEST_CHORD = 52  # an octave higher, under the melody
_EIGHTH, _QUARTER = Fraction(1, 8), Fraction(1, 4)


@dataclass(frozen=True, slots=True)
class Strum:
    """One sounding note of the accompaniment."""

    onset: Fraction  # whole notes from the start
    duration: Fraction  # whole notes
    pitch: int  # MIDI number
    is_bass: bool


@dataclass(frozen=True, slots=True)
class _Stroke:
    """Of a bar's pattern."""

    onset: Fraction  # in the bar, whole notes
    duration: Fraction
    kind: str  # "root", "fifth", "chord" or, where a chord begins at a chord's stroke, "both"


def accompaniment(tune: Tune, performance: Performance) -> tuple[Strum, ...]:
    """The accompaniment to a performance of the tune (``perform(tune)``, not swung: see ``swing.bend``), by onset; as
    far as ``limits.MAX_EVENTS`` notes go."""
    found: list[Strum] = []
    chord: Chord | None = None
    for start, meter, length, symbols in _played_bars(tune, performance):
        chords, is_new = dict(symbols), False
        strokes = {stroke.onset: stroke for stroke in pattern(meter, length)}
        for onset in sorted({*chords, *strokes}):
            if onset in chords:
                chord, is_new = chords[onset], is_new or chords[onset] != chord
            if chord and onset in strokes:
                stroke = strokes[onset]
                found += _strums(start + onset, _with_own_bass(stroke) if is_new else stroke, chord)
                is_new = False
        if len(found) >= limits.MAX_EVENTS:
            break
    return tuple(found)


def _with_own_bass(stroke: _Stroke) -> _Stroke:
    """The first stroke of a chord."""
    return replace(stroke, kind="both" if stroke.kind == "chord" else "root")


def pattern(meter: Meter, duration: Fraction) -> Iterator[_Stroke]:
    """The strokes in a bar of this length."""
    if meter.compound:
        beat = Fraction(3, meter.denominator)
        figure = [(Fraction(0), "bass"), (beat / 3, "chord"), (beat * 2 / 3, "chord")]
        step, length = beat, beat / 3
    elif meter.numerator == 3:
        step, length = 3 * Fraction(1, meter.denominator), Fraction(1, meter.denominator)
        figure = [(Fraction(0), "bass"), (length, "chord"), (2 * length, "chord")]
    else:
        length = _EIGHTH if meter.bar == Fraction(1, 2) else _QUARTER
        step, figure = 2 * length, [(Fraction(0), "bass"), (length, "chord")]
    now, turn = Fraction(0), 0
    while now < duration:
        for onset, kind in figure:
            if now + onset < duration:
                bass = "fifth" if turn % 2 else "root"
                yield _Stroke(now + onset, min(length, duration - now - onset), bass if kind == "bass" else kind)
        now, turn = now + step, turn + 1


def _strums(onset: Fraction, stroke: _Stroke, chord: Chord) -> Iterator[Strum]:
    if stroke.kind != "chord":
        bass = chord.fifth if stroke.kind == "fifth" else chord.bass
        yield Strum(onset, stroke.duration, _at_or_above(bass, _LOWEST_BASS), is_bass=True)
    if stroke.kind in ("chord", "both"):
        for pitch_class in chord.pitch_classes:
            yield Strum(onset, stroke.duration, _at_or_above(pitch_class, _LOWEST_CHORD), is_bass=False)


def _at_or_above(pitch_class: int, lowest: int) -> int:
    return lowest + (pitch_class - lowest) % 12


def _played_bars(
    tune: Tune, performance: Performance
) -> Iterator[tuple[Fraction, Meter, Fraction, list[tuple[Fraction, Chord | None]]]]:
    """Each bar as its turn comes: when it starts, its meter, for how long it is accompanied (a pick-up is not), and the
    chords that begin in it by their onset in it, None where the accompaniment falls silent."""
    all_bars = bars(tune)
    bar_of = {index: number for number, bar in enumerate(all_bars) for index in range(bar.first, bar.end)}
    meters = _meters(tune, all_bars)
    lengths = [Fraction(0) if upbeat(all_bars, n) else bar.duration for n, bar in enumerate(all_bars)]
    start, current, last = Fraction(0), -1, -1
    symbols: list[tuple[Fraction, Chord | None]] = []
    for onset, element in performance.played:
        if bar_of[element] != current or element <= last:
            if current >= 0:
                yield start, meters[current], lengths[current], symbols
            start, current, symbols = onset, bar_of[element], []
        last = element
        sound = tune.elements[element]
        assert isinstance(sound, Note | Rest)
        if is_harmony(sound.chord_symbol):
            symbols.append((onset - start, parse_chord(sound.chord_symbol)))
    if current >= 0:
        yield start, meters[current], lengths[current], symbols


def _meters(tune: Tune, all_bars: list[Bar]) -> list[Meter]:
    """The meter in which each bar ends."""
    found, meter, read = [], tune.meter, 0
    for bar in all_bars:
        for element in tune.elements[read : bar.end]:
            if isinstance(element, Change) and isinstance(element.value, Meter):
                meter = element.value
        read = bar.end
        found.append(meter)
    return found
