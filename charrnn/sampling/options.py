"""What a person asks for. Each field of ``Request`` is an option, described once, here: page, programming interfaces,
links, command line and log know it by its name.

A Request that exists is a good one: ``Request.checked`` is for page, programs and command line alike.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.grammar.form import Form
from charrnn.notation.instruments.table import ANY, NAMES
from charrnn.sampling.checks import (
    check_choice,
    check_number,
    check_parts,
    check_seed,
    check_seed_text,
    check_switch,
    check_temperature,
    check_whole_number,
    optional,
)

DEFAULT_TEMPERATURE = 1.0
DEFAULT_LENGTH = 600
DEFAULT_REPETITION = -0.5  # at 0 bars come again more often than in people's tunes: docs/experiments.md
DEFAULT_TRIES = 2  # of each bar: with one, tunes are easier to tell from people's; more take longer
DEFAULT_BARS, DEFAULT_PARTS = 8, "AABB"  # of a form that is given in part


@dataclass(frozen=True, slots=True)
class Option:
    """What page, programs and command line tell of a field of ``Request``."""

    type: Any  # of the checked value
    default: Any  # None where there is nothing to give
    check: Callable[[str, object], Any]  # from label and raw value to the checked value, or OptionError
    label: str  # on the page and in sentences
    help: str  # for programs and the command line, on one line: the range, and what it does
    needs_grammar: str = ""  # how the sentence begins that refuses it where the grammar is off


def _option(default: Any, check: Callable[[str, object], Any], label: str, help: str, needs_grammar: str = "") -> Any:
    told = {"check": check, "label": label, "help": help, "needs_grammar": needs_grammar}
    return field(default=default, metadata=told)


@dataclass(frozen=True, slots=True)
class Request:
    """One tune to compose. Build it with ``Request.checked``."""

    seed_text: str = _option(
        "", check_seed_text, "Seed",
        f"ABC to start from: header lines, notes, both or nothing; at most {limits.MAX_SEED_CHARACTERS:,} characters.",
    )  # fmt: skip
    temperature: float = _option(
        DEFAULT_TEMPERATURE, check_temperature, "Temperature",
        f"0 takes the most probable character; otherwise {limits.MIN_TEMPERATURE} to {limits.MAX_TEMPERATURE:g}, higher"
        " is more surprising.",
    )  # fmt: skip
    length: int = _option(
        DEFAULT_LENGTH, partial(check_whole_number, low=1, high=limits.MAX_LENGTH), "Length",
        f"the most characters to write after the seed, 1 to {limits.MAX_LENGTH:,}, where there is no form.",
    )  # fmt: skip
    seed: int = _option(
        None, check_seed, "Random seed",
        f"of the random generator, 0 to {limits.MAX_SEED_NUMBER:,}. The same request gives the same tune. Drawn if not"
        " given.",
    )  # fmt: skip
    grammar: bool = _option(True, check_switch, "Grammar", "false: no rules, bars may not add up.")
    bars: int | None = _option(
        None, optional(partial(check_whole_number, low=1, high=limits.MAX_FORM_BARS)), "Bars",
        f"bars in a part, 1 to {limits.MAX_FORM_BARS}. With bars or parts the tune has a form.",
        "A form (bars and parts)",
    )  # fmt: skip
    parts: str | None = _option(
        None, check_parts, "Parts",
        f"the parts as they are played, 1 to {limits.MAX_FORM_PARTS} letters from A to H: AABB is two parts, each"
        " played twice.",
        "A form (bars and parts)",
    )  # fmt: skip
    repetition: float = _option(
        DEFAULT_REPETITION, partial(check_number, low=-limits.MAX_REPETITION, high=limits.MAX_REPETITION), "Repetition",
        f"{-limits.MAX_REPETITION:g} to {limits.MAX_REPETITION:g}; at {DEFAULT_REPETITION} the tune repeats itself as"
        " people's tunes do; above, more; below, less.",
    )  # fmt: skip
    most_shared: int | None = _option(
        None, optional(partial(check_whole_number, low=limits.MIN_SHARED, high=limits.MAX_SHARED)), "Most shared notes",
        f"{limits.MIN_SHARED} to {limits.MAX_SHARED} notes: avoids longer passages of the training music.",
        "To steer away from shared passages",
    )  # fmt: skip
    instrument: str = _option(
        ANY, lambda label, value: check_choice(label, ANY if value is None else value, NAMES), "Instrument",
        f"the tune has only notes of this instrument, in a key that it usually plays. One of {', '.join(NAMES)}.",
        "To keep to an instrument",
    )  # fmt: skip
    tries: int = _option(
        DEFAULT_TRIES, partial(check_whole_number, low=1, high=limits.MAX_TRIES), "Tries",
        f"1 to {limits.MAX_TRIES}: each bar is written this many times, and the one stays that is most like people's;"
        " once with most_shared, at temperature 0, and by a checkpoint without plans or a judge of phrases.",
    )  # fmt: skip

    @classmethod
    def checked(cls, *values: object, **named: object) -> "Request":
        """The request of raw values, given as to ``Request`` itself; or OptionError with one sentence: the field, the
        allowed range and the value received.

        Without a seed number one is drawn; it is in the result, so that the tune can be had again. Bars alone mean the
        usual two parts, parts alone the usual eight bars.
        """
        given = _SIGNATURE.bind(*values, **named)
        given.apply_defaults()
        asked = {name: option.check(option.label, given.arguments[name]) for name, option in OPTIONS.items()}
        for name, option in OPTIONS.items():
            if option.needs_grammar and not asked["grammar"] and asked[name] != option.default:
                raise OptionError(f"{option.needs_grammar} needs the grammar, which is switched off.")
        if asked["bars"] or asked["parts"]:
            asked |= {"bars": asked["bars"] or DEFAULT_BARS, "parts": asked["parts"] or DEFAULT_PARTS}
        return cls(**asked)

    @property
    def form(self) -> Form | None:
        """Bars and parts; where there are some, the length follows from them."""
        return Form(self.bars, self.parts) if self.bars and self.parts else None

    def without_grammar(self) -> "Request":
        """The same without what needs the grammar."""
        return replace(
            self, grammar=False, **{name: option.default for name, option in OPTIONS.items() if option.needs_grammar}
        )


OPTIONS = {each.name: Option(each.type, each.default, **each.metadata) for each in fields(Request)}  # in their order
_SIGNATURE = inspect.signature(Request)
