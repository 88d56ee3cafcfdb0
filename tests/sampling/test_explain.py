"""Looking inside a tune: the probabilities that it was drawn with, and where its characters stand."""

import math

import numpy as np
import pytest

from charrnn.errors import SamplingError
from charrnn.model.scoring import score, scored_text
from charrnn.notation.reading.parser import parse
from charrnn.notation.writing.writer import canonical_music
from charrnn.sampling.compose import compose
from charrnn.sampling.explain import Moment, explain
from charrnn.sampling.options import Request
from tests.support.tiny import JIG, tiny_checkpoint

CHECKPOINT = tiny_checkpoint()
CHARACTERS = CHECKPOINT.vocabulary.characters


def explained(text: str, temperature: float = 1.0) -> list[Moment]:
    """At one temperature."""
    (moments,) = explain(CHECKPOINT, text, [temperature])
    return moments


@pytest.mark.parametrize("temperature", [0.6, 1.0, 1.5])
def test_explanations_match_the_distributions_of_the_sampler(temperature: float) -> None:
    tune = compose(CHECKPOINT, Request.checked("M:6/8\nL:1/8\nK:D\n", temperature, length=600, seed=2))
    moments = explained(tune.abc, temperature)
    assert "".join(moment.character for moment in moments) == tune.music
    for moment, drawn in list(zip(moments, tune.draws, strict=True))[:80]:  # later on, the sampler runs out of length
        for character, _, _, behind in moment.alternatives:
            assert behind == pytest.approx(drawn.distribution[CHARACTERS.index(character)], abs=1e-4)


def test_the_bits_are_those_of_the_score() -> None:
    tune = parse(JIG)
    moments = explained(JIG)
    (total,) = score(CHECKPOINT.network, CHECKPOINT.vocabulary, [scored_text(tune, canonical_music(tune))])
    end = total.bits - sum(moment.bits for moment in moments)  # the end of the tune is no character of it
    assert len(moments) == total.characters - 1
    assert end > 0
    assert all(moment.bits == pytest.approx(-math.log2(moment.probability)) for moment in moments)


def test_each_moment_points_at_its_character() -> None:
    for moment in explained(JIG):
        assert JIG[moment.offset] == moment.character
    offsets = [moment.offset for moment in explained(JIG)]
    assert offsets == sorted(set(offsets))


def test_offsets_skip_what_the_model_ignores() -> None:
    abc = 'X:1\nT:GAB\nM:4/4\nL:1/8\nK:G\n"G"GABc {g}d4|% nothing\nw: la la\nG8|]\n'
    moments = explained(abc)
    assert "".join(moment.character for moment in moments) == "GABcd4|G8|]"
    assert [abc[moment.offset] for moment in moments] == list("GABcd4|G8|]")
    assert moments[-4].offset == abc.index("G8|]")


def test_temperature_acts_between_the_model_and_the_grammar() -> None:
    cold, plain = explain(CHECKPOINT, JIG, [0.3, 1.0])
    assert all(before == at for moment in plain for _, before, at, _ in moment.alternatives)
    assert [moment.probability for moment in cold] == [moment.probability for moment in plain]
    assert any(before != at for moment in cold for _, before, at, _ in moment.alternatives)


def test_temperature_zero_gives_one_character_all_probability() -> None:
    for moment in explained("M:6/8\nL:1/8\nK:D\nABc", 0):
        assert sorted(at for _, _, at, _ in moment.alternatives)[-2:] == [0, 1]


def test_alternatives_are_sorted_and_never_exceed_one() -> None:
    for moment in explained(JIG, 0.8):
        greatest = [max(before, behind) for _, before, _, behind in moment.alternatives]
        assert greatest == sorted(greatest, reverse=True)
        assert np.sum([probabilities[1:] for probabilities in moment.alternatives], axis=0).max() <= 1 + 1e-5


def test_a_tune_outside_the_grammar_is_explained() -> None:
    moments = explained("M:6/8\nL:1/8\nK:D\nABc def|ABcd|ABcdefga|]A")
    assert "".join(moment.character for moment in moments) == "ABcdef|ABcd|ABcdefga|]A"


@pytest.mark.parametrize("text", ["M:4/4\nL:1/7\nK:D\nABc|defg|", "&c[L:1/16](9:9[M:3/4]d", "L:1/0\n[M:3/4]^[L:1/16]e"])
def test_a_text_without_valid_continuation_is_explained(text: str) -> None:
    for moment in explained(text):
        assert 0 < moment.probability <= 1
        assert sum(behind for *_, behind in moment.alternatives) <= 1 + 1e-5


def test_a_text_without_music_is_refused() -> None:
    with pytest.raises(SamplingError, match="no music"):
        explained("X:1\nK:D\n")
