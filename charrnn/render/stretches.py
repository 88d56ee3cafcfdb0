"""The melody of a tune cut into stretches, each as long as one chord may hold.

A chord holds for half a bar in 4/4, 2/4, 6/8 and the like, for two thirds and one in 9/8 and 3/2, else for a bar. A
pick-up has no stretch, and neither has a part of a bar in which no note begins: there the chord before it goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from charrnn.notation.bars import Bar, bars
from charrnn.notation.keys import Key
from charrnn.notation.tune import Change, Meter, Note, Rest, Tune
from charrnn.render.harmony import pitch_class
from charrnn.render.performance import sounding_pitches
from charrnn.render.phrases import BarPlace, places

_IN_HALVES = {(4, 4), (2, 2), (2, 4), (4, 8), (4, 2), (6, 8), (6, 4), (12, 8)}
_IN_THIRDS = {(9, 8), (9, 4), (3, 2)}
# How much a note counts for its time, by where it begins: what sounds on a beat is heard as harmony.
_FIRST, _ON_BEAT, _OFF_BEAT = 2.5, 1.75, 1.0  # the first of a stretch, others


@dataclass(frozen=True, slots=True)
class Stretch:
    elements: tuple[int, ...]  # indices of the notes and rests that begin in it
    key: Key
    has_leading_note: bool  # whether the tune raises the seventh of the key as often as not
    on_beat: tuple[tuple[int, float], ...]  # (pitch class, weighted quarters of a bar), of the notes on a beat
    off_beat: tuple[tuple[int, float], ...]
    begins_bar: bool
    ends_bar: bool
    place: BarPlace

    def stresses(self, pitch_classes: tuple[int, ...]) -> bool:
        """Whether its weightiest note is one of these."""
        notes = self.on_beat or self.off_beat
        return max(notes, key=lambda note: note[1])[0] in pitch_classes

    @property
    def pitch_classes(self) -> frozenset[int]:
        return frozenset(pitch_class for pitch_class, _ in (*self.on_beat, *self.off_beat))


@dataclass(frozen=True, slots=True)
class Passage:
    """The stretches of one bar, two at most: a longer bar has several passages."""

    stretches: tuple[Stretch, ...]
    melody: tuple[object, ...]  # equal where the same notes begin at the same places of a bar, in the same key
    bar: int  # index into ``bars(tune)``


def passages(tune: Tune) -> list[Passage]:
    """In the order of the text."""
    pitches, position = sounding_pitches(tune), places(tune)
    in_force = list(_bars_in_force(tune))
    leading = _leading_notes(in_force, pitches)
    found = []
    for number, bar, key, meter in in_force:
        if number not in position:
            continue
        groups = [
            group
            for group in _groups(tune, bar, _chord_lengths(meter))
            if any(index in pitches for _, index, _ in group)
        ]
        whole = meter.bar or Fraction(1)
        for start in range(0, len(groups), 2):
            stretches = tuple(
                Stretch(
                    tuple(index for _, index, _ in group),
                    key,
                    leading[key],
                    *_weights(group, pitches, meter, whole),
                    begins_bar=at == 0,
                    ends_bar=at == len(groups) - 1,
                    place=position[number],
                )
                for at, group in enumerate(groups[start : start + 2], start)
            )
            sounds = [each for group in groups[start : start + 2] for each in group]
            melody = tuple((onset, pitches[index]) for onset, index, _ in sounds if index in pitches)
            found.append(Passage(stretches, (key, meter, melody), number))
    return found


def _leading_notes(in_force: list[tuple[int, Bar, Key, Meter]], pitches: dict[int, tuple[int, ...]]) -> dict[Key, bool]:
    """For each key of the tune: whether the note under its tonic comes as often as the one a tone under it."""
    counts: dict[Key, list[int]] = {}
    for _, bar, key, _ in in_force:
        count = counts.setdefault(key, [0, 0])
        tonic = pitch_class(key.tonic or "C")
        for index in range(bar.first, bar.end):
            for below in ((tonic - pitch) % 12 for pitch in pitches.get(index, ())):
                if below in (1, 2):
                    count[below - 1] += 1
    return {key: raised >= natural for key, (raised, natural) in counts.items()}


def _bars_in_force(tune: Tune) -> Iterator[tuple[int, Bar, Key, Meter]]:
    """Each bar, with the key and the meter in which it ends."""
    key, meter, read = tune.key, tune.meter, 0
    for number, bar in enumerate(bars(tune)):
        for element in tune.elements[read : bar.end]:
            if isinstance(element, Change):
                key = element.value if isinstance(element.value, Key) else key
                meter = element.value if isinstance(element.value, Meter) else meter
        read = bar.end
        yield number, bar, key, meter


def _chord_lengths(meter: Meter) -> list[Fraction]:
    """Of the stretches of a bar, over and over."""
    if meter.bar is None:
        return [Fraction(1)]
    if (meter.numerator, meter.denominator) in _IN_THIRDS:
        return [meter.bar * 2 / 3, meter.bar / 3]
    return [meter.bar / 2] if (meter.numerator, meter.denominator) in _IN_HALVES else [meter.bar]


Group = list[tuple[Fraction, int, Fraction]]  # (onset in the bar, index of the element, its length in this stretch)


def _groups(tune: Tune, bar: Bar, lengths: list[Fraction]) -> Iterator[Group]:
    """The notes and rests that begin in each stretch, where any do; what a note is longer than its stretch does not
    count."""
    now, start, turn = Fraction(0), Fraction(0), 0
    group: Group = []
    for index in range(bar.first, bar.end):
        element = tune.elements[index]
        if not isinstance(element, Note | Rest):
            continue
        while now >= start + lengths[turn % len(lengths)]:
            start += lengths[turn % len(lengths)]
            turn += 1
            if group:
                yield group
            group = []
        end = start + lengths[turn % len(lengths)]
        group.append((now, index, min(element.duration, end - now)))
        now += element.duration
    if group:
        yield group


def _weights(
    group: Group, pitches: dict[int, tuple[int, ...]], meter: Meter, whole: Fraction
) -> tuple[tuple[tuple[int, float], ...], tuple[tuple[int, float], ...]]:
    """Of the pitch classes on a beat, and of those off it."""
    beat = _beat(meter)
    on_beat: dict[int, float] = {}
    off_beat: dict[int, float] = {}
    for onset, index, length in group:
        stress = _OFF_BEAT if onset % beat else _FIRST if index == group[0][1] else _ON_BEAT
        weight = 4 * float(length / whole) * stress
        side = off_beat if onset % beat else on_beat
        for pitch in pitches.get(index, ()):
            side[pitch % 12] = side.get(pitch % 12, 0) + weight
    return tuple(on_beat.items()), tuple(off_beat.items())


def _beat(meter: Meter) -> Fraction:
    """2/4 is 4/4 written in notes of half the length."""
    if meter.compound:
        return Fraction(3, meter.denominator)
    return Fraction(1, 8) if meter.bar == Fraction(1, 2) else Fraction(1, 4)
