"""Files of several tunes: the file header, the tunes, and the text between them (section "The tune book").

The header of a file holds for all of its tunes. Who takes a tune out of its file takes the header's fields with it
(section "The file header"): those that a tune does not give itself are written into its own header.

>>> print(next(split_book("M:3/4\\n\\nX:1\\nT:Waltz\\nK:D\\nDFA|")))
X:1
T:Waltz
M:3/4
K:D
DFA|
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from charrnn.notation.tokens import field_of, is_blank, normalise_newlines
from charrnn.notation.tune import Place, Problem

_NUMBER = re.compile(r"^X:(?![|:])", re.MULTILINE)
# What a file may say for its tunes and this program makes something of. Q: is no field of a file header by the
# standard, but stands in people's. Notes on the source (A, B, D, F, G, H, N, S, Z) stay where they are.
_FOR_ALL_TUNES = "LMQRCOUm"
_SEVERAL = "Um"  # each line of these is a setting of its own: the tune's come after the file's


@dataclass(frozen=True, slots=True)
class BookTune:
    """A tune of a file. ``text`` has the lines of the file's header in it that the tune does not give itself."""

    text: str
    first_line: int  # of the tune in its file, from 1
    inserted_after: int = 0  # the tune's own lines before those of the file's header
    inserted: int = 0  # lines of the file's header

    def in_file(self, problem: Problem) -> Problem:
        """A problem of the tune with its place in the file."""
        return replace(problem, place=Place(self.file_line(problem.place.line), problem.place.column))

    def file_line(self, line: int) -> int:
        """The line of the file in which a line of ``text`` stands; for the file header's, the one above them."""
        if line > self.inserted_after:
            line = max(self.inserted_after, line - self.inserted)
        return self.first_line + line - 1


def split_book(text: str) -> Iterator[str]:
    """The texts of the tunes of a file, as ``book_tunes`` has them."""
    return (tune.text for tune in book_tunes(text))


def book_tunes(text: str) -> Iterator[BookTune]:
    """The tunes of a file: each runs from its ``X:`` to the next ("X:|" is music). Text before the first ``X:`` belongs
    to no tune, but for the file's header; a text without any ``X:`` is one tune."""
    text = normalise_newlines(text)
    starts = [match.start() for match in _NUMBER.finditer(text)]
    if not starts:
        yield BookTune(text, 1)
        return
    header = _file_header(text[: starts[0]])
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield _with_header(text[start:end], header, 1 + text.count("\n", 0, start))


def _file_header(text: str) -> list[str]:
    """The lines of the header of a file that hold for its tunes; none where the file begins with other text."""
    lines = text.lstrip("\n").split("\n")
    block = list(takewhile(lambda line: not is_blank(line), lines))
    if not all(line.startswith("%") or field_of(line) for line in block):
        return []
    return [line for line in block if _field_name(line) in _FOR_ALL_TUNES]


def _with_header(text: str, header: Sequence[str], first_line: int) -> BookTune:
    lines = text.split("\n")
    own = {field_of(line) for line in _tune_header(lines)} - set(_SEVERAL)
    inserted = [line for line in header if field_of(line) not in own]
    after = len(list(takewhile(lambda line: _field_name(line) in "XT", lines)))
    return BookTune("\n".join([*lines[:after], *inserted, *lines[after:]]), first_line, after, len(inserted))


def _tune_header(lines: Sequence[str]) -> Iterator[str]:
    """The lines up to the tune's ``K:``, or to its first music."""
    for line in lines:
        if not (line.startswith("%") or field_of(line)):
            return
        yield line
        if field_of(line) == "K":
            return


def _field_name(line: str) -> str:
    """The letter of a field's line; "-", which is none, for any other line."""
    return field_of(line) or "-"
