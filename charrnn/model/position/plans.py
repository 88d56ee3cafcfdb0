"""Which plans people's tunes have, given the header: to draw one from, and to count what telling it costs.

Counts of a context (meter and unit length, rhythm) are smoothed by those of the meter and unit, and these by those of
all tunes (Witten-Bell): a context with N tunes of T different plans gives T / (N + T) of its probability to the wider
one. What the widest gives away is the probability of a plan that no training tune has.

    plans = Plans.of(texts, clock)
    plans.bits((8, 8), header)      # about 0.5
    plans.draw(header, random)
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from charrnn.model.position.clock import Clock
from charrnn.model.position.plan import Plan, Section, bars_of, sections_of

Context = tuple[str, str]  # meter and unit length "4/4 1/8"; rhythm, "" where none is given
Written = tuple[Section, ...]


class Plans:
    """Counts of sections as written, by context."""

    def __init__(self, counts: dict[Context, Counter[Written]]) -> None:
        self._counts = counts
        self._plans = _Smoothed({context: _without_repeats(found) for context, found in counts.items()})

    @classmethod
    def of(cls, texts: Iterable[str], clock: Clock) -> "Plans":
        """Those of whole canonical tunes, headers included."""
        counts: dict[Context, Counter[Written]] = {}
        for text in texts:
            counts.setdefault(context_of(text), Counter())[sections_of(text, clock)] += 1
        return cls(counts)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Plans":
        """From what ``as_dict`` gave. Raises ValueError for anything else."""
        try:
            return cls(
                {
                    (meter, rhythm): Counter({_read(written): int(count) for written, count in found.items()})
                    for meter, rhythms in data.items()
                    for rhythm, found in rhythms.items()
                }
            )
        except (AttributeError, TypeError) as error:
            raise ValueError(f"these are no counts of plans: {error}") from error

    def as_dict(self) -> dict[str, Any]:
        """By meter, rhythm and sections: ``{"6/8 1/8": {"jig": {"8: 8:": 210, ...}}}``. A colon is a repeat."""
        out: dict[str, Any] = {}
        for (meter, rhythm), found in sorted(self._counts.items()):
            out.setdefault(meter, {})[rhythm] = {_text(written): count for written, count in sorted(found.items())}
        return out

    def __contains__(self, plan: Plan | None) -> bool:
        return plan in self._plans.known

    def __bool__(self) -> bool:
        return bool(self._counts)

    def bits(self, plan: Plan | None, header: str) -> float:
        """What it costs to tell the plan; None stands for all plans that no training tune has."""
        return -math.log2(self._plans.probability(plan, context_of(header))) if self else 0.0

    def contexts_of(self, written: Written) -> dict[Context, int]:
        """How many tunes have these sections, by the context that they stand in."""
        return {context: found[written] for context, found in sorted(self._counts.items()) if found[written]}

    def draw(self, header: str, random: np.random.Generator, fits: Callable[[Plan], bool] = bool) -> Plan | None:
        """One of the known plans that fit, as probable as among people's tunes; None where none fits."""
        number = random.random()  # one number, whatever fits
        plans = [plan for plan in self._plans.known if plan and fits(plan)]
        if not plans:
            return None
        reached = np.cumsum(self._plans.probabilities(plans, context_of(header))[:-1])
        place = int(np.searchsorted(reached, number * reached[-1], side="right"))
        found: Plan | None = plans[min(place, len(plans) - 1)]
        return found


class _Smoothed:
    """Counts by context, each smoothed by the next wider context."""

    def __init__(self, counts: dict[Context, Counter[Any]]) -> None:
        self._counts = counts
        self._of_meter: dict[str, Counter[Any]] = {}
        self._of_all: Counter[Any] = Counter()
        for (meter, _), found in counts.items():
            self._of_meter.setdefault(meter, Counter()).update(found)
            self._of_all.update(found)
        self.known = dict.fromkeys(sorted(self._of_all))

    def probability(self, value: Hashable, context: Context) -> float:
        """Of a value; one that is not known stands for all of these."""
        return float(self.probabilities([value] if value in self.known else [], context)[0])

    def probabilities(self, values: Sequence[Hashable], context: Context) -> np.ndarray:
        """Of each of the known values, and last of all together that are not known."""
        found = np.zeros(len(values) + 1)
        found[-1] = 1.0
        meter, _ = context
        for counts in (self._of_all, self._of_meter.get(meter, Counter()), self._counts.get(context, Counter())):
            together, different = counts.total(), len(counts)
            if together:
                own = np.array([*(counts[value] for value in values), 0.0])
                found = (own + different * found) / (together + different)
        return found


def context_of(header: str) -> Context:
    """Of a canonical header, which text may follow."""
    fields = dict(re.findall(r"^([MLR]):(.*)$", header, re.MULTILINE))
    return f"{fields.get('M', '')} {fields.get('L', '')}", fields.get("R", "")


def _without_repeats(counts: Counter[Written]) -> Counter[Plan]:
    plans: Counter[Plan] = Counter()
    for written, count in counts.items():
        plans[bars_of(written)] += count
    return plans


def _text(written: Written) -> str:
    return " ".join(f"{section.bars}{':' if section.is_repeated else ''}" for section in written)


def _read(text: str) -> Written:
    return tuple(Section(int(part.rstrip(":")), part.endswith(":")) for part in text.split())
