"""The network: embedding, LSTM layers, a dense layer to the vocabulary, and two looks back over the tune so far.

State goes in and comes out; nothing is kept on the module:

    logits, state = network(ids, state)        # ids (B, T) -> logits (B, T, V)

Between the first LSTM layer and the others stands a ``Recall``, at the top a ``Pointer`` (``model.look_back``). Pitch
letters are read and written as degrees of the scale, and bars are counted (``model.bearings``). All three can be
switched off, which leaves a plain character LSTM.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.func import functional_call

from charrnn.model.bearings import BARS, Bearings
from charrnn.model.look_back import Pointer, Recall
from charrnn.model.options import NetworkConfig
from charrnn.model.vocabulary import Vocabulary

_FAINT = 0.1  # how strong the bar's number is beside the character at first


@dataclass(frozen=True, slots=True)
class State:
    """All that the network knows of the characters so far. B sequences, S characters read."""

    hidden: Tensor  # (layers, B, units)
    cell: Tensor  # (layers, B, units)
    phase: Tensor  # (B,), the key and the bar
    ids: Tensor  # (B, S); S is 0 where nothing looks back
    recall_keys: Tensor  # (B, S, look_back)
    recall_values: Tensor  # (B, S, units)
    pointer_keys: Tensor  # (B, S, look_back)

    def detached(self) -> "State":
        """The same values, cut from the graph: how far back-propagation through time reaches."""
        return State(*(getattr(self, name).detach() for name in State.__slots__))

    def select(self, rows: Tensor) -> "State":
        """The state of some of the sequences (any may repeat), in the order of ``rows``."""
        by_layer = ("hidden", "cell")
        return State(
            *(
                getattr(self, name)[:, rows] if name in by_layer else getattr(self, name)[rows]
                for name in State.__slots__
            )
        )


class CharLSTM(nn.Module):
    """A character-level LSTM language model over the characters of a vocabulary."""

    def __init__(self, config: NetworkConfig, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.config = config
        self.bearings = Bearings(vocabulary, config.bearings)
        self.embedding = nn.Embedding(self.bearings.symbols, config.embedding)
        self.bar_embedding = nn.Embedding(BARS, config.embedding) if config.bearings else None
        widths = [config.embedding] + [config.units] * (config.layers - 1)
        self.lstms = nn.ModuleList(nn.LSTM(width, config.units, batch_first=True) for width in widths)
        self.dropout = nn.Dropout(config.dropout)
        self.dense = nn.Linear(config.units, self.bearings.symbols)
        self.recall = Recall(config.units, config.look_back) if config.look_back else None
        self.pointer = Pointer(config.units, config.look_back) if config.look_back else None
        if self.bar_embedding is not None:
            nn.init.normal_(self.bar_embedding.weight, std=_FAINT)

    @property
    def layers(self) -> list[nn.LSTM]:
        """The LSTM layers, the lowest first."""
        return [lstm for lstm in self.lstms if isinstance(lstm, nn.LSTM)]

    def initial_state(self, batch: int = 1) -> State:
        """The state before any character: zeros, and nothing to look back at."""
        config, zeros = self.config, self.dense.weight.new_zeros
        layers = zeros(config.layers, batch, config.units)
        nothing = zeros(batch, 0, config.look_back)
        ids = torch.zeros(batch, 0, dtype=torch.long, device=nothing.device)
        phase = ids.new_full((batch,), Bearings.START)
        return State(layers, layers, phase, ids, nothing, zeros(batch, 0, config.units), nothing)

    def forward(
        self, ids: Tensor, state: State | None = None, temperature: float = 1.0, repetition: float = 0.0
    ) -> tuple[Tensor, State]:
        """Logits of the character after each of ``ids`` (B, T), and the state after the last.

        The temperature divides the logits of the dense layer alone: sharpening what is copied as well makes a tune
        go round in circles. Repetition over 0 makes the pointer copy more readily, under 0 less. With a pointer, the
        logits are logarithms of the mixture's probabilities.
        """
        state = state or self.initial_state(len(ids))
        phases = self.bearings.follow(ids, state.phase)
        output = self.embedded(ids, phases)
        if self.pointer is not None:
            state = replace(state, ids=torch.cat([state.ids, ids], dim=1))
        ends = []
        for layer, lstm in enumerate(self.layers):
            start = (state.hidden[layer : layer + 1].contiguous(), state.cell[layer : layer + 1].contiguous())
            below = self.dropout(output)
            output, end = functional_call(lstm, self._dropped(lstm), (below, start))
            ends.append(end)
            if layer == 0:
                output, state = self._recalled(output, state)
            elif self.config.residual:
                output = output + below
        hidden, cell = (torch.cat(parts) for parts in zip(*ends, strict=True))
        state = replace(state, hidden=hidden, cell=cell, phase=phases[:, -1])
        output = self.dropout(output)
        logits = self.bearings.to_characters(self.dense(output), phases[:, 1:]) / temperature
        return self._mixed(output, logits, state, repetition)

    def embedded(self, ids: Tensor, phases: Tensor) -> Tensor:
        """The first layer's input (B, T, embedding) for ``ids`` (B, T), with the phases (B, 1 + T) around them."""
        vectors = self.embedding(self.bearings.to_symbols(ids, phases[:, :-1]))
        return vectors if self.bar_embedding is None else vectors + self.bar_embedding(Bearings.bars(phases[:, 1:]))

    def _dropped(self, lstm: nn.LSTM) -> dict[str, Tensor]:
        """While training, recurrent weights with some of them dropped, anew at each call (Merity et al. 2017,
        https://arxiv.org/abs/1708.02182)."""
        if not self.training or not self.config.weight_dropout:
            return {}
        weight = dict(lstm.named_parameters())["weight_hh_l0"]
        return {"weight_hh_l0": nn.functional.dropout(weight, self.config.weight_dropout)}

    def _recalled(self, output: Tensor, state: State) -> tuple[Tensor, State]:
        if self.recall is None:
            return output, state
        keys = torch.cat([state.recall_keys, self.recall.key(output)], dim=1)
        values = torch.cat([state.recall_values, self.recall.value(output)], dim=1)
        output = output + self.recall(output, keys, values)
        return output, replace(state, recall_keys=keys, recall_values=values)

    def _mixed(self, output: Tensor, logits: Tensor, state: State, repetition: float) -> tuple[Tensor, State]:
        if self.pointer is None:
            return logits, state
        keys = torch.cat([state.pointer_keys, self.pointer.key(output)], dim=1)
        return self.pointer(output, logits, keys, state.ids, repetition), replace(state, pointer_keys=keys)
