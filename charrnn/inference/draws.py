"""The loop: a distribution over the next character, one multinomial draw, and draw and state go back in."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch

from charrnn.errors import ModelError, SamplingError
from charrnn.inference.guides import Guide, Mask
from charrnn.inference.layout import Floats as Probabilities
from charrnn.inference.steps import Steps
from charrnn.model.network import CharLSTM, State
from charrnn.model.position.plan import Plan

_TINY = 1e-9
ALTERNATIVES = 8  # most probable characters that a Draw tells
DAMAGED = "the model gave values that are no probabilities; its checkpoint may be damaged"
NO_WAY_ON = "no character may come next, so the tune cannot go on"


class Sampling(NamedTuple):
    """How characters are drawn: the options of a request that count at each of them."""

    temperature: float = 1.0
    repetition: float = 0.0

    @property
    def is_greedy(self) -> bool:
        """Whether the most probable character is taken, and chance has no say."""
        return self.temperature == 0

    @property
    def divisor(self) -> float:
        return divisor(self.temperature)

    @property
    def settings(self) -> tuple[float, ...]:
        """What a row of the kernel knows of them: ``Rows.settings``."""
        return self.divisor, self.repetition


AS_LEARNT = Sampling()


@dataclass(frozen=True, slots=True)
class Draw:
    """One character that was drawn, and what else it could have been."""

    index: int
    removed: float  # probability that the model gave to characters that were not allowed
    weights: Probabilities = field(compare=False, repr=False)  # (V,), probabilities of the characters allowed

    @property
    def distribution(self) -> Probabilities:
        """Probabilities (V,) among the characters that were allowed."""
        found: Probabilities = self.weights / np.add.reduce(self.weights)
        return found

    @property
    def probability(self) -> float:
        return float(self.distribution[self.index])

    @property
    def alternatives(self) -> tuple[tuple[int, float], ...]:
        """(index, probability), most probable first."""
        distribution = self.distribution
        top = np.argsort(-distribution, kind="stable")[:ALTERNATIVES]
        return tuple(zip(top.tolist(), distribution[top].tolist(), strict=True))


@torch.inference_mode()
def read(
    network: CharLSTM,
    ids: Sequence[int],
    state: State | None = None,
    temperature: float = 1.0,
    repetition: float = 0.0,
    plan: Plan | None = None,
) -> tuple[Probabilities, State]:
    """Run characters through the network: the probabilities (V,) of the next one, and the state. The plan is of a tune
    that begins here, without a state."""
    state = state or network.initial_state(plans=[plan])
    logits, state = network(torch.tensor([list(ids)]), state, divisor(temperature), repetition)
    probabilities: Probabilities = torch.softmax(logits[0, -1], dim=0).numpy()
    return probabilities, state


def draw(
    probabilities: Probabilities, sampling: Sampling, random: np.random.Generator, mask: Mask | None = None
) -> Draw:
    """One multinomial draw among the characters of the mask (V,). Temperature and repetition have been applied already,
    by the network; but at temperature 0 the most probable character is taken.

    Raises ModelError where the probabilities are none.
    """
    weights = probabilities if mask is None else probabilities * mask
    reached = np.add.accumulate(weights)
    total = float(reached[-1])
    if not 0 < total < math.inf:
        weights = _where_none_is_likely(probabilities, mask)
        reached = np.add.accumulate(weights)
        total = float(reached[-1])
    if sampling.is_greedy:
        weights = (np.arange(len(weights)) == weights.argmax()).astype(np.float32)
        reached = np.add.accumulate(weights)
    removed = 0.0 if mask is None else max(0.0, 1.0 - total)
    return Draw(_one_of(weights, reached, random), removed, weights)


def _where_none_is_likely(probabilities: Probabilities, mask: Mask | None) -> Probabilities:
    """The model believes in none of the characters that are allowed: next to nothing for each."""
    if mask is None or not math.isfinite(np.add.reduce(probabilities)):
        raise ModelError(DAMAGED)
    if not mask.any():  # the grammar never comes to such an end; what else may stand before a draw shall say so
        raise SamplingError(NO_WAY_ON)
    return mask * np.float32(_TINY)


def multinomial(weights: np.ndarray, random: np.random.Generator) -> int:
    """The index of one of the weights (V,), each as probable as its share. One number of the generator is used."""
    return _one_of(weights, np.add.accumulate(weights), random)


def _one_of(weights: np.ndarray, reached: np.ndarray, random: np.random.Generator) -> int:
    """The same with the sums (V,) of the weights up to each."""
    index = int(reached.searchsorted(random.random() * float(reached[-1]), side="right"))
    if index < len(weights) and weights[index]:
        return index
    return int(np.flatnonzero(weights)[-1])  # rounding led past the last one


def generate(
    steps: Steps, probabilities: Probabilities, sampling: Sampling, random: np.random.Generator, guide: Guide
) -> Iterator[Draw]:
    """Characters without end, from where ``read`` left off."""
    while True:
        drawn = draw(probabilities, sampling, random, guide.mask())
        yield drawn
        guide.advance(drawn.index)
        probabilities = steps([drawn.index])[0]


def divisor(temperature: float) -> float:
    """By what the network divides its logits; at temperature 0 the draw decides, not the division."""
    return temperature or 1.0
