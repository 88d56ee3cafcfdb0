"""Chord symbols for a tune: a person's where they are given, else those that its melody asks for."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from charrnn.notation.bars import Bar, bars
from charrnn.notation.tune import Element, Note, Rest, Tune
from charrnn.render.harmony.candidates import of_symbol
from charrnn.render.harmony.chord import is_harmony
from charrnn.render.harmony.harmonisation import Chording, harmonised
from charrnn.render.harmony.slots import ChordSlot, MelodyBar, melody_bars
from charrnn.render.upbeats import upbeat


def with_chords(tune: Tune) -> Tune:
    """The tune with chord symbols where the harmony changes and where a section begins. Where a person wrote chords,
    those hold (see ``_given``), and where the same bars come again; all else gets the tune's own."""
    given, last_symbol = _given(tune)
    elements: list[Element] = list(tune.elements)
    found = melody_bars(tune)
    before = ""
    for bar, chording in zip(found, harmonised(found, _chordings_given(tune, found, given)), strict=True):
        for slot, candidate in zip(bar.slots, chording, strict=True):
            if slot.elements[0] in given:
                before = last_symbol
                continue
            begins = slot.begins_bar and slot.position.begins_section
            if candidate.symbol == before and not begins:
                continue
            free = next((index for index in slot.elements if not _text(elements[index])), None)
            if free is not None:  # the writer's words stay; the chord comes on the next note
                elements[free] = _with_symbol(elements[free], candidate.symbol)
                before = candidate.symbol
    return replace(tune, elements=tuple(elements))


def _chordings_given(tune: Tune, found: Sequence[MelodyBar], given: range) -> dict[int, Chording]:
    """The person's chords in the bars where they hold: in each slot the one that sounds longest."""
    in_force = _in_force(tune, given)
    chordings = {}
    for at, bar in enumerate(found):
        chords = [of_symbol(_longest(tune, slot, in_force), slot.key) for slot in bar.slots]
        if bar.slots[0].elements[0] in given and all(chords):
            chordings[at] = tuple(candidate for candidate in chords if candidate)
    return chordings


def _in_force(tune: Tune, given: range) -> dict[int, str]:
    """The symbol that holds at each note and rest."""
    symbol, found = "", {}
    for index in given:
        if is_harmony(_text(tune.elements[index])):
            symbol = _text(tune.elements[index])
        found[index] = symbol
    return found


def _longest(tune: Tune, slot: ChordSlot, in_force: dict[int, str]) -> str:
    times: dict[str, Fraction] = {}
    for index in slot.elements:
        symbol, element = in_force.get(index, ""), tune.elements[index]
        times[symbol] = times.get(symbol, Fraction(0)) + (element.duration if isinstance(element, Note | Rest) else 0)
    return max(times, key=lambda symbol: times[symbol])


def _text(element: Element) -> str:
    return element.chord_symbol if isinstance(element, Note | Rest) else ""


def _with_symbol(element: Element, symbol: str) -> Element:
    return replace(element, chord_symbol=symbol) if isinstance(element, Note | Rest) else element


def _given(tune: Tune) -> tuple[range, str]:
    """The elements in which a person's chords hold, and the last of those chords.

    They hold from the first bar that has one to the end of the last, in the order of the text; one on a pick-up holds
    through the bar to which it leads. If no more bars follow than the person let a chord hold for elsewhere, the tune
    is chorded throughout, and they hold to its end.
    """
    all_bars = bars(tune)
    symbols = [_chords_in(tune, bar) for bar in all_bars]
    numbers = [number for number, found in enumerate(symbols) if found]
    if not numbers:
        return range(0), ""
    first, last = numbers[0], numbers[-1]
    held = max((after - before for before, after in pairwise(numbers)), default=1)
    end = last + 1 if upbeat(all_bars, last) else last
    if len(all_bars) - last <= held:
        end = len(all_bars) - 1
    return range(all_bars[first].first, all_bars[end].end), symbols[last][-1]


def _chords_in(tune: Tune, bar: Bar) -> list[str]:
    sounds = (element for element in tune.elements[bar.first : bar.end] if isinstance(element, Note | Rest))
    return [sound.chord_symbol for sound in sounds if is_harmony(sound.chord_symbol)]
