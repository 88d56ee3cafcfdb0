"""The step of a tune that shows what the temperature does, and the model that brings one along."""

import json

import numpy as np
import pytest

from charrnn.inference.draws import read
from charrnn.model.vocabulary import START
from charrnn.sampling.compose import compose
from charrnn.sampling.options import Request
from charrnn.ui.chances import step_of
from charrnn.ui.model import BackgroundModel
from charrnn.ui.remarks import varied
from tests.tiny import tiny_checkpoint

CHECKPOINT = tiny_checkpoint()
HEADER = "M:6/8\nL:1/8\nK:D\n"


def softmax(logits, temperature: float = 1.0) -> np.ndarray:
    weights = np.exp((np.array(logits) - max(logits)) / temperature)
    return weights / weights.sum()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.5])
def test_the_logits_of_a_step_are_the_network_s_for_what_was_allowed(temperature):
    tune = compose(CHECKPOINT, Request.checked(HEADER, temperature, length=40, seed=3))
    step = step_of(CHECKPOINT, tune)
    assert step is not None
    assert json.loads(json.dumps(step)) == step
    place = tune.music.index(step["before"] + step["character"]) + len(step["before"])
    ids = CHECKPOINT.vocabulary.encode(START + tune.header + tune.music[:place])
    all_of_them, _ = read(CHECKPOINT.network, ids)
    names, logits = zip(*step["logits"], strict=True)
    assert list(logits) == sorted(logits, reverse=True)
    asked = np.array([all_of_them[CHECKPOINT.vocabulary.index_of[name.replace("end", START)]] for name in names])
    assert softmax(logits) == pytest.approx(asked / asked.sum(), abs=2e-3)
    assert step["character"] in names


@pytest.mark.parametrize("request_", [Request.checked(HEADER, 0, length=40, seed=1), Request.checked(length=1, seed=1)])
def test_a_tune_drawn_too_cold_or_too_short_has_no_step_to_show(request_):
    assert step_of(CHECKPOINT, compose(CHECKPOINT, request_)) is None


def test_a_model_brings_an_example_along_and_one_that_cannot_be_had_none(checkpoint_path, tmp_path):
    example = BackgroundModel(str(checkpoint_path)).start().wait_for_example()
    assert example is not None
    assert len(example["logits"]) > 1
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    assert BackgroundModel(str(tmp_path / "broken.safetensors")).start().wait_for_example() is None


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({3}, "Bar 3 is new; the others are as they were."),
        ({5, 3}, "Bars 3 and 5 are new; the others are as they were."),
        ({9, 3, 5}, "Bars 3, 5 and 9 are new; the others are as they were."),
    ],
)
def test_the_bars_of_a_variation_are_told_as_a_person_counts_them(changed, sentence):
    assert varied(changed) == sentence
