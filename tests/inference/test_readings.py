"""What the network made of short texts: as made anew, kept for as long as the weights stay, and not without end."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from charrnn.inference import compiling, readings
from charrnn.inference.draws import read
from charrnn.inference.readings import Continuation, reading_of
from charrnn.model.network import CharLSTM, State
from tests.support.tiny import VOCABULARY, tiny_network

HEADER = VOCABULARY.encode("\nM:6/8\nL:1/8\nR:jig\nK:D\n")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many characters the network was given, each time."""
    lengths: list[int] = []

    def counted(network: CharLSTM, ids: Sequence[int], *rest: Any) -> tuple[Any, State]:
        lengths.append(len(ids))
        return read(network, ids, *rest)

    monkeypatch.setattr(readings, "read", counted)
    return lengths


def test_a_cached_reading_equals_a_fresh_one(asked: list[int]) -> None:
    network = tiny_network()
    for _ in range(2):
        probabilities, state = reading_of(network, HEADER, 0.8, 0.5)
        again, other = read(network, HEADER, None, 0.8, 0.5)
        assert (probabilities == again).all()
        assert torch.equal(state.hidden, other.hidden)
        assert torch.equal(state.recall_keys, other.recall_keys)
    assert asked == [len(HEADER)]


def test_changed_settings_or_weights_cause_a_new_reading(asked: list[int]) -> None:
    network = tiny_network()
    for temperature, repetition in ((1.0, 0.0), (0.0, 0.0), (0.5, 0.0), (0.5, 1.0)):  # 0 reads as 1 does
        reading_of(network, HEADER, temperature, repetition)
    assert len(asked) == 3
    reading_of(tiny_network(), HEADER)
    assert len(asked) == 4
    before, _ = reading_of(network, HEADER)
    with torch.no_grad():
        network.dense.bias[0] += 1.0
    after, _ = reading_of(network, HEADER)
    assert after[0] > before[0]
    assert len(asked) == 5


def test_only_recent_readings_of_short_texts_are_kept(asked: list[int]) -> None:
    network, most = tiny_network(), readings._MAX_KEPT
    for number in range(most + 1):
        reading_of(network, HEADER, 1 + number / 1_000)
    reading_of(network, HEADER, 1 + most / 1_000)
    assert len(asked) == most + 1
    reading_of(network, HEADER)  # the first one has had to go
    assert len(asked) == most + 2
    long = HEADER * 3
    for _ in range(2):
        reading_of(network, long)
    assert asked[-2:] == [len(long)] * 2


def test_numpys_steps_leave_nothing_to_the_kernel(compiled_stepper: object, monkeypatch: pytest.MonkeyPatch) -> None:
    network = tiny_network()
    monkeypatch.setattr(compiling, "_ready", set())
    begun = Continuation(network, HEADER)
    begun.drawn.append(HEADER[1])
    begun.probabilities()
    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    begun.drawn.append(HEADER[2])  # numpy's steps go on
    begun.probabilities()
    fresh, unmixed = Continuation(network, HEADER), Continuation(tiny_network(), HEADER)
    for index in HEADER[1:3]:
        for each in (fresh, unmixed):
            each.drawn.append(index)
        assert (fresh.probabilities() == unmixed.probabilities()).all()
