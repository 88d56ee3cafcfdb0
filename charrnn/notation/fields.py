"""Values of information fields: meter, unit length, tempo. Each raises ValueError with a sentence.

Sections "M: - meter", "L: - unit note length" and "Q: - tempo" of the standard.
"""

import re
from fractions import Fraction

from charrnn import limits
from charrnn.notation.texts import read_text
from charrnn.notation.tune import Meter, Tempo

_FRACTION = re.compile(r"([0-9]+)\s*/\s*([0-9]+)")
_METER = re.compile(r"\(?\s*([0-9]+(?:\s*\+\s*[0-9]+)*)\s*\)?\s*/\s*([0-9]+)")
_MOST_TEMPO_WORDS = 100  # characters
_BEAT = r"[0-9]+\s*/\s*[0-9]+"
_TEMPO = re.compile(rf"(?:(?:(?P<beats>{_BEAT}(?:\s+{_BEAT})*)|C(?P<units>[0-9]*))\s*=)?\s*(?P<count>[0-9]+)")


def parse_fraction(text: str) -> Fraction:
    """``3/8`` as a Fraction; refuses zeros and numbers of many digits before they become integers."""
    match = _FRACTION.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{_short(text)} is not a fraction such as 3/8")
    numerator, denominator = small_number(match[1]), small_number(match[2])
    if not (numerator and denominator):
        raise ValueError(f"{_short(text)} has a zero in it")
    return Fraction(numerator, denominator)


def small_number(digits: str) -> int:
    """An integer of at most ``limits.MAX_DIGITS`` digits."""
    if len(digits) > limits.MAX_DIGITS:
        raise ValueError(f"a number has at most {limits.MAX_DIGITS} digits, this one has {len(digits)}")
    return int(digits)


def parse_meter(text: str) -> Meter:
    """``6/8``, ``C``, ``C|``, ``none``, ``2+3/8``, ``(2+3)/8``."""
    text = text.strip()
    if text in ("", "none"):
        return Meter(0, 1)
    if text in ("C", "C|"):
        return Meter(4, 4, text) if text == "C" else Meter(2, 2, text)
    match = _METER.fullmatch(text)
    if not match:
        raise ValueError(f"the meter {_short(text)} is not a fraction such as 6/8, C, C| or none")
    numerator = sum(small_number(part.strip()) for part in match[1].split("+"))
    denominator = small_number(match[2])
    if not 1 <= numerator <= limits.MAX_METER_NUMERATOR or denominator not in limits.METER_DENOMINATORS:
        raise ValueError(
            f"the meter {_short(text)} is outside 1 to {limits.MAX_METER_NUMERATOR}"
            f" over {', '.join(map(str, limits.METER_DENOMINATORS))}"
        )
    return Meter(numerator, denominator)


def parse_unit(text: str) -> Fraction:
    """``1/8``: the length that a note without a number has."""
    unit = Fraction(1) if text.strip() == "1" else parse_fraction(text)
    if unit > 1 or unit.denominator > limits.MAX_UNIT_DENOMINATOR:
        raise ValueError(f"the unit length {_short(text)} is outside 1/{limits.MAX_UNIT_DENOMINATOR} to 1")
    return unit


def is_plain_unit(unit: Fraction) -> bool:
    """1, 1/2, 1/4 and so on: what every meter's bar can be filled in."""
    return unit.numerator == 1 and unit.denominator & (unit.denominator - 1) == 0


def default_unit(meter: Meter) -> Fraction:
    """The unit length where L: is missing: a sixteenth for meters under 3/4, else an eighth."""
    return Fraction(1, 16) if meter.bar is not None and meter.bar < Fraction(3, 4) else Fraction(1, 8)


def parse_tempo(text: str, unit: Fraction) -> Tempo:
    """``1/4=120``, ``3/8=100 "lively"``, and the old ``120`` and ``C=120`` (so many unit lengths) and ``C3=40`` (so
    many times three of them)."""
    match = _TEMPO.fullmatch(_without_words(text))
    if not match:
        raise ValueError(f"the tempo {_short(text)} is not of the form 1/4=120")
    beat = sum(map(parse_fraction, (match["beats"] or "").split()), Fraction(0)) or unit * _old_beat(match["units"])
    if beat.denominator > limits.MAX_LENGTH_DENOMINATOR:
        raise ValueError(f"the beat of the tempo {_short(text)} is finer than 1/{limits.MAX_LENGTH_DENOMINATOR}")
    tempo = Tempo(beat, small_number(match["count"]), tempo_words(text))
    if not limits.MIN_TEMPO <= quarters_per_minute(tempo) <= limits.MAX_TEMPO:
        raise ValueError(
            f"the tempo {_short(text)} is outside {limits.MIN_TEMPO} to {limits.MAX_TEMPO} quarter notes a minute"
        )
    return tempo


def _old_beat(units: str | None) -> int:
    return small_number(units) or 1 if units else 1


def is_tempo_in_words(text: str) -> bool:
    """``Q:"Andante"``: good ABC, but no number to play by."""
    return not _without_words(text)


def tempo_words(text: str) -> str:
    """``Allegro con brio`` of ``"Allegro" 1/4=120 "con brio"``; without signs that a field cannot hold."""
    quoted = read_text(" ".join(re.findall(r'"([^"]*)"', text)))
    return " ".join(re.sub(r"[\[\]%\\]|&(?=#?\w+;)", " ", quoted).split())[:_MOST_TEMPO_WORDS].strip()


def _without_words(text: str) -> str:
    return re.sub(r'"[^"]*"', "", text).strip()


def quarters_per_minute(tempo: Tempo) -> Fraction:
    return tempo.beat * 4 * tempo.per_minute


def _short(text: str) -> str:
    return repr(text[:20])
