"""Steers a tune away from long passages of the training music.

What is compared is what ``corpus.originality.melody`` compares: intervals and durations, in any key. A letter is
refused where it could make the passage that ends with it longer than the limit, whatever its length will be: a little
more than has to be, but so the limit holds. Where nothing else is left, a refused letter is allowed all the same, and
counted.
"""

from dataclasses import replace
from fractions import Fraction

from charrnn.corpus.originality.index import OriginalityIndex
from charrnn.corpus.originality.melody import MelodyNote, melody
from charrnn.inference.guides import Guide, Mask
from charrnn.notation.accidentals import accidentals_at_end
from charrnn.notation.keys import Key
from charrnn.notation.reading.parser import parse_open
from charrnn.notation.symbols import ACCIDENTALS, broken_factors, read_octave
from charrnn.notation.tokens import lex_music
from charrnn.notation.tune import BarLine, Change, Meter, Note, OpenPlace, Pitch, Tune
from charrnn.notation.writing.canonical import canonical_header
from charrnn.notation.writing.spelling import spell_pitch
from charrnn.render.pitches import midi_number

_LETTERS, _MARKS = "ABCDEFGabcdefg", ("", ",", "'")
_LONG = 80  # characters: of a longer text the beginning is forgotten, so that reading it stays fast


class SteeringGuide:
    """Offers what another guide offers, without the letters that could make a shared passage too long."""

    is_done = False

    def __init__(
        self, guide: Guide, characters: str, index: OriginalityIndex, limit: int, header: str, music: str
    ) -> None:
        """``limit`` is in notes; ``header`` and ``music`` are the tune so far, in canonical spelling."""
        self._guide, self._characters, self._limit = guide, characters, limit
        self._header, self._text = header, music  # from the start of some bar on
        self._follower = index.follower()
        self._pitch = 0  # of the last note that the follower was told
        self._told = 0  # notes of the text that it was told
        self._refused: set[str] = set()  # pitches such as c, c' and F, that may not come next
        self._refused_marks: set[str] = set()  # after the letter that was written last
        self.forced = 0  # refused characters that came all the same, for nothing else was left

    def mask(self) -> Mask | None:
        mask = self._guide.mask()
        if mask is None:
            return None
        offered = [character for character, allowed in zip(self._characters, mask, strict=True) if allowed]
        self._refused = self._refusals() if any(character in _LETTERS for character in offered) else set()
        unwanted = [self._characters.index(each) for each in offered if self._is_refused(each)]
        if not 0 < len(unwanted) < len(offered):
            return mask
        wanted = mask.copy()
        wanted[unwanted] = False
        return wanted

    def advance(self, index: int) -> None:
        character = self._characters[index]
        self.forced += self._is_refused(character)
        self._refused_marks = {mark for mark in _MARKS if mark and character + mark in self._refused}
        self._guide.advance(index)
        self._text += character

    def _is_refused(self, character: str) -> bool:
        return character in self._refused or character in self._refused_marks

    def _refusals(self) -> set[str]:
        """The pitches that would lead on in a passage that has reached the limit."""
        tune, place = parse_open(self._header + self._text)
        line = melody(tune)
        if not line:
            return set()
        for note in line[self._told : -1]:
            self._follower.push(note.pitch - self._pitch, note.duration)
            self._pitch = note.pitch
        self._told = len(line) - 1
        follower, last = self._follower.copy(), line[-1]
        follower.push(last.pitch - self._pitch, last.duration * self._factor(place))
        intervals = {interval for interval, _ in follower.continuations(self._limit)}
        refused = set() if not intervals or _is_tied(tune) else self._pitches(tune, place, last.pitch, intervals)
        if len(self._text) > _LONG:
            self._forget(tune, last)
        return refused

    def _factor(self, place: OpenPlace) -> Fraction:
        """What broken rhythm in progress makes of the note before it, which the parser has not done yet."""
        if not place.broken:
            return Fraction(1)
        notes = self._text.rstrip("_^=[" + "".join(map(spell_pitch, place.chord or ())))
        marks = len(notes) - len(notes.rstrip("<>"))
        return broken_factors(marks if notes.endswith(">") else -marks)[0]

    def _pitches(self, tune: Tune, place: OpenPlace, last: int, intervals: set[int]) -> set[str]:
        key, in_bar = accidentals_at_end(tune.key, tune.elements)
        chord = [_sounding(pitch, key, in_bar) for pitch in place.chord or ()]
        written = ACCIDENTALS.get(self._text[len(self._text.rstrip("_^=")) :])
        found = set()
        for letter in _LETTERS:
            for mark in _MARKS:
                pitch = _sounding(Pitch(letter.upper(), read_octave(letter, mark), written), key, dict(in_bar))
                if pitch - last in intervals and pitch > max(chord, default=-1):  # a chord is heard by its top
                    found.add(letter + mark)
        return found

    def _forget(self, tune: Tune, last: MelodyNote) -> None:
        """The bars before the one in which the last note begins, but for what they changed."""
        column = tune.notes[last.first].place.column
        ends = [token.column + len(token.text) for token in lex_music(self._text) if token.kind == "bar"]
        start = max((end for end in ends if end <= column), default=1)
        key, meter, unit = tune.key, tune.meter, tune.unit
        for element in tune.elements:
            if isinstance(element, Change) and element.place.column < start:
                if isinstance(element.value, Key):
                    key = element.value
                elif isinstance(element.value, Meter):
                    meter = element.value
                elif isinstance(element.value, Fraction):
                    unit = element.value
        self._header = canonical_header(replace(tune, key=key, meter=meter, unit=unit))
        self._text = self._text[start - 1 :]
        self._told = len(melody(parse_open(self._header + self._text)[0])) - 1


def _is_tied(tune: Tune) -> bool:
    """Whether the next note only holds the last one."""
    notes = [element for element in tune.elements if not isinstance(element, BarLine | Change)]
    return bool(notes) and isinstance(notes[-1], Note) and any(pitch.tied for pitch in notes[-1].pitches)


def _sounding(pitch: Pitch, key: Key, in_bar: dict[str, int]) -> int:
    """The MIDI number, by the rule of ``render.playing.performance``; notes the accidental in ``in_bar``."""
    if pitch.accidental is not None:
        in_bar[pitch.letter] = pitch.accidental
    return midi_number(pitch, in_bar.get(pitch.letter, key.alteration(pitch.letter)))
