"""The state of one reading of a tune: what the header said, what has been read, and what the next note has to know.

Pure data with a few shared steps; ``read_fields``, ``read_notes`` and ``read_bars`` change it, a token at a time.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from charrnn import limits
from charrnn.notation.endings import with_signs
from charrnn.notation.keys import C_MAJOR, Key
from charrnn.notation.parts import parse_order
from charrnn.notation.tune import (
    COMMON_TIME,
    Element,
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
    texts: dict[str, str] = field(default_factory=dict)  # X, T and R
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
        # What holds at this place.
        self.key, self.meter, self.unit = C_MAJOR, COMMON_TIME, Fraction(1, 8)
        self.tuplet_left, self.tuplet_ratio = 0, Fraction(1)
        # What is open at this place.
        self.pending = Pending()
        self.graces: list[Pitch] | None = None  # a list while inside { }
        self.chord: Chord | None = None  # while inside [ ]
        self.broken: Broken | None = None

    @property
    def last(self) -> Element | None:
        return self.elements[-1] if self.elements else None

    def beside(self, voice: str) -> "Reading":
        """The reading of another voice, which begins with the header and lists its faults with this one's."""
        other = Reading()
        other.header, other.voice = self.header, voice
        other.problems, other.remarks = self.problems, self.remarks
        other.key, other.meter, other.unit = self.header.key, self.header.meter, self.header.unit
        return other

    def problem(self, message: str, place: Place | None = None, kind: str = "notation") -> None:
        if len(self.problems) < limits.MAX_REPORTED_PROBLEMS:
            self.problems.append(Problem(place or self.place, message, kind))

    def remark(self, message: str, kind: str = "notation") -> None:
        """Something that is left out and no fault: listed once, where it stands first."""
        self.remarks.setdefault(message, Problem(self.place, message, kind))

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
        else:
            self.remark("the order of parts (P:) is played, but neither drawn nor written to MusicXML")

    def completed(self) -> list[Element]:
        """The elements with the signs of endings that are left out."""
        elements, told = with_signs(self.elements)
        for self.place, message in told:
            self.remark(message)
        return elements

    def tune(self) -> Tune:
        header = self.header
        elements = self.completed()
        self._note_part_order()
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
            problems=tuple(sorted(self.problems, key=lambda problem: problem.place)),
            remarks=tuple(sorted(self.remarks.values(), key=lambda remark: remark.place)),
        )
