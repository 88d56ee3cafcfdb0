"""ABC text to ``Tune``: one pass over the tokens, no recursion, time linear in the text.

What is good is kept; what is not is listed in ``Tune.problems`` with its line and column. Only text that is too long
raises; text without music is a tune without notes.

>>> [str(note.duration) for note in parse("L:1/8\\nK:C\\nA>B c2|").notes]
['3/16', '1/16', '1/4']
"""

import re
from collections.abc import Callable, Iterator

from charrnn import limits
from charrnn.errors import AbcError
from charrnn.notation import read_bars, read_fields, read_layout, read_notes
from charrnn.notation.reading import Reading
from charrnn.notation.tokens import Token, lex, normalise_newlines
from charrnn.notation.tune import OpenPlace, Place, Tune

_IGNORED = {"blank", "newline", "comment", "continuation", "beam", "line break", "spacer"}
_HANDLERS: dict[str, Callable[[Reading, Token], None]] = {
    "field line": read_fields.field_line,
    "field": read_fields.inline_field,
    "open field": read_fields.open_field,
    "annotation": read_notes.annotation,
    "open annotation": read_notes.open_annotation,
    "decoration": read_notes.decoration,
    "shorthand": read_notes.decoration,
    "slur": read_notes.slur,
    "bar": read_bars.bar,
    "ending": read_bars.ending,
    "note": read_notes.note,
    "rest": read_notes.rest,
    "bar rest": read_notes.bar_rest,
    "tuplet": read_notes.tuplet,
    "grace open": read_notes.open_graces,
    "grace close": read_notes.close_graces,
    "chord open": read_notes.open_chord,
    "chord close": read_notes.close_chord,
    "broken": read_notes.broken,
    "tie": read_notes.tie,
    "overlay": read_notes.overlay,
    "open sign": read_notes.unknown,
    "unknown": read_notes.unknown,
}
_CUT_OFF = {"open annotation", "open field", "open sign", "field line"}  # no fault at the end of open text


def parse(text: str) -> Tune:
    """Read one tune. Raises AbcError when the text is longer than ``limits`` allow."""
    _check_size(text)
    reading = _read(text)
    reading.end()
    return reading.tune()


def parse_open(text: str) -> tuple[Tune, OpenPlace]:
    """Read text that is not finished, such as a seed that stops in the middle of a bar, a tuplet or a chord.

    The same reading as ``parse``, but what is merely still open at the end of the text is neither closed nor listed as
    a problem: it is in the OpenPlace. Raises AbcError as ``parse`` does.
    """
    _check_size(text)
    reading = _read(text, open_line=normalise_newlines(text).count("\n") + 1)
    return reading.tune(), reading.open_place()


def split_book(text: str) -> Iterator[str]:
    """The tunes of a file of several: each runs from its ``X:`` to the next ("X:|" is music). Text before the first
    ``X:`` belongs to no tune; a text without any ``X:`` is one tune."""
    text = normalise_newlines(text)
    starts = [match.start() for match in re.finditer(r"^X:(?![|:])", text, re.MULTILINE)] or [0]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield text[start:end]


def _check_size(text: str) -> None:
    if len(text) > limits.MAX_ABC_CHARACTERS:
        raise AbcError(f"a tune has at most {limits.MAX_ABC_CHARACTERS:,} characters, this one has {len(text):,}")
    lines = normalise_newlines(text).count("\n") + 1
    if lines > limits.MAX_ABC_LINES:
        raise AbcError(f"a tune has at most {limits.MAX_ABC_LINES} lines, this one has {lines:,}")


def _read(text: str, open_line: int = 0) -> Reading:
    """``open_line`` is the line in which the text may stop anywhere; 0 where there is none."""
    reading = Reading()
    for token in lex(text):
        reading.place = Place(token.line, token.column)
        if token.kind in _IGNORED:
            read_layout.look_at(reading, token)
            continue
        if token.kind != "field line":
            read_fields.end_header(reading)
        try:
            _HANDLERS[token.kind](reading, token)
        except ValueError as error:
            if not (token.kind in _CUT_OFF and token.line == open_line):
                reading.problem(str(error))
    read_fields.end_header(reading)
    return reading
