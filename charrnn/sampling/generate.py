"""The loop: a distribution over the next character, one multinomial draw, and draw and state go back in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from charrnn.errors import SamplingError
from charrnn.model.network import CharLSTM, State
from charrnn.sampling.filters import Guide, Mask
from charrnn.sampling.linear import Floats
from charrnn.sampling.stepper import Steps

_TINY = 1e-7  # of all probability: too little to draw from in fp32
_FAR = 100.0  # below every logit: no probability in fp32
ALTERNATIVES = 8  # most probable characters that a Draw remembers


@dataclass(frozen=True, slots=True)
class Draw:
    """One character that was drawn, and what else it could have been."""

    index: int
    probability: float  # among the characters that were allowed
    alternatives: tuple[tuple[int, float], ...]  # (index, probability), most probable first
    removed: float = 0.0  # probability that the model gave to characters that were not allowed


@torch.inference_mode()
def read(
    network: CharLSTM, ids: Sequence[int], state: State | None = None, temperature: float = 1.0, repetition: float = 0.0
) -> tuple[Floats, State]:
    """Run characters through the network: the logits (V,) of the next one, and the state."""
    logits, state = network(torch.tensor([list(ids)]), state, divisor(temperature), repetition)
    return logits[0, -1].numpy(), state


def to_probabilities(logits: Floats, temperature: float) -> np.ndarray:
    """Probabilities (V,) from logits that the network has already divided by the temperature. Temperature 0 puts all
    on the most probable character."""
    if not np.isfinite(logits).all():
        raise SamplingError("the model gave values that are no probabilities; its checkpoint may be damaged")
    if temperature == 0:
        return (np.arange(len(logits)) == logits.argmax()).astype(np.float64)
    weights = np.exp(logits - logits.max(), dtype=np.float64)
    return weights / weights.sum()


def draw(logits: Floats, temperature: float, random: np.random.Generator, mask: Mask | None = None) -> Draw:
    """One multinomial draw among the characters of the mask (V,)."""
    weights, total = to_probabilities(logits, temperature), 1.0
    if mask is not None:
        allowed = weights * mask
        total = float(allowed.sum())
        if total > _TINY:
            weights = allowed
        else:  # the model believes in none of them: the most probable of those, or nearly so, all the same
            lowest = logits.min() - _FAR
            weights = to_probabilities(np.where(mask, logits, lowest), temperature) * mask
    weights = weights / weights.sum()
    top = np.argsort(-weights, kind="stable")[:ALTERNATIVES]
    index = multinomial(weights, random)
    alternatives = tuple(zip(top.tolist(), weights[top].tolist(), strict=True))
    return Draw(index, float(weights[index]), alternatives, max(0.0, 1.0 - total))


def multinomial(weights: np.ndarray, random: np.random.Generator) -> int:
    """The index of one of the weights (V,), each as probable as its share. One number of the generator is used."""
    reached = np.cumsum(weights)
    index = int(np.searchsorted(reached, random.random() * reached[-1], side="right"))
    return min(index, int(np.flatnonzero(weights)[-1]))  # rounding could lead past the last one


def generate(
    steps: Steps, logits: Floats, temperature: float, random: np.random.Generator, guide: Guide
) -> Iterator[Draw]:
    """Characters without end, from where ``read`` left off."""
    while True:
        drawn = draw(logits, temperature, random, guide.mask())
        yield drawn
        guide.advance(drawn.index)
        logits = steps([drawn.index])[0]


def divisor(temperature: float) -> float:
    """By what the network divides its logits; at temperature 0 the draw decides, not the division."""
    return temperature or 1.0
