"""What of a tune's sound tells people's tunes from a model's: counts of short patterns, by name.

Everything is relative to the tonic, the beat and the note before, so neither key nor unit length nor spelling count;
register alone is absolute. A feature's value is the square root of its share of the tune's notes: a pattern that comes
twice as often weighs less than twice as much.

    i:2,2,1       three intervals in semitones         p:1/2=7    the fifth stands at the middle of the bar
    d:0,4,7       three degrees, semitones from the tonic   b:1/2,1/2,1    the rhythm of a bar, in beats
    r:1/2,1/2     two durations, in beats              e:7,11,0   the last three degrees of the tune
    again 4:2     two in ten bars stand again four later    home:5    half of the parts end on the tonic
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from charrnn.corpus.originality.melody import MelodyNote, melody
from charrnn.notation.keys import Key
from charrnn.notation.order.repeats import sections
from charrnn.notation.tune import SEMITONES, Meter, Note, Tune
from charrnn.render.harmony.chord import pitch_class

LONGEST_RUN = 4  # notes of a pattern
_WIDEST = 13  # semitones; larger leaps count as this
_LEAP = 7  # semitones: more than a fifth is a leap
_MAJOR_THIRD = 4

Features = Mapping[str, float]  # by name


def features_of(tune: Tune) -> Features:
    """Values by name; empty for a tune of fewer than two notes."""
    line = melody(tune)
    if len(line) < 2:
        return {}
    view = _View.of(tune, line)
    counts = Counter([*_runs(view), *_places(view)])
    found = {name: math.sqrt(count / len(line)) for name, count in counts.items()}
    return found | dict.fromkeys([*_shape(view), *_form(view, tune)], 1.0)


def beat(meter: Meter) -> Fraction:
    """Length of a beat in whole notes: three of the meter's units in compound meters."""
    return Fraction(3 if meter.compound else 1, meter.denominator)


