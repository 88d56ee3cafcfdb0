"""Words under the notes (section "Lyrics"): a ``w:`` line as syllables, and syllables as a ``w:`` line.

A syllable goes to a note, a rest has none. ``-`` joins two syllables of a word, ``_`` holds the one before, ``*`` is a
note without words, ``|`` leads to the next bar, ``~`` is a blank within a syllable; after ``\\`` any of these signs is
itself.

>>> [str(one.text) for one in syllables("Hap-py birth~day *") if one]
['Hap', 'py', 'birth day', '']
"""

import re
from collections.abc import Iterator, Sequence

from charrnn.notation.tune import Syllable

_PIECES = re.compile(r"(?P<text>(?:\\.|[^\s\-_*|\\])+)|(?P<blank>\s+)|(?P<sign>[-_*|])")
_ESCAPED = re.compile(r"([-_*|~\\%])")
NEXT_BAR = None


def syllables(line: str) -> Iterator[Syllable | None]:
    """The syllables of a line; ``NEXT_BAR`` where it goes on with the next bar."""
    waiting: Syllable | None = None  # may still be joined to the next
    for piece in _PIECES.finditer(line):
        sign = piece["sign"]
        if sign == "-" and waiting:
            yield Syllable(waiting.text, is_joined=True)
            waiting = None
            continue
        if waiting:
            yield waiting
            waiting = None
        if piece["text"]:
            waiting = Syllable(_read(piece["text"]))
        elif sign == "|":
            yield NEXT_BAR
        elif sign:
            yield Syllable(is_joined=sign == "-", is_held=sign == "_")
    if waiting:
        yield waiting


def _read(text: str) -> str:
    return re.sub(r"\\(.)|~", lambda found: found[1] or " ", text)


def spell_syllables(found: Sequence[Syllable]) -> str:
    """A line that ``syllables`` reads so."""
    pieces: list[str] = []
    for one in found:
        if one.is_held:
            pieces.append("_")
        elif one.text:
            pieces.append(_ESCAPED.sub(r"\\\1", one.text).replace(" ", "~") + ("-" if one.is_joined else ""))
        else:
            pieces.append("-" if one.is_joined else "*")
    return " ".join(pieces)
