"""What the two recipes share: their network, the loop that trains it, and how it is scored and drawn from.

    embedding 256 -> one LSTM of 1024 -> dense layer to the vocabulary

Written from the recipes' settings alone. Both train without dropout, clipping, schedule or a look at validation, in
fp32, and both are given the text that ours is given.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from benchmarks.contest import SEED, Entered, Material, NewTune
from benchmarks.drawing import draw_tunes
from charrnn.model.batches import Batch, Ids
from charrnn.model.scoring import score
from charrnn.model.vocabulary import Vocabulary

EMBEDDING, UNITS = 256, 1024
State = tuple[Tensor, Tensor]  # (1, B, units) each


class RecipeLSTM(nn.Module):
    """``network(ids, state) -> (logits, state)``, as everywhere here."""

    def __init__(self, characters: int, embedding: int = EMBEDDING, units: int = UNITS) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, embedding)
        self.lstm = nn.LSTM(embedding, units, batch_first=True)
        self.dense = nn.Linear(units, characters)

    def forward(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        output, state = self.lstm(self.embedding(ids), state)
        return self.dense(output), state


def enter_recipe(
    material: Material, batches: Iterable[Batch], learning_rate: float, iterations: int, minutes: float
) -> Entered:
    """Trains until the recipe's own last iteration or the end of the minutes."""
    torch.manual_seed(SEED)
    network = RecipeLSTM(len(material.vocabulary))
    return train(network, material.vocabulary, batches, learning_rate, iterations, minutes)


def train(
    network: RecipeLSTM,
    vocabulary: Vocabulary,
    batches: Iterable[Batch],
    learning_rate: float,
    iterations: int,
    minutes: float,
    on_loss: Callable[[float], None] = lambda bits: None,
) -> Entered:
    """Adam on the cross-entropy, and no more. The state is carried where the batch says so."""
    optimizer = torch.optim.Adam(network.parameters(), learning_rate)
    state: State | None = None
    done = characters = 0
    began = time.monotonic()
    with tqdm(total=iterations, unit="step", leave=False, disable=None, dynamic_ncols=True) as bar:
        for batch in batches:
            carried = (state[0].detach(), state[1].detach()) if state and batch.carries_state else None
            logits, state = network(batch.inputs, carried)
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), batch.targets.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            done, characters = done + 1, characters + batch.characters
            bits = loss.item() / math.log(2)
            on_loss(bits)
            bar.set_postfix(bits=f"{bits:.3f}")
            bar.update()
            if done == iterations or time.monotonic() - began >= 60 * minutes:
                break
    return Entered(
        score=partial(score, network, vocabulary),
        writers={"T 1": partial(draw_from, network, vocabulary)},
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        minutes=(time.monotonic() - began) / 60,
        characters=characters,
        remark=f"{done:,} of its {iterations:,} iterations",
    )


def draw_from(network: RecipeLSTM, vocabulary: Vocabulary, headers: Sequence[str]) -> list[NewTune]:
    """``nn.LSTM`` stepped one character at a time."""
    state: State | None = None

    @torch.inference_mode()
    def step(ids: Ids) -> np.ndarray:
        nonlocal state
        logits, state = network(torch.from_numpy(ids)[:, None], state)
        found: np.ndarray = logits[:, 0].double().softmax(dim=-1).numpy()
        return found

    return draw_tunes(step, vocabulary, headers)
