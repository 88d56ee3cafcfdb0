"""Reads notes, rests and chords, what stands before a note and belongs to it, and what changes durations: tuplets and
broken rhythm.

Each handler takes the reading and a token; what it cannot read it raises as a ValueError with a sentence.
"""

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import prod

from charrnn import limits
from charrnn.notation.chord_symbols import is_unknown_chord, read_chord
from charrnn.notation.decorations import DYNAMICS
from charrnn.notation.fields import small_number
from charrnn.notation.order.jumps import is_sign_of_jump
from charrnn.notation.reading import signs
from charrnn.notation.reading.state import Broken, Chord, Pending, Reading
from charrnn.notation.symbols import (
    broken_factors,
    chord_length,
    default_q,
    read_accidental,
    read_length,
    read_octave,
)
from charrnn.notation.texts import read_text
from charrnn.notation.tokens import Token
from charrnn.notation.tune import Note, Pitch, Place, Rest, TupletStart

_TEXT_PLACES = ("^", "_", "<", ">", "@")  # section "Annotations"
_WHOLE = Fraction(1)

# -- what belongs to the next note


def annotation(reading: Reading, token: Token) -> None:
    text = token.text[1:-1]
    if text[:1] in _TEXT_PLACES:
        reading.add_text(text[0] + read_text(text[1:])[: limits.MAX_FIELD_CHARACTERS])
    else:
        _chord_symbol(reading, read_text(text)[: limits.MAX_FIELD_CHARACTERS])


def _chord_symbol(reading: Reading, text: str) -> None:
    """A chord or words. The chord's place is for the last chord, else for the first words; other words before the same
    note stand above it as texts do."""
    pending, before = reading.pending, reading.pending.chord_symbol
    is_chord = read_chord(text) is not None
    if before and is_chord and read_chord(before):
        reading.remark("of several chords before a note, the last is kept")
    elif before:
        reading.add_text("^" + (before if is_chord else text))
    if is_chord or not before:
        pending.chord_symbol = text
    if is_unknown_chord(text):
        reading.remark(f'the chord "{text.strip()}" is not known, and no chord sounds from there to the next')


def open_annotation(reading: Reading, token: Token) -> None:
    raise ValueError('a chord symbol or a text " is not closed')


def decoration(reading: Reading, token: Token) -> None:
    name = token.text.strip(token.text[0]) or token.text  # !trill!, +trill+, T
    if token.kind == "shorthand" and name in reading.signs:
        name = reading.signs[name]
        if name.startswith('"'):
            place, text = (name[1], name[2:-1]) if name[1:2] in _TEXT_PLACES else ("^", name[1:-1])
            reading.add_text(place + read_text(text))
            return
    elif token.kind == "shorthand" and name in DYNAMICS:  # p is a letter without a meaning, !p! is piano
        reading.remark(f"the sign {name} is left out")
        return
    if name and not is_sign_of_jump(name):
        signs.look_at(reading, name)
    if name and reading.graces is None and len(reading.pending.decorations) >= limits.MAX_DECORATIONS:
        reading.remark(f"more than {limits.MAX_DECORATIONS} signs at one note are left out")
    elif name and reading.graces is None:
        reading.pending.decorations.append(name)
    elif name:
        reading.remark("signs among grace notes are left out")


def slur(reading: Reading, token: Token) -> None:
    """Section "Ties and slurs". One that begins waits for its note, one that ends belongs to the note before it."""
    if token.text.endswith("("):
        _begin_slur(reading)  # among grace notes: at the note that they adorn
    elif reading.graces is not None:
        reading.remark("slurs from one grace note to another are left out")
        reading.slurs -= bool(reading.pending.slurs)
        reading.pending.slurs -= bool(reading.pending.slurs)
    else:
        _end_slur(reading)


def _begin_slur(reading: Reading) -> None:
    if reading.pending.slurs == limits.MAX_SLURS:
        reading.remark(f"more than {limits.MAX_SLURS} slurs that begin at one note are left out")
        return
    reading.pending.slurs += 1
    reading.slurs += 1


def _end_slur(reading: Reading) -> None:
    index = reading.last_note
    note = reading.elements[index] if index is not None else None
    if not reading.slurs or reading.pending.slurs or not isinstance(note, Note) or index is None:
        reading.remark("a slur that ends, ), but did not begin is left out")
    elif note.slurs_end == limits.MAX_SLURS:
        reading.remark(f"more than {limits.MAX_SLURS} slurs that end at one note are left out")
    else:
        reading.slurs -= 1
        reading.elements[index] = replace(note, slurs_end=note.slurs_end + 1)


