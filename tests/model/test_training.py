"""Training learns, stops when asked, and goes on as if it had never stopped."""

import contextlib
import errno
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open

import train
from charrnn.corpus.collection import Corpus
from charrnn.errors import CheckpointError, TrainingError
from charrnn.model.batches import Batch
from charrnn.model.checkpoint import load_checkpoint
from charrnn.model.training.run import Trainer
from charrnn.model.vocabulary import Vocabulary
from tests.support.training_jigs import FLAGS, ROOT, SHAPE, trainer, write_jigs

PLAIN = {**SHAPE, "look_back": 0}


@pytest.mark.parametrize(("batching", "shape"), [("tunes", SHAPE), ("streams", PLAIN), ("windows", PLAIN)])
def test_training_lowers_the_loss_and_leaves_a_checkpoint(
    corpus: Corpus, tmp_path: Path, batching: str, shape: dict[str, Any]
) -> None:
    run = trainer(
        corpus, tmp_path / "m.safetensors", shape, batching=batching, steps=60, evaluate_every=20, learning_rate=0.02
    )
    assert run.run()
    first, _, last = run.progress.history
    assert last["train"] < first["train"] < 6
    checkpoint = load_checkpoint(tmp_path / "m.safetensors")
    assert checkpoint.corpus["sha256"] == corpus.sha256
    assert checkpoint.training["options"]["batching"] == batching
    assert (tmp_path / "m.png").stat().st_size > 1000


def test_the_same_seed_trains_the_same_network(corpus: Corpus, tmp_path: Path) -> None:
    for name in "ab":
        trainer(corpus, tmp_path / f"{name}.safetensors").run()
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


@pytest.mark.parametrize(("batching", "shape"), [("tunes", SHAPE), ("streams", PLAIN), ("windows", PLAIN)])
def test_a_resumed_run_equals_an_uninterrupted_one(
    corpus: Corpus, tmp_path: Path, batching: str, shape: dict[str, Any]
) -> None:
    whole = trainer(corpus, tmp_path / "whole.safetensors", shape, batching=batching)
    whole.run()
    first = trainer(corpus, tmp_path / "parts.safetensors", shape, batching=batching)
    before_step(first, 7, first.stop)
    assert not first.run()
    assert first.progress.step == 7
    second = trainer(corpus, tmp_path / "parts.safetensors", shape, batching=batching)
    second.resume()
    assert second.run()
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, second.network.state_dict()[name]), name
    assert_same_state(tmp_path / "whole.resume.safetensors", tmp_path / "parts.resume.safetensors")


def assert_same_state(one: Path, other: Path) -> None:
    """All that a run is: weights, their average, the optimizer's moments, the random state, the carried LSTM state, and
    how far it is in steps, characters and the data. Only the clock may differ."""
    (tensors, progress), (others, other_progress) = map(state_in, (one, other))
    assert tensors.keys() == others.keys()
    kinds = {name.split(".")[0] for name in tensors}
    assert {"network", "averaged", "optimizer", "random"} <= kinds
    for name, tensor in tensors.items():
        assert torch.equal(tensor, others[name]), name
    del progress["seconds"], other_progress["seconds"]
    assert progress == other_progress


