"""A tune as it is compared with other music: the top line, regardless of key, octave and unit note length.

What is the same to the ear is the same here. A note is as long as the time to the next one: tied notes are one note,
and a rest belongs to the note before it (``A2z`` is ``A3`` played short). Graces and the lower notes of chords are left
out. Repeats stand as they are written, once, with first and second endings one after the other.

A *step* leads from one note to the next: the interval in semitones and the ratio of the durations. By ratios, a tune in
2/4 written in sixteenths is the tune in 4/4 written in eighths. A passage of n notes has n - 1 steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from charrnn.notation.bars import Bar, bars
from charrnn.notation.kept import kept
from charrnn.notation.tune import Note, Rest, Tune
from charrnn.render.playing.performance import sounding_pitches

Step = tuple[int, Fraction]  # (semitones up from the note before, duration as a multiple of that note's)

_LETTERS = "CDEFGAB"


@dataclass(frozen=True, slots=True)
class MelodyNote:
    """One note as it is heard."""

    pitch: int  # MIDI number
    duration: Fraction  # whole notes, to the next note's start
    first: int  # index into Tune.notes
    end: int  # after the last of the notes that are tied to it
    bar: int  # counted from 1; a pick-up has the number of the bar it leads to


@kept
def melody(tune: Tune) -> list[MelodyNote]:
    """The top line of a tune, in the order of the text."""
    sounding = sounding_pitches(tune)
    numbers = _bar_numbers(bars(tune))
    line: list[MelodyNote] = []
    index, tied = 0, False
    for place, element in enumerate(tune.elements):
        if isinstance(element, Rest):
            tied = False
            if line:
                line[-1] = replace(line[-1], duration=line[-1].duration + element.duration)
        elif isinstance(element, Note):
            pitch = max(sounding[place])
            if tied and pitch == line[-1].pitch:
                line[-1] = replace(line[-1], duration=line[-1].duration + element.duration, end=index + 1)
            else:
                line.append(MelodyNote(pitch, element.duration, index, index + 1, numbers[place]))
            tied = _top_is_tied(element)
            index += 1
    return line


def steps(line: Sequence[MelodyNote]) -> list[Step]:
    """How each note but the first is reached: one fewer than there are notes."""
    return [(after.pitch - before.pitch, after.duration / before.duration) for before, after in pairwise(line)]


def _top_is_tied(note: Note) -> bool:
    return max(note.pitches, key=lambda pitch: (pitch.octave, _LETTERS.index(pitch.letter))).tied


def _bar_numbers(found: Sequence[Bar]) -> dict[int, int]:
    """The number of the bar of each element."""
    numbers: dict[int, int] = {}
    number = 1
    for bar in found:
        numbers |= dict.fromkeys(range(bar.first, bar.end), number)
        number += 0 if bar.begins_at else bar.whole_bars
    return numbers
