"""What can be told of one tune: its bars, form, close, compass, mode, and how much it repeats itself.

Pure functions on a tune that was read; times are Fractions of a whole note. Where a note is a chord, the melody is its
highest pitch. Pick-ups are no bars of their own here: they belong to the end of the bar before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise

from charrnn.corpus.originality.melody import melody
from charrnn.notation.bars import bars
from charrnn.notation.keys import Key
from charrnn.notation.order.repeats import play_order
from charrnn.notation.tune import SEMITONES, Change, Element, Meter, Note, Rest, Tune
from charrnn.render.playing.performance import sounding_pitches

BARS_IN_A_PART = 8  # as dances have them

Sound = tuple[int | None, Fraction]  # MIDI pitch, None for a rest; duration in whole notes
Pattern = tuple[bool, tuple[Fraction, ...]]  # compound meter or not; durations of a bar, rests negative


@dataclass(frozen=True, slots=True)
class SoundingBar:
    """The melody of a bar."""

    sounds: tuple[Sound, ...]
    meter: Meter

    @property
    def duration(self) -> Fraction:
        return sum((duration for _, duration in self.sounds), Fraction(0))

    @property
    def is_full(self) -> bool:
        return self.duration == self.meter.bar

    @property
    def pattern(self) -> Pattern:
        """Its rhythm. 3/4 and 6/8 have bars of one length and different patterns."""
        durations = tuple(-duration if pitch is None else duration for pitch, duration in self.sounds)
        return self.meter.compound, durations


# -- bars and form


def written_bars(tune: Tune) -> list[SoundingBar]:
    """The bars in the order of the text, each once, without pick-ups."""
    return list(_bars_by_start(tune).values())


def played_bars(tune: Tune) -> list[SoundingBar]:
    """The bars in the order in which they sound, without pick-ups. The two halves of a bar that an ending or a repeat
    sign divides are one bar."""
    starts = _bars_by_start(tune)
    played: list[SoundingBar] = []
    for bar in (starts[index] for index in play_order(tune.elements, tune.part_order) if index in starts):
        if played and bar.meter.bar and played[-1].duration + bar.duration <= bar.meter.bar:
            bar = SoundingBar(played.pop().sounds + bar.sounds, bar.meter)
        played.append(bar)
    return played


def form(tune: Tune) -> str | None:
    """The parts of eight bars as they are played, ``AABB``: a letter for each, the same one where more than half of
    the bars are the same, so that a varied close is no new part. None where the bars make no parts of eight."""
    played = played_bars(tune)
    if not played or len(played) % BARS_IN_A_PART:
        return None
    letters = ""
    different: list[list[SoundingBar]] = []
    for start in range(0, len(played), BARS_IN_A_PART):
        part = played[start : start + BARS_IN_A_PART]
        same = next((place for place, other in enumerate(different) if _alike(part, other)), len(different))
        if same == len(different):
            different.append(part)
        letters += chr(ord("A") + same)
    return letters


def repetition(tune: Tune) -> Fraction:
    """Share of the written bars that repeat an earlier one, note for note."""
    written = [bar.sounds for bar in written_bars(tune)]
    return 1 - Fraction(len(set(written)), len(written)) if written else Fraction(0)


def _alike(part: Sequence[SoundingBar], other: Sequence[SoundingBar]) -> bool:
    same = sum(bar.sounds == there.sounds for bar, there in zip(part, other, strict=True))
    return 2 * same > len(part)


def _bars_by_start(tune: Tune) -> dict[int, SoundingBar]:
    """By the index of their first element."""
    top = {index: max(pitches) for index, pitches in sounding_pitches(tune).items()}
    meters = list(_meters(tune))
    found = {}
    every = bars(tune)
    for number, bar in enumerate(every):
        sounds = tuple(
            (top.get(index), element.duration)
            for index, element in enumerate(tune.elements[bar.first : bar.end], start=bar.first)
            if isinstance(element, Note | Rest)
        )
        opens = number == 0 and len(every) > 1 and bar.full is not None and bar.duration < bar.full
        if not (bar.begins_at or opens):  # "E2|:" is a pick-up too
            found[bar.first] = SoundingBar(sounds, meters[bar.end - 1])
    return found


def _meters(tune: Tune) -> Iterator[Meter]:
    """The meter in force after each element."""
    meter = tune.meter
    for element in tune.elements:
        if isinstance(element, Change) and isinstance(element.value, Meter):
            meter = element.value
        yield meter


# -- melody


def intervals(tune: Tune) -> list[int]:
    """Semitones from each note of the melody to the next, upwards positive; rests are passed over."""
    return [after.pitch - before.pitch for before, after in pairwise(melody(tune))]


def durations(tune: Tune) -> list[Fraction]:
    """From each note of the melody to the next, in whole notes: tied notes are one, a rest prolongs the note before."""
    return [note.duration for note in melody(tune)]


# -- pitch, key and close


def compass(tune: Tune) -> tuple[int, int] | None:
    """The lowest and the highest MIDI pitch, chords and all; None for a tune without notes."""
    pitches = [pitch for chord in sounding_pitches(tune).values() for pitch in chord]
    return (min(pitches), max(pitches)) if pitches else None


def share_outside_mode(tune: Tune) -> Fraction:
    """Share of the notes with a pitch that the key signature does not have, in any octave. The raised leading note of a
    minor key is one of them."""
    sounding, keys = sounding_pitches(tune), list(_keys(tune))
    outside = [not {pitch % 12 for pitch in sounding[index]} <= scale(keys[index]) for index in sounding]
    return Fraction(sum(outside), len(outside)) if outside else Fraction(0)


def ends_on_tonic(tune: Tune) -> bool:
    """Whether the last note played, or a note of the last chord, is the tonic. False where the key has none."""
    return _ends_on(tune, (0,))


def ends_on_tonic_chord(tune: Tune) -> bool:
    """The same for the first, third and fifth degree of the mode."""
    return _ends_on(tune, (0, 2, 4))


def _ends_on(tune: Tune, steps: Sequence[int]) -> bool:
    sounding, keys = sounding_pitches(tune), list(_keys(tune))
    last = next(
        (index for index in reversed(list(play_order(tune.elements, tune.part_order))) if index in sounding), None
    )
    if last is None or not keys[last].tonic:
        return False
    letters = "CDEFGAB"
    first = letters.index(keys[last].tonic[0])
    wanted = {_pitch_class(keys[last], letters[(first + step) % 7]) for step in steps}
    return bool({pitch % 12 for pitch in sounding[last]} & wanted)


def _keys(tune: Tune) -> Iterator[Key]:
    """The key in force after each element."""
    key = tune.key
    for element in tune.elements:
        key = _key_of(element) or key
        yield key


def _key_of(element: Element) -> Key | None:
    return element.value if isinstance(element, Change) and isinstance(element.value, Key) else None


@cache
def scale(key: Key) -> frozenset[int]:
    """Pitch classes of the key signature."""
    return frozenset(_pitch_class(key, letter) for letter in SEMITONES)


def _pitch_class(key: Key, letter: str) -> int:
    return (SEMITONES[letter] + key.alteration(letter)) % 12