class _Times:
    """Times of one tune in whole numbers, since fractions take long to add and to spell."""

    def __init__(self, times: Iterable[Fraction], beat: Fraction) -> None:
        self._grid = math.lcm(*(time.denominator for time in times), beat.denominator)
        self._beat = self.ticks(beat)
        self._spelled: dict[tuple[int, int], str] = {}

    def ticks(self, time: Fraction) -> int:
        return time.numerator * (self._grid // time.denominator)

    def in_beats(self, ticks: int) -> str:
        return self.share(ticks, self._beat)

    def share(self, ticks: int, whole: int) -> str:
        """As a fraction is written."""
        key = ticks, whole
        if key not in self._spelled:
            self._spelled[key] = str(Fraction(ticks, whole))
        return self._spelled[key]


@dataclass(frozen=True, slots=True)
class _View:
    """A tune's top line, and what is worked out from it."""

    line: Sequence[MelodyNote]
    times: _Times
    full: int | None  # length of a bar
    degrees: Sequence[int]  # semitones above the tonic, 0 to 11; in minor modes from 12 on, so that they count apart
    durations: Sequence[int]
    lengths: Sequence[str]  # the same in beats, as text
    bars: Sequence[Sequence[int]]  # for each bar the places of its notes in the line

    @classmethod
    def of(cls, tune: Tune, line: Sequence[MelodyNote]) -> "_View":
        root = pitch_class(tune.key.tonic or "C")
        mode = 12 if _is_minor(tune.key) else 0
        full = tune.meter.bar
        times = _Times([*(note.duration for note in line), *([full] if full is not None else [])], beat(tune.meter))
        durations = [times.ticks(note.duration) for note in line]
        bars: dict[int, list[int]] = {}
        for place, note in enumerate(line):
            bars.setdefault(note.bar, []).append(place)
        return cls(
            line,
            times,
            None if full is None else times.ticks(full),
            [(note.pitch - root) % 12 + mode for note in line],
            durations,
            [times.in_beats(duration) for duration in durations],
            list(bars.values()),
        )


def _runs(view: _View) -> Iterator[str]:
    steps = [max(-_WIDEST, min(_WIDEST, after.pitch - before.pitch)) for before, after in pairwise(view.line)]
    for family, values in (("i", steps), ("d", view.degrees), ("r", view.lengths)):
        yield from _named_runs(family, [str(value) for value in values])


def _places(view: _View) -> Iterator[str]:
    """What stands where in the bar: degrees, and those of the first notes of the bars one after the other."""
    firsts = []
    for places in view.bars:
        yield f"b:{','.join(view.lengths[place] for place in places)}"
        if view.full is None or sum(view.durations[place] for place in places) < view.full:
            continue
        firsts.append(str(view.degrees[places[0]]))
        at = 0
        for place in places:
            yield f"p:{view.times.share(at, view.full)}={view.degrees[place]}"
            at += view.durations[place]
    yield from _named_runs("f", firsts, shortest=2)


def _shape(view: _View) -> Iterator[str]:
    """Features of the tune as a whole, there or not."""
    line, degrees, durations = view.line, view.degrees, view.durations
    pitches = [note.pitch for note in line]
    for length in range(1, LONGEST_RUN + 1):
        yield f"e:{_joined(degrees[-length:])}"
        yield f"s:{_joined(degrees[:length])}"
    yield f"last:{view.lengths[-1]}"
    yield f"low:{min(pitches)}"
    yield f"high:{max(pitches)}"
    yield f"compass:{max(pitches) - min(pitches)}"
    leaps = sum(abs(after - before) > _LEAP for before, after in pairwise(pitches))
    yield f"leaps:{min(8, round(50 * leaps / len(line)))}"
    different = {tuple((line[place].pitch, durations[place]) for place in places) for places in view.bars}
    written = len(view.bars)
    yield f"bars:{min(64, written)}"
    yield f"repeated:{round(10 * (1 - len(different) / written))}"
    yield f"notes:{round(2 * len(line) / written)}"
    yield f"longest:{view.times.in_beats(max(durations))}"
    yield f"shortest:{view.times.in_beats(min(durations))}"
    yield f"different degrees:{len(set(degrees))}"
    yield f"different durations:{len(set(durations))}"


def _form(view: _View, tune: Tune) -> Iterator[str]:
    """How the tune is built: its pick-up, the bars and rhythms that come again, and where the parts end."""
    sounds = [tuple((view.line[place].pitch, view.durations[place]) for place in places) for places in view.bars]
    rhythms = [tuple(duration for _, duration in bar) for bar in sounds]
    yield f"pick-up:{sum(rhythms[0]) != view.full}"
    for distance in (1, 2, 4):
        yield f"again {distance}:{_tenths(one == other for one, other in zip(sounds, sounds[distance:], strict=False))}"
    usual = Counter(rhythms).most_common(1)[0][0]
    yield f"usual rhythm:{_tenths(rhythm == usual for rhythm in rhythms)}"
    yield f"rhythm again:{_tenths(one == other for one, other in pairwise(rhythms))}"
    half = len(sounds) // 2
    yield f"same close:{half > 0 and sounds[half - 1] == sounds[-1]}"
    yield f"second from first:{_tenths(bar in sounds[:half] for bar in sounds[half:])}"
    closes = _closes(view, tune)
    yield f"parts:{len(closes)}"
    yield f"home:{_tenths(degree % 12 == 0 for degree in closes)}"


def _closes(view: _View, tune: Tune) -> list[int]:
    """The degree of the last note of each part."""
    starts = [note.first for note in view.line]
    degrees, count = [], 0
    for part in sections(tune.elements):
        inside = sum(isinstance(element, Note) for element in tune.elements[part.start : part.end])
        count += inside
        if inside:
            degrees.append(view.degrees[bisect_right(starts, count - 1) - 1])
    return degrees


def _tenths(values: Iterable[bool]) -> int:
    """The share of those that are true, rounded to tenths."""
    flags = list(values)
    return round(10 * sum(flags) / len(flags)) if flags else 0


def _named_runs(family: str, words: Sequence[str], shortest: int = 1) -> list[str]:
    found = []
    for start in range(len(words)):
        name = f"{family}:{words[start]}"
        for length, following in enumerate((*words[start + 1 : start + LONGEST_RUN], ""), 1):
            if length >= shortest:
                found.append(name)
            name += f",{following}"
    return found


def _joined(values: Sequence[object]) -> str:
    return ",".join(map(str, values))


def _is_minor(key: Key) -> bool:
    """Whether the third above the tonic is a minor one."""
    if not key.tonic:
        return False
    letters = "CDEFGAB"
    third = letters[(letters.index(key.tonic[0]) + 2) % 7]
    return (SEMITONES[third] + key.alteration(third) - pitch_class(key.tonic)) % 12 < _MAJOR_THIRD
