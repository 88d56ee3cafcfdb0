"""What a tune is, once read: a header and a flat sequence of elements. Musical time is a Fraction of a whole note.

Pure data. ``parser`` makes it, ``bars`` judges it, ``render`` plays it.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain

from charrnn.notation.keys import C_MAJOR, Key

SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the text, counted from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the text that is not good ABC; what could be read is in the tune all the same."""

    place: Place
    message: str
    kind: str = "notation"  # or "voices": of several voices or an overlay; "empty voice"; "tempo": one in words alone

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature; ``numerator`` 0 means free meter (``M:none``)."""

    numerator: int
    denominator: int
    sign: str = field(default="", compare=False)  # "C" or "C|" where it is written so

    @property
    def bar(self) -> Fraction | None:
        """Length of a full bar in whole notes; None in free meter."""
        return Fraction(self.numerator, self.denominator) if self.numerator else None

    @property
    def compound(self) -> bool:
        """6/8, 9/8, 12/8: beats of three."""
        return self.numerator > 3 and self.numerator % 3 == 0 and self.denominator >= 8

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}" if self.numerator else "none"


COMMON_TIME = Meter(4, 4)  # where no M: is given


@dataclass(frozen=True, slots=True)
class Tempo:
    """``Q:``: so many beats of this length a minute."""

    beat: Fraction  # whole notes
    per_minute: int
    words: str = field(default="", compare=False)  # "Allegro"


@dataclass(frozen=True, slots=True)
class Pitch:
    """A written pitch; what it sounds as depends on key and bar (``render.playing.performance``)."""

    letter: str  # "A" to "G"
    octave: int  # 4 is the octave of middle C, which ABC writes "C"
    accidental: int | None = None  # semitones, as written; None where nothing is written
    tied: bool = False  # to the next note of the same pitch


@dataclass(frozen=True, slots=True)
class Syllable:
    """What is sung on a note (section "Lyrics"); all empty where nothing is."""

    text: str = ""
    is_joined: bool = False  # by a hyphen to the next one
    is_held: bool = False  # the one before is sung on


@dataclass(frozen=True, slots=True)
class Note:
    """One pitch, or several in a chord, with the duration that tuplets and broken rhythm leave it."""

    pitches: tuple[Pitch, ...]
    duration: Fraction  # whole notes
    place: Place = field(compare=False)
    graces: tuple[Pitch, ...] = ()
    decorations: tuple[str, ...] = ()
    chord_symbol: str = ""
    slashed: bool = False  # the graces: {/g}, an acciaccatura
    texts: tuple[str, ...] = ()  # annotations, with the sign of their place before them: "^slowly"
    slurs_begin: int = 0  # ( before it
    slurs_end: int = 0  # ) after it
    words: tuple[Syllable, ...] = ()  # by verse; none at the end is empty
    fret_and_string: tuple[int, int] | None = None  # of its highest pitch, where a score shows them


@dataclass(frozen=True, slots=True)
class Rest:
    duration: Fraction  # whole notes
    place: Place = field(compare=False)
    visible: bool = True
    whole_bars: int = 0  # Z3 is 3; 0 for a rest of a written length
    decorations: tuple[str, ...] = ()
    chord_symbol: str = ""
    texts: tuple[str, ...] = ()  # as of a note


@dataclass(frozen=True, slots=True)
class BarLine:
    """``style``: single, double or final. A repeat sign keeps its style "single".

    A repeat is counted by the colons of its sign: 0 is none, 1 is played twice, 2 three times (section "Repeat and bar
    symbols").
    """

    place: Place = field(compare=False)
    style: str = "single"
    closes_repeat: int = 0  # colons
    opens_repeat: int = 0  # colons
    decorations: tuple[str, ...] = ()  # above it, such as a segno or a fermata

    @property
    def is_plain(self) -> bool:
        return self.style == "single" and not (self.closes_repeat or self.opens_repeat)

    def __str__(self) -> str:
        if self.closes_repeat == self.opens_repeat == 1:
            return "::"
        if self.closes_repeat or self.opens_repeat:
            return ":" * self.closes_repeat + "|" + ":" * self.opens_repeat
        return {"single": "|", "double": "||", "final": "|]"}[self.style]


@dataclass(frozen=True, slots=True)
class Ending:
    """The start of a first, second ... ending."""

    numbers: tuple[int, ...]
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class TupletStart:
    """The next ``r`` notes: ``p`` in the time of ``q``. Their durations are already scaled."""

    p: int
    q: int
    r: int
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """A key, meter, unit length or tempo that holds from here on (``[K:D]``, or a field line in the body)."""

    value: Key | Meter | Tempo | Fraction  # a Fraction is a unit note length
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class PartStart:
    """A part begins (``P:A`` in the body)."""

    label: str
    place: Place = field(compare=False)


Element = Note | Rest | BarLine | Ending | TupletStart | Change | PartStart


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice beside the first, or the overlays of that one (then the name ends with "&")."""

    name: str
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the text has blanks and line ends, as indices of the elements that follow them."""

    blanks: frozenset[int] = frozenset()  # the line ends, too
    lines: frozenset[int] = frozenset()  # that begin a line


@dataclass(frozen=True, slots=True)
class Transposition:
    """A part for a transposing instrument: how much higher its notes are written than they sound."""

    name: str  # what sounds where C is written: "B flat"
    steps: int  # letters
    semitones: int


@dataclass(frozen=True, slots=True)
class Tune:
    """A parsed tune. ``problems`` lists, in the order of the text, what could not be read; ``remarks`` what is good ABC
    and left out here, such as words, each kind of thing once."""

    elements: tuple[Element, ...]
    key: Key = C_MAJOR
    meter: Meter = COMMON_TIME
    unit: Fraction = Fraction(1, 8)  # L:, whole notes
    tempo: Tempo | None = None
    title: str = ""
    rhythm: str = ""
    number: str = "1"  # X:
    part_order: str = ""  # P: of the header, such as "ABBA"
    voice: str = field(default="", compare=False)  # V: of the first one, where it has a name
    voices: tuple[Voice, ...] = ()  # beside the first, whose elements are the tune's
    composer: str = ""  # C:, several of them with "; " between
    origin: str = ""  # O:
    tempo_words: str = ""  # of a Q: without a number
    words: tuple[str, ...] = ()  # W: lines, printed after the music
    strings: int = 0  # of the instrument whose tablature stands below (``render.fingering``)
    transposition: Transposition | None = None  # of a part that is drawn (``render.transposing``)
    layout: Layout = field(default=Layout(), compare=False)
    problems: tuple[Problem, ...] = field(default=(), compare=False)
    remarks: tuple[Problem, ...] = field(default=(), compare=False)

    @property
    def keys(self) -> tuple[Key, ...]:
        """All keys that the tune is in: that of its start, then its changes, those of other voices last."""
        elements = chain(self.elements, *(voice.elements for voice in self.voices))
        changes = (element.value for element in elements if isinstance(element, Change))
        return self.key, *(value for value in changes if isinstance(value, Key))

    @property
    def has_several_voices(self) -> bool:
        """Whether another voice or an overlay begins, with music or without."""
        is_said = any(problem.kind == "voices" for problem in self.problems)
        return bool(self.voices) or is_said or any(remark.kind == "empty voice" for remark in self.remarks)

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(element for element in self.elements if isinstance(element, Note))


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """Where the text of a tune that is not finished stops: what the next symbol finds there."""

    meter: Meter
    unit: Fraction  # whole notes
    tuplet_left: int = 0  # notes still owed to an open tuplet
    tuplet_ratio: Fraction = Fraction(1)  # what the tuplet makes of a written length
    broken: bool = False  # after > or <; the note before it still has its written duration
    chord: tuple[Pitch, ...] | None = None  # the notes so far inside [ ]; None outside
    chord_length: Fraction = Fraction(1)  # of the chord's first note, in unit lengths
    in_graces: bool = False  # inside { }
    has_graces: bool = False  # that wait for their note
