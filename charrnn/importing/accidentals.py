"""Sounding pitches as ABC writes them: the inverse of ``render.pitches.alterations``."""

from collections.abc import Iterable

from charrnn.notation.keys import Key
from charrnn.notation.tune import SEMITONES, Pitch

Spelling = tuple[str, int, int]  # letter, octave (4 is that of middle C), semitones by which the letter is altered

_LINE_OF_FIFTHS = [(letter, sharps) for sharps in (-1, 0, 1) for letter in "FCGDAEB"]  # Fb to B#
_F = 7  # the index of F in it


class Accidentals:
    """The accidentals that hold at a place in a tune, written where a pitch needs another one."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self._in_bar: dict[str, int] = {}
        self._tied: dict[tuple[str, int], int] = {}
        self._tied_into_endings = self._tied

    def bar_line(self) -> None:
        self._in_bar = {}

    def ending(self, is_first: bool) -> None:
        """A tie reaches from before the first ending into all of them."""
        if is_first:
            self._tied_into_endings = self._tied
        else:
            self._tied = self._tied_into_endings

    def rest(self) -> None:
        self._tied = {}

    def note(self, spellings: Iterable[tuple[Spelling, bool]]) -> tuple[Pitch, ...]:
        """The pitches of a note or chord; each comes with whether it is tied to the next."""
        held, self._tied = self._tied, {}
        found = []
        for (letter, octave, alteration), tied in spellings:
            is_held = held.get((letter, octave)) == alteration
            if (letter, octave) in held and not is_held:
                accidental: int | None = self._write(letter, alteration)
            else:
                accidental = None if is_held else self._accidental(letter, alteration)
            found.append(Pitch(letter, octave, accidental, tied))
            if tied:
                self._tied[letter, octave] = alteration
        return tuple(found)

    def graces(self, spellings: Iterable[Spelling]) -> tuple[Pitch, ...]:
        return tuple(
            Pitch(letter, octave, self._accidental(letter, alteration)) for letter, octave, alteration in spellings
        )

    def _accidental(self, letter: str, alteration: int) -> int | None:
        if self._in_bar.get(letter, self.key.alteration(letter)) == alteration:
            return None
        return self._write(letter, alteration)

    def _write(self, letter: str, alteration: int) -> int:
        self._in_bar[letter] = alteration
        return alteration


def spelling_in(key: Key, number: int) -> Spelling:
    """How a MIDI number is written in a key: by its own letters if it has the pitch; else by the letter that is nearest
    to the middle of the key on the line of fifths, a sharp where two are equally near.

    >>> spelling_in(Key("D"), 66), spelling_in(Key("D"), 65), spelling_in(Key("F"), 70)
    (('F', 4, 1), ('F', 4, 0), ('B', 4, -1))
    """
    own = [(letter, key.alteration(letter)) for letter in "CDEFGAB"]
    middle = _F + key.fifths + 3.1  # the key's second, as D in C; a little more than it, for sharps
    ways = sorted(_LINE_OF_FIFTHS, key=lambda way: abs(_LINE_OF_FIFTHS.index(way) - middle))
    for letter, alteration in (*own, *ways):
        natural = number - alteration
        if natural % 12 == SEMITONES[letter]:
            return letter, natural // 12 - 1, alteration
    raise AssertionError("the line of fifths has every pitch class")
