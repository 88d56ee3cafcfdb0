"""ABC text to ``Tune``: one pass over the tokens, no recursion, time linear in the text.

What is good is kept; what is not is listed in ``Tune.problems`` with its line and column. Only text that is too long
raises; text without music is a tune without notes.

>>> [str(note.duration) for note in parse("L:1/8\\nK:C\\nA>B c2|").notes]
['3/16', '1/16', '1/4']
"""

from collections.abc import Callable

from charrnn import limits
from charrnn.errors import AbcError
from charrnn.notation.reading import bars, fields, layout, notes
from charrnn.notation.reading.state import Reading
from charrnn.notation.reading.voices import Voices
from charrnn.notation.tokens import Token, field_of, lex, line_after_tune, normalise_newlines
from charrnn.notation.tune import OpenPlace, Place, Tune

_IGNORED = {"blank", "comment", "continuation", "beam", "line break", "spacer"}  # they say nothing about the sound
_HANDLERS: dict[str, Callable[[Reading, Token], None]] = {
    "field line": fields.field_line,
    "field": fields.inline_field,
    "open field": fields.open_field,
    "annotation": notes.annotation,
    "open annotation": notes.open_annotation,
    "decoration": notes.decoration,
    "shorthand": notes.decoration,
    "slur": notes.slur,
    "bar": bars.bar,
    "newline": bars.line_end,
    "ending": bars.ending,
    "note": notes.note,
    "rest": notes.rest,
    "bar rest": notes.bar_rest,
    "tuplet": notes.tuplet,
    "grace open": notes.open_graces,
    "grace close": notes.close_graces,
    "chord open": notes.open_chord,
    "chord close": notes.close_chord,
    "broken": notes.broken,
    "tie": notes.tie,
    "open sign": notes.unknown,
    "unknown": notes.unknown,
}
_CUT_OFF = {"open annotation", "open field", "open sign", "field line"}  # no fault at the end of open text


def parse(text: str) -> Tune:
    """Read one tune. Raises AbcError when the text is longer than ``limits`` allow."""
    _check_size(text)
    voices = _read(text)
    for reading in voices.readings:
        reading.end()
    return voices.first.tune()


def parse_open(text: str) -> tuple[Tune, OpenPlace]:
    """Read text that is not finished, such as a seed that stops in the middle of a bar, a tuplet or a chord.

    The same reading as ``parse``, but what is merely still open at the end of the text is neither closed nor listed as
    a problem: it is in the OpenPlace. Raises AbcError as ``parse`` does.
    """
    _check_size(text)
    reading = _read(text, open_line=normalise_newlines(text).count("\n") + 1).first
    return reading.tune(), reading.open_place()


def _check_size(text: str) -> None:
    if len(text) > limits.MAX_ABC_CHARACTERS:
        raise AbcError(f"a tune has at most {limits.MAX_ABC_CHARACTERS:,} characters, this one has {len(text):,}")
    lines = normalise_newlines(text).count("\n") + 1
    if lines > limits.MAX_ABC_LINES:
        raise AbcError(f"a tune has at most {limits.MAX_ABC_LINES} lines, this one has {lines:,}")


def _read(text: str, open_line: int = 0) -> Voices:
    """``open_line`` is the line in which the text may stop anywhere; 0 where there is none."""
    voices = Voices()
    for token in lex(text):
        voices.first.place = voices.current.place = Place(token.line, token.column)
        if token.kind in _IGNORED:
            layout.look_at(voices.current, token)
            continue
        if token.kind != "field line":
            fields.end_header(voices.first)
        try:
            _handle(voices, token)
        except ValueError as error:
            if not (token.kind in _CUT_OFF and token.line == open_line):
                voices.current.problem(str(error))
    fields.end_header(voices.first)
    voices.end()
    _note_text_after(voices.first, text)
    return voices


def _handle(voices: Voices, token: Token) -> None:
    """Give a token to the voice that it belongs to."""
    if token.kind == "overlay":
        voices.begin_overlay()
        return
    if token.kind == "bar":
        voices.end_bar()
    name = None if voices.first.header.is_open else _voice_named(token)
    if name is not None:
        voices.go_to(name)
    _HANDLERS[token.kind](voices.current, token)
    layout.look_at(voices.current, token)


def _voice_named(token: Token) -> str | None:
    """The name that ``V:`` gives; None for any other token."""
    if token.kind == "field line" and token.parts["name"] == "V":
        return fields.voice_name(str(token.parts["value"]))
    if token.kind == "field" and token.text[1] == "V":
        return fields.voice_name(token.text[3:-1])
    return None


def _note_text_after(reading: Reading, text: str) -> None:
    """Tells what stands after the empty line that ends the tune."""
    number = line_after_tune(text)
    if not number:
        return
    reading.place = Place(number, 1)
    if field_of(normalise_newlines(text).split("\n")[number - 1]) == "X":
        reading.problem("a second tune begins here (X:); only the first is read")
    elif reading.has_notes:
        reading.remark("the text after the empty line that ends the tune is left out")
    else:
        reading.problem("an empty line ends the tune before its first note; what follows is not read")
