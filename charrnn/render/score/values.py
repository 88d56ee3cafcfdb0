"""Which written values make up a duration: exact for every Fraction.

>>> [str(value.base) + "." * value.dots for value in spelled(Fraction(5, 8)).values]
['1/2', '1/8']
>>> spelled(Fraction(1, 12))
Division(number=3, base=2, values=(Value(base=Fraction(1, 8), dots=0),))
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

_SHORTEST = 256  # as a 1/256 note; what is shorter becomes part of a tuplet
_LONGEST = Fraction(16)  # whole notes, as several notes; what is longer becomes part of a tuplet
_DOTTED = (Fraction(1), Fraction(3, 2), Fraction(7, 4))  # by the number of dots


@dataclass(frozen=True, slots=True)
class Value:
    """A note value: ``Value(Fraction(1, 4), 1)`` is a dotted quarter."""

    base: Fraction  # whole notes; a power of two
    dots: int = 0

    @property
    def duration(self) -> Fraction:
        return self.base * _DOTTED[self.dots]


@dataclass(frozen=True, slots=True)
class Division:
    """Values that add up to a duration, played ``number`` in the time of ``base``."""

    number: int
    base: int
    values: tuple[Value, ...]


# From a long (four whole notes), the longest value with a sign of its own, to 1/256.
_VALUES = sorted(
    (Value(Fraction(4) / 2**power, dots) for power in range(11) for dots in range(3)),
    key=lambda value: value.duration,
    reverse=True,
)


@lru_cache(maxsize=4096)
def spelled(duration: Fraction, onset: Fraction = Fraction(0)) -> Division:
    """The fewest values with at most two dots that add up to the duration, longest first, or last where it starts off
    its own beat."""
    number, base = _ratio(duration)
    left = duration * number / base
    values: list[Value] = []
    for value in _VALUES:
        while value.duration <= left:
            values.append(value)
            left -= value.duration
    if len(values) > 1 and onset % values[0].base:
        values.reverse()
    return Division(number, base, tuple(values))


def _ratio(duration: Fraction) -> tuple[int, int]:
    """Number and base of the tuplet that makes the duration writable: (1, 1) for 3/8, (3, 2) for 1/12."""
    below = duration.denominator
    number = below // (below & -below)  # the odd part
    base = 1 << (number.bit_length() - 1)
    length = duration * number / base
    if length.denominator > _SHORTEST:
        number *= length.denominator // _SHORTEST
        length = duration * number / base
    while length > _LONGEST:
        base, length = base * 2, length / 2
    return number, base
