"""Reads what decorations mean for the tune, and tells which are left out: no sign is dropped in silence."""

from collections.abc import Iterable
from dataclasses import replace

from charrnn.notation.decorations import (
    DYNAMICS,
    LINE_ENDS,
    LINE_STARTS,
    OVER_CHORDS,
    OVER_NOTES,
    OVER_RESTS,
    decoration_name,
    parse_sign,
)
from charrnn.notation.reading.state import Reading
from charrnn.notation.tune import Note

_MOST_SHOWN = 20  # characters of a name


def sign(reading: Reading, value: str) -> None:
    """A ``U:`` line (section "Redefinable symbols")."""
    try:
        letter, name = parse_sign(value)
    except ValueError as error:
        reading.remark(f"{error}; it is left out")
    else:
        reading.signs[letter] = name


def look_at(reading: Reading, written: str) -> None:
    """Tells of a sign that is neither drawn nor exported."""
    name = decoration_name(written)
    if name in OVER_NOTES | OVER_CHORDS | DYNAMICS or name in LINE_STARTS or name in LINE_ENDS:
        return
    shown = written if len(written) == 1 else f"!{written[:_MOST_SHOWN]}!"
    reading.remark(f"the sign {shown} is left out")


def look_at_note(reading: Reading, decorations: Iterable[str], is_chord: bool) -> None:
    for name in map(decoration_name, decorations):
        if name in LINE_STARTS:
            _begin(reading, LINE_STARTS[name])
        elif name in LINE_ENDS:
            _end(reading, LINE_ENDS[name])
        elif name in OVER_CHORDS and not is_chord:
            reading.remark(f"a sign !{name}! at a single note is left out")


def look_at_rest(reading: Reading, decorations: Iterable[str]) -> None:
    """Lines begin and end at notes."""
    for name in map(decoration_name, decorations):
        if (name in OVER_NOTES | OVER_CHORDS and name not in OVER_RESTS) or name in LINE_STARTS or name in LINE_ENDS:
            reading.remark(f"a sign !{name}! at a rest is left out")


def _begin(reading: Reading, name: str) -> None:
    if name in reading.open_lines:
        reading.remark(f"a sign !{name}(! without its end !{name})! is left out")
    reading.open_lines.add(name)


def _end(reading: Reading, name: str) -> None:
    if name not in reading.open_lines:
        reading.remark(f"a sign !{name})! without its start !{name}(! is left out")
    reading.open_lines.discard(name)


def end_at_bar_line(reading: Reading) -> tuple[str, ...]:
    """The signs above a bar line, which are not drawn. What ends a line over several notes belongs to the note before
    the bar line."""
    names, reading.pending.decorations = reading.pending.decorations, []
    ends = [name for name in names if decoration_name(name) in LINE_ENDS]
    note = reading.elements[reading.last_note] if reading.last_note is not None else None
    if ends and isinstance(note, Note) and reading.last_note is not None:
        look_at_note(reading, ends, is_chord=False)
        reading.elements[reading.last_note] = replace(note, decorations=(*note.decorations, *ends))
        names = [name for name in names if name not in ends]
    for name in map(decoration_name, names):
        if name in OVER_NOTES | OVER_CHORDS | DYNAMICS:
            reading.remark(f"a sign !{name}! above a bar line is left out")
    return tuple(dict.fromkeys(name for name in names if name != "."))  # ".|" is a dotted bar line
