"""The state of one reading of a tune: what the header said, what has been read, and what the next note has to know.

Pure data with a few shared steps; ``fields``, ``notes`` and ``bars`` change it, a token at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from charrnn import limits
from charrnn.notation.keys import C_MAJOR, Key
from charrnn.notation.order.endings import with_signs
from charrnn.notation.order.jumps import idle_signs, signs_of_jumps
from charrnn.notation.order.parts import parse_order
from charrnn.notation.order.repeats import jump_of_tune
from charrnn.notation.tune import (
    COMMON_TIME,
    Element,
    Layout,
    Meter,
    OpenPlace,
    PartStart,
    Pitch,
    Place,
    Problem,
    Tempo,
    Tune,
    Voice,
)


@dataclass(slots=True)
class Header:
    """What holds from the tune's start; changes in the body leave it alone."""

    is_open: bool = True
    texts: dict[str, str] = field(default_factory=dict)  # X, T, R, C and O
    first_voice: str = "1"  # the one that V: names first
    has_voices: bool = False  # V: names any
    unit_is_given: bool = False
    part_order: tuple[str, Place] | None = None
    tempo_text: tuple[str, Place] | None = None  # read at the header's end: an old tempo counts unit lengths
    key: Key = C_MAJOR
    meter: Meter = COMMON_TIME
    unit: Fraction = Fraction(1, 8)
    tempo: Tempo | None = None


@dataclass(slots=True)
class Pending:
    """What waits for the next note or rest."""

    graces: list[Pitch] = field(default_factory=list)
    slashed: bool = False  # {/
    decorations: list[str] = field(default_factory=list)
    chord_symbol: str = ""
    texts: list[str] = field(default_factory=list)
    slurs: int = 0  # that begin


@dataclass(frozen=True, slots=True)
class Broken:
    """Broken rhythm that waits for its second note."""

    marks: int  # > is 1, >> is 2, < is -1
    index: int  # of the element before it
    place: Place


@dataclass(slots=True)
class Chord:
    """A chord that is not closed yet."""

    place: Place
    pitches: list[Pitch] = field(default_factory=list)
    length: Fraction = Fraction(1)  # of its first note, in unit lengths