def state_in(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        return tensors, json.loads(file.metadata()["progress"])


def test_the_resume_file_holds_the_carried_state(corpus: Corpus, tmp_path: Path) -> None:
    trainer(corpus, tmp_path / "m.safetensors", PLAIN, batching="streams").run()
    tensors, progress = state_in(tmp_path / "m.resume.safetensors")
    assert {"hidden.0", "cell.0"} <= tensors.keys()
    assert tensors["hidden.0"].abs().sum() > 0
    assert progress["batch"] > 0


def before_step(run: Trainer, number: int, action: Callable[[], None]) -> None:
    """Have something happen as a step begins."""
    original = run._step

    def step(batch: Batch) -> Any:
        if run.progress.step == number - 1:
            action()
        return original(batch)

    run._step = step  # type: ignore[method-assign]


class PowerCut(BaseException):
    pass


def cut_power() -> None:
    raise PowerCut


def test_the_state_is_saved_at_timed_intervals(corpus: Corpus, tmp_path: Path) -> None:
    run = trainer(corpus, tmp_path / "m.safetensors", save_minutes=1e-9)
    before_step(run, 7, cut_power)
    with pytest.raises(PowerCut):
        run.run()
    again = trainer(corpus, tmp_path / "m.safetensors", save_minutes=3)
    again.resume()
    assert again.progress.step == 6


def test_the_state_is_not_saved_before_its_time(corpus: Corpus, tmp_path: Path) -> None:
    run = trainer(corpus, tmp_path / "m.safetensors")
    before_step(run, 7, cut_power)
    with pytest.raises(PowerCut):
        run.run()
    assert list(tmp_path.iterdir()) == []


def test_resuming_a_finished_run_does_nothing(corpus: Corpus, tmp_path: Path) -> None:
    trainer(corpus, tmp_path / "m.safetensors").run()
    again = trainer(corpus, tmp_path / "m.safetensors")
    again.resume()
    assert again.run()
    assert again.progress.step == 10


def test_a_new_run_removes_half_written_files(corpus: Corpus, tmp_path: Path) -> None:
    for name in (".m.safetensors.abc", ".m.json.abc", ".m.png.abc", ".m.resume.safetensors.abc", ".mine.json.abc"):
        (tmp_path / name).touch()
    trainer(corpus, tmp_path / "m.safetensors", steps=1).run()
    assert [path.name for path in tmp_path.glob(".*")] == [".mine.json.abc"]


def test_an_unwritable_folder_is_reported_before_training(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = trainer(corpus, tmp_path / "file" / "m.safetensors")
    with pytest.raises(TrainingError, match="file cannot be written to"):
        run.run()
    assert run.progress.step == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte, where we may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    may = shutil.which("mount") and subprocess.run(mount, capture_output=True).returncode == 0
    yield folder
    if may:
        subprocess.run(["umount", str(folder)], check=True)


@contextlib.contextmanager
def room_for(size: int, disk: Path) -> Iterator[None]:
    """The disk is full but for so many bytes; on a large disk, it is for files of more."""
    if not disk.is_mount():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("os.fsync", lambda handle: refuse_more_than(size, handle))
            yield
        return
    filler = disk / "filler"
    filler.write_bytes(bytes(max(0, shutil.disk_usage(disk).free - size)))
    yield
    filler.unlink()


def refuse_more_than(size: int, handle: int) -> None:
    if os.fstat(handle).st_size > size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture(scope="module")
def stopped(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a run that was looked at and later stopped."""
    folder = tmp_path_factory.mktemp("stopped")
    run = trainer(corpus, folder / "m.safetensors", evaluate_every=5)
    before_step(run, 6, run.stop)
    assert not run.run()
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("room", [0, 4_096, 40_960, 98_304])
def test_a_full_disk_keeps_the_last_good_files(
    corpus: Corpus, small_disk: Path, stopped: dict[str, bytes], room: int
) -> None:
    for name, content in stopped.items():
        (small_disk / name).write_bytes(content)
    path = small_disk / "m.safetensors"
    run = trainer(corpus, path, evaluate_every=5)
    run.resume()
    assert run.progress.step == 6
    with (
        room_for(room, small_disk),
        pytest.raises(CheckpointError, match=r"m\.[\w.]+ cannot be written: No space left"),
    ):
        run.run()
    assert {file.name for file in small_disk.iterdir()} == set(stopped)
    assert run.resume_path.read_bytes() == stopped["m.resume.safetensors"]
    load_checkpoint(path)


@contextlib.contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a full disk, but for real wherever this runs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_size_limit_ends_training_cleanly(
    corpus_file: Path, corpus: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.safetensors"
    trainer(corpus, path).run()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.suffix != ".json"}
    flags = ["--corpus", str(corpus_file), "--name", str(path), *FLAGS, "--evaluate-every", "5", "--steps", "5"]
    capsys.readouterr()
    with files_of_at_most(20_000):
        code = train.main(flags)
    errors = capsys.readouterr().err
    assert code == 1
    assert re.search(r"^train\.py: \S+m\.[\w.]+ cannot be written: File too large$", errors, re.MULTILINE)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.suffix != ".json"} == before
    assert load_checkpoint(path).training["step"] == 10  # the JSON, which comes first, describes the old weights, too


def test_a_short_run_averages_its_later_weights(corpus: Corpus, tmp_path: Path) -> None:
    run = trainer(corpus, tmp_path / "m.safetensors", steps=40, evaluate_every=40, learning_rate=0.02, average=0.999)
    first = run.network.dense.weight.detach().clone()
    run.run()
    last = run.network.dense.weight
    assert (run.averaged_network.dense.weight - last).norm() < 0.3 * (first - last).norm()


def test_resuming_with_other_settings_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    trainer(corpus, path, steps=10).run()
    with pytest.raises(TrainingError, match=r"is of another run: learning_rate is 0\.004 there and 0\.001 here"):
        trainer(corpus, path, steps=10, learning_rate=0.001).resume()
    with pytest.raises(TrainingError, match="units is 16 there and 24 here"):
        trainer(corpus, path, {**SHAPE, "units": 24}, steps=10).resume()
    with pytest.raises(TrainingError, match="is of another run: its corpus differs"):
        trainer(replace(corpus, split=replace(corpus.split, train=corpus.split.train[1:])), path, steps=10).resume()
    other = trainer(corpus, path, steps=10)
    other.vocabulary = Vocabulary(other.vocabulary.characters[::-1])
    with pytest.raises(TrainingError, match="is of another run: its vocabulary differs"):
        other.resume()


def test_resuming_without_a_run_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="nothing to resume"):
        trainer(corpus, tmp_path / "m.safetensors").resume()


def test_a_damaged_resume_file_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "m.resume.safetensors").write_bytes(b"not tensors")
    with pytest.raises(TrainingError, match="cannot be resumed"):
        trainer(corpus, tmp_path / "m.safetensors").resume()


def test_a_nan_loss_keeps_the_last_good_checkpoint(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    run = trainer(corpus, path, steps=10)
    run.run()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    again = trainer(corpus, path, steps=10)
    with torch.no_grad():
        again.network.dense.bias.fill_(float("nan"))
    with pytest.raises(TrainingError, match="the loss is nan at step 1; the last good checkpoint is"):
        again.run()
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_training_without_matplotlib_warns_once_and_continues(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"] or ["matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    assert trainer(corpus, tmp_path / "m.safetensors").run()
    assert capsys.readouterr().out.count("the loss curve is not drawn, for matplotlib cannot be loaded: ") == 1
    assert load_checkpoint(tmp_path / "m.safetensors").network.config.units == 16
    assert not (tmp_path / "m.png").exists()


def test_the_look_back_refuses_windows(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="whole tunes"):
        trainer(corpus, tmp_path / "m.safetensors", batching="windows")


@pytest.fixture(scope="module")
def few_jigs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus that is soon read."""
    path = tmp_path_factory.mktemp("few") / "jigs.abc"
    write_jigs(path, 12)
    return path


def until_step_12(corpus_file: Path, checkpoint: Path) -> list[str]:
    """train.py's flags. The state is saved at every step, for who may be killed."""
    flags = ["--corpus", str(corpus_file), "--name", str(checkpoint), *FLAGS, "--save-minutes", "1e-6"]
    return [*flags, "--steps", "12", "--evaluate-every", "6"]


@pytest.fixture(scope="module")
def whole(few_jigs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint of a run that nothing interrupted."""
    path = tmp_path_factory.mktemp("whole") / "whole.safetensors"
    assert train.main(until_step_12(few_jigs, path)) == 0
    return path


def assert_resumed(flags: list[str], whole: Path, parts: Path) -> None:
    """It ends as the whole run did, with nothing half-written beside it."""
    assert train.main([*flags, "--resume"]) == 0
    assert_same_state(whole.with_suffix(".resume.safetensors"), parts.with_suffix(".resume.safetensors"))
    assert whole.read_bytes() == parts.read_bytes()
    assert list(parts.parent.glob(".*")) == []


def test_a_stopped_command_resumes_bit_for_bit(
    few_jigs: Path, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = tmp_path / "parts.safetensors"
    flags = until_step_12(few_jigs, parts)
    for number, ending, code in ((7, signal.SIGTERM, 143), (9, signal.SIGINT, 130)):
        with stopped_in_step(number, ending):
            assert train.main([*flags, "--resume"] if number > 7 else flags) == code
        assert f"stopped at step {number}; --resume goes on from here" in capsys.readouterr().out
        assert saved_step(parts.with_suffix(".resume.safetensors")) == number
        assert load_checkpoint(parts).network.config.units == 16
    assert_resumed(flags, whole, parts)


@contextlib.contextmanager
def stopped_in_step(number: int, ending: signal.Signals) -> Iterator[None]:
    """A run is sent a signal there."""
    original = Trainer._step

    def step(self: Trainer, batch: Batch) -> Any:
        if self.progress.step == number - 1:
            signal.raise_signal(ending)
        return original(self, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "_step", step)
        yield


# train.py, killed as it replaces the state for the eighth time
KILLED = """
import os, pathlib, signal, sys, train

replace, states = pathlib.Path.replace, []

def replace_or_die(path, target):
    if "resume" in target.name:
        states.append(target)
    if len(states) == 8:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(path, target)

pathlib.Path.replace = replace_or_die
sys.exit(train.main())
"""


def test_a_killed_command_resumes_bit_for_bit(few_jigs: Path, whole: Path, tmp_path: Path) -> None:
    parts = tmp_path / "parts.safetensors"
    flags = until_step_12(few_jigs, parts)
    done = subprocess.run([sys.executable, "-c", KILLED, *flags], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(list(tmp_path.glob(".*"))) == 1  # what was being written
    assert saved_step(parts.with_suffix(".resume.safetensors")) == 7
    assert load_checkpoint(parts).network.config.units == 16
    assert_resumed(flags, whole, parts)


def saved_step(state: Path) -> int:
    with safe_open(state, framework="pt") as file:
        return int(json.loads(file.metadata()["progress"])["step"])


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--steps", "0"], "a whole number from 1 up is wanted, not 0"),
        (["--dropout", "1"], "a number from 0 to under 1 is wanted, not 1"),
        (["--batching", "streams"], "needs --no-pointer"),
        (["--learning-rate", "nan"], "a number over 0 is wanted, not nan"),
    ],
)
def test_bad_flags_are_refused_with_a_sentence(
    flags: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        train.main(flags)
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_a_corpus_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(["--corpus", str(tmp_path / "none.abc")]) == 1
    assert "none.abc' is neither a collection" in capsys.readouterr().err
