"""Which notes an instrument has here: the third automaton of the grammar, beside ``bar`` and ``structure``.

    compass = Compass.at_start(notes, parse_key("D"))
    compass = step(compass, bar, "^")        # None where no note of the instrument begins so

What a letter sounds as depends on the key signature, on the accidentals of the bar and on octave marks, so a
``Compass`` remembers these. Within a bar it moves with the characters of a ``Bar``; ``after_mark`` tells what a bar
line or an inline field makes of it. Only tunes that are written for an instrument have one.

There is no dead end: between two symbols a rest costs as many characters as a note, and the instrument has it always.
Where a note is needed (after an accidental, after graces), its letter is dearer by the octave mark that it wants
(``surcharge``). A tied note is held, whatever it is. The model begins no chord: one note at a time can be played on all
instruments.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple

from charrnn.grammar.bar import IMPOSSIBLE, Bar
from charrnn.notation.accidentals import accidentals_at_end
from charrnn.notation.instruments.table import FolkInstrument
from charrnn.notation.keys import Key, parse_key
from charrnn.notation.symbols import ACCIDENTALS, read_octave
from charrnn.notation.tune import SEMITONES, Element

_LETTERS = "ABCDEFGabcdefg"
_EVERY_LETTER = tuple(_LETTERS)
_NAMES = "CDEFGAB"
_SIGNS = tuple(sign for sign in ACCIDENTALS if sign)


@dataclass(frozen=True, slots=True)
class Notes:
    """What the grammar has to know of an instrument."""

    pitches: frozenset[int]  # MIDI numbers as they are written
    keys: frozenset[str]  # in which a tune may go on, at least one

    @property
    def shortest_change(self) -> str:
        """The inline field of a key."""
        return f"[K:{min(self.keys, key=len)}]"

    def __reduce__(self) -> tuple[Any, ...]:
        return same_notes, (self.pitches, self.keys)


@lru_cache(maxsize=64)
def same_notes(pitches: frozenset[int], keys: frozenset[str]) -> Notes:
    """Equal ones are one object, so that positions are compared fast."""
    return Notes(pitches, keys)


@lru_cache(maxsize=64)
def notes_of(instrument: FolkInstrument) -> Notes:
    return same_notes(instrument.written, frozenset(instrument.keys))


class Mark(IntEnum):
    """Whether an octave mark may come next."""

    NO = 0
    MAY = 1
    MUST = 2  # the letter alone is no note of the instrument


Signs = tuple[int | None, ...]  # of C to B


class Compass(NamedTuple):
    """Notes with the same letters and marks sound alike wherever this is equal."""

    notes: Notes
    key: Signs  # semitones by the key signature
    bar: Signs = (None,) * 7  # by the accidentals of the bar so far; None where a letter has none
    mark: Mark = Mark.NO
    change: int = IMPOSSIBLE  # of "[" where the key may change before the notes, as costs of a bar are counted

    @classmethod
    def at_start(cls, notes: Notes, key: Key) -> "Compass":
        return cls(notes, _signs(key))

    def alteration(self, letter: str) -> int:
        """Semitones by which a letter is altered that has no accidental of its own."""
        place = _NAMES.index(letter.upper())
        written = self.bar[place]
        return (self.key[place] if written is None else written) or 0

    def mark_after(self, letter: str, alteration: int) -> Mark | None:
        """After a letter with this alteration; None where no note of the instrument is written so."""
        bare = _pitch(letter, "", alteration) in self.notes.pitches
        marked = _pitch(letter, mark_of(letter), alteration) in self.notes.pitches
        if not bare:
            return Mark.MUST if marked else None
        return Mark.MAY if marked else Mark.NO

    @property
    def without_memory(self) -> "Compass":
        """Without what no bar line looks at."""
        return self._replace(mark=Mark.NO, change=IMPOSSIBLE)

    def with_accidental(self, letter: str, semitones: int) -> "Compass":
        """It holds for its letter, in every octave, to the end of the bar (section "Accidentals")."""
        place = _NAMES.index(letter.upper())
        return self._replace(bar=(*self.bar[:place], semitones, *self.bar[place + 1 :]))


@lru_cache(maxsize=256)
def _signs(key: Key) -> Signs:
    return tuple(key.alteration(letter) for letter in _NAMES)


def mark_of(letter: str) -> str:
    """The octave mark that leads further out, the only one that the grammar writes."""
    return "'" if letter.islower() else ","


@lru_cache(maxsize=512)
def _pitch(letter: str, marks: str, alteration: int) -> int:
    """The written MIDI number."""
    return 12 * (read_octave(letter, marks) + 1) + SEMITONES[letter.upper()] + alteration


def step(compass: Compass, bar: Bar, character: str) -> Compass | None:
    """With one character more of a bar that stands at ``bar``; None where it leads out of the instrument's notes. That
    the bar takes the character is not looked at."""
    after = compass.without_memory
    if compass.mark is Mark.MUST:
        return after if character in ",'" else None
    if character in _LETTERS:
        return _with_letter(after, bar, character)
    if character in ",'":
        return after if compass.mark is Mark.MAY else None
    if character in "^_=" and surcharge(compass, bar, character) is None:
        return None
    return None if character == "[" else after


def _with_letter(compass: Compass, bar: Bar, letter: str) -> Compass | None:
    if bar.tie and bar.partial[:1] not in _EVERY_LETTER:
        return compass._replace(mark=Mark.MAY)  # the bar takes the held note alone
    accidental = ACCIDENTALS.get(bar.partial)
    if accidental is not None:
        compass = compass.with_accidental(letter, accidental)
    mark = compass.mark_after(letter, compass.alteration(letter))
    return None if mark is None else compass._replace(mark=mark)


def surcharge(compass: Compass, bar: Bar, character: str) -> int | None:
    """How many more characters the tune needs after this one than the bar alone would; None where no note of the
    instrument can follow. Of accidentals and letters."""
    if character in "^_=":
        written = bar.partial if bar.partial in _SIGNS else ""
        return _cost_of_accidental(compass.notes, written + character)
    following = _with_letter(compass, bar, character)
    return None if following is None else int(following.mark is Mark.MUST)


@lru_cache(maxsize=256)
def _cost_of_accidental(notes: Notes, accidental: str) -> int | None:
    """More than one letter: 0, an octave mark, or the same accidental once more. None where there is no such note."""
    semitones = ACCIDENTALS.get(accidental)
    if semitones is None:
        return None
    found = [1 + more for more in (_cost_of_accidental(notes, accidental + accidental),) if more is not None]
    for letter in _LETTERS:
        for marks in ("", mark_of(letter)):
            if _pitch(letter, marks, semitones) in notes.pitches:
                found.append(len(marks))
    return min(found, default=None)


def after_mark(compass: Compass, mark: str) -> Compass:
    """After a bar line, an ending or an inline field. A first ending that begins within a bar (``[1``) and the fields
    leave the bar's accidentals as they are."""
    compass = compass.without_memory
    if mark.startswith("[K:"):
        return compass._replace(key=_signs(parse_key(mark[3:-1])))
    return compass if mark.startswith("[") else compass._replace(bar=(None,) * 7)


def after_marks(compass: Compass, text: str) -> Compass:
    """After all that stands between two bars: ``:|[K:G]``."""
    for mark in re.findall(r"\[[A-Z]:[^]]*\]|\[[^\[]*|[^\[]+", text):
        compass = after_mark(compass, mark)
    return compass


def compass_after(notes: Notes, key: Key, elements: tuple[Element, ...]) -> Compass:
    """Behind the elements of a tune that begins in a key: what the letters of the next notes sound as."""
    key, in_bar = accidentals_at_end(key, elements)
    compass = Compass(notes, _signs(key))
    for letter, semitones in in_bar.items():
        compass = compass.with_accidental(letter, semitones)
    return compass