class Reading:
    """``place`` is that of the token in hand; what is listed without a place of its own is listed there."""

    def __init__(self) -> None:
        self.place = Place(1, 1)
        self.elements: list[Element] = []
        self.has_notes = self.has_sounds = False  # notes; notes or rests
        self.problems: list[Problem] = []
        self.remarks: dict[str, Problem] = {}
        self.header = Header()
        self.voice: str | None = None  # its name, where it has one
        self.others: tuple[Voice, ...] = ()  # beside this one
        self.blanks: set[int] = set()  # see Layout
        self.lines: set[int] = set()
        self.line_start = 0  # the first element of this line
        self.music_line = 0, 0  # the elements of the last line with notes: first, end
        self.verse = 0  # w: lines that it has
        self.words: list[str] = []  # W:
        self.line_goes_on = False  # after a \\ at a line's end
        # What holds at this place.
        self.key, self.meter, self.unit = C_MAJOR, COMMON_TIME, Fraction(1, 8)
        self.tuplet_left, self.tuplet_ratio = 0, Fraction(1)
        # What is open at this place.
        self.pending = Pending()
        self.graces: list[Pitch] | None = None  # a list while inside { }
        self.chord: Chord | None = None  # while inside [ ]
        self.broken: Broken | None = None
        self.slurs = 0
        self.signs: dict[str, str] = {}  # U:, by letter
        self.open_lines: set[str] = set()  # crescendos and the like
        self.last_note: int | None = None  # index of the element

    @property
    def last(self) -> Element | None:
        return self.elements[-1] if self.elements else None

    def beside(self, voice: str) -> "Reading":
        """The reading of another voice, which begins with the header and lists its faults with this one's."""
        other = Reading()
        other.header, other.voice, other.place = self.header, voice, self.place
        other.problems, other.remarks = self.problems, self.remarks
        other.words, other.signs = self.words, self.signs
        other.key, other.meter, other.unit = self.header.key, self.header.meter, self.header.unit
        return other

    def blank(self) -> None:
        if self.chord is None and self.graces is None:
            self.blanks.add(len(self.elements))

    def end_line(self) -> None:
        if not self.line_goes_on:
            self.blank()
            self.lines.add(len(self.elements))
            if self.last_note is not None and self.last_note >= self.line_start:
                self.music_line, self.verse = (self.line_start, len(self.elements)), 0
            self.line_start = len(self.elements)
        self.line_goes_on = False

    def problem(self, message: str, place: Place | None = None, kind: str = "notation") -> None:
        if len(self.problems) < limits.MAX_REPORTED_PROBLEMS:
            self.problems.append(Problem(place or self.place, message, kind))

    def remark(self, message: str, kind: str = "notation") -> None:
        """Something that is left out and no fault: listed once, where it stands first."""
        if len(self.remarks) < limits.MAX_REPORTED_PROBLEMS:
            self.remarks.setdefault(message, Problem(self.place, message, kind))

    def add_text(self, text: str) -> None:
        """At the next note or rest, with the sign of its place before it."""
        if len(self.pending.texts) >= limits.MAX_DECORATIONS:
            self.remark(f"more than {limits.MAX_DECORATIONS} texts at one note are left out")
        else:
            self.pending.texts.append(text)

    def end_broken(self) -> None:
        """A bar line, a rest of whole bars or the end comes before the second note."""
        if self.broken:
            self.problem("broken rhythm needs a note on either side", self.broken.place)
            self.broken = None

    def end_tuplet(self) -> None:
        if self.tuplet_left:
            self.problem(f"a tuplet ends {self.tuplet_left} notes early")
            self.tuplet_left = 0

    def end_bar(self) -> None:
        """A bar line comes: nothing stays open over it."""
        self.end_broken()
        self.end_tuplet()
        if self.chord is not None:
            self.problem("a bar line stands inside a chord")
            self.chord = None
        if self.graces is not None:
            self.problem("a bar line stands among grace notes")
            self.graces = None

    def end(self) -> None:
        """Lists what is still open at the end of the text."""
        self.end_broken()
        self.end_tuplet()
        if self.slurs:
            self.remark("a slur that is not closed, (, is left out")
        for name in sorted(self.open_lines):
            self.remark(f"a sign !{name}(! without its end !{name})! is left out")
        if self.pending.decorations or self.pending.texts or self.pending.chord_symbol:
            self.remark("signs, texts and chords after the last note are left out")
        if self.chord is not None:
            self.problem("a chord [ is not closed", self.chord.place)
        if self.graces is not None:
            self.problem("grace notes { are not closed")

    def open_place(self) -> OpenPlace:
        chord = self.chord
        return OpenPlace(
            meter=self.meter,
            unit=self.unit,
            tuplet_left=self.tuplet_left,
            tuplet_ratio=self.tuplet_ratio if self.tuplet_left else Fraction(1),
            broken=self.broken is not None,
            chord=tuple(chord.pitches) if chord else None,
            chord_length=chord.length if chord else Fraction(1),
            in_graces=self.graces is not None,
            has_graces=bool(self.pending.graces),
        )

    def _note_part_order(self) -> None:
        """Tells what becomes of the order of parts."""
        if not self.header.part_order:
            return
        text, self.place = self.header.part_order
        marked = {element.label for element in self.elements if isinstance(element, PartStart)}
        missing = sorted(set(parse_order(text)) - marked)
        if missing:
            self.remark(f"the order of parts (P:) is left out, for no part is marked P:{missing[0]} in the music")

    def _note_idle_signs(self, elements: Sequence[Element]) -> None:
        """Tells of jumps that are not taken, and of signs to which none leads."""
        if not any(map(signs_of_jumps, elements)):
            return
        jump = jump_of_tune(elements, self.header.part_order[0] if self.header.part_order else "")
        for index, name in idle_signs(elements, jump):
            self.place = elements[index].place
            self.remark(f"the sign {name if len(name) == 1 else f'!{name}!'} is drawn, but nothing is played by it")

    def completed(self) -> list[Element]:
        """The elements with the signs of endings that are left out."""
        elements, told = with_signs(self.elements)
        for self.place, message in told:
            self.remark(message)
        return elements

    def _layout(self, completed: Sequence[Element]) -> Layout:
        """Blanks and line ends by the places of the completed elements."""
        places: list[int] = []  # of those that were read
        for place, element in enumerate(completed):
            read = self.elements[len(places)] if len(places) < len(self.elements) else None
            if read is not None and type(read) is type(element) and read.place == element.place:
                places.append(place)
        places.append(len(completed))
        return Layout(frozenset(places[i] for i in self.blanks), frozenset(places[i] for i in self.lines))

    def tune(self) -> Tune:
        header = self.header
        elements = self.completed()
        self._note_part_order()
        self._note_idle_signs(elements)
        return Tune(
            elements=tuple(elements),
            key=header.key,
            meter=header.meter,
            unit=header.unit,
            tempo=header.tempo,
            title=header.texts.get("T", ""),
            rhythm=header.texts.get("R", ""),
            number=header.texts.get("X", "1"),
            voice=self.voice or header.first_voice,
            voices=self.others,
            part_order=header.part_order[0] if header.part_order else "",
            composer=header.texts.get("C", ""),
            origin=header.texts.get("O", ""),
            tempo_words=header.texts.get("Q", ""),
            words=tuple(self.words),
            layout=self._layout(elements),
            problems=tuple(sorted(self.problems, key=lambda problem: problem.place)),
            remarks=tuple(sorted(self.remarks.values(), key=lambda remark: remark.place)),
        )
