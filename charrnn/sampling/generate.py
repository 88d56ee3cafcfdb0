"""The loop: a distribution over the next character, one multinomial draw, and draw and state go back in."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from charrnn.errors import SamplingError
from charrnn.model.network import CharLSTM, State
from charrnn.sampling.filters import Guide
from charrnn.sampling.stepper import Stepper

ALTERNATIVES = 8  # most probable characters that a Draw remembers


@dataclass(frozen=True, slots=True)
class Draw:
    """One character that was drawn, and what else it could have been."""

    index: int
    probability: float  # among the characters that were allowed
    alternatives: tuple[tuple[int, float], ...]  # (index, probability), most probable first
    removed: float = 0.0  # probability that the model gave to characters that were not allowed


@torch.inference_mode()
def read(network: CharLSTM, ids: Sequence[int], state: State | None, temperature: float) -> tuple[Tensor, State]:
    """Run characters through the network: the logits (V,) of the next one, and the state."""
    logits, state = network(torch.tensor([list(ids)]), state, _divisor(temperature))
    return logits[0, -1], state


def to_probabilities(logits: Tensor, temperature: float) -> Tensor:
    """Probabilities (V,) from logits that the network has already divided by the temperature. Temperature 0 puts all
    on the most probable character."""
    if torch.isnan(logits).any() or torch.isposinf(logits).any():
        raise SamplingError("the model gave values that are no probabilities; its checkpoint may be damaged")
    if temperature == 0:
        return torch.nn.functional.one_hot(logits.argmax(), len(logits)).float()
    return torch.softmax(logits.float(), dim=-1)


def draw(logits: Tensor, temperature: float, random: torch.Generator, mask: Tensor | None = None) -> Draw:
    """One multinomial draw among the characters of the mask (V,)."""
    probabilities = to_probabilities(logits, temperature)
    removed = 0.0
    if mask is not None:
        removed = float(probabilities[~mask].sum())
        if removed:
            probabilities = to_probabilities(logits.masked_fill(~mask, -math.inf), temperature)
    index = int(torch.multinomial(probabilities, 1, generator=random))
    top = torch.topk(probabilities, min(ALTERNATIVES, len(probabilities)))
    alternatives = tuple(zip(top.indices.tolist(), top.values.tolist(), strict=True))
    return Draw(index, float(probabilities[index]), alternatives, removed)


def generate(
    stepper: Stepper, logits: Tensor, state: State, temperature: float, random: torch.Generator, guide: Guide
) -> Iterator[Draw]:
    """Characters without end, from where ``read`` left off."""
    while True:
        drawn = draw(logits, temperature, random, guide.mask())
        yield drawn
        guide.advance(drawn.index)
        stepped, state = stepper(torch.tensor([drawn.index]), state, _divisor(temperature))
        logits = stepped[0]


def _divisor(temperature: float) -> float:
    """By what the network divides its logits; at temperature 0 the draw decides, not the division."""
    return temperature or 1.0
