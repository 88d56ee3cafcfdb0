"""A tune that has been read, in another key: element by element, by the rules of ``notation.transpose``.

Each element keeps its index, so what is known of a note by its number holds for the moved note, too.
"""

from collections.abc import Iterator
from dataclasses import replace

from charrnn.notation.chord_symbols import transposed_chord
from charrnn.notation.keys import Key
from charrnn.notation.transpose import transpose_key, transpose_pitch
from charrnn.notation.tune import Change, Element, Note, Rest, Tune


def transpose_tune(tune: Tune, fifths: int, octaves: int = 0) -> Tune:
    """Keys, notes, graces and chord symbols of all voices, moved as ``transpose_text`` moves them; a key without a
    tonic as ``with_tonic`` reads it. Raises ValueError where a spelling would need a triple sharp or flat."""

    def moved(elements: tuple[Element, ...]) -> tuple[Element, ...]:
        return tuple(_moved(elements, tune.key, fifths, octaves))

    return replace(
        tune,
        key=transpose_key(with_tonic(tune.key), fifths),
        elements=moved(tune.elements),
        voices=tuple(replace(voice, elements=moved(voice.elements)) for voice in tune.voices),
    )


def with_tonic(key: Key) -> Key:
    """The key with the same notes that can be moved: A mixolydian for the pipes' scale, C major for no key at all."""
    if not key.special:
        return key
    tonic, mode = ("C", "maj") if key.special == "none" else ("A", "mix")
    return replace(key, tonic=tonic, mode=mode, special="")


def _moved(elements: tuple[Element, ...], key: Key, fifths: int, octaves: int) -> Iterator[Element]:
    key = with_tonic(key)
    for element in elements:
        if isinstance(element, Change) and isinstance(element.value, Key):
            key = with_tonic(element.value)
            element = replace(element, value=transpose_key(key, fifths))
        elif isinstance(element, Rest):
            element = replace(element, chord_symbol=transposed_chord(element.chord_symbol, fifths))
        elif isinstance(element, Note):
            element = replace(
                element,
                pitches=tuple(transpose_pitch(pitch, key, fifths, octaves) for pitch in element.pitches),
                graces=tuple(transpose_pitch(grace, key, fifths, octaves) for grace in element.graces),
                chord_symbol=transposed_chord(element.chord_symbol, fifths),
            )
        yield element
