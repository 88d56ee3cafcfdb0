"""Words under the notes (section "Lyrics"): a ``w:`` line as syllables, and syllables as a ``w:`` line.

A syllable goes to a note, a rest has none. ``-`` joins two syllables of a word, ``_`` holds the one before, ``*`` is a
note without words, ``|`` leads to the next bar, ``~`` is a blank within a syllable; after ``\\`` any of these signs is
itself.

>>> [str(one.text) for one in syllables("Hap-py birth~day *") if one]
['Hap', 'py', 'birth day', '']
"""

import re
from collections.abc import Iterator, Sequence

from charrnn.notation.texts import read_text, spell_text
from charrnn.notation.tune import Syllable

_PIECES = re.compile(r"(?P<text>(?:\\.|[^\s\-_*|\\])+)|(?P<blank>\s+)|(?P<sign>[-_*|])")
_READ = re.compile(r"\\(?P<sign>[-_*|])|(?P<blank>~)|(?P<text>(?:\\[^-_*|]|[^~\\])+)")
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
    """``\\~n`` is an accent, as in other texts."""
    return "".join(
        piece["sign"] or (" " if piece["blank"] else read_text(piece["text"])) for piece in _READ.finditer(text)
    )


def _spell(text: str) -> str:
    signs = re.sub(r"([-_*|])", r"\\\1", spell_text(text))
    return signs.replace("~", "&#126;").replace(" ", "~")


def spell_syllables(found: Sequence[Syllable]) -> str:
    """A line that ``syllables`` reads so."""
    pieces: list[str] = []
    for one in found:
        if one.is_held:
            pieces.append("_")
        elif one.text:
            pieces.append(_spell(one.text) + ("-" if one.is_joined else ""))
        else:
            pieces.append("-" if one.is_joined else "*")
    return " ".join(pieces)
