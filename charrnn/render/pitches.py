"""What each written pitch sounds as: key and bar accidentals applied."""

from dataclasses import dataclass

from charrnn.notation.keys import Key
from charrnn.notation.order.repeats import sections_in_parts
from charrnn.notation.tune import SEMITONES, BarLine, Change, Ending, Note, Pitch, Rest, Tune


@dataclass(frozen=True, slots=True)
class Alterations:
    """Semitones by which the pitches of one note element are altered, as they sound."""

    pitches: tuple[int, ...]  # of each pitch of the note or chord
    graces: tuple[int, ...]  # of each of its graces


def alterations(tune: Tune) -> dict[int, Alterations]:
    """For each note element, by its index.

    An accidental holds for its letter, in every octave, to the end of the bar (section "Accidentals"), and over a tie
    for the note it is tied to; where a first ending begins after the tie, in the other endings as well. Graces take
    part in this, as they do in abc2midi.
    """
    in_key = tune.key.alterations
    in_bar: dict[str, int] = {}  # letter -> alteration
    tied: dict[tuple[str, int], int] = {}  # (letter, octave) -> alteration
    tied_into_endings = tied
    in_parts = sections_in_parts(tune.elements, tune.part_order)
    first_endings = {section.endings[0][1] for section in in_parts if section.endings}
    found: dict[int, Alterations] = {}

    def alteration(pitch: Pitch) -> int:
        if pitch.accidental is not None:
            in_bar[pitch.letter] = pitch.accidental
        return in_bar.get(pitch.letter, in_key[pitch.letter])

    for index, element in enumerate(tune.elements):
        if isinstance(element, BarLine):
            in_bar = {}
        elif isinstance(element, Ending):
            if index in first_endings:
                tied_into_endings = tied
            else:
                tied = tied_into_endings
        elif isinstance(element, Rest):
            tied = {}
        elif isinstance(element, Change) and isinstance(element.value, Key):
            in_key = element.value.alterations
        elif isinstance(element, Note):
            graces = tuple(alteration(grace) for grace in element.graces)
            held, tied = tied, {}
            semitones: list[int] = []
            for pitch in element.pitches:
                spelled = pitch.letter, pitch.octave
                is_held = pitch.accidental is None and spelled in held
                semitones.append(held[spelled] if is_held else alteration(pitch))
                if pitch.tied:
                    tied[spelled] = semitones[-1]
            found[index] = Alterations(tuple(semitones), graces)
    return found


def midi_number(pitch: Pitch, alteration: int) -> int:
    """60 is middle C; outside 0 to 127 there is no such key."""
    return 12 * (pitch.octave + 1) + SEMITONES[pitch.letter] + alteration
