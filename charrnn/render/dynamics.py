"""How loud each note is, where the text says so (section "Decorations": ``!p!``, ``!ff!`` and so on)."""

from collections.abc import Iterable, Iterator

from charrnn.notation.tune import Element, Note, Rest, Tune
from charrnn.render.signs import VELOCITIES

DEFAULT_VELOCITY = VELOCITIES["mf"]
_FOR_ONE_NOTE = "sfz"


def velocities(tune: Tune) -> dict[int, int]:
    """The MIDI velocity of each note element, by its index: a sign holds to the next one of its voice, in the order of
    the text, so that a repeated part is as loud each time. Other voices are numbered as ``Performance.beside`` does."""
    found = dict(_velocities(tune.elements))
    number = 0
    for voice in tune.voices:
        found |= {number - 1 - index: velocity for index, velocity in _velocities(voice.elements)}
        number -= len(voice.elements)
    return found


def _velocities(elements: Iterable[Element]) -> Iterator[tuple[int, int]]:
    level = DEFAULT_VELOCITY
    for index, element in enumerate(elements):
        if not isinstance(element, Note | Rest):
            continue
        for name in element.decorations:
            if name != _FOR_ONE_NOTE:
                level = VELOCITIES.get(name, level)
        is_stressed = _FOR_ONE_NOTE in element.decorations
        yield index, VELOCITIES[_FOR_ONE_NOTE] if is_stressed else level


def gains(tune: Tune) -> dict[int, float]:
    """How loud sampled notes are, by the index of their element, where that is not 1: as the square of the velocity,
    which General MIDI recommends."""
    found = {index: (velocity / DEFAULT_VELOCITY) ** 2 for index, velocity in velocities(tune).items()}
    return {index: gain for index, gain in found.items() if gain != 1}
