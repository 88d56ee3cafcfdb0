"""Where the bars of a tune stand in its text, so that one can be exchanged and all else stays as it was written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from charrnn.notation.bars import bars
from charrnn.notation.reading.parser import parse
from charrnn.notation.tokens import Token, lex, normalise_newlines
from charrnn.notation.tune import Note, Place

_EDGES = ("bar", "ending")
_BEFORE = {"field", "field line", "blank", "newline", "comment", "continuation", "line break"}  # a bar's first symbol
_SOUNDS = {"note", "rest", "bar rest", "chord open"}
_LAST = {"note", "rest", "bar rest", "chord close", "tie", "broken"}  # what a bar's text may end with
_FIELDS = {"field", "field line"}


@dataclass(frozen=True, slots=True)
class BarSpan:
    """A bar's notes with what belongs to them, without bar lines, and without fields and line breaks before them."""

    number: int  # from 0, in the order of the text; pick-ups count
    first_note: int  # index into Tune.notes
    last_note: int  # inclusive; first_note - 1 in a bar of rests
    start: int  # offset in the text, newlines counted as one character
    end: int  # exclusive
    has_field: bool = False  # in its middle: a key, a meter, a line of words ...


def bars_of(abc: str) -> list[BarSpan]:
    """The bars that hold a note or a rest, in the order of the text: those of ``notation.bars``."""
    text = normalise_newlines(abc)
    tune, segments = parse(text), _segments(text)
    numbers = [0]
    for element in tune.elements:
        numbers.append(numbers[-1] + isinstance(element, Note))
    found: list[BarSpan] = []
    for bar in bars(tune):
        segment = segments.get(bar.place)
        if segment is not None:
            start, end, has_field = segment
            found.append(BarSpan(len(found), numbers[bar.first], numbers[bar.end] - 1, start, end, has_field))
    return found


def with_bars(abc: str, texts: Mapping[int, str]) -> str:
    """The tune's text with these bars, by their numbers, written otherwise."""
    text = normalise_newlines(abc)
    for span in reversed(bars_of(text)):
        if span.number in texts:
            text = text[: span.start] + texts[span.number] + text[span.end :]
    return text


def _segments(text: str) -> dict[Place, tuple[int, int, bool]]:
    """Start, end, and whether a field stands between, of what is between two bar lines; by the place of each note and
    rest in it."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    found: dict[Place, tuple[int, int, bool]] = {}
    segment: list[Token] = []
    in_graces = in_music = False
    for token in [*lex(text), None]:
        if token is not None and token.kind not in _EDGES:
            in_music |= token.kind != "field line"
            in_graces = token.kind == "grace open" or (in_graces and token.kind != "grace close")
            # What stands among graces is of their own kind, so that no bar ends with one.
            segment += [_renamed(token) if in_graces else token] if in_music else []
            continue
        segment, done = [], segment
        if bounds := _bounds(done, starts):
            found |= dict.fromkeys((Place(each.line, each.column) for each in done if each.kind in _SOUNDS), bounds)
    return found


def _renamed(token: Token) -> Token:
    return Token("grace", token.text, token.line, token.column, token.parts)


def _bounds(segment: Sequence[Token], starts: Sequence[int]) -> tuple[int, int, bool] | None:
    first = next((index for index, token in enumerate(segment) if token.kind not in _BEFORE), None)
    last = next((index for index in reversed(range(len(segment))) if segment[index].kind in _LAST), None)
    if first is None or last is None or last < first:
        return None
    start, end = (starts[segment[index].line - 1] + segment[index].column - 1 for index in (first, last))
    has_field = any(token.kind in _FIELDS for token in segment[first : last + 1])
    return start, end + len(segment[last].text), has_field
