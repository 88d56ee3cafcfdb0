"""Reads bar lines and endings (sections "Repeat and bar symbols" and "First and second repeats")."""

from charrnn.notation import read_signs
from charrnn.notation.reading import Reading
from charrnn.notation.symbols import bar_line, ending_numbers, merged
from charrnn.notation.tokens import Token
from charrnn.notation.tune import BarLine, Ending


def bar(reading: Reading, token: Token) -> None:
    reading.end_broken()
    reading.end_tuplet()
    if reading.chord is not None:
        reading.problem("a bar line stands inside a chord")
        reading.chord = None
    if reading.graces is not None:
        reading.problem("a bar line stands among grace notes")
        reading.graces = None
    read_signs.end_at_bar_line(reading)
    reading.pending.decorations = []  # a segno or a fermata above the bar line, not above the next note
    line, last = bar_line(token.text, reading.place), reading.last
    if isinstance(last, BarLine):  # "|" at a line's end, "|:" at the next one's start
        reading.elements[-1] = merged(last, line)
    else:
        reading.elements.append(line)


def ending(reading: Reading, token: Token) -> None:
    reading.elements.append(Ending(ending_numbers(token.text.lstrip("[")), reading.place))
