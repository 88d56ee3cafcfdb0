"""How a dance is played rather than written: accents, lilt, breath and articulation, in one table.

The page's player and audio files play all of it. MIDI files have the accents only, so that a notation program reads
their times as they are written. Swing is a choice of its own (``render.playing.swing``).

Accents are added to a note's MIDI velocity (the text's dynamics, 90 where there are none) by its place in the bar: a
row has equal steps of the bar, and what lies between two steps has ``BETWEEN``. In audio, 10 more are 1.8 dB more.
A lilt is how the three eighths of a beat share its time. The figures are ours, set by ear and by what teachers of this
music say: a jig's beat is long, short, middle.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import groupby

from charrnn.notation.tune import Meter, Tune
from charrnn.notation.writing.canonical import canonical_rhythm
from charrnn.render.playing.bending import Group, bent, bent_events, shares
from charrnn.render.playing.meters import beat
from charrnn.render.playing.performance import NoteEvent, Performance
from charrnn.render.playing.phrases import phrase_positions
from charrnn.render.playing.played_bars import PlayedBar, played_bars

_COMMON = (12, -6, 0, -6, 6, -6, 0, -6)
_METERS: dict[Meter, tuple[int, ...]] = {
    Meter(4, 4): _COMMON,
    Meter(2, 2): _COMMON,
    Meter(2, 4): (12, -6, 4, -6),
    Meter(3, 4): (12, -8, -2, -8, 0, -8),
    Meter(3, 8): (12, -4, -2),
    Meter(3, 2): (12, -6, 0, -6, 4, -6),
    Meter(6, 8): (12, -8, -2, 6, -8, -2),
    Meter(9, 8): (12, -8, -2, 4, -8, -2, 6, -8, -2),
    Meter(12, 8): (12, -8, -2, 2, -8, -2, 6, -8, -2, 2, -8, -2),
}
_RHYTHMS: dict[tuple[str, Meter], tuple[int, ...]] = {
    ("reel", Meter(4, 4)): (10, -6, 2, -4, 8, -6, 2, -4),  # two swings of the bow, with a push off each
    ("reel", Meter(2, 2)): (10, -6, 2, -4, 8, -6, 2, -4),
    ("hornpipe", Meter(4, 4)): (12, -8, 4, -8, 8, -8, 4, -8),  # four steps
    ("hornpipe", Meter(2, 2)): (12, -8, 4, -8, 8, -8, 4, -8),
    ("strathspey", Meter(4, 4)): (12, -4, 6, -4, 10, -4, 6, -4),
    ("polka", Meter(2, 4)): (8, 0, 6, 2),  # the off-beats lift
    ("march", Meter(4, 4)): (12, -8, 2, -8, 8, -8, 2, -8),
    ("mazurka", Meter(3, 4)): (6, -8, 10, -8, 2, -8),  # the second beat leads
}
BETWEEN = -10  # a note between two steps of its row
_FIRST_BEAT = 12  # in a meter that has no row; its other beats have 0

_JIG = (9, 7, 8)  # long, short, middle: a quarter and an eighth stay as written
_LILTS: dict[str, tuple[int, ...]] = {
    "jig": _JIG,
    "double jig": _JIG,
    "single jig": _JIG,
    "slip jig": _JIG,
    "slide": _JIG,
    "": _JIG,  # a tune in 6/8 that says no rhythm is nearly always one
}

BREATH, HALF_BREATH = Fraction(1, 16), Fraction(1, 32)  # whole notes, off the last note of a phrase and of half of one
MOST_BREATH = Fraction(1, 3)  # of the note
SEPARATION = Fraction(1, 32)  # whole notes between two notes of one pitch
MOST_SEPARATION = Fraction(1, 4)  # of the first
STRUM = Fraction(1, 128)  # whole notes from one string of a chord to the next


class _Places:
    """Where in its bar each moment of a performance lies. Many notes begin at one moment, which is looked up once."""

    def __init__(self, bars: list[PlayedBar], rhythm: str) -> None:
        self.bars, self.rhythm = bars, rhythm
        self._onsets = [bar.onset for bar in bars]
        self._accents: dict[Fraction, int] = {}

    def accent(self, moment: Fraction) -> int:
        if moment not in self._accents:
            self._accents[moment] = self._accent(moment)
        return self._accents[moment]

    def _accent(self, moment: Fraction) -> int:
        if not self.bars:
            return 0
        bar = self.bars[max(bisect_right(self._onsets, moment) - 1, 0)]
        return accent(self.rhythm, bar.meter, bar.place(moment))


@lru_cache(maxsize=256)  # the places of a few meters
def accent(rhythm: str, meter: Meter, place: Fraction) -> int:
    """What a note's velocity has added at a place in the bar (whole notes from the bar's start); 0 in free meter.

    >>> [accent("jig", Meter(6, 8), Fraction(eighth, 8)) for eighth in range(6)]
    [12, -8, -2, 6, -8, -2]
    """
    if not meter.bar:
        return 0
    row = _RHYTHMS.get((rhythm, meter)) or _METERS.get(meter)
    if row is None:
        beats = meter.bar / beat(meter)
        row = (_FIRST_BEAT, *[0] * (int(beats) - 1))
    step = place / meter.bar * len(row)
    return row[int(step) % len(row)] if step.denominator == 1 else BETWEEN


def lilt(rhythm: str, meter: Meter) -> tuple[Fraction, ...]:
    """How the parts of a beat share its time; empty where they are played evenly."""
    weights = _LILTS.get(rhythm) if meter.compound else None
    return shares(*weights) if weights else ()


def accented(performance: Performance, tune: Tune) -> Performance:
    """The performance with its accents, every time exactly as it is."""
    return _accented(performance, _places(performance, tune))


def accented_accompaniment(events: Sequence[NoteEvent], performance: Performance, tune: Tune) -> tuple[NoteEvent, ...]:
    """The same for what accompanies the performance."""
    return tuple(_with_accents(events, _places(performance, tune)))


def _places(performance: Performance, tune: Tune) -> _Places:
    return _Places(played_bars(tune, performance), _rhythm(tune))


def _accented(performance: Performance, places: _Places) -> Performance:
    return replace(
        performance,
        notes=tuple(_with_accents(performance.notes, places)),
        beside=tuple(_with_accents(performance.beside, places)),
    )


def expressed(
    performance: Performance, accompaniment: Sequence[NoteEvent], tune: Tune
) -> tuple[Performance, tuple[NoteEvent, ...]]:
    """A performance of the tune, and what accompanies it, as a dance is played: with accents, lilt, breath, repeated
    notes apart, chords strummed and the last note longer. The performance is straight (``perform(tune)``)."""
    places = _places(performance, tune)
    bars = places.bars
    longer = _last_beat(performance, bars)
    breaths = _breaths(tune, bars)
    notes = _articulated(performance.notes, breaths, performance.duration, longer)
    beside = _articulated(performance.beside, breaths, performance.duration, longer)
    chords = _held(_strummed(tuple(_with_accents(accompaniment, places))), performance.duration, longer)
    groups = list(_lilted(bars, places.rhythm))
    performance = replace(_accented(performance, places), duration=performance.duration + longer)
    performance = replace(
        performance,
        notes=_with_durations(performance.notes, notes),
        beside=_with_durations(performance.beside, beside),
    )
    return bent(performance, groups), bent_events(chords, groups)


def _rhythm(tune: Tune) -> str:
    return canonical_rhythm(tune.rhythm)


def _with_accents(events: Iterable[NoteEvent], places: _Places) -> Iterator[NoteEvent]:
    """A note has the accent of its graces, which stand on the beat for it."""
    start = graces_end = Fraction(-1)
    for event in events:
        if event.onset != graces_end or start < 0:
            start = event.onset
        if event.is_grace:
            graces_end = event.onset + event.duration
        velocity = event.velocity + places.accent(start)
        yield replace(event, velocity=min(max(velocity, 1), 127))


def _with_durations(events: Sequence[NoteEvent], durations: Sequence[Fraction]) -> tuple[NoteEvent, ...]:
    return tuple(replace(event, duration=each) for event, each in zip(events, durations, strict=True))


def _articulated(
    events: Sequence[NoteEvent], breaths: dict[Fraction, Fraction], end: Fraction, longer: Fraction
) -> list[Fraction]:
    """How long each note sounds."""
    struck = {(event.onset, event.pitch) for event in events}
    durations = []
    for event in events:
        ends = event.onset + event.duration
        duration = event.duration
        if ends == end:
            duration += longer
        elif ends in breaths:
            duration -= min(breaths[ends], MOST_BREATH * duration)
        elif (ends, event.pitch) in struck:
            duration -= min(SEPARATION, MOST_SEPARATION * duration)
        durations.append(duration)
    return durations


def _breaths(tune: Tune, bars: list[PlayedBar]) -> dict[Fraction, Fraction]:
    """By the moment at which a phrase ends: how much sooner its last note does, in whole notes."""
    positions = phrase_positions(tune)
    found = {}
    for bar in bars:
        position = positions.get(bar.number)
        if position and position.ends_half:
            found[bar.end] = BREATH if position.ends_phrase else HALF_BREATH
    return found


def _last_beat(performance: Performance, bars: list[PlayedBar]) -> Fraction:
    """How much longer the tune's last note is, in whole notes: a beat, but at most twice as long; nothing where the
    tune ends with a rest."""
    last = [event.duration for event in performance.notes if event.onset + event.duration == performance.duration]
    return min(beat(bars[-1].meter), *last) if last and bars else Fraction(0)


def _held(events: Iterable[NoteEvent], end: Fraction, longer: Fraction) -> list[NoteEvent]:
    return [
        replace(event, duration=event.duration + longer) if event.onset + event.duration == end else event
        for event in events
    ]


def _strummed(events: Sequence[NoteEvent]) -> Iterator[NoteEvent]:
    """The notes of a chord one after the other, the lowest first."""
    for _, chord in groupby(events, key=lambda event: event.onset):
        for string, event in enumerate(sorted(chord, key=lambda event: event.pitch)):
            late = min(string * STRUM, event.duration / 2)
            yield replace(event, onset=event.onset + late, duration=event.duration - late)


def _lilted(bars: list[PlayedBar], rhythm: str) -> Iterator[Group]:
    """The beats that are played with a lilt: whole ones."""
    for bar in bars:
        parts = lilt(rhythm, bar.meter)
        if not parts:
            continue
        length = beat(bar.meter)
        onset = bar.onset + -bar.begins_at % length
        while onset + length <= bar.end:
            yield Group(onset, length, parts)
            onset += length
