"""Key signatures: what ``K:`` says, and which notes it alters.

>>> parse_key("Ador").fifths, parse_key("Ador").alteration("F")
(1, 1)
"""

import re
from dataclasses import dataclass, field

SHARP_ORDER = "FCGDAEB"  # the order in which sharps enter a signature; flats enter from the other end
MAJOR_FIFTHS = {letter: index - 1 for index, letter in enumerate(SHARP_ORDER)}  # F -1, C 0, G 1 ...

# How many fifths a mode's signature lies from the major key on the same tonic (section "K: - key").
MODE_FIFTHS = {"maj": 0, "ion": 0, "mix": -1, "dor": -2, "min": -3, "aeo": -3, "phr": -4, "loc": -5, "lyd": 1}
EXPLICIT = "exp"  # the mode of a key that has the accidentals that are written out and no others
_SAME_MODE = {"ion": "maj", "aeo": "min", "m": "min", "": "maj"}
MAX_FIFTHS = 7

_KEY = re.compile(r"(?P<letter>[A-G])(?P<accidental>[#b]?)\s*(?P<mode>[A-Za-z]*)(?P<rest>.*)", re.DOTALL)
_EXPLICIT = re.compile(r"(__|\^\^|[_^=])([A-Ga-g])(?![A-Za-z0-9])")
_NO_TONIC = re.compile(r"exp(?![A-Za-z])")
_PROPERTY = re.compile(r"\s*(clef|treble|bass|alto|tenor|perc|middle|octave|transpose|[a-z]+=)")
_OTHER_CLEF = re.compile(r"bass|alto|tenor|perc|treble[+-]|middle|octave|transpose")
_PROPERTY_VALUE = re.compile(r"(?<!\S)[a-z]+=\S*")  # middle=d is no accidental
_ACCIDENTALS = {"__": -2, "_": -1, "=": 0, "^": 1, "^^": 2}


@dataclass(frozen=True, slots=True)
class Key:
    """A key: tonic and mode for people, alterations for notes.

    ``explicit`` are accidentals written after the mode (``K:D Phr ^f``), as (letter, semitones) pairs. They hold in
    every octave.
    """

    tonic: str = "C"  # letter and "#" or "b"; "" where there is no tonic (K:none, K:HP)
    mode: str = "maj"  # three letters, lower case: maj, min, dor, phr, lyd, mix, loc, exp
    explicit: tuple[tuple[str, int], ...] = ()
    special: str = ""  # "none", "HP" or "Hp"
    capitals: str = field(default="", compare=False)  # letters of explicit accidentals that are written as capitals

    @property
    def fifths(self) -> int:
        """Sharps that sound, flats counted negative, without the explicit accidentals."""
        if self.special:
            return 0 if self.special == "none" else 2  # the pipes' scale; HP does not show its sharps, Hp does
        if self.mode == EXPLICIT:
            return 0
        return tonic_fifths(self.tonic) + MODE_FIFTHS[self.mode]

    @property
    def alterations(self) -> dict[str, int]:
        """Semitones by which the signature alters each letter."""
        return {letter: self.alteration(letter) for letter in SHARP_ORDER}

    def alteration(self, letter: str) -> int:
        """Semitones by which the signature alters a letter (``"A"`` to ``"G"``)."""
        for explicit_letter, semitones in self.explicit:
            if explicit_letter == letter:
                return semitones
        place = SHARP_ORDER.index(letter)
        if self.fifths > 0:
            return int(place < self.fifths)
        return -int(6 - place < -self.fifths)

    @property
    def signs(self) -> int:
        """How many sharps or flats the signature has; a double one counts twice."""
        return sum(abs(self.alteration(letter)) for letter in SHARP_ORDER)

    def __str__(self) -> str:
        """As it stands after ``K:``: ``G``, ``Am``, ``Ador``, ``D exp _b ^f``, ``HP``."""
        accidentals = {semitones: text for text, semitones in _ACCIDENTALS.items()}
        extra = "".join(
            f" {accidentals[semitones]}{letter if letter in self.capitals else letter.lower()}"
            for letter, semitones in self.explicit
        )
        suffix = {"maj": "", "min": "m", EXPLICIT: f" {EXPLICIT}"}.get(self.mode, self.mode)
        return (self.special or f"{self.tonic}{suffix}") + extra


C_MAJOR = Key()  # where no K: is given


def tonic_fifths(tonic: str) -> int:
    """Place of a tonic on the circle of fifths, C being 0: ``Bb`` -2, ``F#`` 6."""
    return MAJOR_FIFTHS[tonic[0]] + 7 * (tonic.count("#") - tonic.count("b"))


def tonic_at(fifths: int) -> str:
    """The tonic at a place on the circle of fifths: the inverse of ``tonic_fifths`` from Fb (-8) to B# (12)."""
    sharps, index = divmod(fifths + 1, 7)
    return SHARP_ORDER[index] + ("#" * sharps if sharps > 0 else "b" * -sharps)


def parse_key(text: str) -> Key:
    """The key that the text after ``K:`` names; clefs and other properties are passed over.

    Raises ValueError with a sentence when there is no such key.
    """
    text = text.strip()
    if text[:2] in ("HP", "Hp"):
        return Key(tonic="", special=text[:2])
    if text == "" or text.lower().startswith("none") or _PROPERTY.match(text) or _NO_TONIC.match(text):
        return Key("", "maj", *_explicit(text, "none"))
    match = _KEY.match(text)
    if not match:
        raise ValueError(f"the key {text[:20]!r} does not start with a letter from A to G, HP or none")
    mode, rest = _mode(match["mode"]), match["rest"]
    if mode is None:
        mode, rest = "maj", match["mode"] + rest  # K:C clef=bass, K:Gtreble
        if not _PROPERTY.match(rest):
            raise ValueError(f"the mode {match['mode'][:20]!r} is none of maj, min, dor, phr, lyd, mix, loc")
    key = Key(match["letter"] + match["accidental"], mode, *_explicit(rest))
    if abs(key.fifths) > MAX_FIFTHS:
        raise ValueError(
            f"the key {text[:20]!r} would need {abs(key.fifths)} sharps or flats; at most {MAX_FIFTHS} exist"
        )
    return key


def names_no_key(text: str) -> bool:
    """``clef=bass``: a ``K:`` that leaves the key as it is."""
    return bool(_PROPERTY.match(text))


def has_other_clef(text: str) -> bool:
    """Whether a ``K:`` asks for a clef other than treble, or moves the notes (``octave=``, ``transpose=``)."""
    return bool(_OTHER_CLEF.search(text))


def _mode(text: str) -> str | None:
    short = text.lower()[:3]
    short = _SAME_MODE.get(short, short)
    return short if short in MODE_FIFTHS or text.lower() == EXPLICIT else None


def _explicit(text: str, special: str = "") -> tuple[tuple[tuple[str, int], ...], str, str]:
    """Accidentals as (letter, semitones), one a letter: the first; ``special``; and the letters that are capitals."""
    found: dict[str, tuple[str, int]] = {}
    for sign, letter in _EXPLICIT.findall(_PROPERTY_VALUE.sub("", text)):
        found.setdefault(letter.upper(), (letter, _ACCIDENTALS[sign]))
    capitals = "".join(letter for letter, _ in found.values() if letter.isupper())
    return tuple((letter, semitones) for letter, (_, semitones) in found.items()), special, capitals
