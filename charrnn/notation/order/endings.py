"""First and second endings with a sign left out, as they are meant (section "First and second repeats").

``|:AB|1 cd|2 ef|]`` lacks the ``:|`` that sends the player back; ``|:CDEF|1GABc:|cBAG|]`` lacks the ``2``. Both are
completed here, so that player, score and files have one reading.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from charrnn import limits
from charrnn.notation.order.repeats import Section, sections
from charrnn.notation.tune import BarLine, Element, Ending, Note, Place, Rest

NO_SIGN = "an ending without a repeat sign :| before the next one is read as with it"
NO_SECOND = "after a first ending without a second, the tune goes on where the second time skips it"


def with_signs(elements: Sequence[Element]) -> tuple[list[Element], list[tuple[Place, str]]]:
    """The elements with the signs that are left out, and what was done, each with its place."""
    if not any(isinstance(element, Ending) for element in elements):
        return list(elements), []
    closed, told = _with_closed_endings(elements)
    completed, more = _with_second_endings(closed)
    closed, last = _with_closed_endings(completed)  # of those, too
    return closed, [*told, *more, *last]


def _with_closed_endings(elements: Sequence[Element]) -> tuple[list[Element], list[tuple[Place, str]]]:
    """Each ending but a section's last one closed by a repeat sign."""
    later = {index for section in sections(elements) for _, index in section.endings[1:]}
    found: list[Element] = []
    told: list[tuple[Place, str]] = []
    for index, element in enumerate(elements):
        last = found[-1] if found else None
        if index in later and not (isinstance(last, BarLine) and last.closes_repeat):
            told.append((element.place, NO_SIGN))
            if isinstance(last, BarLine):
                found[-1] = replace(last, style="single", closes_repeat=1)
            else:
                found.append(BarLine(last.place if last else element.place, closes_repeat=1))
        found.append(element)
    return found, told


def _with_second_endings(elements: Sequence[Element]) -> tuple[list[Element], list[tuple[Place, str]]]:
    """A second ending where the music goes on after a first one without another. It has the place of the repeat sign
    before it."""
    found = list(sections(elements))
    starts: dict[int, Ending] = {}
    for section, following in pairwise(found):
        line = elements[section.end - 1]
        if section.has_lone_ending and isinstance(line, BarLine) and _goes_on(elements, section, following):
            starts[section.end] = Ending((1 + max(section.endings[0][0]),), line.place)
    completed: list[Element] = []
    for index, element in enumerate(elements):
        completed += [starts[index], element] if index in starts else [element]
    return completed, [(ending.place, NO_SECOND) for ending in starts.values()]


def _goes_on(elements: Sequence[Element], section: Section, following: Section) -> bool:
    """Whether what follows can be an ending: music that is no repeat of its own."""
    line = elements[section.end - 1]
    number = 1 + max(section.endings[0][0])
    if not (isinstance(line, BarLine) and not line.opens_repeat) or following.repeats or following.endings:
        return False
    before_a_line = takewhile(lambda element: not isinstance(element, BarLine | Ending), elements[section.end :])
    return number <= limits.MAX_ENDING and any(isinstance(element, Note | Rest) for element in before_a_line)


def implied_ends(elements: Sequence[Element]) -> list[int]:
    """Indices of the endings that ``with_signs`` put in after a first one."""
    return [
        index
        for index, element in enumerate(elements)
        if isinstance(element, Ending) and index and element.place == elements[index - 1].place
    ]
