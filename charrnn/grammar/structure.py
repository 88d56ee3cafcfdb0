"""Sections, repeats and endings of a tune that is being written: which bar lines may come next, and what they lead to.

One rule keeps every tune right: **in the order in which the tune is played, every bar is full**, but for a pick-up of
up to half a bar at the very start and what the end is short by in return. So a repeat closes where its first bar goes
on, a part that ends in the middle of a bar is followed by the rest of that bar, and a second ending goes on where the
first one did.

Times are Fractions of a whole note. A mark is what ends a bar or stands before its first note: a bar line with or
without an ending's number, or an inline field.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction
from typing import Any

from charrnn import limits
from charrnn.grammar.form import Part, Parts
from charrnn.notation.fields import parse_meter, parse_unit
from charrnn.notation.keys import MAX_FIFTHS, MODE_FIFTHS, SHARP_ORDER, Key, tonic_fifths
from charrnn.notation.tune import Meter

_METERS = ("2/4", "3/4", "4/4", "2/2", "3/2", "6/4", "3/8", "6/8", "9/8", "12/8", "5/4", "5/8", "7/8")
_LONGEST_ENDING = 2  # bars, where parts are planned
_UNITS = ("1/4", "1/8", "1/16")
_FIELDS = "MLK"  # inline fields, each once before a bar's first note


class Repeat(Enum):
    """Where in a repeat we are."""

    NONE = "none"
    OPEN = "open"
    FIRST = "first ending"
    LAST = "last ending"


class When(Enum):
    """At which time of a bar a mark may stand."""

    AT = "at"  # exactly there
    UP_TO = "up to"  # after any note up to there
    ANYWHERE = "anywhere"  # after any note
    SHORT = "short"  # after any note, the bar not full yet
    BEFORE = "before"  # before the bar's first note

    def last(self, at: int, cap: int) -> int:
        """Of a mark that may stand after any note: the last tick for it, in a bar of ``cap`` ticks."""
        return {When.UP_TO: at, When.ANYWHERE: cap, When.SHORT: cap - 1}[self]


@dataclass(frozen=True, slots=True)
class Exit:
    """A mark that the structure allows."""

    mark: str
    when: When
    at: Fraction = Fraction(0)  # for When.AT and When.UP_TO


@dataclass(frozen=True, slots=True)
class Structure:
    """What the bars so far mean for the bar that begins here."""

    full: Fraction | None  # of a bar; None in free meter
    unit: Fraction  # L:
    odd_q: int  # notes in whose time (5, (7 and (9 are played; 0 where readers disagree
    plan: Parts | None = None  # what is still to be written, the current part first; None where nothing is planned
    bars: int = 0  # of the part; counted only where there is a plan
    filled: Fraction = Fraction(0)  # of this bar, by what the last part ended with
    phase: Fraction = Fraction(0)  # what the section began with, so where a repeat closes
    repeat: Repeat = Repeat.NONE
    split: Fraction = Fraction(0)  # what the first ending began with
    split_bars: int = 0
    next_ending: int = 2
    complement: Fraction = Fraction(0)  # what the tune's first pick-up leaves for its last bar
    is_first: bool = True  # no bar line has counted yet: this bar may be a pick-up
    is_blank: bool = True  # nothing at all has been written
    may_end: bool = False
    fields: str = ""  # inline fields that may stand here
    _hash: int = field(default=0, init=False, repr=False, compare=False)  # once asked for: Fractions take long to hash

    def __hash__(self) -> int:
        if not self._hash:
            object.__setattr__(self, "_hash", hash(self._values))
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        return Structure, self._values  # without the hash, which another process does not share

    @property
    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__slots__ if name != "_hash")

    @classmethod
    def begin(cls, meter: Meter, unit: Fraction, parts: Parts | None = None) -> "Structure":
        """Before a tune's first character. Free meter has no bars to count, so no parts are planned."""
        return cls(meter.bar, unit, _odd_q(meter), parts if meter.bar else None)

    @property
    def goal(self) -> Fraction:
        """How far the last bar of this section is filled; without meaning in free meter."""
        full = self.full if self.full is not None else Fraction(1)
        return full if self.is_first or not self.phase else self.phase

    @property
    def part_is_due(self) -> bool:
        """Whether this bar is the last of its part."""
        return bool(self.plan) and self.bars >= self._bars_before_the_last

    @property
    def _bars_before_the_last(self) -> int:
        """Of this part. Where a section began with a pick-up, its last bar is the one that is short by it."""
        assert self.plan
        return self.plan[0].bars - (self.goal == self.full)

    @property
    def goes_on_as_planned(self) -> bool:
        """Whether the text so far is within the parts that are planned: the current one is not too long."""
        return bool(self.plan) and self.bars <= self._bars_before_the_last

    def bars_like(self, before: "Structure") -> int:
        """How many bars from here on are like the one before, nothing but their number having changed; the last bar of
        a part is like no other."""
        is_alike = bool(self.plan) and self == replace(before, bars=before.bars + 1)
        return max(0, self._bars_before_the_last - self.bars) if is_alike else 0

    # -- what may come

    def exits(self) -> tuple[Exit, ...]:
        """The bar lines that this bar may end with, or begin with."""
        if self.plan == ():
            return ()
        if self.full is None:
            return _without_times(self._free_exits(self.goal))
        if self.plan is None:
            return self._free_exits(self.full)
        return self._planned_exits(self.full, self.plan[0])

    def _free_exits(self, full: Fraction) -> tuple[Exit, ...]:
        goal = self.goal
        if self.repeat is Repeat.FIRST:
            return (Exit("|", When.AT, full), Exit(f":|{self.next_ending}", When.AT, goal))
        bar = self._bar_ends("|", full)
        if self.repeat is Repeat.OPEN:
            within = () if self.is_first else (Exit("[1", When.SHORT),)
            return (*bar, Exit(":|", When.AT, goal), Exit("::", When.AT, goal), Exit("|1", When.AT, full), *within)
        before = (Exit("|:", When.BEFORE),) if self.is_blank or self._stands_behind_a_field else ()
        if self.is_first:
            parts = tuple(exit for line in ("||", "|:", "|]") for exit in self._bar_ends(line, full))
        else:
            parts = tuple(Exit(line, When.ANYWHERE) for line in ("||", "|:", "|]"))
        return (*before, *bar, *parts, *self._final(full))

    def _bar_ends(self, line: str, full: Fraction) -> tuple[Exit, ...]:
        """Where a bar line may end this bar: when it is full, and the first one as a pick-up."""
        pick_up = (self._behind_pick_up(line, full),) if self.is_first else ()
        return (*pick_up, Exit(line, When.AT, full))

    def _behind_pick_up(self, line: str, full: Fraction) -> Exit:
        """Hardly any of people's is longer than half a bar. One that is a bar less a blink sounds like a stumble."""
        return Exit(line, When.UP_TO, full / 2)

    @property
    def _stands_behind_a_field(self) -> bool:
        return not self.is_blank and self.repeat is Repeat.NONE and self.fields != _FIELDS

    def _planned_exits(self, full: Fraction, part: Part) -> tuple[Exit, ...]:
        if self.wants_opening:
            return self._openings(full)
        signs = self._opening_signs(full) if self._may_open else ()
        if self.part_is_due:
            ends = tuple(exit for line in self._part_ends(part) for exit in self._ends_with(line, full))
            return (*signs, *((self._behind_pick_up("|", full), *ends) if self.is_first else ends))
        plain = (*signs, *self._bar_ends("|", full))
        may_close = part.closes is not False and self.repeat is Repeat.OPEN
        splits = may_close and part.bars - self.bars <= _LONGEST_ENDING + 1
        return (*plain, Exit("|1", When.AT, full)) if splits else plain

    def _ends_with(self, line: str, full: Fraction) -> tuple[Exit, ...]:
        return self._final(full) if line == "|]" else (Exit(line, When.AT, self.goal),)

    @property
    def _may_open(self) -> bool:
        """Whether a part begins here that may be repeated, and nobody has said so."""
        is_either = self.plan is not None and len(self.plan) > 0 and self.plan[0].opens is None
        return is_either and self.repeat is Repeat.NONE and self.is_first

    @property
    def wants_opening(self) -> bool:
        """Whether a part is to be repeated from here that has not been opened."""
        return self.repeat is Repeat.NONE and bool(self.plan and self.plan[0].opens)

    @property
    def may_leave_out_opening(self) -> bool:
        """Whether its end alone says where the repeat began: no double bar comes in between."""
        return self.wants_opening and bool(self.plan and self.plan[0].closes)

    def _openings(self, full: Fraction) -> tuple[Exit, ...]:
        """Where a part begins that is repeated. A tune may leave out the sign where its first part closes."""
        before = (Exit("|:", When.BEFORE),)
        if not self.is_first:
            return before
        signs = self._opening_signs(full)
        if not self.may_leave_out_opening:
            return signs
        return (*signs, *((self._behind_pick_up("|", full),) if self.part_is_due else self._bar_ends("|", full)))

    def _opening_signs(self, full: Fraction) -> tuple[Exit, ...]:
        """At the start of the tune, or behind its pick-up."""
        before = (Exit("|:", When.BEFORE),) if self.is_blank else ()
        return (*before, self._behind_pick_up("|:", full))

    def _times_of_end(self) -> list[Fraction]:
        return [exit.at for exit in self._final(self.full)] if self.full is not None else []

    def _final(self, full: Fraction) -> tuple[Exit, ...]:
        """The tune may end with a full bar, or short by a pick-up."""
        return tuple(Exit("|]", When.AT, at) for at in sorted({full, self.goal, self.complement} - {Fraction(0)}))

    def _part_ends(self, part: Part) -> tuple[str, ...]:
        """The bar lines that the part may end with; several where the next one may be repeated or not."""
        assert self.plan
        if self.repeat is Repeat.FIRST:
            return (f":|{self.next_ending}",)
        is_last = len(self.plan) == 1
        opens = False if is_last else self.plan[1].opens
        if self.repeat is not Repeat.OPEN:
            return ("|]",) if is_last else _by_opening(opens, "||", "|:")
        if part.closes is False and not (opens or is_last):
            return ("||",)
        return _by_opening(opens, ":|", "::")

    def field_texts(self) -> tuple[str, ...]:
        """The inline fields that may stand here, before the bar's first note."""
        texts: tuple[str, ...] = ()
        if "M" in self.fields and self.repeat is Repeat.NONE and not self.filled and self.plan is None:
            texts += tuple(f"[M:{meter}]" for meter in _METERS)
        if "L" in self.fields:
            texts += tuple(f"[L:{unit}]" for unit in _UNITS)
        return texts + (_KEY_FIELDS if "K" in self.fields else ())

    # -- what it leads to

    def after(self, mark: str, time: Fraction) -> "Structure":
        """The structure after a mark that stands where the bar is filled up to ``time``.

        Takes any mark, allowed or not: what a person wrote is read by the same rules.
        """
        if mark.startswith("[") and mark[2:3] == ":":
            return self._after_field(mark[1], mark[3:-1])
        is_short = self.full is not None and time < self.full
        behind = replace(
            self, is_first=False, is_blank=False, may_end=False, fields=_FIELDS,
            filled=time if is_short and not self.is_first else Fraction(0), bars=self.bars if self.plan else 0,
            complement=self._rest_of(time) if self.is_first else self.complement,
        )  # fmt: skip
        if mark == "|" or mark == "|1":
            return behind._after_bar(self, mark)
        if mark == "[1":
            split = Fraction(0) if self.full is None or time >= self.full else time
            return replace(
                behind, repeat=Repeat.FIRST, split=split, split_bars=behind.bars, filled=split, next_ending=2
            )
        if mark in (":|", "::"):
            repeat = Repeat.OPEN if mark == "::" else Repeat.NONE
            behind = replace(behind, repeat=repeat, filled=behind.phase)._next_part()
            return replace(behind, may_end=mark == ":|" and not behind.plan)
        if mark.startswith(":|"):
            return replace(behind, repeat=Repeat.LAST, filled=behind.split, bars=behind.split_bars)
        if mark == "|:":
            return behind._after_opening(self, is_at_start=self.is_blank and not time, is_short=is_short)
        if mark == "||" and self.repeat is Repeat.OPEN:
            return behind._next_part()
        ends = mark == "|]" and (self.plan is not None or self.full is None or time in self._times_of_end())
        behind = replace(behind, repeat=Repeat.NONE, phase=behind.filled, may_end=ends)
        return replace(behind, plan=()) if self.plan is not None and ends else behind._next_part()

    @property
    def without_memory(self) -> "Structure":
        """Without what has no bearing on the longest text that may have to follow a bar line after any note."""
        bare = replace(self, filled=Fraction(0), is_blank=False, may_end=False, fields="")
        if self.repeat is Repeat.FIRST:
            return bare
        has_usual_grid = (8 * self.split / self.unit).denominator == 1  # of lengths, which the split may make finer
        if has_usual_grid:
            bare = replace(bare, split=Fraction(0), split_bars=0, next_ending=2)
        if self.is_first or self.repeat is Repeat.OPEN:
            return bare
        return replace(bare, phase=Fraction(0), repeat=Repeat.NONE)

    def _rest_of(self, time: Fraction) -> Fraction:
        """What is missing from a pick-up to a full bar."""
        return self.full - time if self.full is not None and 0 < time < self.full else Fraction(0)

    def _after_bar(self, before: "Structure", mark: str) -> "Structure":
        # In play order, the section's end has to leave as much room as its pick-up takes.
        phase = self.complement if before.is_first else self.phase
        bars = self.bars + 1 if self.plan else 0
        repeat = Repeat.OPEN if before.may_leave_out_opening else self.repeat
        behind = replace(self, phase=phase, filled=Fraction(0), bars=bars, repeat=repeat)
        if mark == "|":
            return behind
        return replace(behind, repeat=Repeat.FIRST, split_bars=bars, next_ending=2, split=Fraction(0))

    def _after_opening(self, before: "Structure", is_at_start: bool, is_short: bool) -> "Structure":
        if is_at_start:
            return replace(self, repeat=Repeat.OPEN, is_first=True, fields="")
        behind = replace(self, repeat=Repeat.OPEN, phase=self.filled)
        is_behind_pick_up = before.wants_opening or (before._may_open and is_short)
        return behind if is_behind_pick_up else behind._next_part()

    def _next_part(self) -> "Structure":
        return self if self.plan is None else replace(self, plan=self.plan[1:], bars=0)

    def _after_field(self, name: str, value: str) -> "Structure":
        behind = replace(self, fields=self.fields.replace(name, ""), may_end=False)
        if name == "M":
            return behind._in_meter(parse_meter(value))
        return replace(behind, unit=parse_unit(value)) if name == "L" else behind

    def _in_meter(self, meter: Meter) -> "Structure":
        """What was short by a pick-up is so in bars of the new length, too, if they are longer than it."""
        changed = replace(self, full=meter.bar, odd_q=_odd_q(meter))
        if self.full is None or meter.bar is None:
            return replace(changed, plan=None if meter.bar is None else self.plan)
        short = {name: getattr(self, name) for name in ("phase", "complement", "split")}
        moved = {name: max(Fraction(0), time + meter.bar - self.full) if time else time for name, time in short.items()}
        return replace(changed, **moved)

    def within_ending(self, numbers: tuple[int, ...]) -> "Structure":
        """An ending that a person wrote here, whatever stood before it."""
        following = next(number for number in range(1, limits.MAX_ENDING + 2) if number not in numbers)
        if 1 not in numbers or following > limits.MAX_ENDING:
            return replace(self, repeat=Repeat.LAST, may_end=False)
        return replace(
            self, repeat=Repeat.FIRST, split=self.filled, split_bars=self.bars, next_ending=following, may_end=False
        )

    # -- the way home

    def home(self, time: Fraction, has_sound: bool) -> Exit | None:
        """The bar line on the shortest way to the tune's end, from where this bar is filled up to ``time``; None where
        there is no way."""
        exits = [exit for exit in self.exits() if exit.mark not in ("|1", "[1")]
        before = next((exit for exit in exits if exit.when is When.BEFORE), None)
        if before and not has_sound and self.wants_opening:
            return before
        closing = [exit for exit in exits if self.plan or (exit.mark in _CLOSING and self._is_exact(exit))]
        for candidates in (closing, [exit for exit in exits if exit.when is When.AT]):
            ahead = [exit for exit in candidates if self._stands(exit, time, has_sound)]
            if ahead:
                return min(ahead, key=lambda exit: exit.at)
        return None

    def _is_exact(self, exit: Exit) -> bool:
        return exit.when is When.AT or self.full is None

    def _stands(self, exit: Exit, time: Fraction, has_sound: bool) -> bool:
        """Whether notes can still lead to this bar line."""
        if exit.when in (When.AT, When.UP_TO):
            return exit.at > time or (exit.at == time and has_sound)
        return exit.when is not When.BEFORE


