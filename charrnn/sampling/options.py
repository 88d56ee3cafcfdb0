"""What a person asks for, checked once, here, for page, API and command line alike.

Widgets and JSON let through NaN, true, 2.7 and five megabytes; a Request that exists is a good one.
"""

import math
import re
import reprlib
import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.grammar.form import Form
from charrnn.notation.instruments.table import ANY, NAMES
from charrnn.notation.tokens import normalise_newlines

DEFAULT_TEMPERATURE = 0.9
DEFAULT_LENGTH = 600
DEFAULT_REPETITION = -0.5  # at 0 bars come again more often than in people's tunes: docs/experiments.md
DEFAULT_BARS, DEFAULT_PARTS = 8, "AABB"  # of a form that is given in part

_SHOWN = 30  # characters of the value received, in a sentence
_UNWRITABLE = ("Cc", "Cs")  # control characters, and halves of characters, which no file can hold
_UNSEEN = (*_UNWRITABLE, "Cf", "Co", "Cn")  # and what cannot be seen, or is no character


@dataclass(frozen=True, slots=True)
class Request:
    """One tune to compose. Build it with ``Request.checked``."""

    seed_text: str  # ABC: header lines, notes, both or nothing
    temperature: float  # 0 always takes the most probable character
    length: int  # most characters to write after the seed
    seed: int  # of the random generator
    grammar: bool = True  # offer the model only what keeps the tune right
    form: Form | None = None  # bars and parts; the length then follows from them
    repetition: float = DEFAULT_REPETITION  # over 0: repeat more of the tune so far; under 0: wander more
    most_shared: int | None = None  # notes: steer away from longer passages of the training music
    instrument: str = ANY  # a name of ``notation.instruments.table``: the tune has no other notes

    @classmethod
    def checked(
        cls,
        seed_text: object = "",
        temperature: object = DEFAULT_TEMPERATURE,
        length: object = DEFAULT_LENGTH,
        seed: object = None,
        grammar: object = True,
        bars: object = None,
        parts: object = None,
        repetition: object = DEFAULT_REPETITION,
        most_shared: object = None,
        instrument: object = ANY,
    ) -> "Request":
        """The request, or OptionError with one sentence: the field, the allowed range and the value received.

        Without a seed number one is drawn; it is in the result, so that the tune can be had again.
        """
        return cls(
            _seed_text(seed_text),
            _temperature(temperature),
            _whole_number("Length", length, 1, limits.MAX_LENGTH),
            secrets.randbelow(limits.MAX_SEED_NUMBER + 1)
            if seed is None
            else _whole_number("Random seed", seed, 0, limits.MAX_SEED_NUMBER),
            _switch("Grammar", grammar),
            _form(bars, parts, bool(grammar)),
            _repetition(repetition),
            _most_shared(most_shared, bool(grammar)),
            _instrument(instrument, bool(grammar)),
        )


def check_count(value: object) -> int:
    """How many tunes one command may ask for."""
    return _whole_number("Count", value, 1, limits.MAX_COUNT)


def check_candidates(value: object) -> int:
    """How many tunes may be composed side by side."""
    return _whole_number("Candidates", value, 1, limits.MAX_CANDIDATES)


def check_workers(value: object) -> int:
    """How many processes one command may use on a machine."""
    return _whole_number("Workers", value, 1, limits.MAX_WORKERS)


def check_program(value: object) -> int:
    """A General MIDI instrument, counted from 0."""
    return _whole_number("Program", value, 0, 127)


def check_bar(name: str, value: object, count: int) -> int:
    """The place of one of so many bars, counted from 0, as programs do; a person reads of it from 1."""
    if not _is_number(value) or value != int(value) or not 0 <= value < count:  # type: ignore[operator, call-overload]
        came = _shown(value + 1 if _is_number(value) else value)  # type: ignore[operator]
        raise OptionError(f"{name} must be a whole number from 1 to {count}, not {came}.")
    found: int = int(value)  # type: ignore[call-overload]
    return found


def check_place(name: str, value: object) -> int:
    """The number of one of several, from 1; whether there are so many, others know."""
    return _whole_number(name, value, 1, limits.MAX_SEED_NUMBER)


def check_semitones(value: object, most: int = limits.MAX_SEMITONES) -> int:
    """How far to transpose."""
    return _whole_number("Semitones", value, -most, most)


def check_switch(name: str, value: object) -> bool:
    """Something that is on or off."""
    return _switch(name, value)


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


def _temperature(value: object) -> float:
    low, high = limits.MIN_TEMPERATURE, limits.MAX_TEMPERATURE
    if not _is_number(value) or not (value == 0 or low <= value <= high):  # type: ignore[operator]
        raise OptionError(f"Temperature must be 0 or a number from {low} to {high:g}, not {_shown(value)}.")
    return float(value)  # type: ignore[arg-type]


def _repetition(value: object) -> float:
    most = limits.MAX_REPETITION
    if not _is_number(value) or not -most <= value <= most:  # type: ignore[operator]
        raise OptionError(f"Repetition must be a number from {-most:g} to {most:g}, not {_shown(value)}.")
    return float(value)  # type: ignore[arg-type]


def _most_shared(value: object, grammar: bool) -> int | None:
    if value is None:
        return None
    if not grammar:
        raise OptionError("To steer away from shared passages needs the grammar, which is switched off.")
    return _whole_number("Most shared notes", value, limits.MIN_SHARED, limits.MAX_SHARED)


def _instrument(value: object, grammar: bool) -> str:
    name = check_choice("Instrument", ANY if value is None else value, NAMES)
    if name != ANY and not grammar:
        raise OptionError("To keep to an instrument needs the grammar, which is switched off.")
    return name


def _form(bars: object, parts: object, grammar: bool) -> Form | None:
    """Bars alone mean the usual two parts, parts alone the usual eight bars."""
    if parts in (None, "") and bars is None:
        return None
    if not grammar:
        raise OptionError("A form (bars and parts) needs the grammar, which is switched off.")
    if parts in (None, ""):
        parts = DEFAULT_PARTS
    if not isinstance(parts, str) or not re.fullmatch(f"[A-H]{{1,{limits.MAX_FORM_PARTS}}}", parts):
        raise OptionError(f"Parts must be 1 to {limits.MAX_FORM_PARTS} letters such as AABB, not {_shown(parts)}.")
    return Form(_whole_number("Bars", DEFAULT_BARS if bars is None else bars, 1, limits.MAX_FORM_BARS), parts)


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise OptionError(f"{name} must be true or false, not {_shown(value)}.")
    return value


def _whole_number(name: str, value: object, low: int, high: int) -> int:
    if not _is_number(value) or value != int(value) or not low <= value <= high:  # type: ignore[operator, call-overload]
        raise OptionError(f"{name} must be a whole number from {low:,} to {high:,}, not {_shown(value)}.")
    found: int = int(value)  # type: ignore[call-overload]
    return found


def _is_number(value: object) -> bool:
    """An integer has no bounds, so it is not asked whether it is finite: over 1e308 the question itself fails."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _seed_text(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise OptionError(f"Seed must be text, not {_shown(value)}.")
    if len(value) > limits.MAX_SEED_CHARACTERS:
        raise OptionError(f"Seed must have at most {limits.MAX_SEED_CHARACTERS:,} characters, not {len(value):,}.")
    text = normalise_newlines(value)
    lines = text.rstrip("\n").count("\n") + 1
    if lines > limits.MAX_SEED_LINES:
        raise OptionError(f"Seed must have at most {limits.MAX_SEED_LINES} lines, not {lines:,}.")
    return _plain("Seed", text, _UNSEEN)


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
