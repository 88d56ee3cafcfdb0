"""Bits with the grammar: never less probable than the network alone says, but where the grammar forbids."""

import pytest

from charrnn.model.scoring import score, scored_text
from charrnn.notation.reading.parser import parse
from charrnn.notation.writing.writer import canonical_music
from charrnn.sampling.guided_score import score_with_grammar
from tests.support.tiny import JIG, tiny_checkpoint

CHECKPOINT = tiny_checkpoint()
TUNE = parse(JIG)
TEXT = scored_text(TUNE, canonical_music(TUNE))


def test_the_grammar_saves_bits_on_a_right_tune() -> None:
    (plain,) = score(CHECKPOINT.network, CHECKPOINT.vocabulary, [TEXT])
    (guided,) = score_with_grammar(CHECKPOINT, [TEXT])
    assert guided.bits < plain.bits
    assert (guided.characters, guided.notes) == (plain.characters, plain.notes)


def test_mixing_only_the_network_gives_its_bits() -> None:
    (plain,) = score(CHECKPOINT.network, CHECKPOINT.vocabulary, [TEXT])
    (guided,) = score_with_grammar(CHECKPOINT, [TEXT], mixed=1.0)
    assert guided.bits == pytest.approx(plain.bits, rel=1e-4)


def test_a_tune_outside_the_grammar_is_scored() -> None:
    tune = parse("M:6/8\nL:1/8\nK:D\nDFA dfa|D7|]\n")
    (guided,) = score_with_grammar(CHECKPOINT, [scored_text(tune, canonical_music(tune))])
    assert 0 < guided.bits < 1000
