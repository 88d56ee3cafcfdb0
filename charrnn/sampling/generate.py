"""The loop: a distribution over the next character, one multinomial draw, and draw and state go back in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from charrnn.errors import SamplingError
from charrnn.model.network import CharLSTM, State
from charrnn.sampling.filters import Guide
from charrnn.sampling.stepper import Stepper

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
def read(network: CharLSTM, ids: Sequence[int], state: State | None, temperature: float) -> tuple[Tensor, State]:
    """Run characters through the network: the logits (V,) of the next one, and the state."""
    logits, state = network(torch.tensor([list(ids)]), state, _divisor(temperature))
    return logits[0, -1], state


def to_probabilities(logits: Tensor, temperature: float) -> Tensor:
    """Probabilities (V,) from logits that the network has already divided by the temperature. Temperature 0 puts all
    on the most probable character."""
    if not torch.isfinite(logits).all():
        raise SamplingError("the model gave values that are no probabilities; its checkpoint may be damaged")
    if temperature == 0:
        return torch.nn.functional.one_hot(logits.argmax(), len(logits)).float()
    return torch.softmax(logits.float(), dim=-1)


def draw(logits: Tensor, temperature: float, random: torch.Generator, mask: Tensor | None = None) -> Draw:
    """One multinomial draw among the characters of the mask (V,)."""
    weights, total = to_probabilities(logits, temperature), 1.0
    if mask is not None:
        allowed = weights * mask
        total = float(allowed.sum())
        if total > _TINY:
            weights = allowed
        else:  # the model believes in none of them: the most probable of those, or nearly so, all the same
            lowest = logits.min() - _FAR
            weights = to_probabilities(torch.where(mask, logits, lowest), temperature) * mask
    index = int(torch.multinomial(weights, 1, generator=random))
    top = torch.topk(weights, min(ALTERNATIVES, len(weights)))
    scale = 1 / total if total > _TINY else 1.0
    values = (value * scale for value in top.values.tolist())
    alternatives = tuple(zip(top.indices.tolist(), values, strict=True))
    return Draw(index, float(weights[index]) * scale, alternatives, max(0.0, 1.0 - total))


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
