"""Fractions: those of quicktions, which computes in C, or Python's own where it is missing.

Every duration and place in a tune is one, so that adding up never rounds. They take half of the time of arranging a
tune for the page with quicktions, and most of it without.
"""

from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING

if not TYPE_CHECKING:  # the same interface, without types
    with suppress(ImportError):
        from quicktions import Fraction

__all__ = ["Fraction"]
