"""Where in the bar a text stands, followed character by character, through any text, right or wrong.

A *moment* is how far the bar is filled and how much is missing from it, in thirty-second notes. An LSTM would have to
add up note lengths to know; here it is told. The grammar (``grammar.bar``) knows the same and more, but only
of tunes that are right; this follows whatever a person types or a free model writes.

    moments, nodes = clock.follow(ids, nodes)     # (B, T, 2) after each character; nodes are where the texts stand
"""

from collections.abc import Sequence
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from charrnn.notation.fields import parse_meter, parse_unit
from charrnn.notation.symbols import broken_factors, default_q, read_length
from charrnn.notation.tune import COMMON_TIME, Meter

Ints = npt.NDArray[np.int64]

STEP = Fraction(1, 32)  # of a whole note: how finely moments are told apart
MOST = 64  # steps that are told apart
NOWHERE = MOST  # the moment before the music, and what is missing from a bar of free meter
MOMENTS = MOST + 1

PITCHES, _RESTS = "ABCDEFGabcdefg", "xzZ"  # letters
_LENGTH = "0123456789/"
_MAX_KEPT = 50_000  # readings, some 50 MB
_LONGEST = 16  # characters of a value or a length that are kept; more mean nothing


class Situation(Enum):
    """What stands before a character, as far as it tells whether a bar line ends a bar."""

    NO_MUSIC = "header, inline field or tuplet number"
    NO_NOTES = "a bar without notes"
    SHORT_BAR = "a bar that is not full"
    FULL_BAR = "a full bar"


class Reading(NamedTuple):
    """What the characters so far mean for those to come."""

    field: str | None = ""  # a header line or an inline field in progress, at first the header; None in the music
    in_header: bool = True
    meter: Meter = COMMON_TIME
    unit: Fraction = Fraction(1, 8)
    filled: Fraction = Fraction(0)  # whole notes in this bar, without the note in progress
    note: Fraction = Fraction(0)  # what a written length of 1 makes of the note in progress, in whole notes; 0: none
    length: str = ""  # of the note in progress
    marks: str = ""  # broken rhythm in progress: > >> <
    factor: Fraction = Fraction(1)  # what broken rhythm makes of the next note
    tuplet: str = ""  # "(3:2:3" in progress
    ratio: Fraction = Fraction(1)  # what the tuplet makes of a written length
    left: int = 0  # notes still owed to it
    chord: int = 0  # in a chord 1 for its first note, which tells the length of all, 2 for the others
    bracket: bool = False  # a bracket just opened: a chord, a field or an ending

    @property
    def lasting(self) -> Fraction:
        """The note in progress, in whole notes, if it ends here."""
        return self.note * _length(self.length) if self.note else Fraction(0)

    @property
    def moment(self) -> Fraction:
        return self.filled + self.lasting

    @property
    def situation(self) -> Situation:
        if self.field is not None or self.tuplet:
            return Situation.NO_MUSIC
        if not self.moment:
            return Situation.NO_NOTES
        bar = self.meter.bar
        return Situation.FULL_BAR if bar is None or self.moment >= bar else Situation.SHORT_BAR


class Node:
    """A reading, what is known of it, and the readings that characters lead to, once they have."""

    __slots__ = ("_moment", "_situation", "following", "reading")

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.following: dict[str, Node] = {}
        self._moment: tuple[int, int] | None = None
        self._situation: Situation | None = None

    @property
    def moment(self) -> tuple[int, int]:
        """How far the bar is filled and what is missing from it, in ``STEP``."""
        if self._moment is None:
            self._moment = _moment(self.reading)
        return self._moment

    @property
    def situation(self) -> Situation:
        if self._situation is None:
            self._situation = self.reading.situation
        return self._situation


class Clock:
    """Follows texts. Keeps what it has worked out; nodes that are in use stay, whatever is forgotten."""

    def __init__(self, characters: str) -> None:
        self.characters = characters
        self._kept: dict[Reading, Node] = {}

    @property
    def start(self) -> Node:
        """Before any character."""
        return self.node(Reading())

    def step(self, node: Node, index: int) -> Node:
        """Behind one character, given by its index in the vocabulary."""
        return self.after(node, self.characters[index])

    def after(self, node: Node, character: str) -> Node:
        """Behind one character."""
        following = node.following.get(character)
        if following is None:
            following = node.following[character] = self.node(step(node.reading, character))
        return following

    def alike(self, node: Node, character: str) -> str:
        """The characters that lead to the same node as this one: in music, all letters of pitches."""
        return PITCHES if character in PITCHES and node.reading.field is None else character

    def follow(self, ids: Ints, nodes: Sequence[Node]) -> tuple[Ints, tuple[Node, ...]]:
        """The moments (B, T, 2) after each of ``ids`` (B, T), and the nodes after the last, for texts that stand at
        ``nodes``. A moment is how far the bar is filled and how much is missing from it, each under ``MOMENTS``."""
        moments = np.empty((*ids.shape, 2), dtype=np.int64)
        ends = []
        for row, node in enumerate(nodes):
            for place, index in enumerate(ids[row].tolist()):
                node = self.step(node, index)
                moments[row, place] = node.moment
            ends.append(node)
        return moments, tuple(ends)

    def node(self, reading: Reading) -> Node:
        """The node of this reading, made where there is none."""
        node = self._kept.get(reading)
        if node is None:
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            node = self._kept[reading] = Node(reading)
        return node