def open_graces(reading: Reading, token: Token) -> None:
    if reading.graces is not None:
        raise ValueError("grace notes { open inside grace notes")
    reading.graces = []
    reading.pending.slashed = token.text == "{/"


def close_graces(reading: Reading, token: Token) -> None:
    if reading.graces is None:
        raise ValueError("grace notes end with } but did not start")
    reading.pending.graces += reading.graces
    reading.graces = None


# -- notes and rests


def note(reading: Reading, token: Token) -> None:
    pitch = _pitch(token)
    length = read_length(str(token.parts["length"]))
    if reading.graces is not None:
        _add_grace(reading, reading.graces, pitch)
    elif reading.chord is not None:
        _add_to_chord(reading.chord, pitch, length)
    else:
        _add_note(reading, (pitch,), length, reading.place)


def _add_grace(reading: Reading, graces: list[Pitch], pitch: Pitch) -> None:
    if len(reading.pending.graces) + len(graces) >= limits.MAX_GRACES:
        reading.remark(f"more than {limits.MAX_GRACES} grace notes before one note are left out")
    else:
        graces.append(pitch)


def _pitch(token: Token) -> Pitch:
    accidental, letter, marks = (str(token.parts[part]) for part in ("accidental", "letter", "octave"))
    return Pitch(letter.upper(), read_octave(letter, marks), read_accidental(accidental))


def _add_note(reading: Reading, pitches: tuple[Pitch, ...], length: Fraction, place: Place) -> None:
    duration = _duration(reading, length)
    before, reading.pending = reading.pending, Pending()
    reading.has_notes = reading.has_sounds = True
    signs.look_at_note(reading, before.decorations, is_chord=len(pitches) > 1)
    reading.elements.append(
        Note(
            pitches,
            duration,
            place,
            graces=tuple(before.graces),
            decorations=tuple(before.decorations),
            chord_symbol=before.chord_symbol,
            slashed=before.slashed and bool(before.graces),
            slurs_begin=before.slurs,
            texts=tuple(before.texts),
        )
    )
    reading.last_note = len(reading.elements) - 1


def rest(reading: Reading, token: Token) -> None:
    _check_rest_stands_alone(reading)
    duration = _duration(reading, read_length(str(token.parts["rest_length"])))
    _add_rest(reading, duration, token.text[0] == "z")


def bar_rest(reading: Reading, token: Token) -> None:
    _check_rest_stands_alone(reading)
    bars = small_number(str(token.parts["bars"] or "1"))
    bar = reading.meter.bar
    if bar is None or not 1 <= bars <= limits.MAX_ABC_LINES:
        raise ValueError(f"{token.text[:8]} needs a meter and 1 to {limits.MAX_ABC_LINES} bars")
    reading.end_broken()
    reading.end_tuplet()
    _add_rest(reading, bar * bars, token.text[0] == "Z", bars)


def _check_rest_stands_alone(reading: Reading) -> None:
    if reading.chord is not None or reading.graces is not None:
        raise ValueError("a rest cannot stand inside a chord or among grace notes")


def _add_rest(reading: Reading, duration: Fraction, visible: bool, whole_bars: int = 0) -> None:
    """A rest takes what stands before it, but for grace notes and slurs: they wait for a note."""
    reading.has_sounds = True
    before = reading.pending
    reading.pending = Pending(graces=before.graces, slashed=before.slashed, slurs=before.slurs)
    signs.look_at_rest(reading, before.decorations)
    reading.elements.append(
        Rest(
            duration,
            reading.place,
            visible,
            whole_bars,
            tuple(before.decorations),
            before.chord_symbol,
            tuple(before.texts),
        )
    )


def tie(reading: Reading, token: Token) -> None:
    last, chord = reading.last, reading.chord
    if chord and chord.pitches:
        chord.pitches[-1] = replace(chord.pitches[-1], tied=True)
    elif chord is None and reading.graces is None and isinstance(last, Note):
        reading.elements[-1] = replace(last, pitches=tuple(replace(pitch, tied=True) for pitch in last.pitches))
    else:
        raise ValueError(
            "the tie - stands before its note; it belongs after the note that it holds, so the next one is struck again"
            if chord is None and reading.graces is None and reading.has_notes
            else "a tie - follows no note"
        )


# -- chords


def open_chord(reading: Reading, token: Token) -> None:
    if reading.graces is not None:  # grace notes sound one after another in any case
        return
    if reading.chord is not None:
        raise ValueError("a chord [ opens inside a chord")
    reading.chord = Chord(reading.place)


