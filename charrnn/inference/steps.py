"""What the compiled kernel and numpy have in common: a network laid out for stepping, and its steps.

steps = stepper.start(state)
probabilities = steps([id])                # (1, V), and steps has moved on
"""

from collections.abc import Sequence
from typing import Protocol

from charrnn.inference.layout import Floats, Ints
from charrnn.model.network import State


class Steps(Protocol):
    """Some tunes, B of them, on their way, a character in each at a time."""

    def __call__(self, ids: Sequence[int] | Ints) -> Floats:
        """Probabilities (B, V) of the characters after ``ids`` (B,): as the network gives them in eval mode."""

    @property
    def untempered(self) -> Floats:
        """The same at temperature 1, without repetition."""


class Stepper(Protocol):
    """A network's weights laid out for stepping. Holds no state: any number of tunes may share one."""

    def start(self, states: State | Sequence[State], temperature: float = 1.0, repetition: float = 0.0) -> Steps:
        """Go on from where the network has read to; with several states, from all of them at once, in one row or more
        each. They may have read differently many characters."""
