"""Where a seed stands in the grammar: the person's bars are read as they are, and what comes after them is right."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from charrnn.grammar.automaton import Grammar, Position, bar_with, bare_bar, to_ticks, to_time
from charrnn.grammar.bar import IMPOSSIBLE, Bar, Chord, Tuplet, cost
from charrnn.grammar.compass import Compass, Mark, Notes, compass_after, mark_of
from charrnn.grammar.form import Parts
from charrnn.grammar.structure import Exit, Repeat, Structure, When
from charrnn.notation.reading.parser import parse_open
from charrnn.notation.symbols import ACCIDENTALS
from charrnn.notation.tokens import lex_music
from charrnn.notation.tune import (
    BarLine,
    Change,
    Ending,
    Note,
    OpenPlace,
    Pitch,
    Rest,
    Tempo,
    Tune,
)
from charrnn.notation.writing.spelling import spell_change, spell_pitch

# The symbols that may not be complete yet: A may become A2, and | may become |:.
_EXTENSIBLE = {
    "note", "rest", "chord open", "chord close", "bar", "tuplet", "broken", "tie", "open field", "open sign",
}  # fmt: skip


_LETTERS = tuple("ABCDEFGabcdefg")
_SHORT = 32  # characters of music: what many tunes begin with is read once


@dataclass(frozen=True, slots=True)
class Start:
    """Where to go on from a seed. ``bridge`` has to be written first, where the seed cannot be continued as it is."""

    position: Position
    bridge: str = ""


def read_seed(
    grammar: Grammar,
    header: str,
    prefix: str,
    parts: Parts | None = None,
    is_closed: bool = False,
    has_graces: bool = False,
) -> Start:
    """The position after a canonical header and the music of a seed, in whatever state that music is in.

    Where ``is_closed``, the seed's last symbol takes no more characters; where it ``has_graces``, which the model's
    spelling leaves out, they want a note before the bar ends.
    """
    read = _read_short if len(prefix) <= _SHORT else _read
    start = read(grammar, header, prefix, parts, is_closed)
    position, bar = start.position, start.position.node.state
    if not has_graces or not isinstance(bar, Bar) or cost(bar._replace(has_graces=True)) >= IMPOSSIBLE:
        return start
    return Start(grammar.within_bar(position.structure, bar._replace(has_graces=True), position.base), start.bridge)


def keep_to(
    grammar: Grammar, start: Start, notes: Notes, header: str, prefix: str, text: str, has_graces: bool = False
) -> Start:
    """The same start in a tune that goes on with an instrument's notes alone.

    ``header`` and ``prefix`` are those of ``read_seed``. ``text`` is the music so far as it is written: its graces,
    which the prefix has not, alter what letters sound as. A chord that the seed leaves open is closed, with one note of
    the instrument where it has none.
    """
    ending = _ending_of_chord(start.position, notes, _compass(notes, header, text, has_graces))
    if ending:
        again = read_seed(grammar, header, prefix + start.bridge + ending, is_closed=True)
        start, text = Start(again.position, start.bridge + ending + again.bridge), text + ending + again.bridge
    compass = _compass(notes, header, text + start.bridge, has_graces)
    compass = compass._replace(mark=_mark_due(start.position, compass))
    return Start(grammar.with_compass(start.position, compass), start.bridge)


def _compass(notes: Notes, header: str, text: str, has_graces: bool) -> Compass:
    """What the letters of the next notes sound as. Graces at the end count by a note that is put after them."""
    tune, _ = parse_open(header + (text.rstrip("^_=") + "B" if has_graces else text))
    return compass_after(notes, tune.key, tune.elements)


def _mark_due(position: Position, compass: Compass) -> Mark:
    """Whether the seed's last letter takes an octave mark."""
    bar = position.node.state
    if not isinstance(bar, Bar) or bar.partial not in _LETTERS:
        return Mark.NO
    if bar.tie:
        return Mark.MAY
    letter = position.pitch or bar.partial
    after = compass.mark_after(letter, compass.alteration(letter))
    return Mark.MAY if after in (Mark.MAY, Mark.MUST) else Mark.NO


