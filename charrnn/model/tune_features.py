"""What of a tune's sound tells people's tunes from a model's: counts of short patterns, by name.

Everything is relative to the tonic, the beat and the note before, so neither key nor unit length nor spelling count;
register alone is absolute. A feature's value is the square root of its share of the tune's notes: a pattern that comes
twice as often weighs less than twice as much.

    i:2,2,1       three intervals in semitones         p:1/2=7    the fifth stands at the middle of the bar
    d:0,4,7       three degrees, semitones from the tonic   b:1/2,1/2,1    the rhythm of a bar, in beats
    r:1/2,1/2     two durations, in beats              e:7,11,0   the last three degrees of the tune
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from charrnn.corpus.melody import MelodyNote, melody
from charrnn.notation.keys import Key
from charrnn.notation.tune import SEMITONES, Tune

LONGEST_RUN = 4  # notes of a pattern
_WIDEST = 13  # semitones; larger leaps count as this
_LEAP = 7  # semitones: more than a fifth is a leap
_MAJOR_THIRD = 4

Features = dict[str, float]


def features_of(tune: Tune) -> Features:
    """Values by name; empty for a tune of fewer than two notes."""
    line = melody(tune)
    if len(line) < 2:
        return {}
    counts = Counter(_patterns(tune, line))
    found = {name: math.sqrt(count / len(line)) for name, count in counts.items()}
    return found | dict.fromkeys(_shape(tune, line), 1.0)


def _patterns(tune: Tune, line: Sequence[MelodyNote]) -> Iterator[str]:
    degrees, beats = _degrees(tune, line), _in_beats(tune, line)
    steps = [max(-_WIDEST, min(_WIDEST, after.pitch - before.pitch)) for before, after in pairwise(line)]
    for family, values in (("i", steps), ("d", degrees), ("r", beats)):
        for length in range(1, LONGEST_RUN + 1):
            for start in range(len(values) - length + 1):
                yield f"{family}:{_joined(values[start : start + length])}"
    yield from _places(tune, line, degrees, beats)


def _places(tune: Tune, line: Sequence[MelodyNote], degrees: Sequence[int], beats: Sequence[Fraction]) -> Iterator[str]:
    """What stands where in the bar: degrees, and those of the first notes of the bars one after the other."""
    full = tune.meter.bar
    by_bar: dict[int, list[int]] = {}
    for place, note in enumerate(line):
        by_bar.setdefault(note.bar, []).append(place)
    firsts = []
    for places in by_bar.values():
        at = Fraction(0)
        pattern = [beats[place] for place in places]
        yield f"b:{_joined(pattern)}"
        if full is None or sum(line[place].duration for place in places) < full:
            continue
        firsts.append(degrees[places[0]])
        for place in places:
            yield f"p:{at / full}={degrees[place]}"
            at += line[place].duration
    for length in (2, 3, 4):
        for start in range(len(firsts) - length + 1):
            yield f"f:{_joined(firsts[start : start + length])}"


def _shape(tune: Tune, line: Sequence[MelodyNote]) -> Iterator[str]:
    """Features of the tune as a whole, there or not."""
    degrees, beats = _degrees(tune, line), _in_beats(tune, line)
    pitches = [note.pitch for note in line]
    for length in range(1, LONGEST_RUN + 1):
        yield f"e:{_joined(degrees[-length:])}"
        yield f"s:{_joined(degrees[:length])}"
    yield f"last:{beats[-1]}"
    yield f"low:{min(pitches)}"
    yield f"high:{max(pitches)}"
    yield f"compass:{max(pitches) - min(pitches)}"
    leaps = sum(abs(after - before) > _LEAP for before, after in pairwise(pitches))
    yield f"leaps:{min(8, round(50 * leaps / len(line)))}"
    by_bar: dict[int, list[tuple[int, Fraction]]] = {}
    for note in line:
        by_bar.setdefault(note.bar, []).append((note.pitch, note.duration))
    written = len(by_bar)
    yield f"bars:{min(64, written)}"
    yield f"repeated:{round(10 * (1 - len(set(map(tuple, by_bar.values()))) / written))}"
    yield f"notes:{round(2 * len(line) / written)}"
    yield f"longest:{max(beats)}"
    yield f"shortest:{min(beats)}"
    yield f"different degrees:{len(set(degrees))}"
    yield f"different durations:{len(set(beats))}"


def _joined(values: Sequence[object]) -> str:
    return ",".join(map(str, values))


def _degrees(tune: Tune, line: Sequence[MelodyNote]) -> list[int]:
    """Semitones above the tonic of the tune's key, 0 to 11; in minor modes from 12 on, so that they count apart."""
    tonic = tune.key.tonic or "C"
    root = SEMITONES[tonic[0]] + tonic.count("#") - tonic.count("b")
    mode = 12 if _is_minor(tune.key) else 0
    return [(note.pitch - root) % 12 + mode for note in line]


def _is_minor(key: Key) -> bool:
    """Whether the third above the tonic is a minor one."""
    if not key.tonic:
        return False
    letters = "CDEFGAB"
    third = letters[(letters.index(key.tonic[0]) + 2) % 7]
    root = SEMITONES[key.tonic[0]] + key.tonic.count("#") - key.tonic.count("b")
    return (SEMITONES[third] + key.alteration(third) - root) % 12 < _MAJOR_THIRD


def _in_beats(tune: Tune, line: Sequence[MelodyNote]) -> list[Fraction]:
    """Durations as multiples of the beat of the tune's meter."""
    beat = Fraction(3 if tune.meter.compound else 1, tune.meter.denominator)
    return [note.duration / beat for note in line]
