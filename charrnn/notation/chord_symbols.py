"""The one reader of chord symbols, ``"Am7"`` or ``"D/f#"``, for playing, MusicXML and transposing.

Section "Chord symbols" (4.18) of the standard: root, accidental, type, a bass in either case, and an alternate chord in
parentheses, which is printed and not played. The types are those of printed song books; the signs ``♭ ♯ ° ø Δ`` are
read beside ``b # dim m7b5 maj7``. A text that starts like a chord with a type that is none of these is a chord without
tones; any other text is words.

>>> read_chord("Bm7b5"), read_chord("Fine")
(ChordSymbol(root='B', tones=((1, 0), (3, 3), (5, 6), (7, 10)), bass='', suffix='m7b5'), None)
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from charrnn import limits
from charrnn.notation.keys import tonic_at, tonic_fifths

Tones = tuple[tuple[int, int], ...]  # (degree, semitones above the root), by degree; the root is (1, 0)

# Semitones above the root of what a number names when nothing is before it: the seventh is minor, as in C7.
DEGREES = {1: 0, 2: 2, 3: 4, 4: 5, 5: 7, 6: 9, 7: 10, 9: 14, 11: 17, 13: 21}
NO_CHORD = ("N.C.", "N.C", "NC")

_PLAIN = str.maketrans("♭♯°\u2212\u2013△", "b#o--Δ")  # one character for one, so that places stay
_UNICODE_SIGNS = str.maketrans("b#", "♭♯")
_SYMBOL = re.compile(
    r"(?P<root>[A-G][#b♯♭]?)(?P<type>.*?)(?:/(?P<bass>[A-Ga-g][#b♯♭]?))?(?:\s*\((?P<alternate>[A-G][^()]*)\))?"
)
_TRIADS = {
    "": (4, 7), "major": (4, 7), "maj": (4, 7), "ma": (4, 7), "M": (4, 7),
    "minor": (3, 7), "min": (3, 7), "mi": (3, 7), "m": (3, 7), "-": (3, 7),
    "dim": (3, 6), "o": (3, 6), "ø": (3, 6), "aug": (4, 8), "+": (4, 8), "Δ": (4, 7),
}  # fmt: skip
_MAJOR = ("major", "maj", "ma", "M", "Δ")  # triads after which 7, 9, 11 and 13 have the major seventh
_CHANGE = r"sus[249]?|add[#b]?(?:2|4|6|9|11|13)|(?:no|omit)[35]|[#b+-](?:5|9|11|13)"
_TYPE = re.compile(
    r"(?P<triad>[Mm]ajor|[Mm]aj|ma|M|Δ|[Mm]inor|[Mm]in|mi|m|-(?!5)|dim|o|ø|aug|\+(?!5))?"
    r"(?P<seventh>\((?:[Mm]aj|ma|M|Δ)7\)|(?:[Mm]aj|ma|M|Δ)7?(?=9|11|13|$|[^0-9]))?"
    r"(?P<number>6/9|69|7M|5|6|7|9|11|13)?(?P<raised>\+(?![0-9]))?"
    rf"(?P<changes>(?:{_CHANGE}|\((?:{_CHANGE})(?:[, ]?(?:{_CHANGE}))*\))*)"
)
# How an unknown type starts, so that it is told from a word: "C7alt", "D#x", "Am(x)" and not "Coda".
_CHORD_LIKE = re.compile(r"(?:maj|min|m|M|dim|aug|sus|add)?(?:[0-9#+°øΔ(/]|b[0-9])\S*")
_OTHER_ROOT = re.compile(r"(?P<root>[a-gH][#b♯♭]?)(?P<type>.+)")  # as in lower-case minor, and the German B
_SEPARATOR = re.compile(r"\s*[\s,;]\s*")


@dataclass(frozen=True, slots=True)
class ChordSymbol:
    """What is written. ``tones`` is empty where no chord sounds: ``N.C.``, or a type that is not known."""

    root: str  # "Bb", "F#"; "" for N.C.
    tones: Tones
    bass: str = ""  # "F#"; "" where none is written
    suffix: str = ""  # as it is written, without root and bass: "m7", "7(Em)"

    @property
    def is_known(self) -> bool:
        """Whether it says what to play, be it nothing."""
        return bool(self.tones) or not self.root


@lru_cache(maxsize=4096)
def read_chord(text: str) -> ChordSymbol | None:
    """The chord that a text in quotes names; None for words. Of alternate chords the first."""
    text = text.strip()
    if len(text) > limits.MAX_CHORD_CHARACTERS:
        return None
    if text in NO_CHORD:
        return ChordSymbol("", (), suffix=text)
    match = _SYMBOL.fullmatch(text)
    if not match:
        return None
    root, rest = match["root"].translate(_PLAIN), text[match.end("root") :]
    tones = _tones(match["type"].strip())
    if tones and (not match["alternate"] or read_chord(match["alternate"])):
        bass, (start, end) = match["bass"], match.span("bass")
        suffix = text[match.end("root") : start - 1] + text[end:] if bass else rest
        return ChordSymbol(root, tones, _plain_name(bass) if bass else "", suffix)
    if _CHORD_LIKE.fullmatch(rest.translate(_PLAIN)) or _chords_in(text) or _begins_with_chord(text):
        return ChordSymbol(root, (), suffix=rest)
    return None


def is_unknown_chord(text: str) -> bool:
    """Whether a person meant a chord by it that is not known here: ``C7alt``, ``em7``, ``Hm``, ``G D``."""
    symbol = read_chord(text)
    if symbol is not None:
        return not symbol.is_known
    other = _OTHER_ROOT.fullmatch(text.strip()) if len(text) <= limits.MAX_CHORD_CHARACTERS else None
    return bool(other and _tones(other["type"]))


def transposed_chord(text: str, fifths: int) -> str:
    """The symbol so many fifths up, all else as it is written; words stay as they are.

    >>> [transposed_chord(text, 2) for text in ("Dm(Gm)", "F/a", "A♭7", "Coda")]
    ['Em(Am)', 'G/b', 'B♭7', 'Coda']
    """
    if read_chord(text) is None:
        return text
    before, symbol = text[: len(text) - len(text.lstrip())], text.lstrip()
    pieces = _SEPARATOR.split(symbol)
    if len(pieces) > 1 and len(_chords_in(symbol)) == len(pieces):
        separators = [*_SEPARATOR.findall(symbol), ""]
        moved = (_moved(piece, fifths) + between for piece, between in zip(pieces, separators, strict=True))
        return before + "".join(moved)
    return before + _moved(symbol, fifths)


def _moved(text: str, fifths: int) -> str:
    match = _SYMBOL.fullmatch(text)
    if not match:
        return text
    for name in ("alternate", "bass", "root"):  # from the end, so that places stay
        start, end = match.span(name)
        if start < end:
            old = text[start:end]
            new = transposed_chord(old, fifths) if name == "alternate" else _moved_name(old, fifths)
            text = text[:start] + new + text[end:]
    return text


def _moved_name(name: str, fifths: int) -> str:
    """A root or a bass, in its case and with its kind of signs."""
    place = tonic_fifths(_plain_name(name)) + fifths
    moved = tonic_at((place + 8) % 12 - 8 if not -8 <= place <= 12 else place)
    sign = moved[1:].translate(_UNICODE_SIGNS) if name[1:] in ("♭", "♯") else moved[1:]
    return (moved[0].lower() if name[0].islower() else moved[0]) + sign


def _plain_name(name: str) -> str:
    """``f♯`` is ``F#``."""
    return name[0].upper() + name[1:].translate(_PLAIN)