def _ending_of_chord(position: Position, notes: Notes, compass: Compass) -> str:
    """What closes the chord that is open here; "" where none is."""
    state = position.node.state
    bar = state if isinstance(state, Bar) else state.inside
    if bar is None or bar.chord is None or bar.partial.startswith("]"):
        return ""
    accidental = ACCIDENTALS.get(bar.partial)
    has_note = bar.chord.pitches or bar.partial[:1] in _LETTERS
    if has_note and accidental is None:
        return "]"
    for letter in _LETTERS:
        mark = compass.mark_after(letter, compass.alteration(letter) if accidental is None else accidental)
        if mark is not None:
            return f"{letter}{mark_of(letter) if mark is Mark.MUST else ''}]"
    return "]"


def _read(grammar: Grammar, header: str, prefix: str, parts: Parts | None, is_closed: bool) -> Start:
    tail = "" if is_closed else _unfinished(prefix)
    for wanted in (parts, None):
        position = _behind(grammar, header, prefix[: len(prefix) - len(tail)], wanted)
        for character in tail:
            position = grammar.try_advance(position, character) if position else None
        if position and not (tail == "|" and not grammar.is_complete(position)):
            return Start(position)
        position = _behind(grammar, header, prefix, wanted)
        if position and not _ending_due(header, prefix):
            return Start(position)
    for bridge in (_ending_due(header, prefix), "|", "]|"):
        position = _behind(grammar, header, prefix + bridge, None)
        if position:
            return Start(position, bridge)
    tune, _ = parse_open(header)  # text that fits nothing at all: from its next bar line on, it is not looked at
    structure = Structure.begin(tune.meter, tune.unit).after("|", Fraction(0))
    return Start(grammar.at_bar(structure), "|")


@lru_cache(maxsize=512)
def _read_short(grammar: Grammar, header: str, prefix: str, parts: Parts | None, is_closed: bool) -> Start:
    return _read(grammar, header, prefix, parts, is_closed)


def _ending_due(header: str, prefix: str) -> str:
    """The number of the ending that has to follow, where a first ending is closed at the very end; "" elsewhere."""
    tune, _ = parse_open(header + prefix)
    last = tune.elements[-1] if tune.elements else None
    if not isinstance(last, BarLine) or str(last) != ":|":
        return ""
    structure, _, _ = _structure_behind(replace(tune, elements=tune.elements[:-1]), None)
    return str(structure.next_ending) if structure.repeat is Repeat.FIRST else ""


def takes(grammar: Grammar, header: str, prefix: str, unfinished: str, parts: Parts | None = None) -> bool:
    """Whether what a seed ends with is the beginning of a symbol that may stand there."""
    position = _behind(grammar, header, prefix, parts)
    for character in unfinished:
        position = grammar.try_advance(position, character) if position else None
    return position is not None


def _unfinished(prefix: str) -> str:
    """The end of the text that the next character may still change: the last symbol, and the note that a tie or broken
    rhythm follows."""
    tokens = list(lex_music(prefix))
    first = len(tokens) - 1
    while first > 0 and tokens[first].kind in ("tie", "broken") and tokens[first - 1].kind in ("tie", "broken", "note"):
        first -= 1
    if first < 0 or tokens[-1].kind not in _EXTENSIBLE:
        return ""
    return "".join(token.text for token in tokens[first:])


def _behind(grammar: Grammar, header: str, music: str, parts: Parts | None) -> Position | None:
    """The position after whole symbols; None where no text leads on from it."""
    tune, place = parse_open(header + music)
    structure, filled, has_sound = _structure_behind(tune, parts)
    is_in_tuplet = place.tuplet_left > 0  # which leaves the grid on its way
    bare = bare_bar(structure, *([] if is_in_tuplet else [filled]))
    bar, base = bar_with(structure, bare, structure.exits())
    bar = bar._replace(filled=to_ticks(structure, bar, filled), has_sound=has_sound)
    bar = _with_what_is_open(structure, bar, tune, place)
    position = grammar.within_bar(structure, bar, base)
    if cost(bar) < IMPOSSIBLE or grammar.may_end(position):
        return position
    return next((grammar.within_bar(structure, *other) for other in _waived(structure, bar)), None)


