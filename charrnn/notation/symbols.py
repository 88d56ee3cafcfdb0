"""What single symbols mean: note lengths, broken rhythm, bar lines, endings. Pure functions; those that read text raise
ValueError with a sentence.
"""

from fractions import Fraction
from functools import lru_cache

from charrnn import limits
from charrnn.notation.fields import small_number
from charrnn.notation.tune import BarLine, Meter, Place

ACCIDENTALS = {"": None, "__": -2, "_": -1, "=": 0, "^": 1, "^^": 2}  # semitones


@lru_cache(maxsize=1024)
def read_length(text: str) -> Fraction:
    """A note's length in unit lengths: "" is 1, "2", "3/2", "/" is 1/2, "//" is 1/4."""
    whole, slash, below = text.partition("/")
    numerator = small_number(whole) if whole else 1
    slashes = len(slash) + len(below) - len(below.lstrip("/"))
    digits = below.lstrip("/")
    if slashes > limits.MAX_DIGITS or (slashes > 1 and digits):
        raise ValueError(f"the note length {text[:12]!r} has too many slashes")
    denominator = small_number(digits) if digits else 2**slashes
    if not (numerator and denominator):
        raise ValueError(f"the note length {text[:12]!r} has a zero in it")
    if denominator > limits.MAX_LENGTH_DENOMINATOR:
        raise ValueError(f"a note length is divided by at most {limits.MAX_LENGTH_DENOMINATOR}, not {denominator}")
    return Fraction(numerator, denominator)


def chord_length(first: Fraction, outer: Fraction) -> Fraction:
    """The length of a chord in unit lengths: that of its first note times the one after its bracket (section "Chords
    and unisons"). Raises ValueError where no single note could have it."""
    length = first * outer
    if length.denominator > limits.MAX_LENGTH_DENOMINATOR or length.numerator >= 10**limits.MAX_DIGITS:
        raise ValueError(f"the lengths inside and after this chord make {length}, which no note can have")
    return length


def spell_length(length: Fraction) -> str:
    """The shortest text that ``read_length`` reads so: "" is 1, "3/" is 3/2, "/4" is a quarter."""
    above = "" if length.numerator == 1 else str(length.numerator)
    return above + {1: "", 2: "/"}.get(length.denominator, f"/{length.denominator}")


def read_accidental(text: str) -> int | None:
    """Semitones of ``^``, ``__`` and so on; None where nothing is written."""
    if text not in ACCIDENTALS:
        raise ValueError(f"the accidental {text[:8]!r} is none of _ __ = ^ ^^")
    return ACCIDENTALS[text]


def read_octave(letter: str, marks: str) -> int:
    """The octave of a note: 4 for ``C``, 5 for ``c``, one more for each ``'``, one less for each ``,``."""
    if len(marks) > limits.MAX_OCTAVE_MARKS:
        raise ValueError(f"a note has at most {limits.MAX_OCTAVE_MARKS} octave marks, this one has {len(marks)}")
    return (4 if letter.isupper() else 5) + marks.count("'") - marks.count(",")


def broken_factors(marks: int) -> tuple[Fraction, Fraction]:
    """What ``>`` (1), ``>>`` (2), ``<`` (-1) make of the notes before and after it."""
    short = Fraction(1, 2 ** abs(marks))
    return (2 - short, short) if marks > 0 else (short, 2 - short)


Q_IN_ANY_METER = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # by p


def default_q(p: int, meter: Meter) -> int:
    """In the time of how many notes p are played where none is written: section "Duplets, triplets, quadruplets,
    etc."."""
    return Q_IN_ANY_METER.get(p) or (3 if meter.compound else 2)


def bar_line(text: str, place: Place) -> BarLine:
    """Section "Repeat and bar symbols"; liberal in what it takes: dots before close a repeat, dots after it open one.
    At most ``limits.MAX_ENDING`` times are counted."""
    closes, opens = colons(text)
    if closes or opens:
        most = limits.MAX_ENDING - 1
        return BarLine(place, closes_repeat=min(closes, most), opens_repeat=min(opens, most))
    text = text.removeprefix(".")
    if text in ("|]", "||]"):
        return BarLine(place, style="final")
    is_double = text != "[|]" and (text.count("|") > 1 or "[" in text)
    return BarLine(place, style="double" if is_double else "single")


def colons(text: str) -> tuple[int, int]:
    """How many a bar line has before and after it; those of a line of colons alone are shared."""
    text = text.removeprefix(".")
    if set(text) == {":"}:
        return (len(text) + 1) // 2, len(text) // 2
    return len(text) - len(text.lstrip(":")), len(text) - len(text.rstrip(":"))


def merged(first: BarLine, second: BarLine) -> BarLine:
    """The one bar line that two with nothing between them are."""
    decorations = tuple(dict.fromkeys(first.decorations + second.decorations))
    closes = max(first.closes_repeat, second.closes_repeat)
    opens = max(first.opens_repeat, second.opens_repeat)
    if closes or opens:
        return BarLine(first.place, "single", closes, opens, decorations)
    style = max(first.style, second.style, key=("single", "double", "final").index)
    return BarLine(first.place, style, decorations=decorations)


def ending_numbers(text: str) -> tuple[int, ...]:
    """``1``, ``1,3`` and ``1-3`` as numbers, each once, each at most ``limits.MAX_ENDING``."""
    numbers: list[int] = []
    for part in text.strip(",-").split(","):
        first, _, last = part.partition("-")
        low = small_number(first or "0")
        high = small_number(last or str(low))
        if not 1 <= low <= high <= limits.MAX_ENDING:
            raise ValueError(f"endings are numbered 1 to {limits.MAX_ENDING}, not {part[:12]!r}")
        numbers.extend(range(low, high + 1))
    return tuple(dict.fromkeys(numbers))
