"""The model's spelling of a tune: one line of music, no blanks, every symbol in one way only, every repeat opened and
closed.

    M:6/8
    L:1/8
    R:jig
    K:D
    |:DFAdAF|...:|

What is left out: titles, chord symbols, graces, decorations, slurs, blanks (they mark beams, which follow from the
meter). Here is the header's spelling and that of music that is still being written; ``notation.writing.writer`` spells
whole tunes.
"""

import re
from contextlib import suppress
from dataclasses import replace

from charrnn.notation.fields import parse_meter, parse_unit
from charrnn.notation.keys import names_no_key, parse_key
from charrnn.notation.order.repeats import Section, sections
from charrnn.notation.symbols import (
    bar_line,
    ending_numbers,
    merged,
    read_accidental,
    read_length,
    read_octave,
    spell_length,
)
from charrnn.notation.tokens import Token, lex
from charrnn.notation.tune import BarLine, Place, Tune

_DROPPED = {
    "blank", "newline", "comment", "continuation", "beam", "line break", "slur", "spacer",
    "annotation", "decoration", "shorthand",
}  # fmt: skip
_MEANINGLESS = {"unknown", "overlay", "open annotation", "open field", "open sign"}
_KEPT_FIELDS = "KLM"


def canonical_header(tune: Tune) -> str:
    """Meter, unit length, rhythm where one is given, key: in this order, each on its line."""
    rhythm = canonical_rhythm(tune.rhythm)
    lines = [f"M:{tune.meter}", f"L:{tune.unit}", f"R:{rhythm}" if rhythm else "", f"K:{tune.key}"]
    return "".join(line + "\n" for line in lines if line)


def canonical_rhythm(rhythm: str) -> str:
    """Lower case letters and single blanks: ``"Slip-Jig "`` is ``"slip jig"``."""
    words = " ".join(re.findall(r"[a-z]+", rhythm.lower()))
    return {"slipjig": "slip jig"}.get(words, words)


def finished(pieces: list[str | BarLine], tune: Tune) -> list[str | BarLine]:
    """Spelled symbols and bar lines of a whole tune, with every repeat opened and closed and no bar line to spare at
    either end. The bar lines have the places of those of ``tune``."""
    return _with_plain_edges(_with_paired_repeats(pieces, tune))


def canonical_prefix(text: str) -> str:
    """The music of a tune that is not finished, in the model's spelling: what cannot be read is left out, and nothing
    is added at its end."""
    pieces: list[str | BarLine] = []
    in_header, in_graces = True, False
    for token in lex(text):
        if token.kind == "field line" and in_header:
            in_header = token.parts["name"] != "K"
            continue
        in_header = False
        if token.kind in ("grace open", "grace close"):
            in_graces = token.kind == "grace open"
        elif not (in_graces or token.kind in _DROPPED or token.kind in _MEANINGLESS):
            with suppress(ValueError):  # a fault
                _append(pieces, token)
    return "".join(map(str, pieces))


def _with_paired_repeats(pieces: list[str | BarLine], tune: Tune) -> list[str | BarLine]:
    """Writes the ``|:`` or ``:|`` that a transcriber left to the reader."""
    found = list(sections(tune.elements))
    opens = {_line_place(tune, section.start - 1) for section in found if section.repeats}
    # The last ending is played once: a :| after it would only confuse.
    closes = {_line_place(tune, section.end - 1): _colons(section) for section in found if section.repeats}
    if None in opens:
        pieces = [BarLine(Place(0, 0), opens_repeat=1), *pieces]
    return [_paired(piece, opens, closes) if isinstance(piece, BarLine) else piece for piece in pieces]


def _colons(section: Section) -> int:
    return int(not section.plays_last_ending_once)


def _paired(line: BarLine, opens: set[Place | None], closes: dict[Place | None, int]) -> BarLine:
    opens_repeat = int(line.opens_repeat > 0 or line.place in opens)
    closes_repeat = closes.get(line.place, int(line.closes_repeat > 0))
    ends_endings = line.place in closes and not closes_repeat
    style = "single" if opens_repeat or closes_repeat else "double" if ends_endings else line.style
    return BarLine(line.place, style, closes_repeat, opens_repeat)


def _line_place(tune: Tune, index: int) -> Place | None:
    """Where the bar line with this index stands; None at the tune's start."""
    element = tune.elements[index] if index >= 0 else None
    return element.place if isinstance(element, BarLine) else None


def _with_plain_edges(pieces: list[str | BarLine]) -> list[str | BarLine]:
    """No bar line at the start unless it opens a repeat; at the end a final one unless it closes a repeat."""
    if pieces and isinstance(pieces[0], BarLine) and not pieces[0].opens_repeat:
        pieces = pieces[1:]
    last = pieces[-1] if pieces else None
    if not isinstance(last, BarLine):
        return [*pieces, BarLine(Place(1, 1), style="final")]
    return [*pieces[:-1], BarLine(last.place, "single" if last.closes_repeat else "final", last.closes_repeat)]


def _append(pieces: list[str | BarLine], token: Token) -> None:
    last = pieces[-1] if pieces else None
    if token.kind == "bar":
        line = bar_line(token.text, Place(token.line, token.column))
        line = replace(line, closes_repeat=min(line.closes_repeat, 1), opens_repeat=min(line.opens_repeat, 1))
        if isinstance(last, BarLine):  # "|" at a line's end and "|:" at the next one's start
            pieces[-1] = merged(last, line)
        else:
            pieces.append(line)
        return
    spelling = _canonical_token(token)
    if token.kind == "ending" and isinstance(last, BarLine):
        pieces[-1] = replace(last, style="single")
        if not last.opens_repeat:  # |1 and :|2, but ::[1
            spelling = spelling.removeprefix("[")
    if spelling:
        pieces.append(spelling)


def _canonical_token(token: Token) -> str:
    if token.kind == "ending":
        return "[" + ",".join(map(str, ending_numbers(token.text.lstrip("["))))
    if token.kind == "note":
        return _canonical_note(token)
    if token.kind == "rest":
        return f"z{_length(token, 'rest_length')}"
    if token.kind == "chord close":
        return f"]{_length(token, 'chord_length')}"
    if token.kind == "bar rest":
        bars = str(token.parts["bars"])
        return "Z" if bars == "1" else f"Z{bars}"  # X, which is not printed, is as silent
    if token.kind == "tie":
        return "-"
    if token.kind == "field line":
        return _inline_field(str(token.parts["name"]), str(token.parts["value"]))
    if token.kind == "field":
        return _inline_field(token.text[1], token.text[3:-1])
    return token.text


def _canonical_note(token: Token) -> str:
    accidental, letter, marks = (str(token.parts[part]) for part in ("accidental", "letter", "octave"))
    read_accidental(accidental)
    read_octave(letter, marks)
    return f"{accidental}{letter}{marks}{_length(token, 'length')}"


def _inline_field(name: str, value: str) -> str:
    if name not in _KEPT_FIELDS or (name == "K" and names_no_key(value)):
        return ""
    readers = {"K": parse_key, "L": parse_unit, "M": parse_meter}
    return f"[{name}:{readers[name](value)}]"


def _length(token: Token, part: str) -> str:
    return spell_length(read_length(str(token.parts[part])))
