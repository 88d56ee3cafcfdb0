"""The step of a tune that shows what the temperature does, and the model that brings one along."""

import json

import numpy as np
import pytest

from charrnn.inference.draws import read
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.vocabulary import START
from charrnn.sampling.compose import compose
from charrnn.sampling.options import Request
from charrnn.ui.answers.chances import step_of
from charrnn.ui.answers.remarks import varied
from charrnn.ui.model import BackgroundModel
from tests.support.tiny import VOCABULARY, tiny_checkpoint, tiny_network

CHECKPOINT = tiny_checkpoint()
COPYING = Checkpoint(tiny_network(), VOCABULARY)  # it copies as well, which tiny_checkpoint does not
HEADER = "M:6/8\nL:1/8\nK:D\n"


def chances_at(step: dict, temperature: float) -> np.ndarray:
    """What the page shows of a step's characters at a temperature, by the formula of ``static/settings/chances.js``."""
    own, copied = (np.array([one[place] for one in step["characters"]]) for place in (1, 2))
    weights = np.exp((np.array([*own, *step["others"]]) - own.max()) / temperature)
    mixed = step["share"] * weights[: len(own)] / weights.sum() + copied
    return mixed / mixed.sum()


@pytest.mark.parametrize("seed_text", ["", HEADER, HEADER + "|:A|dfd ecA|"])
@pytest.mark.parametrize("repetition", [0.0, 1.0])
@pytest.mark.parametrize("drawn_at", [0.5, 1.0, 1.5])
def test_the_strip_shows_the_true_distribution(drawn_at, repetition, seed_text):
    request = Request.checked(seed_text, drawn_at, length=60, seed=3, repetition=repetition)
    tune = compose(COPYING, request)
    step = step_of(COPYING, tune)
    assert step is not None
    assert json.loads(json.dumps(step)) == step
    written = tune.seed_music + tune.music
    place = written.index(step["before"] + step["character"]) + len(step["before"]) - len(tune.seed_music)
    ids = COPYING.vocabulary.encode(START + tune.header + tune.prefix + tune.music[:place])
    indices = [COPYING.vocabulary.index_of[name.replace("end", START)] for name, *_ in step["characters"]]
    assert step["character"] in [name for name, *_ in step["characters"]]
    assert chances_at(step, 1).tolist() == sorted(chances_at(step, 1), reverse=True)
    assert sum(copied for *_, copied in step["characters"]) > 0.01  # else the temperature divides all there is
    for temperature in (0.5, 1.0, 1.5):
        true = read(COPYING.network, ids, None, temperature, repetition, tune.plan)[0][indices]
        assert total_variation(chances_at(step, temperature), true) < 1e-5
    assert total_variation(chances_at(step, drawn_at), tune.draws[place].distribution[indices]) < 1e-5


def total_variation(first: np.ndarray, second: np.ndarray) -> float:
    return float(abs(first / first.sum() - second / second.sum()).sum() / 2)


@pytest.mark.parametrize("request_", [Request.checked(HEADER, 0, length=40, seed=1), Request.checked(length=1, seed=1)])
def test_cold_or_short_tunes_have_no_temperature_preview(request_):
    assert step_of(CHECKPOINT, compose(CHECKPOINT, request_)) is None


def test_only_a_loadable_model_brings_an_example(checkpoint_path, tmp_path):
    example = BackgroundModel(str(checkpoint_path)).start().wait_for_example()
    assert example is not None
    assert len(example["characters"]) > 1
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
def test_a_variation_note_lists_the_changed_bars(changed, sentence):
    assert varied(changed) == sentence
