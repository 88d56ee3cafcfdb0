"""Checks of single values that a person or a program sends. Each returns the value, or raises OptionError with one
sentence: the field, the allowed range and the value received.

Widgets and JSON let through NaN, true, 2.7 and five megabytes.
"""

import math
import re
import reprlib
import secrets
import unicodedata
from collections.abc import Callable, Collection
from typing import TypeVar

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.notation.tokens import normalise_newlines

_SHOWN = 30  # characters of the value received, in a sentence
_UNWRITABLE = ("Cc", "Cs")  # control characters, and halves of characters, which no file can hold
_UNSEEN = (*_UNWRITABLE, "Cf", "Co", "Cn")  # and what cannot be seen, or is no character

_Value = TypeVar("_Value")


def check_whole_number(name: str, value: object, low: int, high: int) -> int:
    """A whole number of this range; 8.0 is one."""
    if not _is_number(value) or value != int(value) or not low <= value <= high:  # type: ignore[operator, call-overload]
        raise OptionError(f"{name} must be a whole number from {low:,} to {high:,}, not {_shown(value)}.")
    found: int = int(value)  # type: ignore[call-overload]
    return found


def check_number(name: str, value: object, low: float, high: float) -> float:
    """A number of this range."""
    if not _is_number(value) or not low <= value <= high:  # type: ignore[operator]
        raise OptionError(f"{name} must be a number from {low:g} to {high:g}, not {_shown(value)}.")
    return float(value)  # type: ignore[arg-type]


def check_temperature(name: str, value: object) -> float:
    """0, or a number of the range that makes sense."""
    low, high = limits.MIN_TEMPERATURE, limits.MAX_TEMPERATURE
    if not _is_number(value) or not (value == 0 or low <= value <= high):  # type: ignore[operator]
        raise OptionError(f"{name} must be 0 or a number from {low} to {high:g}, not {_shown(value)}.")
    return float(value)  # type: ignore[arg-type]


def check_seed(name: str, value: object) -> int:
    """The number that a random generator starts from; one is drawn for None."""
    if value is None:
        return secrets.randbelow(limits.MAX_SEED_NUMBER + 1)
    return check_whole_number(name, value, 0, limits.MAX_SEED_NUMBER)


def check_parts(name: str, value: object) -> str | None:
    """The parts of a form, in the order of playing; "" is none, as in a menu."""
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not re.fullmatch(f"[A-H]{{1,{limits.MAX_FORM_PARTS}}}", value):
        raise OptionError(f"{name} must be 1 to {limits.MAX_FORM_PARTS} letters such as AABB, not {_shown(value)}.")
    return value


def optional(check: Callable[[str, object], _Value]) -> Callable[[str, object], _Value | None]:
    """The same check of what may be None."""
    return lambda name, value: None if value is None else check(name, value)


def check_switch(name: str, value: object) -> bool:
    """Something that is on or off."""
    if not isinstance(value, bool):
        raise OptionError(f"{name} must be true or false, not {_shown(value)}.")
    return value


def check_choice(name: str, value: object, choices: Collection[str]) -> str:
    """One of the words that there are."""
    if not isinstance(value, str) or value not in choices:
        raise OptionError(f"{name} must be one of {', '.join(choices)}, not {_shown(value)}.")
    return value


def check_words(name: str, value: object, most: int) -> str:
    """A few words, such as a key."""
    if not isinstance(value, str) or len(value) > most:
        came = f"{len(value):,}" if isinstance(value, str) else _shown(value)
        raise OptionError(f"{name} must be text of at most {most} characters, not {came}.")
    return _plain(name, value, _UNWRITABLE)


def check_abc(value: object, most: int = limits.MAX_ABC_CHARACTERS) -> str:
    """The text of a tune, with its newlines as they are: programs that sent it know places in it."""
    if value is None or (isinstance(value, str) and not value.strip()):
        raise OptionError("There is no tune yet.")
    if not isinstance(value, str):
        raise OptionError(f"A tune must be text, not {_shown(value)}.")
    if len(value) > most:
        raise OptionError(f"A tune has at most {most:,} characters, not {len(value):,}.")
    return _plain("A tune", value, _UNWRITABLE)


def check_seed_text(name: str, value: object) -> str:
    """ABC that a tune starts from, with its newlines made one kind; None is nothing."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise OptionError(f"{name} must be text, not {_shown(value)}.")
    if len(value) > limits.MAX_SEED_CHARACTERS:
        raise OptionError(f"{name} must have at most {limits.MAX_SEED_CHARACTERS:,} characters, not {len(value):,}.")
    text = normalise_newlines(value)
    lines = text.rstrip("\n").count("\n") + 1
    if lines > limits.MAX_SEED_LINES:
        raise OptionError(f"{name} must have at most {limits.MAX_SEED_LINES} lines, not {lines:,}.")
    return _plain(name, text, _UNSEEN)


def check_count(value: object) -> int:
    """How many tunes one command may ask for."""
    return check_whole_number("Count", value, 1, limits.MAX_COUNT)


def check_candidates(value: object) -> int:
    """How many tunes may be composed side by side."""
    return check_whole_number("Candidates", value, 1, limits.MAX_CANDIDATES)


def check_workers(value: object) -> int:
    """How many processes one command may use on a machine."""
    return check_whole_number("Workers", value, 1, limits.MAX_WORKERS)


def check_program(value: object) -> int:
    """A General MIDI instrument, counted from 0."""
    return check_whole_number("Program", value, 0, 127)


def check_bar(name: str, value: object, count: int) -> int:
    """The place of one of so many bars, counted from 0, as programs do; a person reads of it from 1."""
    if not _is_number(value) or value != int(value) or not 0 <= value < count:  # type: ignore[operator, call-overload]
        came = _shown(value + 1 if _is_number(value) else value)  # type: ignore[operator]
        raise OptionError(f"{name} must be a whole number from 1 to {count}, not {came}.")
    found: int = int(value)  # type: ignore[call-overload]
    return found


def check_place(name: str, value: object) -> int:
    """The number of one of several, from 1; whether there are so many, others know."""
    return check_whole_number(name, value, 1, limits.MAX_SEED_NUMBER)


def check_semitones(value: object, most: int = limits.MAX_SEMITONES) -> int:
    """How far to transpose."""
    return check_whole_number("Semitones", value, -most, most)


def _is_number(value: object) -> bool:
    """An integer has no bounds, so it is not asked whether it is finite: over 1e308 the question itself fails."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _plain(name: str, text: str, refused: Collection[str]) -> str:
    for place, character in enumerate(text, start=1):
        if character not in "\n\r\t" and unicodedata.category(character) in refused:
            raise OptionError(
                f"{name} must be plain text; the character U+{ord(character):04X} at position {place} is not."
            )
    return text


def _shown(value: object) -> str:
    """What came, cut short without being written out first: it may be five megabytes, or nest a thousand deep."""
    try:
        text = repr(value[:_SHOWN]) if isinstance(value, str) else reprlib.repr(value)
    except ValueError:  # an integer of more digits than Python writes
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
