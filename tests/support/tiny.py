"""Tiny models and tunes that the tests share."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from charrnn.corpus.cleaning import clean
from charrnn.corpus.originality.index import OriginalityIndex
from charrnn.corpus.sources import RawTune
from charrnn.model.checkpoint import Checkpoint, save_checkpoint
from charrnn.model.likeness.features import Features
from charrnn.model.likeness.judge import Judge, hashes_of, rounded
from charrnn.model.network import CharLSTM, NetworkConfig
from charrnn.model.position.closes import Closes
from charrnn.model.position.plans import Plans
from charrnn.model.training_index import index_path
from charrnn.model.vocabulary import ALPHABET, START, Vocabulary

VOCABULARY = Vocabulary.of(ALPHABET)

JIG = """X:1
T:The Test Jig
R:jig
M:6/8
L:1/8
K:D
|:A|dfd ecA|BGB AFD|GBG FAF|EFE E2A|
dfd ecA|BGB AFD|GBG FAF|D3 D2:|
|:d|faf gbg|faf ecA|faf gbg|a3 a2f|
gfe fed|edc BAG|FAF GEC|D3 D2:|
"""

# A second of music, for what is made of any tune.
SHORT = "X:1\nM:2/4\nL:1/8\nK:C\nCDEF|\n"


def tiny_network(look_back: int = 8, layers: int = 2, seed: int = 0) -> CharLSTM:
    """A network with random weights, large enough to have opinions."""
    torch.manual_seed(seed)
    config = NetworkConfig(embedding=8, units=16, layers=layers, look_back=look_back)
    network = CharLSTM(config, VOCABULARY).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    if network.transposition is not None:
        network.transposition.weight.data[0] = 0  # a tune as written adds nothing
    return network


def tiny_checkpoint(seed: int = 0) -> Checkpoint:
    """A model that never ends a tune, of its own will or by copying the end of a line."""
    network = tiny_network(seed=seed)
    assert network.pointer is not None
    with torch.no_grad():
        network.dense.bias[VOCABULARY.index_of[START]] -= 100
        network.pointer.sentinel.bias += 1000
    return Checkpoint(network, VOCABULARY, corpus={"sha256": "the jig alone"})


def closing_checkpoint(share: float = 1.0, seed: int = 0) -> Checkpoint:
    """A model whose sections are to close on the tonic, that share of them. Its weights know nothing of tonics."""
    checkpoint = tiny_checkpoint(seed)
    jig = clean(RawTune(JIG, "ours"))
    plans = Plans.of([jig.text], checkpoint.network.bearings.clock)
    return replace(checkpoint, plans=plans, closes=Closes(dict.fromkeys(("maj", "min", "dor"), (share, share))))


def judge_of(heard: Iterable[Features], seed: int = 0) -> Judge:
    """A judge that knows these features, and weighs them by chance."""
    hashes = np.unique(hashes_of({name for features in heard for name in features}))
    weights = np.random.default_rng(seed).normal(size=len(hashes))
    return Judge(hashes, rounded(weights), 0.0, "")


def save_tiny(path: Path, seed: int = 0) -> None:
    """The same on disk, with the index of a corpus of one jig, as training leaves them."""
    save_checkpoint(tiny_checkpoint(seed), path)
    jig = clean(RawTune(JIG, "ours"))
    OriginalityIndex.build([jig], "the jig alone").save(index_path(path))


def noted(real: Callable[..., Iterator[Any]], events: list[str]) -> Callable[..., Iterator[Any]]:
    """The same; ``events`` gets "begun" once the work is under way, and "ended" once it has come to an end."""

    def note(*arguments: Any) -> Iterator[Any]:
        events.append("begun")
        try:
            yield from real(*arguments)
        finally:
            events.append("ended")

    return note


def slow_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, a character of a line takes a hundredth of a second."""
    from charrnn.inference.by_numpy import batch as numpy_batch

    real = numpy_batch.Row.write

    def write(self: Any, end: int) -> None:
        time.sleep(0.01)
        real(self, end)

    monkeypatch.setattr(numpy_batch, "TURNS", 1)
    monkeypatch.setattr(numpy_batch.Row, "write", write)
