"""Looking back over the tune so far. Half of a folk tune is its own repetition, which an LSTM alone hardly learns.

At each moment the network compares a query with the keys of all earlier moments. What it is after is not the moment
that it finds but what came next there: the *follower*. A sentinel stands for none of them (Merity et al. 2016,
https://arxiv.org/abs/1609.07843).
"""

import math

import torch
from torch import Tensor, nn

_TINY = 1e-9  # keeps log() finite where fp32 rounds a probability to zero
_SHARPNESS = 4.0  # start value of the scale on scores; a plain 1 learns to point much later


class LookBack(nn.Module):
    """Weights over the earlier moments of a tune, for T moments of S + T."""

    def __init__(self, units: int, width: int) -> None:
        super().__init__()
        self.key = nn.Linear(units, width)
        self.query = nn.Linear(units, width)
        self.sentinel = nn.Linear(units, 1)  # the score of looking nowhere
        self.scale = _SHARPNESS / math.sqrt(width)

    def weights(self, output: Tensor, keys: Tensor, eagerness: float = 0.0) -> tuple[Tensor, Tensor]:
        """Of looking nowhere (B, T, 1), and of each moment that has a follower (B, T, S + T - 1): together 1.

        ``output`` (B, T, units) are the last T moments, ``keys`` (B, S + T, width) those of all. The eagerness is taken
        from the sentinel's score.
        """
        scores = self.scale * self.query(output) @ keys[:, :-1].transpose(1, 2)
        scores = scores.masked_fill(_not_yet(scores), -math.inf)
        weights = torch.softmax(torch.cat([self.sentinel(output) - eagerness, scores], dim=-1).float(), dim=-1)
        return weights[..., :1], weights[..., 1:]


class Recall(LookBack):
    """Between two LSTM layers: brings to mind what the lower one held where the tune was like this before."""

    def __init__(self, units: int, width: int) -> None:
        super().__init__(units, width)
        self.value = nn.Linear(units, units)

    def forward(self, output: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """What is added to the output (B, T, units); ``values`` (B, S + T, units) as ``keys``."""
        _, weights = self.weights(output, keys)
        return weights.to(values.dtype) @ values[:, 1:]


class Pointer(LookBack):
    """At the top: mixes the dense layer's distribution with a copy of the characters that followed."""

    def forward(self, output: Tensor, logits: Tensor, keys: Tensor, seen: Tensor, eagerness: float = 0.0) -> Tensor:
        """Log probabilities (B, T, V) of the mixture; ``seen`` (B, S + T) are the characters of all moments."""
        own, copied = self.weights(output, keys, eagerness)
        with torch.autocast(output.device.type, enabled=False):  # bf16 is too coarse for what has to sum to one
            followers = nn.functional.one_hot(seen[:, 1:], logits.shape[-1]).float()  # (B, S + T - 1, V)
            return torch.log(own * torch.softmax(logits.float(), dim=-1) + copied @ followers + _TINY)


def _not_yet(scores: Tensor) -> Tensor:
    """True where a moment's follower lies in the future of the moment that looks back."""
    moments, followers = scores.shape[-2:]
    ones = torch.ones(moments, followers, dtype=torch.bool, device=scores.device)
    return torch.triu(ones, diagonal=followers - moments + 1)
