"""The melody of a tune as the two-sample test sees it: what sounds, and where it stands in its key and bar.

Nothing here depends on how the tune is spelled: unit length, blanks, titles, numbers, rhythm names and enharmonic names
have no influence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from charrnn.corpus.originality.melody import melody
from charrnn.evaluation.music import scale
from charrnn.model.likeness.features import beat
from charrnn.notation.bars import bars
from charrnn.notation.keys import Key
from charrnn.notation.tune import SEMITONES, Change, Element, Meter, Note, Rest, Tune
from charrnn.render.harmony.chord import pitch_class


@dataclass(frozen=True, slots=True)
class LineNote:
    """A note of the top line; tied notes are one note, and a rest belongs to the note before it."""

    pitch: int  # MIDI number
    duration: Fraction  # beats, to the start of the next note
    degree: int | None  # semitones above the tonic of the key in force, 0 to 11; None where the key has no tonic
    in_key: bool  # whether the key signature has the pitch
    onset: Fraction  # whole notes from the start of its bar
    number: int  # of its first written note, an index into Tune.notes


def line(tune: Tune) -> list[LineNote]:
    """The top line, in the order of the text."""
    notes = []
    contexts = list(_contexts(tune))
    for note in melody(tune):
        key, meter, onset = contexts[note.first]
        tonic = _tonic(key)
        degree = (note.pitch - tonic) % 12 if tonic is not None else None
        duration = note.duration / beat(meter)
        notes.append(LineNote(note.pitch, duration, degree, note.pitch % 12 in scale(key), onset, note.first))
    return notes


def _tonic(key: Key) -> int | None:
    """Pitch class of the tonic; A for the pipes, None where the key has none."""
    if not key.tonic:
        return SEMITONES["A"] if key.special in ("HP", "Hp") else None
    return pitch_class(key.tonic)


def _contexts(tune: Tune) -> Iterator[tuple[Key, Meter, Fraction]]:
    """For each note of ``Tune.notes``: key, meter and onset in the bar (whole notes)."""
    key, meter, place = tune.key, tune.meter, 0
    for bar in bars(tune):
        onset = bar.begins_at
        for element in tune.elements[place : bar.end]:
            key, meter = _key_after(element, key), _meter_after(element, meter)
            if isinstance(element, Note):
                yield key, meter, onset
            if isinstance(element, Note | Rest):
                onset += element.duration
        place = bar.end


def _key_after(element: Element, key: Key) -> Key:
    return element.value if isinstance(element, Change) and isinstance(element.value, Key) else key


def _meter_after(element: Element, meter: Meter) -> Meter:
    return element.value if isinstance(element, Change) and isinstance(element.value, Meter) else meter