def _structure_behind(tune: Tune, parts: Parts | None) -> tuple[Structure, Fraction, bool]:
    """What the bars so far mean, how far the last one is filled, and whether anything stands in it."""
    structure = Structure.begin(tune.meter, tune.unit, parts)
    filled, has_sound, line = structure.filled, False, ""
    for element, following in zip(tune.elements, (*tune.elements[1:], None), strict=False):
        if isinstance(element, Note | Rest):
            filled, has_sound, line = filled + element.duration, True, ""
        elif isinstance(element, BarLine):
            line = str(element)
            is_next_ending = line == ":|" and isinstance(following, Ending) and structure.repeat is Repeat.FIRST
            line = f":|{structure.next_ending}" if is_next_ending else line
            # Who wants to go on after a final bar line begins another part.
            structure = structure.after("||" if line == "|]" and structure.plan else line, filled)
            filled, has_sound = structure.filled, False
        elif isinstance(element, Ending) and not line[2:].isdigit():
            structure = structure if line else structure.after("[1", filled)
            structure = structure.within_ending(element.numbers)
            filled, has_sound = structure.filled, False
        elif isinstance(element, Change) and not isinstance(element.value, Tempo):
            structure = structure.after(spell_change(element), filled)
    if structure.plan == () and has_sound:  # more parts than the form has
        structure = replace(structure, plan=None)
    if structure.may_leave_out_opening and has_sound and not structure.is_first:
        structure = replace(structure, repeat=Repeat.OPEN)  # the person has gone on without the sign
    return structure, filled, has_sound


def _with_what_is_open(structure: Structure, bar: Bar, tune: Tune, place: OpenPlace) -> Bar:
    """The bar with the tuplet, chord, tie or broken rhythm that waits for a note."""
    if place.tuplet_left:
        ratio = place.tuplet_ratio
        bar = bar._replace(tuplet=Tuplet(ratio.denominator, ratio.numerator, place.tuplet_left))
    if place.broken:
        last = next(element for element in reversed(tune.elements) if isinstance(element, Note | Rest))
        bar = bar._replace(owed=to_ticks(structure, bar, last.duration))
    if place.chord is not None:
        length = int(place.chord_length * bar.grid) if place.chord else 0
        return bar._replace(chord=Chord.of(map(_spelled, place.chord), length))
    return bar._replace(tie=_open_tie(tune))


def _open_tie(tune: Tune) -> str:
    """The pitch that a tie at the end holds, over a plain bar line too; "" where none does."""
    elements = list(tune.elements)
    while elements and (
        isinstance(elements[-1], Change) or (isinstance(elements[-1], BarLine) and elements[-1].is_plain)
    ):
        elements.pop()
    last = elements[-1] if elements else None
    tied = [pitch for pitch in last.pitches if pitch.tied] if isinstance(last, Note) else []
    return _spelled(tied[0]) if tied else ""


def _spelled(pitch: Pitch) -> str:
    """Without its accidental, which a tie carries over."""
    return spell_pitch(replace(pitch, accidental=None))


def _waived(structure: Structure, bar: Bar) -> Iterator[tuple[Bar, int]]:
    """Ways to go on where the person's bar cannot be filled to the meter: it ends as soon as it can."""
    marks = dict.fromkeys(exit.mark for exit in structure.exits() if exit.when is not When.BEFORE)
    notes = bar.tuplet.left if bar.tuplet else 1
    each = (bar.chord.length,) if bar.chord and bar.chord.length else (bar.grid, bar.grid // 2, 2 * bar.grid)
    for more in (0, bar.owed, *(bar.ticks(parts * count) for count in (1, notes) for parts in each)):
        end = bar.filled + more
        exits = tuple(Exit(mark, When.AT, to_time(structure, bar, end)) for mark in marks)
        other, base = bar_with(structure, bar._replace(cap=end), exits)
        if cost(other) < IMPOSSIBLE:
            yield other, base
