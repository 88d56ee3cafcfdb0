"""Cuts the melody of a tune into slots, each as long as one chord may hold.

A chord holds for half a bar in 4/4, 2/4, 6/8 and the like, for two thirds or one third in 9/8 and 3/2, else for a bar.
A pick-up has no slot, and neither has a part of a bar in which no note begins: the chord before it goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from charrnn.notation.bars import Bar, bars
from charrnn.notation.keys import Key
from charrnn.notation.tune import Change, Meter, Note, Rest, Tune
from charrnn.render.harmony.chord import pitch_class
from charrnn.render.playing.performance import sounding_pitches
from charrnn.render.playing.phrases import PhrasePosition, phrase_positions

_IN_HALVES = {(4, 4), (2, 2), (2, 4), (4, 8), (4, 2), (6, 8), (6, 4), (12, 8)}
_IN_THIRDS = {(9, 8), (9, 4), (3, 2)}
_MAX_SLOTS = 2  # of a MelodyBar: the combinations of their chords are all compared
# Weight of a note for its duration: the first of a slot, others on a beat, all others.
_FIRST, _ON_BEAT, _OFF_BEAT = 2.5, 1.75, 1.0


@dataclass(frozen=True, slots=True)
class ChordSlot:
    elements: tuple[int, ...]  # indices of the notes and rests that begin in it
    key: Key
    has_leading_note: bool  # whether the tune raises the key's seventh as often as not
    on_beat: tuple[tuple[int, float], ...]  # (pitch class, weighted quarters of a bar) of the notes on a beat
    off_beat: tuple[tuple[int, float], ...]
    begins_bar: bool
    ends_bar: bool
    position: PhrasePosition

    def permits(self, pitch_classes: tuple[int, ...]) -> bool:
        """Whether at least half of its melody, by weight, are these."""
        notes = (*self.on_beat, *self.off_beat)
        inside = sum(weight for pitch_class, weight in notes if pitch_class in pitch_classes)
        return 2 * inside >= sum(weight for _, weight in notes)

    @property
    def melody(self) -> frozenset[int]:
        """Its pitch classes."""
        return frozenset(pitch_class for pitch_class, _ in (*self.on_beat, *self.off_beat))


@dataclass(frozen=True, slots=True)
class MelodyBar:
    """A bar with notes, in one or two slots; a longer bar is divided."""

    slots: tuple[ChordSlot, ...]
    melody: tuple[object, ...]  # equal where the same pitches begin at the same places of a bar, in the same key
    number: int  # index into ``bars(tune)``


def melody_bars(tune: Tune) -> list[MelodyBar]:
    """In the order of the text."""
    pitches, positions = sounding_pitches(tune), phrase_positions(tune)
    in_force = list(_bars_in_force(tune))
    leading = _leading_notes(in_force, pitches)
    found = []
    for number, bar, key, meter in in_force:
        if number not in positions:
            continue
        every = _groups(tune, bar, _chord_lengths(meter))
        groups = [group for group in every if any(index in pitches for _, index, _ in group)]
        for start in range(0, len(groups), _MAX_SLOTS):
            part = groups[start : start + _MAX_SLOTS]
            slots = tuple(
                ChordSlot(
                    tuple(index for _, index, _ in group),
                    key,
                    leading[key],
                    *_weights(group, pitches, meter),
                    begins_bar=at == 0,
                    ends_bar=at == len(groups) - 1,
                    position=positions[number],
                )
                for at, group in enumerate(part, start)
            )
            melody = tuple((onset, pitches[index]) for group in part for onset, index, _ in group if index in pitches)
            found.append(MelodyBar(slots, (key, meter, melody), number))
    return found


def _leading_notes(in_force: list[tuple[int, Bar, Key, Meter]], pitches: dict[int, tuple[int, ...]]) -> dict[Key, bool]:
    """For each key of the tune whether the semitone below its tonic is as frequent as the whole tone below."""
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
    """Of the slots of a bar, over and over."""
    if meter.bar is None:
        return [Fraction(1)]
    if (meter.numerator, meter.denominator) in _IN_THIRDS:
        return [meter.bar * 2 / 3, meter.bar / 3]
    return [meter.bar / 2] if (meter.numerator, meter.denominator) in _IN_HALVES else [meter.bar]


Group = list[tuple[Fraction, int, Fraction]]  # (onset in the bar, index of the element, its duration in this slot)


def _groups(tune: Tune, bar: Bar, lengths: list[Fraction]) -> Iterator[Group]:
    """The notes and rests that begin in each slot, if any do."""
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


Weights = tuple[tuple[int, float], ...]


def _weights(group: Group, pitches: dict[int, tuple[int, ...]], meter: Meter) -> tuple[Weights, Weights]:
    """Of the pitch classes on a beat, and of those off it."""
    beat, bar = _beat(meter), meter.bar or Fraction(1)
    on_beat: dict[int, float] = {}
    off_beat: dict[int, float] = {}
    for onset, index, duration in group:
        stress = _OFF_BEAT if onset % beat else _FIRST if index == group[0][1] else _ON_BEAT
        side = off_beat if onset % beat else on_beat
        for pitch in pitches.get(index, ()):
            side[pitch % 12] = side.get(pitch % 12, 0) + 4 * float(duration / bar) * stress
    return tuple(on_beat.items()), tuple(off_beat.items())


def _beat(meter: Meter) -> Fraction:
    """2/4 is 4/4 written in notes of half the length."""
    if meter.compound:
        return Fraction(3, meter.denominator)
    return Fraction(1, 8) if meter.bar == Fraction(1, 2) else Fraction(1, 4)
