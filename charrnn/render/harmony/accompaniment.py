"""An accompaniment from chord symbols: bass and chords in the rhythm's pattern, a part of its own beside the melody.

Reels, jigs and marches have strums of their own; waltzes go bass-chord-chord in each bar, other compound meters in each
beat, all others bass-chord. Every second bass is the chord's fifth. A chord sounds its own bass first, wherever it
begins: where the pattern has no bass, together with the chord. It sounds from the first chord symbol on, and not from
``N.C.`` or a chord that is not known to the next one; a bar that is a pick-up has none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from charrnn import limits
from charrnn.notation.bars import bars
from charrnn.notation.tune import Meter, Note, Rest, Tune
from charrnn.notation.writing.canonical import canonical_rhythm
from charrnn.render.harmony.chord import Chord, is_harmony, parse_chord
from charrnn.render.playing.performance import Performance
from charrnn.render.playing.played_bars import played_bars
from charrnn.render.upbeats import upbeat

_LOWEST_BASS = 40  # E below the bass clef's middle line: the bass lies in the octave from here
_LOWEST_CHORD = 52  # an octave higher, under the melody
_EIGHTH, _QUARTER = Fraction(1, 8), Fraction(1, 4)

# A sign for each unit of time: b and c are struck (bass, chord), - sounds on, . is silent.
_RHYTHMS = {"jig": "b-c", "double jig": "b-c", "slide": "b-c", "reel": "b-cc", "march": "b.c.", "polka": "bc"}
_IN_THREES, _IN_TWOS = "bcc", "bc"


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


def accompaniment(tune: Tune, performance: Performance, is_plain: bool = False) -> tuple[Strum, ...]:
    """The accompaniment to a performance of the tune (``perform(tune)``, not bent: see ``bending``), by onset; as far
    as ``limits.MAX_EVENTS`` notes go. ``is_plain`` takes the meter's pattern whatever the rhythm."""
    found: list[Strum] = []
    chord: Chord | None = None
    rhythm = "" if is_plain else canonical_rhythm(tune.rhythm)
    for start, meter, length, symbols in _played_bars(tune, performance):
        chords, is_new = dict(symbols), False
        strokes = {stroke.onset: stroke for stroke in pattern(meter, length, rhythm)}
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


@lru_cache(maxsize=64)  # a tune has few kinds of bars
def pattern(meter: Meter, duration: Fraction, rhythm: str = "") -> tuple[_Stroke, ...]:
    """The strokes in a bar of this length, by the rhythm where it has a pattern in this meter."""
    return tuple(_pattern(meter, duration, rhythm))


def _pattern(meter: Meter, duration: Fraction, rhythm: str) -> Iterator[_Stroke]:
    unit, figure = _figure(meter, rhythm)
    now, basses = Fraction(0), 0
    while now < duration:
        sign = figure[int(now / unit) % len(figure)]
        if sign in "bc":
            rest = figure[int(now / unit) % len(figure) + 1 :]
            units = 1 + len(rest) - len(rest.lstrip("-"))
            kind = "chord" if sign == "c" else "fifth" if basses % 2 else "root"
            basses += sign == "b"
            yield _Stroke(now, min(units * unit, duration - now), kind)
        now += unit


def _figure(meter: Meter, rhythm: str) -> tuple[Fraction, str]:
    """How long a sign lasts, in whole notes, and the signs."""
    own = _RHYTHMS.get(rhythm, "")
    if meter.compound:
        return Fraction(1, meter.denominator), own if len(own) == 3 else _IN_THREES
    if meter.numerator == 3:
        return Fraction(1, meter.denominator), _IN_THREES
    stroke = _EIGHTH if meter.bar == Fraction(1, 2) else _QUARTER
    return (stroke / 2, own) if len(own) == 4 else (stroke, _IN_TWOS)


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
    played = iter([*performance.played, (performance.duration, -1)])
    onset, element = next(played)
    for bar in played_bars(tune, performance):
        symbols: list[tuple[Fraction, Chord | None]] = []
        while element >= 0 and onset < bar.end:
            sound = tune.elements[element]
            assert isinstance(sound, Note | Rest)
            if is_harmony(sound.chord_symbol):
                symbols.append((onset - bar.onset, parse_chord(sound.chord_symbol)))
            onset, element = next(played)
        is_pickup = bool(upbeat(all_bars, bar.number))
        yield bar.onset, bar.meter, Fraction(0) if is_pickup else all_bars[bar.number].duration, symbols
