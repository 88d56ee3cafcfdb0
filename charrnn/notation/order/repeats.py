"""Which stretches of a tune are played again, and in which order its elements sound.

Section "First and second repeats" of the standard, and what abc2midi and players make of the usual omissions: a repeat
without ``|:`` goes back to the double bar or repeat sign before it, and a ``|:`` that is never closed is closed by the
next one. ``notation.order.endings`` completes endings with a sign left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise

from charrnn import limits
from charrnn.notation.order.jumps import Jump, is_jump, jump_taken, with_jumps
from charrnn.notation.order.parts import parse_order
from charrnn.notation.tune import BarLine, Element, Ending, PartStart


@dataclass(slots=True)
class Section:
    """A stretch that is repeated as one: elements from ``start`` to ``end`` (exclusive, its closing line included)."""

    start: int
    end: int = 0
    opened: int = 0  # by how many colons of a |:
    times: int = 1  # that it is played where it has no endings
    endings: list[tuple[tuple[int, ...], int]] = field(default_factory=list)  # (numbers, index of the Ending element)

    @property
    def repeats(self) -> bool:
        return self.times > 1

    @property
    def has_lone_ending(self) -> bool:
        """Whether its only ending is a first one that a repeat sign closes: then both turns are alike."""
        return len(self.endings) == 1 and self.repeats and 1 in self.endings[0][0]

    @property
    def plays_last_ending_once(self) -> bool:
        """Whether a repeat sign at its end only closes the bracket."""
        return bool(self.endings) and not self.has_lone_ending

    def last_turn(self) -> Iterator[range]:
        """The stretches to play where it is played once: with the last ending."""
        if not self.plays_last_ending_once:
            yield range(self.start, self.end)
            return
        yield range(self.start, self.endings[0][1])
        stops = [index for _, index in self.endings[1:]] + [self.end]
        highest = max(max(numbers) for numbers, _ in self.endings)
        for (numbers, index), stop in zip(self.endings, stops, strict=True):
            if highest in numbers:
                yield range(index, stop)

    def turns(self) -> Iterator[range]:
        """The stretches to play, in order."""
        if not self.plays_last_ending_once:
            highest = max(self.endings[0][0]) if self.endings else 0
            yield from [range(self.start, self.end)] * max(self.times, highest)
            return
        stops = [index for _, index in self.endings[1:]] + [self.end]
        for turn in range(1, max(max(numbers) for numbers, _ in self.endings) + 1):
            yield range(self.start, self.endings[0][1])
            for (numbers, index), stop in zip(self.endings, stops, strict=True):
                if turn in numbers:
                    yield range(index, stop)


def sections(elements: Sequence[Element]) -> Iterator[Section]:
    """The sections of a tune, in order; together they hold every element once."""
    section = Section(0)
    for index, element in enumerate(elements):
        if isinstance(element, Ending):
            section.endings.append((element.numbers, index))
        if not isinstance(element, BarLine):
            continue
        if _ends_section(section, element, next(iter(elements[index + 1 : index + 2]), None)):
            section.times = max(section.times, _times(section, element))
            section.end = index + 1
            yield section
            section = Section(index + 1, opened=element.opens_repeat)
        else:
            section.times = max(section.times, _times(section, element))
    section.end = len(elements)
    yield section


def _times(section: Section, line: BarLine) -> int:
    """How often a section is played that ends with this line; the sign with more colons counts."""
    if line.closes_repeat:
        return 1 + max(line.closes_repeat, section.opened)
    closes_by_opening = line.opens_repeat and not section.endings  # the next |: closes this one
    return 1 + section.opened if closes_by_opening else 1


def _ends_section(section: Section, line: BarLine, following: Element | None) -> bool:
    if line.opens_repeat:
        return True
    if line.closes_repeat:
        return not isinstance(following, Ending)
    if isinstance(following, Ending) and section.endings and 1 not in following.numbers:
        return False
    # A double bar inside |: ... :| only divides it, unless the last ending has been played.
    return line.style != "single" and (not section.opened or bool(section.endings))


def without_lone_endings(elements: Sequence[Element]) -> list[Element]:
    """The elements without the brackets of first endings that have no second and are played each time."""
    lone = {section.endings[0][1] for section in sections(elements) if section.has_lone_ending}
    return [element for index, element in enumerate(elements) if index not in lone]


def play_order(elements: Sequence[Element], part_order: str = "") -> Iterator[int]:
    """Indices of the elements in the order in which they sound: repeats and endings within the parts, these in their
    order (``Tune.part_order``) where each of them is marked, then the jumps.

    Bounded: repeats do not nest, and a section is played as often as its sign or its highest ending says, at most
    ``limits.MAX_ENDING`` times, a part ``limits.MAX_PARTS`` times, and all of it ``limits.MAX_PLAYED`` elements.
    """
    stretches = _stretches_of_parts(elements, part_order)
    order = islice(_in_order(elements, stretches), limits.MAX_PLAYED)
    if not any(map(is_jump, elements)):
        yield from order
        return
    yield from with_jumps(elements, list(order), _once(elements, stretches))


def jump_of_tune(elements: Sequence[Element], part_order: str = "") -> Jump | None:
    """The jump that ``play_order`` takes; None where there is none."""
    if not any(map(is_jump, elements)):
        return None
    stretches = _stretches_of_parts(elements, part_order)
    order = list(islice(_in_order(elements, stretches), limits.MAX_PLAYED))
    return jump_taken(elements, order, _once(elements, stretches))


def is_in_parts(elements: Sequence[Element], part_order: str) -> bool:
    """Whether the order of parts is what is played."""
    marked = {element.label for element in elements if isinstance(element, PartStart)}
    order = parse_order(part_order)
    return bool(order) and marked >= set(order)


def sections_in_parts(elements: Sequence[Element], part_order: str = "") -> Iterator[Section]:
    """The sections in the order of the text; where parts are played in an order, none reaches from one into another."""
    if not is_in_parts(elements, part_order):
        yield from sections(elements)
        return
    starts = [index for index, element in enumerate(elements) if isinstance(element, PartStart)]
    for start, end in pairwise([0, *starts, len(elements)]):
        for section in sections(elements[start:end]):
            endings = [(numbers, start + index) for numbers, index in section.endings]
            yield replace(section, start=start + section.start, end=start + section.end, endings=endings)


def _once(elements: Sequence[Element], stretches: Sequence[range]) -> list[int]:
    return list(islice(_in_order(elements, stretches, plays_once=True), limits.MAX_PLAYED))


def _in_order(elements: Sequence[Element], stretches: Sequence[range], plays_once: bool = False) -> Iterator[int]:
    for stretch in stretches:
        for section in sections(elements[stretch.start : stretch.stop]):
            for turn in section.last_turn() if plays_once else section.turns():
                yield from range(stretch.start + turn.start, stretch.start + turn.stop)


def _stretches_of_parts(elements: Sequence[Element], part_order: str) -> list[range]:
    """The parts in the order of playing. What stands before the first one is played once."""
    starts = [index for index, element in enumerate(elements) if isinstance(element, PartStart)]
    stretches: dict[str, range] = {}
    for start, end in pairwise([*starts, len(elements)]):
        element = elements[start]
        assert isinstance(element, PartStart)
        stretches.setdefault(element.label, range(start, end))
    if not is_in_parts(elements, part_order):
        return [range(len(elements))]
    return [range(starts[0]), *(stretches[label] for label in parse_order(part_order))]
