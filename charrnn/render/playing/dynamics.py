"""How loud each note is, where the text says so (section "Decorations": ``!p!``, ``!ff!`` and so on)."""

from charrnn.notation.tune import Note, Rest, Tune
from charrnn.render.signs import VELOCITIES

DEFAULT_VELOCITY = VELOCITIES["mf"]
_FOR_ONE_NOTE = "sfz"


def velocities(tune: Tune) -> dict[int, int]:
    """The MIDI velocity of each note element, by its index: a sign holds to the next one, in the order of the text, so
    that a repeated part is as loud each time."""
    level = DEFAULT_VELOCITY
    found: dict[int, int] = {}
    for index, element in enumerate(tune.elements):
        if not isinstance(element, Note | Rest):
            continue
        for name in element.decorations:
            if name != _FOR_ONE_NOTE:
                level = VELOCITIES.get(name, level)
        is_stressed = _FOR_ONE_NOTE in element.decorations
        found[index] = VELOCITIES[_FOR_ONE_NOTE] if is_stressed else level
    return found
