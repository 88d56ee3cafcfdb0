"""``train.py --from``: goes on from the weights of a checkpoint."""

from pathlib import Path

import pytest
import torch

import train
from charrnn.corpus.collection import Corpus
from charrnn.errors import TrainingError
from charrnn.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from charrnn.model.network import CharLSTM, NetworkConfig
from charrnn.model.options import TrainOptions
from charrnn.model.training.run import Trainer, take_weights
from charrnn.model.vocabulary import Vocabulary
from tests.support.tiny import VOCABULARY, tiny_checkpoint, tiny_network
from tests.support.training_jigs import FLAGS, SHAPE

OPTIONS = TrainOptions(steps=3, evaluate_every=3, batch_characters=500, learning_rate=1e-3)


def test_training_starts_from_the_given_weights(corpus: Corpus, tmp_path: Path) -> None:
    start = tiny_checkpoint()
    run = Trainer(corpus, SHAPE, OPTIONS, tmp_path / "m.safetensors", start=start)
    torch.testing.assert_close(run.network.state_dict(), start.network.state_dict())
    assert run.run()
    went_on = load_checkpoint(tmp_path / "m.safetensors")
    assert went_on.vocabulary == start.vocabulary
    assert "went_on_from" in went_on.training


def test_inputs_that_are_new_change_nothing_at_first() -> None:
    plain = NetworkConfig(embedding=8, units=16, layers=2, look_back=8, plan=False, transposition=False)
    source = CharLSTM(plain, VOCABULARY).eval()
    network = tiny_network()
    take_weights(network, source)
    ids = torch.tensor([VOCABULARY.encode("\nM:2/4\nL:1/8\nK:D\n|:DF")])
    with torch.inference_mode():
        told = network(ids, network.initial_state(plans=[(8, 8)], fifths=[2]))[0]
        torch.testing.assert_close(told, source(ids)[0])


def test_weights_of_other_sizes_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"embedding.weight has the shape"):
        take_weights(CharLSTM(NetworkConfig(embedding=9, units=16), VOCABULARY), tiny_network())


def test_characters_unknown_to_the_checkpoint_are_named(corpus: Corpus, tmp_path: Path) -> None:
    few = Vocabulary("\nMLRK:/jigDGAC0123456789|")
    start = Checkpoint(CharLSTM(NetworkConfig(**SHAPE), few), few)
    with pytest.raises(TrainingError, match="does not know: B E F"):
        Trainer(corpus, SHAPE, OPTIONS, tmp_path / "m.safetensors", start=start)


@pytest.mark.parametrize(
    ("flags", "code", "message"),
    [
        (FLAGS, 0, "bits per character on the validation split"),
        (["--units", "32"], 1, "--from keeps the checkpoint's sizes: --units is 16, not 32"),
        (["--from", "nowhere"], 1, "checkpoint 'nowhere' is not there"),
    ],
)
def test_train_py_goes_on_or_says_why_not(
    corpus_file: Path, tmp_path: Path, flags: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    save_checkpoint(tiny_checkpoint(), tmp_path / "start.safetensors")
    command = [
        *("--from", str(tmp_path / "start.safetensors"), "--corpus", str(corpus_file)),
        *("--name", str(tmp_path / "mine.safetensors"), "--steps", "3", *flags),
    ]
    assert train.main(command) == code
    said = capsys.readouterr()
    assert message in said.out + said.err
    assert (tmp_path / "mine.safetensors").exists() == (code == 0)