def _add_to_chord(chord: Chord, pitch: Pitch, length: Fraction) -> None:
    if len(chord.pitches) >= limits.MAX_CHORD_NOTES:
        raise ValueError(f"a chord has at most {limits.MAX_CHORD_NOTES} notes")
    if not chord.pitches:
        chord.length = length
    chord.pitches.append(pitch)


def close_chord(reading: Reading, token: Token) -> None:
    if reading.graces is not None:
        return
    chord, reading.chord = reading.chord, None
    if not (chord and chord.pitches):
        raise ValueError("a chord ] ends but holds no note")
    length = chord_length(chord.length, read_length(str(token.parts["chord_length"])))
    _add_note(reading, tuple(chord.pitches), length, chord.place)


# -- durations


def _duration(reading: Reading, length: Fraction) -> Fraction:
    """The sounding length of a note written ``length`` units long here, with tuplet and broken rhythm."""
    ratio = reading.tuplet_ratio if reading.tuplet_left else _WHOLE
    duration = _product(length.as_integer_ratio(), reading.unit.as_integer_ratio(), ratio.as_integer_ratio())
    if duration > limits.MAX_NOTE_LENGTH:
        raise ValueError(f"a note is at most {limits.MAX_NOTE_LENGTH} whole notes long, this one is longer")
    reading.tuplet_left -= bool(reading.tuplet_left)
    broken, reading.broken = reading.broken, None
    return _with_broken_rhythm(reading, broken, duration) if broken else duration


@lru_cache(maxsize=1 << 12)
def _product(*ratios: tuple[int, int]) -> Fraction:
    """Of numerators and denominators: kept, for fractions take long to multiply."""
    above, below = zip(*ratios, strict=True)
    return Fraction(prod(above), prod(below))


def _with_broken_rhythm(reading: Reading, broken: Broken, duration: Fraction) -> Fraction:
    previous = reading.elements[broken.index]
    assert isinstance(previous, Note | Rest)
    if previous.duration != duration:  # section "Broken rhythm": undefined, to be avoided
        reading.problem("broken rhythm between notes of unequal length is undefined; it is left out")
        return duration
    before, after = broken_factors(broken.marks)
    reading.elements[broken.index] = replace(previous, duration=duration * before)
    return duration * after


def broken(reading: Reading, token: Token) -> None:
    if reading.graces is not None:
        return
    if reading.chord is not None:
        raise ValueError("broken rhythm > stands inside a chord")
    marks = len(token.text) if token.text[0] == ">" else -len(token.text)
    if abs(marks) > 3:
        raise ValueError("broken rhythm has at most three > or <")
    last = reading.last
    if not isinstance(last, Note | Rest) or (isinstance(last, Rest) and last.whole_bars) or reading.broken:
        raise ValueError(f"{token.text} needs a note on either side")
    reading.broken = Broken(marks, len(reading.elements) - 1, reading.place)


def tuplet(reading: Reading, token: Token) -> None:
    if reading.graces is not None:  # the player divides the graces' time evenly in any case
        return
    p, q, r = _tuplet_numbers(token, reading)
    reading.end_tuplet()
    reading.tuplet_left, reading.tuplet_ratio = r, Fraction(q, p)
    reading.elements.append(TupletStart(p, q, r, reading.place))


def _tuplet_numbers(token: Token, reading: Reading) -> tuple[int, int, int]:
    """``(p`` alone goes up to 9 (section "Duplets, triplets, quadruplets, etc."), for only those have a ``q`` of their
    own; ``(p:q:r`` goes on."""
    p, q, r = (small_number(token.parts[part] or "0") for part in "pqr")
    most = limits.MAX_TUPLET_NOTES if q else limits.MAX_TUPLET
    if not 2 <= p <= most:
        more = f"; one of {p} is written ({p}:q" if not q and most < p <= limits.MAX_TUPLET_NOTES else ""
        raise ValueError(f"a tuplet has 2 to {most} notes, not {p}{more}")
    if r > limits.MAX_TUPLET_NOTES or q > limits.MAX_TUPLET_NOTES:
        raise ValueError(f"in a tuplet (p:q:r, q and r are at most {limits.MAX_TUPLET_NOTES}")
    return p, q or default_q(p, reading.meter), r or p


# -- what cannot be read


def unknown(reading: Reading, token: Token) -> None:
    raise ValueError(f"{token.text!r} means nothing in ABC here")
