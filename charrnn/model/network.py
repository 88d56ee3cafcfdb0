"""The network: embedding, LSTM layers, a dense layer to the vocabulary, and two looks back over the tune so far.

State goes in and comes out; nothing is kept on the module:

    logits, state = network(ids, state)        # ids (B, T) -> logits (B, T, V)

Between the first LSTM layer and the others stands a ``Recall``, at the top a ``Pointer`` (``model.look_back``). Pitch
letters are read and written as degrees of the scale and as intervals, and the network is told where in the key, the
section and the bar it stands (``model.position.bearings``). All of it can be switched off, which leaves a plain
character LSTM.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from charrnn.corpus.augmentation import FARTHEST
from charrnn.model.look_back import Echo, Pointer, Recall
from charrnn.model.options import NetworkConfig
from charrnn.model.position import plan as planning
from charrnn.model.position.bearings import INTERVALS, Bearings, Places
from charrnn.model.position.clock import Node
from charrnn.model.position.plan import Plan, PlanState
from charrnn.model.vocabulary import Vocabulary

_FAINT = 0.1  # how strong the hints are beside the character at first
_ROWS = ("time", "plan")  # parts of the state that are a tuple, an entry a sequence
TRANSPOSITIONS = 2 * FARTHEST + 1


@dataclass(frozen=True, slots=True)
class State:
    """All that the network knows of the characters so far. B sequences, S characters read."""

    hidden: Tensor  # (layers, B, units)
    cell: Tensor  # (layers, B, units)
    phase: Tensor  # (B,), the key, the bar and the last letter
    time: tuple[Node, ...]  # B, the place in the bar
    plan: tuple[PlanState, ...]  # B, the place in the plan
    transposition: Tensor  # (B,), how far the tune was moved: 0 as written, fifths modulo TRANSPOSITIONS
    ids: Tensor  # (B, S); S is 0 where nothing looks back
    intervals: Tensor  # (B, S), the same characters as intervals
    recall_keys: Tensor  # (B, S, look_back)
    recall_values: Tensor  # (B, S, units)
    pointer_keys: Tensor  # (B, S, look_back)

    def detached(self) -> "State":
        """The same values, cut from the graph: how far back-propagation through time reaches."""
        return self._each(lambda name, value: value if name in _ROWS else value.detach())

    def select(self, rows: Tensor) -> "State":
        """The state of some of the sequences (any may repeat), in the order of ``rows``."""

        def selected(name: str, value: Any) -> Any:
            if name in _ROWS:
                return tuple(value[row] for row in rows.tolist())
            return value[:, rows] if name in ("hidden", "cell") else value[rows]

        return self._each(selected)

    def _each(self, change: Callable[[str, Any], Any]) -> "State":
        return State(*(change(name, getattr(self, name)) for name in State.__slots__))


class CharLSTM(nn.Module):
    """A character-level LSTM language model over the characters of a vocabulary."""

    def __init__(self, config: NetworkConfig, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.config = config
        self.in_eight_bits = False  # the weights are such that eight bits hold them: see model.rounding
        self.bearings = Bearings(vocabulary, config.bearings)
        self.embedding = nn.Embedding(self.bearings.symbols, config.embedding)
        sizes = self.bearings.hint_sizes if config.bearings else {}
        if config.plan:
            sizes |= {"left": planning.LEFT_VALUES, "following": planning.FOLLOWING_VALUES}
        self.hints = nn.ModuleDict({name: nn.Embedding(size, config.embedding) for name, size in sizes.items()})
        for weight in self.hints.parameters():
            nn.init.normal_(weight, std=_FAINT)
        # A tune as written adds nothing: sampling needs no such input.
        transposition = nn.Embedding(TRANSPOSITIONS, config.embedding, padding_idx=0)
        self.transposition = transposition if config.transposition else None
        widths = [config.embedding] + [config.units] * (config.layers - 1)
        self.lstms = nn.ModuleList(nn.LSTM(width, config.units, batch_first=True) for width in widths)
        self.dropout = nn.Dropout(config.dropout)
        self.dense = nn.Linear(config.units, self.bearings.symbols)
        self.interval_dense = nn.Linear(config.units, INTERVALS, bias=False) if config.bearings else None
        self.recall = Recall(config.units, config.look_back) if config.look_back else None
        self.pointer = Pointer(config.units, config.look_back, self.pointer_heads) if config.look_back else None

    @property
    def layers(self) -> list[nn.LSTM]:
        """The LSTM layers, the lowest first."""
        return [lstm for lstm in self.lstms if isinstance(lstm, nn.LSTM)]

    @property
    def pointer_heads(self) -> int:
        """One for copies as they were, and one for copies a step higher or lower."""
        return 2 if self.config.bearings else 1

    def initial_state(self, batch: int = 1, plans: Sequence[Plan | None] = (), fifths: Sequence[int] = ()) -> State:
        """The state before any character: zeros, and nothing to look back at.

        ``plans`` are those of the tunes that will be read, as far as they are known; ``fifths`` how far they were
        transposed.
        """
        config, zeros = self.config, self.dense.weight.new_zeros
        layers = zeros(config.layers, batch, config.units)
        nothing = zeros(batch, 0, config.look_back)
        ids = torch.zeros(batch, 0, dtype=torch.long, device=nothing.device)
        phase = ids.new_full((batch,), Bearings.START)
        time = (self.bearings.clock.start,) * batch
        plan = tuple(map(PlanState, plans)) or (PlanState(),) * batch
        moved = ids.new_tensor(fifths or [0] * batch) % TRANSPOSITIONS
        heads = zeros(batch, 0, self.pointer_heads * config.look_back)
        values = zeros(batch, 0, config.units)
        return State(layers, layers, phase, time, plan, moved, ids, ids, nothing, values, heads)

    def forward(
        self, ids: Tensor, state: State | None = None, temperature: float = 1.0, repetition: float = 0.0
    ) -> tuple[Tensor, State]:
        """Logits of the character after each of ``ids`` (B, T), and the state after the last.

        The temperature divides the logits of the dense layer alone: sharpening what is copied as well makes a tune
        go round in circles. Repetition over 0 makes the pointer copy more readily, under 0 less. With a pointer, the
        logits are logarithms of the mixture's probabilities.
        """
        output, places, state = self._output(ids, state or self.initial_state(len(ids)))
        return self._mixed(output, self._written(output, places) / temperature, places, state, repetition)

    def mixture(self, ids: Tensor, state: State, repetition: float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
        """What the probabilities are made of at any temperature t: logits (B, T, V), a share (B, T, 1) and
        probabilities (B, T, V), which give share * softmax(logits / t) + probabilities. Without a pointer the share is
        1 and nothing is added."""
        output, places, state = self._output(ids, state)
        logits = self._written(output, places)
        if self.pointer is None:
            return logits, logits.new_ones((*logits.shape[:-1], 1)), torch.zeros_like(logits)
        keys = torch.cat([state.pointer_keys, self.pointer.key(output)], dim=1)
        return logits, *self.pointer.parts(
            output, logits.shape[-1], keys, state.ids, self._echo(state, places), repetition
        )

    def _output(self, ids: Tensor, state: State) -> tuple[Tensor, Places, State]:
        """The top layer's output (B, T, units)."""
        places, phase, time = self.bearings.follow(ids, state.phase, state.time)
        plan = state.plan
        if self.config.plan:
            hints, plan = planning.follow(ids.cpu().numpy(), self.bearings.clock, state.time, plan)
            left, following = torch.from_numpy(hints).to(ids.device).unbind(-1)
            places.hints.update(left=left, following=following)
        output = self.embedded(places, state.transposition)
        if self.pointer is not None:
            seen = torch.cat([state.ids, ids], dim=1)
            state = replace(state, ids=seen, intervals=torch.cat([state.intervals, places.intervals], dim=1))
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
        state = replace(state, hidden=hidden, cell=cell, phase=phase, time=time, plan=plan)
        return self.dropout(output), places, state

    def embedded(self, places: Places, transposition: Tensor) -> Tensor:
        """The first layer's input (B, T, embedding)."""
        vectors: Tensor = self.embedding(places.symbols)
        for name, hint in self.hints.items():
            vectors = vectors + hint(places.hints[name])
        if self.transposition is not None:
            vectors = vectors + self.transposition(transposition)[:, None]
        return vectors

    def _written(self, output: Tensor, places: Places) -> Tensor:
        """The dense layer's logits (B, T, V): those of the degrees, and of the intervals from the last letter."""
        logits = places.from_symbols(self.dense(output))
        if self.interval_dense is None:
            return logits
        no_letters = (self.bearings.characters, 0)
        return logits + places.from_intervals(nn.functional.pad(self.interval_dense(output), no_letters))

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

    def _mixed(
        self, output: Tensor, logits: Tensor, places: Places, state: State, repetition: float
    ) -> tuple[Tensor, State]:
        if self.pointer is None:
            return logits, state
        keys = torch.cat([state.pointer_keys, self.pointer.key(output)], dim=1)
        mixed = self.pointer(output, logits, keys, state.ids, self._echo(state, places), repetition)
        return mixed, replace(state, pointer_keys=keys)

    def _echo(self, state: State, places: Places) -> Echo | None:
        if self.pointer_heads == 1:
            return None
        return Echo(state.intervals, self.bearings.interval_symbols, places.from_intervals)
