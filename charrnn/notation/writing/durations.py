"""How durations are written: lengths and broken rhythm, the shortest way.

A tune knows what notes last once tuplets and broken rhythm are done with them; here that is undone again.
``A>B`` is shorter than ``A3/B/``, but ``A3B`` is shorter than ``A2>B2``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from charrnn import limits
from charrnn.notation.bars import bars
from charrnn.notation.symbols import broken_factors, spell_length
from charrnn.notation.tune import BarLine, Change, Note, Rest, Tune, TupletStart

_MARKS = {mark: broken_factors(mark) for mark in (1, 2, 3, -1, -2, -3)}
_CHARACTER = 2  # the cost of one; what costs 1 decides between ways that are equally long
_OFF_BEAT = 1  # A/B/c>d rather than A/B<cd/, where the second half of a beat begins with c
_UNUSUAL = 40  # what a chain of broken rhythm, or one over a field or a tuplet's edge, must save
_UNREADABLE = 10_000  # a length that the reader refuses


def _ratios() -> dict[Fraction, list[int]]:
    """Marks that may stand between notes whose durations have this ratio, the second note being the last of a chain
    or not."""
    found: dict[Fraction, list[int]] = {}
    for mark, (before, after) in _MARKS.items():
        for chained in (Fraction(1), *(factors[0] for factors in _MARKS.values())):
            found.setdefault(before / after / chained, []).append(mark)
    return found


_MARKS_BY_RATIO = _ratios()


class Written(NamedTuple):
    """What stands after a note's pitch or a rest's letter."""

    length: str
    broken: str = ""


@dataclass(frozen=True, slots=True)
class _Sound:
    """A note or rest between two bar lines."""

    index: int  # of the element
    onset: Fraction  # in the bar, whole notes
    duration: Fraction  # whole notes
    scale: Fraction  # whole notes that the written length 1 stands for


class _Path(NamedTuple):
    """The shortest way so far to write the notes up to one, given the mark after it."""

    cost: int
    before: "_Path | None"
    length: str
    mark: int
    expected: Fraction  # written duration that the mark asks of the next note


_START = _Path(0, None, "", 0, Fraction(0))


def written_lengths(tune: Tune) -> dict[int, Written]:
    """For each note and rest, by its index; nothing where a rest is written in whole bars."""
    written = {index: Written("") for index, element in enumerate(tune.elements) if isinstance(element, Rest)}
    for sounds in _stretches(tune):
        for sound, path in zip(sounds, _shortest(sounds), strict=True):
            written[sound.index] = Written(path.length, (">" if path.mark > 0 else "<") * abs(path.mark))
    return written


def _stretches(tune: Tune) -> Iterator[list[_Sound]]:
    """Notes and rests from bar line to bar line: no broken rhythm reaches further."""
    unit, ratio, left = tune.unit, Fraction(1), 0
    onset, onsets = Fraction(0), {bar.first: bar.begins_at for bar in bars(tune)}
    sounds: list[_Sound] = []
    for index, element in enumerate(tune.elements):
        onset = onsets.get(index, onset)
        if isinstance(element, BarLine) or (isinstance(element, Rest) and element.whole_bars):
            yield sounds
            sounds, left = [], 0
        elif isinstance(element, TupletStart):
            ratio, left = Fraction(element.q, element.p), element.r
        elif isinstance(element, Change) and isinstance(element.value, Fraction):
            unit = element.value
        elif isinstance(element, Note | Rest):
            sounds.append(_Sound(index, onset, element.duration, unit * ratio if left else unit))
            onset += element.duration
            left -= bool(left)
    yield sounds


def _shortest(sounds: list[_Sound]) -> list[_Path]:
    """The way that takes the fewest characters, as one path a sound. Looks at each pair of neighbours once."""
    paths = {0: _START}  # by the mark after the last sound
    for sound, following in zip(sounds, [*sounds[1:], None], strict=False):  # None is left over if there are none
        longer: dict[int, _Path] = {}
        for mark in _marks_between(sound, following):
            candidates = [path for before in paths.values() if (path := _extended(before, sound, mark, following))]
            if candidates:
                longer[mark] = min(candidates, key=lambda path: path.cost)
        paths = longer
    return list(_steps(paths[0]))[::-1]


def _steps(path: _Path) -> Iterator[_Path]:
    """The path's sounds, the last one first."""
    while path.before is not None:
        yield path
        path = path.before


def _marks_between(sound: _Sound, following: _Sound | None) -> list[int]:
    return [0, *_MARKS_BY_RATIO.get(sound.duration / following.duration, [])] if following else [0]


def _extended(path: _Path, sound: _Sound, mark: int, following: _Sound | None) -> _Path | None:
    """The path with one sound more and a mark after it; None where the mark before the sound makes another duration
    of it."""
    expected = sound.duration / _MARKS[mark][0] if mark else sound.duration
    if path.mark and path.expected * _MARKS[path.mark][1] != expected:
        return None
    written = path.expected if path.mark else expected
    length = written / sound.scale
    text = spell_length(length)
    cost = path.cost + _CHARACTER * (len(text) + abs(mark))
    if not _is_readable(length, written):
        cost += _UNREADABLE
    if mark and following:
        cost += _OFF_BEAT * bool(sound.onset % expected)
        is_plain = not path.mark and following.index == sound.index + 1 and following.scale == sound.scale
        cost += 0 if is_plain else _UNUSUAL
    return _Path(cost, path, text, mark, expected)


def _is_readable(length: Fraction, written: Fraction) -> bool:
    return (
        length.denominator <= limits.MAX_LENGTH_DENOMINATOR
        and length.numerator < 10**limits.MAX_DIGITS
        and written <= limits.MAX_NOTE_LENGTH
    )
