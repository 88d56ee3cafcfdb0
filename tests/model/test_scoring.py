"""Bits per character: against the definition, computed the slow way."""

import math

import pytest
import torch

from charrnn.errors import VocabularyError
from charrnn.model.scoring import Score, ScoredText, score, total
from charrnn.model.vocabulary import START
from tests.support.tiny import VOCABULARY, tiny_network

TUNES = [
    ScoredText("M:6/8\nL:1/8\nK:D\n", "|:dfdecA|d3d3:|", 8),
    ScoredText("K:G\n", "GABc|", 4),
    ScoredText("", "A|", 1),
]


@torch.inference_mode()
def bits_step_by_step(tune: ScoredText) -> float:
    """One character at a time: minus the binary logarithm of what the network gave each character of the music."""
    network, text = tiny_network(), f"{tune.header}{tune.music}\n"
    state, bits, before = network.initial_state(), 0.0, START
    for place, character in enumerate(text):
        logits, state = network(torch.tensor([VOCABULARY.encode(before)]), state)
        if place >= len(tune.header):
            bits -= float(torch.log_softmax(logits[0, 0], dim=-1)[VOCABULARY.index_of[character]]) / math.log(2)
        before = character
    return bits


def test_a_tunes_bits_sum_those_of_its_characters() -> None:
    for tune, result in zip(TUNES, score(tiny_network(), VOCABULARY, TUNES), strict=True):
        assert result.bits == pytest.approx(bits_step_by_step(tune), rel=1e-4)
        assert result.characters == len(tune.music) + 1
        assert result.notes == tune.notes


def test_a_tune_scores_the_same_in_a_batch() -> None:
    network = tiny_network()
    alone = [score(network, VOCABULARY, [tune])[0].bits for tune in TUNES]
    assert alone == pytest.approx([result.bits for result in score(network, VOCABULARY, TUNES)], rel=1e-5)


def test_counting_the_header_adds_its_characters() -> None:
    network = tiny_network()
    with_header = score(network, VOCABULARY, TUNES[:1], count_header=True)[0]
    assert with_header.characters == len(TUNES[0].header) + len(TUNES[0].music) + 1
    assert with_header.bits > score(network, VOCABULARY, TUNES[:1])[0].bits


def test_scoring_switches_dropout_off_and_on_again() -> None:
    network = tiny_network().train()
    assert score(network, VOCABULARY, TUNES) == score(network, VOCABULARY, TUNES)
    assert network.training


def test_the_total_weighs_tunes_by_their_length() -> None:
    assert total([Score(10, 5, 2), Score(20, 20, 3)]) == Score(30, 25, 5)
    assert Score(30, 25, 5).bits_per_character == pytest.approx(1.2)
    assert Score(30, 25, 5).bits_per_note == pytest.approx(6.0)


def test_unknown_characters_are_refused() -> None:
    with pytest.raises(VocabularyError, match="not known to the model: ñ"):
        score(tiny_network(), VOCABULARY, [ScoredText("", "ñ", 1)])
