"""Reads what says nothing about the sound: blanks, which end beams (section "Beams"), and line ends (section
"Typesetting line breaks")."""

from charrnn.notation.reading.state import Reading
from charrnn.notation.tokens import Token


def look_at(reading: Reading, token: Token) -> None:
    if token.kind == "blank":
        reading.blank()
    elif token.kind == "continuation":
        reading.line_goes_on = True
    elif token.kind in ("newline", "line break"):
        reading.end_line()
