"""Exact transposition of ABC along the circle of fifths.

A fifth up moves every letter four steps up the scale and adds a sharp to the signature; a written accidental keeps its
distance from what the signature says, so that no spelling has to be guessed.

>>> transpose_music("^F2 [K:G]f", parse_key("C"), 1)
'^C2 [K:D]c'
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from charrnn import limits
from charrnn.notation.chord_symbols import transposed_chord
from charrnn.notation.keys import (
    EXPLICIT,
    MAX_FIFTHS,
    SHARP_ORDER,
    Key,
    names_no_key,
    parse_key,
    tonic_at,
    tonic_fifths,
)
from charrnn.notation.symbols import read_accidental
from charrnn.notation.tokens import Token, lex, lex_music
from charrnn.notation.tune import Pitch

_LETTERS = "CDEFGAB"
_SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}


def transpose_key(key: Key, fifths: int) -> Key:
    """The same mode so many fifths higher, with its explicit accidentals. Raises ValueError where no signature of at
    most seven exists."""
    if fifths == 0:
        return key
    if key.special:
        raise ValueError(f"the key {key} has no transposition by fifths")
    moved = Key(tonic_at(tonic_fifths(key.tonic) + fifths), key.mode)
    if abs(moved.fifths) > MAX_FIFTHS:
        raise ValueError(f"the key {key} would become {moved}, and none has more than {MAX_FIFTHS} sharps or flats")
    capitals = "".join(_moved_letter(letter, fifths) for letter in key.capitals)
    return replace(moved, explicit=tuple(_moved_accidentals(key, moved, fifths)), capitals=capitals)


def _moved_accidentals(key: Key, moved: Key, fifths: int) -> Iterator[tuple[str, int]]:
    """Each keeps its distance from what the mode's own signature says: ``Dphr ^f`` becomes ``C#phr ^e``. In an ``exp``
    key, whose signature says nothing, letters get accidentals that had none: ``D exp ^f``, ``E exp ^g ^f ^c``."""
    plain = replace(key, explicit=())
    written = dict(key.explicit)
    for letter in [*written, *(letter for letter in SHARP_ORDER if letter not in written)]:
        new_letter = _moved_letter(letter, fifths)
        if key.mode == EXPLICIT:
            semitones = (SHARP_ORDER.index(letter) + fifths) // 7 + written.get(letter, 0)
            is_kept = semitones != 0
        else:
            semitones = moved.alteration(new_letter) + written.get(letter, 0) - plain.alteration(letter)
            is_kept = letter in written
        if is_kept:
            if semitones not in _SIGNS:
                raise ValueError(f"the key {key} would need a triple sharp or flat")
            yield new_letter, semitones


def _moved_letter(letter: str, fifths: int) -> str:
    return SHARP_ORDER[(SHARP_ORDER.index(letter) + fifths) % 7]


def transpose_music(music: str, key: Key, fifths: int, octaves: int = 0) -> str:
    """Music that starts in ``key``, moved so many fifths up, the nearer way round: never more than three steps; and so
    many octaves.

    Raises ValueError where an accidental would need a triple sharp or flat, or an octave mark too many.
    """
    return _transpose_line(music, key, fifths, octaves)[0]


def transpose_text(text: str, fifths: int, octaves: int = 0) -> str:
    """A whole tune so moved: keys, notes, graces and chord symbols; words and all else stay as they are written.

    Raises ValueError as ``transpose_music`` and ``transpose_key`` do.
    """
    lines, key = text.split("\n"), parse_key("C")
    of_line: dict[int, Token] = {}
    for token in lex(text):
        of_line.setdefault(token.line - 1, token)
    if not any(_is_key(token) for token in of_line.values()):
        raise ValueError("it has no K: line")
    for number, token in of_line.items():
        if token.kind != "field line":
            lines[number], key = _transpose_line(lines[number], key, fifths, octaves)
        elif _is_key(token):
            key = parse_key(str(token.parts["value"]))
            moved = _moved_key(_with_continuations(lines, number), key, fifths)
            lines[number] = f"K:{moved}"
    return "\n".join(lines)


def _with_continuations(lines: list[str], number: int) -> str:
    """The value of a field with that of the ``+:`` lines after it, which are left empty."""
    value = lines[number][2:]
    while number + 1 < len(lines) and lines[number + 1].startswith("+:"):
        number += 1
        value, lines[number] = f"{value} {lines[number][2:]}", "+:"
    return value


def interval(keys: Sequence[Key], semitones: int | None, tonic: str = "") -> tuple[int, int]:
    """Fifths and octaves by which a tune moves so many semitones, or its first key to another tonic, the nearer way.

    ``keys`` are all that the tune is in, the first one first. Of the ways that all of them can be spelled, it is the
    one with the fewest sharps and flats. Raises ValueError where there is none.
    """
    if tonic:
        fifths, octaves = _fifths_to(keys, tonic), 0
        if abs(_semitones(fifths)) > 6:
            octaves = -1 if _semitones(fifths) > 0 else 1
        return fifths, octaves
    semitones = semitones or 0
    if semitones % 12 == 0:  # in any key, those without a signature too
        return 0, semitones // 12
    nearest = sorted((fifths for fifths in range(-12, 13) if (7 * fifths - semitones) % 12 == 0), key=abs)
    fifths = _simplest(keys, nearest)
    return fifths, (semitones - _semitones(fifths)) // 12


def _fifths_to(keys: Sequence[Key], tonic: str) -> int:
    """To that tonic, or to its other name where that has fewer sharps or flats: C# minor has four, Db minor eight. Of
    equals, to the one that was named."""
    named = tonic_fifths(tonic) - tonic_fifths(keys[0].tonic)
    return _simplest(keys, [named, named + 12, named - 12])


def _simplest(keys: Sequence[Key], possible: Sequence[int]) -> int:
    """The one of several moves by fifths after which the keys have the fewest signs; of equals, the first."""
    different = list(dict.fromkeys(keys))
    exist = [fifths for fifths in possible if all(_exists(key, fifths) for key in different)]
    if not exist:
        for key in different:
            transpose_key(key, possible[0])
        raise ValueError(f"the keys {', '.join(map(str, different[:8]))} have no signatures together that far away")
    return min(exist, key=lambda fifths: sum(transpose_key(key, fifths).signs for key in different))


def _exists(key: Key, fifths: int) -> bool:
    try:
        transpose_key(key, fifths)
    except (ValueError, IndexError):
        return False
    return True


def _semitones(fifths: int) -> int:
    """How far ``transpose_music`` moves: the size of its steps."""
    steps = _steps(fifths)
    near = 7 * fifths % 12  # of the octave in which the steps lie: within two semitones of the major scale's
    expected = (0, 2, 4, 5, -5, -3, -1)[steps]
    return near + 12 * round((expected - near) / 12)


def _steps(fifths: int) -> int:
    return (4 * fifths + 3) % 7 - 3  # -3 ... 3


def _is_key(token: Token) -> bool:
    return token.kind == "field line" and token.parts["name"] == "K" and not names_no_key(str(token.parts["value"]))


def _moved_key(value: str, key: Key, fifths: int) -> str:
    """With the clef and other properties that stand after it."""
    if fifths == 0:
        return value
    rest = re.search(r"\s+(?:[a-z]+=|clef|treble|bass|alto|tenor|perc|%).*", value)
    return str(transpose_key(key, fifths)) + (rest[0] if rest else "")


def _transpose_line(music: str, key: Key, fifths: int, octaves: int) -> tuple[str, Key]:
    """The line, and the key at its end before it is moved."""
    pieces = []
    for token in lex_music(music):
        if token.kind == "field" and token.text.startswith("[K:") and not names_no_key(token.text[3:-1]):
            key = parse_key(token.text[3:-1])
            pieces.append(f"[K:{_moved_key(token.text[3:-1], key, fifths)}]")
        elif token.kind == "note":
            pieces.append(_transpose_note(token, key, fifths, octaves))
        elif token.kind == "annotation":
            pieces.append(token.text[0] + transposed_chord(token.text[1:-1], fifths) + token.text[-1])
        else:
            pieces.append(token.text)
    return "".join(pieces), key


def transpose_pitch(pitch: Pitch, key: Key, fifths: int, octaves: int = 0) -> Pitch:
    """A pitch that is written in ``key``, so moved. Raises ValueError where it would need a triple sharp or flat."""
    name = f"{pitch.letter}{pitch.octave}"
    letter, octave, accidental = _moved_note(name, pitch.letter, pitch.octave, pitch.accidental, key, fifths, octaves)
    return replace(pitch, letter=letter, octave=octave, accidental=accidental)


def steps_and_semitones(fifths: int, octaves: int) -> tuple[int, int]:
    """How far such a move goes: in letters, and in semitones."""
    return _steps(fifths) + 7 * octaves, _semitones(fifths) + 12 * octaves


def _moved_note(
    name: str, letter: str, octave: int, accidental: int | None, key: Key, fifths: int, octaves: int
) -> tuple[str, int, int | None]:
    """Letter, octave and accidental. Raises ValueError, which names the note."""
    more, index = divmod(_LETTERS.index(letter) + _steps(fifths), 7)
    new_letter = _LETTERS[index]
    if accidental is not None:
        accidental += transpose_key(key, fifths).alteration(new_letter) - key.alteration(letter)
        if accidental not in _SIGNS:
            raise ValueError(f"the note {name} would need a triple sharp or flat")
    return new_letter, octave + more + octaves, accidental


def _transpose_note(token: Token, key: Key, fifths: int, octaves: int) -> str:
    written, letter, marks = (token.parts[part] or "" for part in ("accidental", "letter", "octave"))
    name = f"{written}{letter}{marks}"
    octave = (letter.islower()) + marks.count("'") - marks.count(",")  # 0 is "C" to "B"
    before = read_accidental(written)
    new_letter, octave, accidental = _moved_note(name, letter.upper(), octave, before, key, fifths, octaves)
    if not -limits.MAX_OCTAVE_MARKS <= octave <= limits.MAX_OCTAVE_MARKS + 1:
        raise ValueError(
            f"the note {name} would be too {'high' if octave > 0 else 'low'} to be written; a note has at most"
            f" {limits.MAX_OCTAVE_MARKS} octave marks"
        )
    moved = new_letter.lower() + "'" * (octave - 1) if octave > 0 else new_letter + "," * -octave
    return f"{'' if accidental is None else _SIGNS[accidental]}{moved}{token.parts['length']}"
