"""Finds the tuplets in durations: a run of notes whose lengths are no halves of halves, but whose sum is one."""

import math
from collections.abc import Sequence
from fractions import Fraction

from charrnn import limits
from charrnn.notation.tune import Element, Note, Place, Rest, TupletStart

START = Place(1, 1)  # of every element of a tune that was not read from text


def with_tuplets(elements: Sequence[Element]) -> list[Element]:
    """The elements with the tuplets that their durations need. No tuplet goes over a bar line or any other sign."""
    found: list[Element] = []
    index = 0
    while index < len(elements):
        run = _run(elements[index:])
        if run:
            found.append(_start(run))
        found.extend(elements[index : index + max(len(run), 1)])
        index += max(len(run), 1)
    return found


def _run(elements: Sequence[Element]) -> Sequence[Note | Rest]:
    """The notes and rests of the tuplet that begins here; none where none does."""
    sounds: list[Note | Rest] = []
    total = Fraction(0)
    for element in elements[: limits.MAX_TUPLET_NOTES]:
        if not isinstance(element, Note | Rest):
            break
        sounds.append(element)
        total += element.duration
        if _is_plain(total):
            return sounds if 1 < _start(sounds).p <= limits.MAX_TUPLET else ()
    return ()


def _start(sounds: Sequence[Note | Rest]) -> TupletStart:
    """``p`` notes in the time of the next smaller power of two, as music is printed."""
    p = math.lcm(*(_odd(sound.duration.denominator) for sound in sounds))
    return TupletStart(p, 1 << (p.bit_length() - 1), len(sounds), START)


def _is_plain(duration: Fraction) -> bool:
    return _odd(duration.denominator) == 1


def _odd(number: int) -> int:
    """The number without its factors of two."""
    return number // (number & -number)
