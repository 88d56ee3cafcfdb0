"""Exact transposition of canonical ABC along the circle of fifths.

A fifth up moves every letter four steps up the scale and adds a sharp to the signature; a written accidental keeps its
distance from what the signature says, so that no spelling has to be guessed.

>>> transpose_music("^F2 [K:G]f", parse_key("C"), 1)
'^C2 [K:D]c'
"""

from charrnn import limits
from charrnn.notation.keys import MAX_FIFTHS, Key, parse_key, tonic_at, tonic_fifths
from charrnn.notation.symbols import read_accidental
from charrnn.notation.tokens import Token, lex_music

_LETTERS = "CDEFGAB"
_SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}


def transpose_key(key: Key, fifths: int) -> Key:
    """The same mode so many fifths higher. Raises ValueError where no signature of at most seven exists."""
    if key.special or key.explicit:
        raise ValueError(f"the key {key} has no transposition by fifths")
    moved = Key(tonic_at(tonic_fifths(key.tonic) + fifths), key.mode)
    if abs(moved.fifths) > MAX_FIFTHS:
        raise ValueError(f"{key} moved by {fifths} fifths needs more than {MAX_FIFTHS} sharps or flats")
    return moved


def transpose_music(music: str, key: Key, fifths: int) -> str:
    """Music that starts in ``key``, moved so many fifths up, the nearer way round: never more than three steps.

    Raises ValueError where an accidental would need a triple sharp or flat, or an octave mark too many.
    """
    steps = (4 * fifths + 3) % 7 - 3  # -3 ... 3
    pieces = []
    for token in lex_music(music):
        if token.kind == "field" and token.text.startswith("[K:"):
            key = parse_key(token.text[3:-1])
            pieces.append(f"[K:{transpose_key(key, fifths)}]")
        elif token.kind == "note":
            pieces.append(_transpose_note(token, key, fifths, steps))
        else:
            pieces.append(token.text)
    return "".join(pieces)


def _transpose_note(token: Token, key: Key, fifths: int, steps: int) -> str:
    accidental, letter, marks = (token.parts[part] or "" for part in ("accidental", "letter", "octave"))
    octave = (letter.islower()) + marks.count("'") - marks.count(",")  # 0 is "C" to "B"
    octaves, index = divmod(_LETTERS.index(letter.upper()) + steps, 7)
    octave += octaves
    new_letter = _LETTERS[index]
    if accidental:
        distance = (read_accidental(accidental) or 0) - key.alteration(letter.upper())
        semitones = transpose_key(key, fifths).alteration(new_letter) + distance
        if semitones not in _SIGNS:
            raise ValueError(f"{token.text} moved by {fifths} fifths needs a triple accidental")
        accidental = _SIGNS[semitones]
    if not -limits.MAX_OCTAVE_MARKS <= octave <= limits.MAX_OCTAVE_MARKS + 1:
        raise ValueError(f"{token.text} moved by {fifths} fifths leaves the range of octaves")
    written = new_letter.lower() + "'" * (octave - 1) if octave > 0 else new_letter + "," * -octave
    return f"{accidental}{written}{token.parts['length']}"