def _moment(reading: Reading) -> tuple[int, int]:
    if reading.in_header:
        return NOWHERE, NOWHERE
    moment, bar = reading.moment, reading.meter.bar
    return _steps(moment), NOWHERE if bar is None else _steps(bar - moment)


def _steps(time: Fraction) -> int:
    return min(MOST - 1, max(0, int(time / STEP)))


def step(reading: Reading, character: str) -> Reading:
    """The reading after one character more."""
    if reading.field is not None:
        return _in_field(reading, character)
    if reading.bracket:
        return _behind_bracket(reading._replace(bracket=False), character)
    if reading.tuplet and (character.isdigit() or character == ":"):
        return reading._replace(tuplet=(reading.tuplet + character)[:_LONGEST])
    if reading.marks and character == reading.marks[0]:
        return reading._replace(marks=(reading.marks + character)[:3])
    if character in _LENGTH and reading.note and reading.chord < 2:
        return reading._replace(length=(reading.length + character)[:_LONGEST])
    if reading.chord and character not in "]|":
        return _in_chord(reading, character)
    return _begun(reading, character)


def _in_field(reading: Reading, character: str) -> Reading:
    field = reading.field or ""
    if character == ("\n" if reading.in_header else "]"):
        is_last = reading.in_header and field.startswith("K:")
        reading = _with_field(reading, field)._replace(field="" if reading.in_header else None)
        return reading._replace(field=None, in_header=False) if is_last else reading
    return reading._replace(field=(field + character)[:_LONGEST])


def _with_field(reading: Reading, field: str) -> Reading:
    try:
        if field.startswith("M:"):
            return reading._replace(meter=parse_meter(field[2:]))
        if field.startswith("L:"):
            return reading._replace(unit=parse_unit(field[2:]))
    except ValueError:
        pass
    return reading


def _behind_bracket(reading: Reading, character: str) -> Reading:
    if character in "MLKRQ":
        return reading._replace(field=character)
    if character.isdigit():
        return reading
    return step(reading._replace(chord=1), character)


def _in_chord(reading: Reading, character: str) -> Reading:
    if character not in PITCHES:
        return reading
    return reading._replace(chord=2) if reading.note else _with_note(reading)


def _begun(reading: Reading, character: str) -> Reading:
    """A symbol begins; what was in progress is complete."""
    if character == "]" and reading.chord:
        return reading._replace(note=reading.lasting, length="", chord=0)
    if character in "<>":
        return reading._replace(marks=character) if reading.note else reading
    if character in PITCHES or character in _RESTS:
        return _with_note(_closed(reading))
    if character in "-,'^_=":
        return reading  # part of a note, or of the next
    reading = _closed(reading)
    if character == "(":
        return reading._replace(tuplet="(")
    if character == "[":
        return reading._replace(bracket=True)
    if character in "|:":
        return Reading(None, False, reading.meter, reading.unit)
    return reading


def _closed(reading: Reading) -> Reading:
    """The note in progress is complete, and so are marks of broken rhythm and of a tuplet."""
    if reading.tuplet:
        reading = _with_tuplet(reading)
    if not reading.note:
        return reading
    before, after = Fraction(1), Fraction(1)
    if reading.marks:
        before, after = broken_factors(len(reading.marks) if reading.marks[0] == ">" else -len(reading.marks))
    left = max(0, reading.left - 1)
    return reading._replace(
        filled=min(reading.filled + reading.lasting * before, MOST * STEP),
        note=Fraction(0),
        length="",
        marks="",
        factor=after,
        left=left,
        ratio=reading.ratio if left else Fraction(1),
    )


def _with_note(reading: Reading) -> Reading:
    return reading._replace(note=reading.unit * reading.ratio * reading.factor, length="", factor=Fraction(1))


def _with_tuplet(reading: Reading) -> Reading:
    numbers = [int(part) if part.isdigit() and len(part) < 3 else 0 for part in reading.tuplet[1:].split(":")]
    p, q, r = [*numbers, 0, 0][:3]
    if p < 2:
        return reading._replace(tuplet="")
    return reading._replace(tuplet="", ratio=Fraction(q or default_q(p, reading.meter), p), left=r or p)


@lru_cache(maxsize=1024)
def _length(text: str) -> Fraction:
    try:
        return read_length(text)
    except ValueError:
        return Fraction(1)
