"""ABC text to ``Tune``: one pass over the tokens, no recursion, time linear in the text.

What is good is kept; what is not is listed in ``Tune.problems`` with its line and column. Only text that is too long
raises; text without music is a tune without notes.

>>> [str(note.duration) for note in parse("L:1/8\\nK:C\\nA>B c2|").notes]
['3/16', '1/16', '1/4']
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from charrnn import limits
from charrnn.errors import AbcError
from charrnn.notation import fields
from charrnn.notation.keys import Key, parse_key
from charrnn.notation.symbols import (
    bar_line,
    broken_factors,
    ending_numbers,
    merged,
    read_accidental,
    read_length,
    read_octave,
)
from charrnn.notation.tokens import Token, lex, normalise_newlines
from charrnn.notation.tune import (
    BarLine,
    Change,
    Element,
    Ending,
    Meter,
    Note,
    OpenPlace,
    Pitch,
    Place,
    Problem,
    Rest,
    Tempo,
    Tune,
    TupletStart,
)

_IGNORED = {"blank", "newline", "comment", "continuation", "beam", "line break", "slur", "spacer"}
_CUT_OFF = {"open annotation", "open field", "open sign", "field line"}  # no fault at the end of open text
_FIELDS_WITHOUT_SOUND = set("ABCDFGHINOPSUWZmrsw+")


def parse(text: str) -> Tune:
    """Read one tune. Raises AbcError when the text is longer than ``limits`` allow."""
    _check_size(text)
    reader = _Reader(text)
    reader.read()
    reader.close()
    return reader.tune()


def parse_open(text: str) -> tuple[Tune, OpenPlace]:
    """Read text that is not finished, such as a seed that stops in the middle of a bar, a tuplet or a chord.

    The same reading as ``parse``, but what is merely still open at the end of the text is neither closed nor listed as
    a problem: it is in the OpenPlace. Raises AbcError as ``parse`` does.
    """
    _check_size(text)
    reader = _Reader(text, is_open=True)
    reader.read()
    return reader.tune(), reader.open_place()


def split_book(text: str) -> Iterator[str]:
    """The tunes of a file of several: each runs from its ``X:`` to the next. Text before the first ``X:`` belongs to no
    tune; a text without any ``X:`` is one tune."""
    text = normalise_newlines(text)
    starts = [match.start() for match in re.finditer(r"^X:", text, re.MULTILINE)] or [0]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield text[start:end]


def _check_size(text: str) -> None:
    if len(text) > limits.MAX_ABC_CHARACTERS:
        raise AbcError(f"a tune has at most {limits.MAX_ABC_CHARACTERS:,} characters, this one has {len(text):,}")
    lines = normalise_newlines(text).count("\n") + 1
    if lines > limits.MAX_ABC_LINES:
        raise AbcError(f"a tune has at most {limits.MAX_ABC_LINES} lines, this one has {lines:,}")


def _check_field(name: str, value: str) -> None:
    if name in "KLMQ" and len(value) > limits.MAX_FIELD_CHARACTERS:
        raise ValueError(f"the field {name}: has at most {limits.MAX_FIELD_CHARACTERS} characters, not {len(value)}")


class _Reader:
    """The state of one reading: what the header said, and what the next note has to know."""

    def __init__(self, text: str, is_open: bool = False) -> None:
        self.text = text
        self.open_line = normalise_newlines(text).count("\n") + 1 if is_open else 0  # its end may be anywhere
        self.elements: list[Element] = []
        self.problems: list[Problem] = []
        self.header: dict[str, str] = {}
        self.in_header = True
        self.key, self.meter, self.unit = Key(), Meter(4, 4), Fraction(1, 8)
        self.unit_is_given = False
        self.tempo_text: tuple[str, Place] | None = None
        # What waits for the next note.
        self.graces: list[Pitch] | None = None  # a list while inside { }
        self.pending_graces: tuple[Pitch, ...] = ()
        self.decorations: list[str] = []
        self.chord_symbol = ""
        self.chord: list[Pitch] | None = None  # a list while inside [ ]
        self.chord_place, self.chord_length = Place(1, 1), Fraction(1)
        self.broken: tuple[int, int, Place] | None = None  # > is 1, >> is 2, < is -1; element before it; its place
        self.tuplet_left, self.tuplet_ratio = 0, Fraction(1)
        self.place = Place(1, 1)  # of the last token

    def read(self) -> None:
        handlers: dict[str, Callable[[Token], None]] = {
            "field line": self._field_line,
            "field": self._inline_field,
            "annotation": self._annotation,
            "decoration": self._decoration,
            "shorthand": self._decoration,
            "bar": self._bar,
            "ending": self._ending,
            "note": self._note,
            "rest": self._rest,
            "bar rest": self._bar_rest,
            "tuplet": self._tuplet,
            "grace open": self._open_graces,
            "grace close": self._close_graces,
            "chord open": self._open_chord,
            "chord close": self._close_chord,
            "broken": self._broken,
            "tie": self._tie,
            "overlay": self._overlay,
            "unknown": self._unknown,
            "open annotation": self._open_annotation,
            "open field": self._open_field,
            "open sign": self._unknown,
        }
        for token in lex(self.text):
            self.place = place = Place(token.line, token.column)
            if token.kind in _IGNORED:
                continue
            if token.kind != "field line":
                self._end_header()
            try:
                handlers[token.kind](token)
            except ValueError as error:
                if not (token.kind in _CUT_OFF and token.line == self.open_line):
                    self._problem(place, str(error))
        self._end_header()

    # -- header and fields

    def _field_line(self, token: Token) -> None:
        name, value = str(token.parts["name"]), str(token.parts["value"])
        if not self.in_header:
            self._change(name, value, Place(token.line, 1))
            return
        _check_field(name, value)
        if name in "XTR" and name not in self.header:
            self.header[name] = value[: limits.MAX_FIELD_CHARACTERS]
        elif name == "M":
            self.meter = fields.parse_meter(value)
        elif name == "L":
            self.unit, self.unit_is_given = fields.parse_unit(value), True
        elif name == "Q":
            self.tempo_text = value, Place(token.line, 1)
        elif name == "K":
            try:
                self.key = parse_key(value)
            finally:
                self._end_header()
        elif name == "V":
            raise ValueError("several voices (V:) are read as one after another; this program writes single tunes")
        elif name not in _FIELDS_WITHOUT_SOUND and name not in "XTR":
            raise ValueError(f"the field {name}: is not known")

    def _end_header(self) -> None:
        if not self.in_header:
            return
        self.in_header = False
        if not self.unit_is_given:
            self.unit = fields.default_unit(self.meter)
        # What the tune starts with; changes in the body leave it alone.
        self.first = (self.key, self.meter, self.unit)
        self.tempo: Tempo | None = None
        if self.tempo_text:
            text, place = self.tempo_text
            try:
                self.tempo = fields.parse_tempo(text, self.unit)
            except ValueError as error:
                self._problem(place, str(error))

    def _inline_field(self, token: Token) -> None:
        self._change(token.text[1], token.text[3:-1].strip(), Place(token.line, token.column))

    def _change(self, name: str, value: str, place: Place) -> None:
        _check_field(name, value)
        if name == "K":
            self.key = parse_key(value)
            self.elements.append(Change(self.key, place))
        elif name == "M":
            self.meter = fields.parse_meter(value)
            self.elements.append(Change(self.meter, place))
        elif name == "L":
            self.unit = fields.parse_unit(value)
            self.elements.append(Change(self.unit, place))
        elif name == "Q":
            self.elements.append(Change(fields.parse_tempo(value, self.unit), place))
        elif name == "V":
            raise ValueError("several voices (V:) are read as one after another; this program writes single tunes")
        elif name not in _FIELDS_WITHOUT_SOUND and name not in "RTX":
            raise ValueError(f"the field {name}: is not known")

    def _open_field(self, token: Token) -> None:
        raise ValueError("an inline field [ is not closed")

    # -- what belongs to the next note

    def _annotation(self, token: Token) -> None:
        text = token.text[1:-1]
        if text[:1] not in ("^", "_", "<", ">", "@"):  # section "Annotations"
            self.chord_symbol = text[: limits.MAX_FIELD_CHARACTERS]

    def _open_annotation(self, token: Token) -> None:
        raise ValueError('a chord symbol or a text " is not closed')

    def _decoration(self, token: Token) -> None:
        self.decorations.append(token.text.strip("!"))

    def _open_graces(self, token: Token) -> None:
        if self.graces is not None:
            raise ValueError("grace notes { open inside grace notes")
        self.graces = []

    def _close_graces(self, token: Token) -> None:
        if self.graces is None:
            raise ValueError("grace notes end with } but did not start")
        self.pending_graces += tuple(self.graces)
        self.graces = None

    def _tuplet(self, token: Token) -> None:
        if self.graces is not None:  # the player divides the graces' time evenly in any case
            return
        p = fields.small_number(str(token.parts["p"]))
        if not 2 <= p <= limits.MAX_TUPLET:
            raise ValueError(f"a tuplet has 2 to {limits.MAX_TUPLET} notes, not {p}")
        q = fields.small_number(token.parts["q"] or "0") or self._default_q(p)
        r = fields.small_number(token.parts["r"] or "0") or p
        if r > limits.MAX_TUPLET_NOTES or q > limits.MAX_TUPLET_NOTES:
            raise ValueError(f"in a tuplet (p:q:r, q and r are at most {limits.MAX_TUPLET_NOTES}")
        self._end_tuplet(Place(token.line, token.column))
        self.tuplet_left, self.tuplet_ratio = r, Fraction(q, p)
        self.elements.append(TupletStart(p, q, r, Place(token.line, token.column)))

    def _default_q(self, p: int) -> int:
        """Section "Duplets, triplets, quadruplets, etc."."""
        return {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(p) or (3 if self.meter.compound else 2)

    def _end_tuplet(self, place: Place) -> None:
        if self.tuplet_left:
            self._problem(place, f"a tuplet ends {self.tuplet_left} notes early")
            self.tuplet_left = 0

    # -- notes and rests

    def _note(self, token: Token) -> None:
        place = Place(token.line, token.column)
        pitch = self._pitch(token)
        length = read_length(str(token.parts["length"]))
        if self.graces is not None:
            self.graces.append(pitch)
        elif self.chord is not None:
            if not self.chord:
                self.chord_length = length  # section "Chords and unisons": the first note's length holds
            if len(self.chord) >= limits.MAX_CHORD_NOTES:
                raise ValueError(f"a chord has at most {limits.MAX_CHORD_NOTES} notes")
            self.chord.append(pitch)
        else:
            self._add_note((pitch,), length, place)

    def _pitch(self, token: Token) -> Pitch:
        accidental, letter, marks = (str(token.parts[part]) for part in ("accidental", "letter", "octave"))
        return Pitch(letter.upper(), read_octave(letter, marks), read_accidental(accidental))

    def _add_note(self, pitches: tuple[Pitch, ...], length: Fraction, place: Place) -> None:
        duration = self._duration(length, place)
        self.elements.append(
            Note(pitches, duration, place, self.pending_graces, tuple(self.decorations), self.chord_symbol)
        )
        self.pending_graces, self.decorations, self.chord_symbol = (), [], ""

    def _rest(self, token: Token) -> None:
        self._check_rest_stands_alone()
        place = Place(token.line, token.column)
        length = read_length(str(token.parts["rest_length"]))
        self.elements.append(Rest(self._duration(length, place), place, visible=token.text[0] == "z"))

    def _check_rest_stands_alone(self) -> None:
        if self.chord is not None or self.graces is not None:
            raise ValueError("a rest cannot stand inside a chord or among grace notes")

    def _bar_rest(self, token: Token) -> None:
        self._check_rest_stands_alone()
        bars = fields.small_number(str(token.parts["bars"] or "1"))
        bar = self.meter.bar
        if bar is None or not 1 <= bars <= limits.MAX_ABC_LINES:
            raise ValueError(f"{token.text[:8]} needs a meter and 1 to {limits.MAX_ABC_LINES} bars")
        place = Place(token.line, token.column)
        self._end_broken()
        self._end_tuplet(place)
        self.elements.append(Rest(bar * bars, place, visible=token.text[0] == "Z", whole_bars=bars))

    def _duration(self, length: Fraction, place: Place) -> Fraction:
        """The sounding length of a note written ``length`` units long here, with tuplet and broken rhythm."""
        duration = length * self.unit * (self.tuplet_ratio if self.tuplet_left else 1)
        if duration > limits.MAX_NOTE_LENGTH:
            raise ValueError(f"a note is at most {limits.MAX_NOTE_LENGTH} whole notes long, this one is longer")
        self.tuplet_left -= bool(self.tuplet_left)
        return self._with_broken_rhythm(duration, place) if self.broken else duration

    def _with_broken_rhythm(self, duration: Fraction, place: Place) -> Fraction:
        assert self.broken
        marks, index, _ = self.broken
        self.broken = None
        previous = self.elements[index]
        assert isinstance(previous, Note | Rest)
        if previous.duration != duration:  # section "Broken rhythm": undefined, to be avoided
            self._problem(place, "broken rhythm between notes of unequal length is undefined; it is left out")
            return duration
        before, after = broken_factors(marks)
        self.elements[index] = replace(previous, duration=duration * before)
        return duration * after

    def _broken(self, token: Token) -> None:
        if self.graces is not None:
            return
        if self.chord is not None:
            raise ValueError("broken rhythm > stands inside a chord")
        marks = len(token.text) if token.text[0] == ">" else -len(token.text)
        if abs(marks) > 3:
            raise ValueError("broken rhythm has at most three > or <")
        last = self.elements[-1] if self.elements else None
        if not isinstance(last, Note | Rest) or (isinstance(last, Rest) and last.whole_bars) or self.broken:
            raise ValueError(f"{token.text} needs a note on either side")
        self.broken = marks, len(self.elements) - 1, Place(token.line, token.column)

    def _tie(self, token: Token) -> None:
        last = self.elements[-1] if self.elements else None
        if self.chord:
            self.chord[-1] = replace(self.chord[-1], tied=True)
        elif self.chord is None and self.graces is None and isinstance(last, Note):
            self.elements[-1] = replace(last, pitches=tuple(replace(pitch, tied=True) for pitch in last.pitches))
        else:
            raise ValueError("a tie - stands behind no note")

    def _open_chord(self, token: Token) -> None:
        if self.graces is not None:  # grace notes sound one after another in any case
            return
        if self.chord is not None:
            raise ValueError("a chord [ opens inside a chord")
        self.chord, self.chord_place, self.chord_length = [], Place(token.line, token.column), Fraction(1)

    def _close_chord(self, token: Token) -> None:
        if self.graces is not None:
            return
        pitches, self.chord = self.chord, None
        if not pitches:
            raise ValueError("a chord ] ends but holds no note")
        length = read_length(str(token.parts["chord_length"]))
        self._add_note(tuple(pitches), length * self.chord_length, self.chord_place)

    # -- bars

    def _bar(self, token: Token) -> None:
        place = Place(token.line, token.column)
        self._end_broken()
        self._end_tuplet(place)
        if self.chord is not None:
            self._problem(place, "a bar line stands inside a chord")
            self.chord = None
        if self.graces is not None:
            self._problem(place, "a bar line stands among grace notes")
            self.graces = None
        line = bar_line(token.text, place)
        last = self.elements[-1] if self.elements else None
        if isinstance(last, BarLine):  # "|" at a line's end, "|:" at the next one's start
            self.elements[-1] = merged(last, line)
        else:
            self.elements.append(line)

    def _ending(self, token: Token) -> None:
        numbers = ending_numbers(token.text.lstrip("["))
        self.elements.append(Ending(numbers, Place(token.line, token.column)))

    def _overlay(self, token: Token) -> None:
        raise ValueError("a voice overlay & is not read; this program writes single tunes")

    def _unknown(self, token: Token) -> None:
        raise ValueError(f"{token.text!r} means nothing in ABC here")

    # -- the end

    def _end_broken(self) -> None:
        if self.broken:
            self._problem(self.broken[-1], "broken rhythm needs a note on either side")
            self.broken = None

    def close(self) -> None:
        """Lists what is still open at the end of the text."""
        self._end_broken()
        self._end_tuplet(self.place)
        if self.chord is not None:
            self._problem(self.chord_place, "a chord [ is not closed")
        if self.graces is not None:
            self._problem(self.place, "grace notes { are not closed")

    def _problem(self, place: Place, message: str) -> None:
        if len(self.problems) < limits.MAX_REPORTED_PROBLEMS:
            self.problems.append(Problem(place, message))

    def open_place(self) -> OpenPlace:
        return OpenPlace(
            meter=self.meter,
            unit=self.unit,
            tuplet_left=self.tuplet_left,
            tuplet_ratio=self.tuplet_ratio if self.tuplet_left else Fraction(1),
            broken=self.broken is not None,
            chord=None if self.chord is None else tuple(self.chord),
            chord_length=self.chord_length if self.chord else Fraction(1),
            in_graces=self.graces is not None,
        )

    def tune(self) -> Tune:
        key, meter, unit = self.first
        return Tune(
            elements=tuple(self.elements),
            key=key,
            meter=meter,
            unit=unit,
            tempo=self.tempo,
            title=self.header.get("T", ""),
            rhythm=self.header.get("R", ""),
            number=self.header.get("X", "1"),
            problems=tuple(sorted(self.problems, key=lambda problem: problem.place)),
        )
