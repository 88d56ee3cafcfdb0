"""A tune as other programs can play it, for MusicXML: what that format has no sign for is written out.

MusicXML has no order of parts, and programs do not agree on endings that are not numbered 1, 2, 3 in this order. There
the music stands as it is played, without repeats. A lone later ending becomes a repeat before plain music.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from charrnn import limits
from charrnn.errors import RenderError
from charrnn.notation.order.jumps import is_sign_of_jump
from charrnn.notation.order.repeats import Section, is_in_parts, play_order, sections
from charrnn.notation.order.together import Stretches, runs, stretches_beside
from charrnn.notation.tune import BarLine, Change, Element, Ending, Layout, Note, Rest, Tune, Voice
from charrnn.render.playing.performance import states


def playable(tune: Tune) -> Tune:
    """The tune in signs that other programs read as we do. Raises RenderError as ``played_out`` does."""
    tune = replace(tune, elements=tuple(_without_lone_later_endings(tune.elements)))
    has_odd_endings = any(map(_is_odd, sections(tune.elements)))
    return played_out(tune) if has_odd_endings or is_in_parts(tune.elements, tune.part_order) else tune


def _is_odd(section: Section) -> bool:
    """Whether its endings are not numbered 1, 2, 3 in this order, or one stands alone."""
    numbers = [number for ending, _ in section.endings for number in ending]
    if section.has_lone_ending or not numbers:
        return False
    return len(section.endings) < 2 or numbers != list(range(1, len(numbers) + 1))


def _without_lone_later_endings(elements: Sequence[Element]) -> list[Element]:
    """``|:A:|2B|`` as ``|:A:|B||``."""
    found = list(elements)
    for section in reversed(list(sections(elements))):
        numbers, start = section.endings[0] if len(section.endings) == 1 else ((1,), 0)
        if 1 in numbers:
            continue
        last = found[section.end - 1]
        if isinstance(last, BarLine) and last.closes_repeat:
            found[section.end - 1] = replace(last, style="double", closes_repeat=0)
        before = found[start - 1] if start else None
        line = before if isinstance(before, BarLine) else BarLine(found[start].place)
        repeat = replace(line, style="single", closes_repeat=max(numbers) - 1)
        found[start - isinstance(before, BarLine) : start + 1] = [repeat]
    return found


def played_out(tune: Tune) -> Tune:
    """The tune written as it is played, without repeats, endings, jumps and parts; voices that do not go along with it
    are left out. Raises RenderError where it would be longer than a score can be."""
    order = list(play_order(tune.elements, tune.part_order))
    if sum(isinstance(tune.elements[index], Note | Rest) for index in order) > limits.MAX_ENGRAVED_NOTES:
        raise RenderError(
            f"written out in the order of playing, the tune has more than {limits.MAX_ENGRAVED_NOTES:,} notes and rests"
        )
    played = list(runs(order))
    others = ((voice, stretches_beside(tune, voice)) for voice in tune.voices)
    return replace(
        tune,
        elements=tuple(_written_out(tune, played)),
        part_order="",
        layout=Layout(),
        voices=tuple(
            Voice(voice.name, tuple(_written_out(replace(tune, elements=voice.elements), stretches)))
            for voice, stretches in others
            if stretches is not None
        ),
    )


def _written_out(tune: Tune, stretches: Stretches) -> Iterator[Element]:
    """A bar line and what changes back stand where the player jumps."""
    state = states(tune)
    last: Element | None = None
    before = state[0]
    for stretch in filter(None, stretches):
        if last is not None and not isinstance(last, BarLine):
            last = BarLine(tune.elements[stretch.start].place)
            yield last
        for value in state[stretch.start]:
            if value not in before:
                yield Change(value, tune.elements[stretch.start].place)
        for element in tune.elements[stretch.start : stretch.stop]:
            plain = _plain(element)
            if plain is not None:
                last = plain
                yield plain
        before = state[stretch.stop]


def _plain(element: Element) -> Element | None:
    if isinstance(element, Ending):
        return None
    if isinstance(element, Note | Rest | BarLine):
        element = replace(element, decorations=tuple(n for n in element.decorations if not is_sign_of_jump(n)))
    if isinstance(element, BarLine) and (element.closes_repeat or element.opens_repeat):
        return replace(element, style="double", closes_repeat=0, opens_repeat=0)
    return element
