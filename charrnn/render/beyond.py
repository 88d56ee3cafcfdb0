"""What of a tune an instrument does not have: notes, and keys that are not usual on it."""

from collections.abc import Iterator
from dataclasses import dataclass

from charrnn.notation.instruments.table import FolkInstrument
from charrnn.notation.keys import names_no_key, parse_key
from charrnn.notation.reading.parser import parse
from charrnn.notation.tokens import lex
from charrnn.notation.tune import Note, Pitch, Place, Problem, Rest, Tune
from charrnn.notation.writing.spelling import spell_pitch
from charrnn.render.pitches import alterations, midi_number


@dataclass(frozen=True, slots=True)
class NoteBeyond:
    """A note that the instrument does not have."""

    place: Place  # of a grace, that of its note
    pitch: Pitch
    alteration: int  # semitones, as it sounds
    is_grace: bool = False

    def __str__(self) -> str:
        sign = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}[self.alteration]
        name = f"{self.pitch.letter}{sign}{self.pitch.octave}"
        return f"the {'grace ' if self.is_grace else ''}note {spell_pitch(self.pitch)} ({name})"


def notes_beyond(tune: Tune, instrument: FolkInstrument) -> Iterator[NoteBeyond]:
    """The notes that the instrument does not have, graces and chord notes too, in the order of the text. A note that is
    tied to the one before is no note of its own."""
    altered = alterations(tune)
    held: set[tuple[str, int]] = set()
    for index, element in enumerate(tune.elements):
        if isinstance(element, Rest):
            held = set()
        if not isinstance(element, Note):
            continue
        graces = zip(element.graces, altered[index].graces, strict=True)
        found = [NoteBeyond(element.place, pitch, alteration, is_grace=True) for pitch, alteration in graces]
        found += [
            NoteBeyond(element.place, pitch, alteration)
            for pitch, alteration in zip(element.pitches, altered[index].pitches, strict=True)
            if pitch.accidental is not None or (pitch.letter, pitch.octave) not in held
        ]
        yield from (one for one in found if midi_number(one.pitch, one.alteration) not in instrument.written)
        held = {(pitch.letter, pitch.octave) for pitch in element.pitches if pitch.tied}


def keys_beyond(abc: str, instrument: FolkInstrument) -> Iterator[tuple[Place, str]]:
    """The keys of a text that are not usual on the instrument, with their places."""
    for token in lex(abc):
        is_line = token.kind == "field line" and token.parts["name"] == "K"
        if not is_line and not (token.kind == "field" and token.text.startswith("[K:")):
            continue
        value = str(token.parts["value"]) if is_line else token.text[3:-1]
        if names_no_key(value):
            continue
        try:
            key = str(parse_key(value))
        except ValueError:
            continue  # the parser lists it
        if key not in instrument.keys:
            yield Place(token.line, token.column), key


def beyond(abc: str, instrument: FolkInstrument) -> list[Problem]:
    """What the instrument does not have, as sentences with their places, in the order of the text. Those on graces have
    the kind "grace"."""
    found = [
        Problem(one.place, f"{one} is not on this instrument: {instrument.label}", "grace" if one.is_grace else "note")
        for one in notes_beyond(parse(abc), instrument)
    ]
    found += [
        Problem(place, f"the key {key} is not usual on this instrument: {instrument.label}")
        for place, key in keys_beyond(abc, instrument)
    ]
    return sorted(found, key=lambda problem: problem.place)
