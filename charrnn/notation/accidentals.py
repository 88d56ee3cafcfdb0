"""What key and accidentals make of the letters at the end of a text."""

from charrnn.notation.keys import Key
from charrnn.notation.tune import BarLine, Change, Element, Note


def accidentals_at_end(key: Key, elements: tuple[Element, ...]) -> tuple[Key, dict[str, int]]:
    """The key that holds after these elements, and the alterations of letters by accidentals of the last bar, graces
    included; by the rule of ``render.pitches``."""
    in_bar: dict[str, int] = {}
    for element in elements:
        if isinstance(element, BarLine):
            in_bar = {}
        elif isinstance(element, Change) and isinstance(element.value, Key):
            key = element.value
        elif isinstance(element, Note):
            pitches = (*element.graces, *element.pitches)
            in_bar |= {pitch.letter: pitch.accidental for pitch in pitches if pitch.accidental is not None}
    return key, in_bar