def _chords_in(text: str) -> list[ChordSymbol]:
    """The chords of a text that is nothing but several of them; empty where it is something else."""
    pieces = _SEPARATOR.split(text.strip())
    found = [read_chord(piece) for piece in pieces] if len(pieces) > 1 else []
    return [symbol for symbol in found if symbol] if all(found) else []


def _begins_with_chord(text: str) -> bool:
    """``Am slowly``, and not ``A part`` or ``Bb clarinet``."""
    first, *more = text.split(maxsplit=1)
    symbol = read_chord(first) if more else None
    return symbol is not None and symbol.is_known and bool(symbol.suffix or symbol.bass)


def _tones(text: str) -> Tones:
    """Of a type: of the seventh chord for ``7``. Empty where it is none."""
    match = _TYPE.fullmatch(text.translate(_PLAIN))
    if not match:
        return ()
    triad = re.sub("^M(?=[ai])", "m", match["triad"] or "")  # Maj, Min
    third, fifth = _TRIADS[triad]
    tones = {1: 0, 3: third, 5: fifth + bool(match["raised"])}
    seventh = 11 if triad in _MAJOR or match["seventh"] or match["number"] == "7M" else DEGREES[7]
    number = (match["number"] or "").removesuffix("M")
    if number == "5":
        return ((1, 0), (5, 7)) if text == "5" else ()
    if number in ("6", "6/9", "69"):
        tones |= {6: DEGREES[6]} | ({9: DEGREES[9]} if "9" in number else {})
    elif number or match["seventh"] or triad in ("ø", "Δ"):
        is_diminished = third == 3 and fifth == 6 and triad != "ø" and not match["seventh"]
        tones[7] = 9 if is_diminished else seventh
        tones |= {degree: DEGREES[degree] for degree in (9, 11, 13) if number and degree <= int(number)}
    for change in re.findall(_CHANGE, match["changes"]):
        _apply(change, tones)
    return tuple(sorted(tones.items()))


def _apply(change: str, tones: dict[int, int]) -> None:
    """``sus4``, ``add9``, ``b5``, ``no3``."""
    digits = re.sub(r"\D", "", change)
    if change.startswith("sus"):
        tones.pop(3, None)
        degree = 2 if digits in ("2", "9") else 4
        tones[degree] = DEGREES[degree]
    elif change.startswith(("no", "omit")):
        tones.pop(int(digits), None)
    else:
        raised = ("#" in change or "+" in change) - ("b" in change or "-" in change)
        tones[int(digits)] = DEGREES[int(digits)] + raised
