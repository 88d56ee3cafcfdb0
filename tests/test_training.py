"""Training learns, stops when asked, and goes on as if it had never stopped."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from charrnn.corpus.collection import Corpus, load_corpus
from charrnn.errors import TrainingError
from charrnn.model.checkpoint import load_checkpoint
from charrnn.model.training import Trainer, TrainOptions
from tests.tiny import JIG

ROOT = Path(__file__).resolve().parents[1]
SHAPE: dict[str, Any] = {"embedding": 8, "units": 16, "layers": 2, "look_back": 8, "dropout": 0.1}
PLAIN = {**SHAPE, "look_back": 0}
LETTERS = "ABCDEFGabcdefg"


@pytest.fixture(scope="module")
def corpus_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty variations on one jig, different enough to be tunes of their own."""
    path = tmp_path_factory.mktemp("corpus") / "jigs.abc"
    header, music = JIG.split("K:D\n")
    tunes = []
    for number in range(40):
        moved = str.maketrans(LETTERS, LETTERS[number % 9 :] + LETTERS[: number % 9])
        tunes.append(f"{header}K:{'DGAC'[number % 4]}\n{music.translate(moved)}")
    path.write_text("\n".join(tunes))
    return path


@pytest.fixture(scope="module")
def corpus(corpus_file: Path) -> Corpus:
    return load_corpus((str(corpus_file),))


def trainer(corpus: Corpus, path: Path, shape: dict[str, Any] = SHAPE, **options: Any) -> Trainer:
    settings = {
        "steps": 20,
        "evaluate_every": 10,
        "batch_characters": 500,
        "warm_up": 2,
        "batch_size": 4,
        "seq_length": 40,
    }
    return Trainer(corpus, shape, TrainOptions(**{**settings, **options}), path)


@pytest.mark.parametrize(("batching", "shape"), [("tunes", SHAPE), ("streams", PLAIN), ("windows", PLAIN)])
def test_training_lowers_the_loss_and_leaves_a_checkpoint(
    corpus: Corpus, tmp_path: Path, batching: str, shape: dict[str, Any]
) -> None:
    run = trainer(corpus, tmp_path / "m.safetensors", shape, batching=batching, steps=60, learning_rate=0.02)
    assert run.run()
    first, *_, last = run.progress.history
    assert last["train"] < first["train"] < 6
    checkpoint = load_checkpoint(tmp_path / "m.safetensors")
    assert checkpoint.corpus["sha256"] == corpus.sha256
    assert checkpoint.training["options"]["batching"] == batching
    assert (tmp_path / "m.png").stat().st_size > 1000


def test_the_same_seed_trains_the_same_network(corpus: Corpus, tmp_path: Path) -> None:
    for name in "ab":
        trainer(corpus, tmp_path / f"{name}.safetensors").run()
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


@pytest.mark.parametrize(("batching", "shape"), [("tunes", SHAPE), ("windows", PLAIN)])
def test_a_resumed_run_ends_with_the_same_weights_as_an_uninterrupted_one(
    corpus: Corpus, tmp_path: Path, batching: str, shape: dict[str, Any]
) -> None:
    whole = trainer(corpus, tmp_path / "whole.safetensors", shape, batching=batching)
    whole.run()
    first = trainer(corpus, tmp_path / "parts.safetensors", shape, batching=batching)
    original = first._step

    def stop_at_step_seven(*arguments: Any) -> Any:
        if first.progress.step == 6:
            first.stop()
        return original(*arguments)

    first._step = stop_at_step_seven  # type: ignore[method-assign]
    assert not first.run()
    assert first.progress.step == 7
    second = trainer(corpus, tmp_path / "parts.safetensors", shape, batching=batching)
    second.resume()
    assert second.run()
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, second.network.state_dict()[name]), name


def test_a_short_run_keeps_an_average_of_its_later_weights_not_of_its_first(corpus: Corpus, tmp_path: Path) -> None:
    run = trainer(corpus, tmp_path / "m.safetensors", steps=40, learning_rate=0.02, average=0.999)
    first = run.network.dense.weight.detach().clone()
    run.run()
    last = run.network.dense.weight
    assert (run.averaged_network.dense.weight - last).norm() < 0.3 * (first - last).norm()


def test_resuming_with_other_settings_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    trainer(corpus, path, steps=10).run()
    with pytest.raises(TrainingError, match="is of another run: learning_rate is 0.004 there and 0.001 here"):
        trainer(corpus, path, steps=10, learning_rate=0.001).resume()
    with pytest.raises(TrainingError, match="units is 16 there and 24 here"):
        trainer(corpus, path, {**SHAPE, "units": 24}, steps=10).resume()


def test_resuming_without_a_run_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="nothing to resume"):
        trainer(corpus, tmp_path / "m.safetensors").resume()


def test_a_damaged_resume_file_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "m.resume.safetensors").write_bytes(b"not tensors")
    with pytest.raises(TrainingError, match="cannot be resumed"):
        trainer(corpus, tmp_path / "m.safetensors").resume()


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_last_good_checkpoint(
    corpus: Corpus, tmp_path: Path
) -> None:
    path = tmp_path / "m.safetensors"
    run = trainer(corpus, path, steps=10)
    run.run()
    before = path.read_bytes()
    again = trainer(corpus, path, steps=10)
    with torch.no_grad():
        again.network.dense.bias.fill_(float("nan"))
    with pytest.raises(TrainingError, match="the loss is nan at step 1; the last good checkpoint is"):
        again.run()
    assert path.read_bytes() == before


def test_the_look_back_refuses_windows(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="whole tunes"):
        trainer(corpus, tmp_path / "m.safetensors", batching="windows")


def test_the_command_line_stops_at_sigterm_and_resumes(corpus_file: Path, tmp_path: Path) -> None:
    command = [
        sys.executable, "train.py", "--corpus", str(corpus_file), "--name", str(tmp_path / "m.safetensors"),
        "--units", "16", "--embedding", "8", "--look-back", "8", "--batch-characters", "500",
        "--steps", "100000", "--evaluate-every", "5",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("X:1") or "K:" in line:  # the sample of the first evaluation
            break
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "--resume goes on from here" in out
    assert (tmp_path / "m.resume.safetensors").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--steps", "0"], "a whole number from 1 up is wanted, not 0"),
        (["--dropout", "1"], "a number from 0 to under 1 is wanted, not 1"),
        (["--batching", "streams"], "needs --no-pointer"),
        (["--learning-rate", "nan"], "a number over 0 is wanted, not nan"),
    ],
)
def test_bad_flags_are_refused_with_a_sentence(flags: list[str], message: str) -> None:
    done = subprocess.run([sys.executable, "train.py", *flags], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_corpus_that_is_not_there_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "train.py", "--corpus", str(tmp_path / "none.abc")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "none.abc' is neither a collection" in done.stderr
