"""The network: embedding, LSTM layers, a dense layer to the vocabulary, and a look back over the tune so far.

State goes in and comes out; nothing is kept on the module:

    logits, state = network(ids, state)        # ids (B, T) -> logits (B, T, V)

Half of a folk tune is its own repetition, which an LSTM alone hardly learns. The look back is a pointer sentinel
mixture (Merity et al. 2016, https://arxiv.org/abs/1609.07843): at each step the network chooses between writing a
character of its own and copying the one that followed an earlier moment like this one.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from charrnn.model.options import NetworkConfig

_TINY = 1e-9  # keeps log() finite where fp32 rounds a probability to zero
_SHARPNESS = 4.0  # start value of the scale on look-back scores; a plain 1 learns to point much later


@dataclass(frozen=True, slots=True)
class State:
    """All that the network knows of the characters so far. B sequences, S characters read."""

    hidden: Tensor  # (layers, B, units)
    cell: Tensor  # (layers, B, units)
    keys: Tensor  # (B, S, look_back)
    ids: Tensor  # (B, S)

    def detached(self) -> "State":
        """The same values, cut from the graph: how far back-propagation through time reaches."""
        return State(self.hidden.detach(), self.cell.detach(), self.keys.detach(), self.ids)

    def select(self, rows: Tensor) -> "State":
        """The state of some of the sequences (any may repeat), in the order of ``rows``."""
        return State(self.hidden[:, rows], self.cell[:, rows], self.keys[rows], self.ids[rows])


class CharLSTM(nn.Module):
    """A character-level LSTM language model."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary_size, config.embedding)
        between_layers = config.dropout if config.layers > 1 else 0.0
        self.lstm = nn.LSTM(config.embedding, config.units, config.layers, batch_first=True, dropout=between_layers)
        self.dropout = nn.Dropout(config.dropout)
        self.dense = nn.Linear(config.units, config.vocabulary_size)
        self.look_back = LookBack(config.units, config.look_back) if config.look_back else None

    def initial_state(self, batch: int = 1) -> State:
        """The state before any character: zeros, and nothing to look back at."""
        weight = self.dense.weight
        zeros = weight.new_zeros(self.config.layers, batch, self.config.units)
        keys = weight.new_zeros(batch, 0, self.config.look_back)
        return State(zeros, zeros, keys, torch.zeros(batch, 0, dtype=torch.long, device=weight.device))

    def forward(self, ids: Tensor, state: State | None = None, temperature: float = 1.0) -> tuple[Tensor, State]:
        """Logits of the character after each of ``ids`` (B, T), and the state after the last.

        The temperature divides the logits of the dense layer alone: sharpening what is copied as well makes a tune
        go round in circles. With a look back, the logits are logarithms of the mixture's probabilities.
        """
        state = state or self.initial_state(len(ids))
        output, (hidden, cell) = self.lstm(self.dropout(self.embedding(ids)), (state.hidden, state.cell))
        return self.predict(self.dropout(output), ids, State(hidden, cell, state.keys, state.ids), temperature)

    def predict(self, output: Tensor, ids: Tensor, state: State, temperature: float = 1.0) -> tuple[Tensor, State]:
        """Logits (B, T, V) from the top layer's output (B, T, units) after ``ids`` (B, T), which join the state."""
        logits = self.dense(output) / temperature
        if self.look_back is None:
            return logits, state
        keys = torch.cat([state.keys, self.look_back.key(output)], dim=1)  # (B, S + T, look_back)
        seen = torch.cat([state.ids, ids], dim=1)  # (B, S + T)
        return self.look_back(output, logits, keys, seen), State(state.hidden, state.cell, keys, seen)


class LookBack(nn.Module):
    """Mixes the dense layer's distribution with a copy of what followed similar moments of the tune."""

    def __init__(self, units: int, width: int) -> None:
        super().__init__()
        self.key = nn.Linear(units, width)
        self.query = nn.Linear(units, width)
        self.sentinel = nn.Linear(units, 1)  # the score of not copying
        self.scale = _SHARPNESS / math.sqrt(width)

    def forward(self, output: Tensor, logits: Tensor, keys: Tensor, seen: Tensor) -> Tensor:
        """Log probabilities (B, T, V) of the mixture for the last T of the S + T moments.

        The key of moment i stands for the character that came next, ``seen[i + 1]``, so the newest moment has none.
        """
        scores = self.scale * self.query(output) @ keys[:, :-1].transpose(1, 2)  # (B, T, S + T - 1)
        scores = scores.masked_fill(_not_yet(scores), -math.inf)
        weights = torch.softmax(torch.cat([self.sentinel(output), scores], dim=-1).float(), dim=-1)
        with torch.autocast(output.device.type, enabled=False):  # bf16 is too coarse for what has to sum to one
            own, copied = weights[..., :1], weights[..., 1:]
            followers = nn.functional.one_hot(seen[:, 1:], logits.shape[-1]).float()  # (B, S + T - 1, V)
            return torch.log(own * torch.softmax(logits.float(), dim=-1) + copied @ followers + _TINY)


def _not_yet(scores: Tensor) -> Tensor:
    """True where a moment's follower lies in the future of the moment that looks back."""
    moments, followers = scores.shape[-2:]
    ones = torch.ones(moments, followers, dtype=torch.bool, device=scores.device)
    return torch.triu(ones, diagonal=followers - moments + 1)