_CLOSING = (":|", "|]", *(f":|{number}" for number in range(2, limits.MAX_ENDING + 1)))


def _by_opening(opens: bool | None, otherwise: str, opening: str) -> tuple[str, ...]:
    """Of two bar lines, the one behind which a repeat begins, the other one, or both."""
    return (otherwise, opening) if opens is None else (opening,) if opens else (otherwise,)


def _without_times(exits: tuple[Exit, ...]) -> tuple[Exit, ...]:
    """In free meter a bar may end after any note."""
    marks = dict.fromkeys(exit.mark for exit in exits if exit.when is not When.BEFORE)
    before = tuple(exit for exit in exits if exit.when is When.BEFORE)
    return (*before, *(Exit(mark, When.ANYWHERE) for mark in marks))


def _odd_q(meter: Meter) -> int:
    """Section "Duplets, triplets, quadruplets, etc." gives 3 in compound meters, else 2; some readers, abc2midi among
    them, take 3/4 for a compound meter, too."""
    if meter.compound:
        return 3
    return 0 if meter.numerator % 3 == 0 else 2


def _keys() -> tuple[str, ...]:
    tonics = [letter + sign for letter in sorted(SHARP_ORDER) for sign in ("", "#", "b")]
    return tuple(
        str(Key(tonic, mode))
        for tonic in tonics
        for mode, fifths in MODE_FIFTHS.items()
        if mode not in ("ion", "aeo") and abs(tonic_fifths(tonic) + fifths) <= MAX_FIFTHS
    )


_KEY_FIELDS = tuple(f"[K:{key}]" for key in _keys())
