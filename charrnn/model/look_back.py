"""Looking back over the tune so far. Half of a folk tune is its own repetition, which an LSTM alone hardly learns.

At each moment the network compares a query with the keys of all earlier moments. What it is after is not the moment
that it finds but what came next there: the *follower*. A sentinel stands for none of them (Merity et al. 2016,
https://arxiv.org/abs/1609.07843).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_TINY = 1e-9  # keeps log() finite where fp32 rounds a probability to zero
_SHARPNESS = 4.0  # start value of the scale on scores; a plain 1 learns to point much later


@dataclass(frozen=True, slots=True)
class Echo:
    """The characters of all moments as intervals, and the way back to characters."""

    seen: Tensor  # (B, S + T)
    symbols: int
    to_characters: Callable[[Tensor], Tensor]  # (B, T, symbols) to (B, T, V)


class LookBack(nn.Module):
    """Weights over the earlier moments of a tune, for T moments of S + T. Each head looks for something else."""

    def __init__(self, units: int, width: int, heads: int = 1) -> None:
        super().__init__()
        self.heads = heads
        self.key = nn.Linear(units, heads * width)
        self.query = nn.Linear(units, heads * width)
        self.sentinel = nn.Linear(units, 1)  # the score of looking nowhere
        self.scale = _SHARPNESS / math.sqrt(width)

    def weights(self, output: Tensor, keys: Tensor, eagerness: float = 0.0) -> tuple[Tensor, Tensor]:
        """Of looking nowhere (B, T, 1), and of each moment that has a follower (B, heads, T, S + T - 1): together 1.

        ``output`` (B, T, units) are the last T moments, ``keys`` (B, S + T, heads * width) those of all. The eagerness
        is taken from the sentinel's score.
        """
        queries, found = self._by_head(self.scale * self.query(output)), self._by_head(keys[:, :-1])
        scores = queries @ found.transpose(2, 3)
        scores = scores.masked_fill(_not_yet(scores), -math.inf)
        every = [self.sentinel(output) - eagerness, scores.transpose(1, 2).flatten(2)]
        weights = torch.softmax(torch.cat(every, dim=-1).float(), dim=-1)
        return weights[..., :1], weights[..., 1:].unflatten(2, (self.heads, -1)).transpose(1, 2)

    def _by_head(self, vectors: Tensor) -> Tensor:
        """(B, T, heads * width) to (B, heads, T, width)."""
        found: Tensor = vectors.unflatten(2, (self.heads, -1)).transpose(1, 2)
        return found


class Recall(LookBack):
    """Between two LSTM layers: brings to mind what the lower one held where the tune was like this before."""

    def __init__(self, units: int, width: int) -> None:
        super().__init__(units, width)
        self.value = nn.Linear(units, units)

    def forward(self, output: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """What is added to the output (B, T, units); ``values`` (B, S + T, units) as ``keys``."""
        _, weights = self.weights(output, keys)
        return weights[:, 0].to(values.dtype) @ values[:, 1:]


class Pointer(LookBack):
    """At the top: mixes the dense layer's distribution with copies of the characters that followed.

    One head copies them as they were, the other, where there is one, as intervals: a pitch letter is moved to where it
    stands as far from the last letter as the copied one stood from the letter before it. So a phrase comes again a step
    higher.
    """

    def forward(
        self,
        output: Tensor,
        logits: Tensor,
        keys: Tensor,
        seen: Tensor,
        echo: Echo | None = None,
        eagerness: float = 0.0,
    ) -> Tensor:
        """Log probabilities (B, T, V) of the mixture; ``seen`` (B, S + T) are the characters of all moments."""
        own, copied = self.weights(output, keys, eagerness)
        with torch.autocast(output.device.type, enabled=False):  # bf16 is too coarse for what has to sum to one
            mixture = own * torch.softmax(logits.float(), dim=-1)
            for copies in self._copies(copied, seen, logits.shape[-1], echo):
                mixture = mixture + copies
            if echo is not None:
                mixture = mixture / mixture.sum(dim=-1, keepdim=True)  # some intervals lead beyond the letters
            return torch.log(mixture + _TINY)

    def parts(
        self, output: Tensor, characters: int, keys: Tensor, seen: Tensor, echo: Echo | None, eagerness: float
    ) -> tuple[Tensor, Tensor]:
        """What the mixture is made of, whatever the temperature: the share (B, T, 1) of the dense layer's softmax, and
        the probabilities (B, T, V) that are added to it."""
        own, copied = self.weights(output, keys, eagerness)
        copies = sum(self._copies(copied, seen, characters, echo), torch.zeros(()))
        total = own + copies.sum(dim=-1, keepdim=True) if echo is not None else torch.ones(())
        return own / total, copies / total + _TINY

    def _copies(self, copied: Tensor, seen: Tensor, characters: int, echo: Echo | None) -> Iterator[Tensor]:
        """Probabilities (B, T, V) that each head adds."""
        yield copied[:, 0] @ nn.functional.one_hot(seen[:, 1:], characters).float()
        if echo is not None:
            yield echo.to_characters(copied[:, 1] @ nn.functional.one_hot(echo.seen[:, 1:], echo.symbols).float())


def _not_yet(scores: Tensor) -> Tensor:
    """True where a moment's follower lies in the future of the moment that looks back."""
    moments, followers = scores.shape[-2:]
    ones = torch.ones(moments, followers, dtype=torch.bool, device=scores.device)
    return torch.triu(ones, diagonal=followers - moments + 1)
