"""Reads bar lines and endings (sections "Repeat and bar symbols" and "First and second repeats")."""

from dataclasses import replace

from charrnn import limits
from charrnn.notation.order.jumps import FINE, jump_of
from charrnn.notation.reading import signs
from charrnn.notation.reading.state import Reading
from charrnn.notation.symbols import bar_line, colons, ending_numbers, merged
from charrnn.notation.tokens import Token
from charrnn.notation.tune import BarLine, Ending, Note, PartStart, Rest


def bar(reading: Reading, token: Token) -> None:
    reading.end_bar()
    decorations = signs.end_at_bar_line(reading)
    if max(colons(token.text)) >= limits.MAX_ENDING:
        reading.problem(f"a repeat is played at most {limits.MAX_ENDING} times")
    line = replace(bar_line(token.text, reading.place), decorations=decorations)
    index = len(reading.elements) - 1
    while index >= 0 and isinstance(reading.elements[index], PartStart):
        index -= 1
    last = reading.elements[index] if index >= 0 else None
    if isinstance(last, BarLine):  # "|" at a line's end, "|:" at the next one's start, though P: stand between them
        reading.elements[index] = merged(last, line)
    else:
        reading.elements.append(line)


def line_end(reading: Reading, token: Token) -> None:
    """A jump or a *fine* at a line's end belongs to what stands before it."""
    pending, last = reading.pending, reading.last
    ends = tuple(name for name in pending.decorations if jump_of(name) or name in FINE)
    if ends and isinstance(last, BarLine | Note | Rest):
        reading.elements[-1] = replace(last, decorations=last.decorations + ends)
        pending.decorations = [name for name in pending.decorations if name not in ends]


def ending(reading: Reading, token: Token) -> None:
    reading.elements.append(Ending(ending_numbers(token.text.lstrip("[")), reading.place))
