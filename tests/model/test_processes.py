"""Training in two processes: the same result as in one, and an end that all of them come to."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file

from charrnn.corpus.collection import load_corpus
from charrnn.errors import CheckpointError
from charrnn.model.batches import IGNORED, Batch
from charrnn.model.checkpoint import load_checkpoint
from charrnn.model.training import run as training
from charrnn.model.training.processes import Processes
from tests.support.started import is_running, started_by
from tests.support.training_jigs import FLAGS, ROOT, SHAPE, trainer, write_jigs

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
PATIENCE = 240  # seconds for anything here, on a busy machine


@given(rows=st.integers(1, 9), count=st.integers(1, 5))
def test_the_processes_share_out_each_row_exactly_once(rows: int, count: int) -> None:
    inputs = torch.arange(1, rows + 1)[:, None].repeat(1, 3)
    batch = Batch(inputs, inputs + 100, carries_state=True)
    shares = [Processes(rank, count).share(batch) for rank in range(count)]
    kept = torch.cat([share.targets for share in shares])
    assert sorted(kept[kept != IGNORED].tolist()) == sorted(batch.targets.flatten().tolist())
    assert sum(share.characters for share in shares) == batch.characters
    for share in shares:
        assert share.carries_state
        counted = share.targets != IGNORED
        assert (share.targets[counted] == share.inputs[counted] + 100).all()


def test_where_rows_are_fewer_than_processes_the_others_read_one_that_counts_for_nothing() -> None:
    batch = Batch(torch.tensor([[1, 2]]), torch.tensor([[2, 3]]), carries_state=False)
    share = Processes(2, 3).share(batch)
    assert share.inputs.shape == (1, 2)
    assert share.characters == 0


def test_what_the_first_process_raises_is_raised() -> None:
    def fail() -> None:
        raise CheckpointError("the disk is full")

    with pytest.raises(CheckpointError, match="the disk is full"):
        Processes().first_alone(fail)
    assert Processes().first_alone(lambda: 3) == 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two")
    write_jigs(folder / "jigs.abc")
    return folder


@pytest.fixture(scope="module")
def reports(folder: Path) -> list[dict[str, Any]]:
    """What each of two processes tells of ``tests/support/two_processes.py``."""
    command = [*TORCHRUN, "tests/support/two_processes.py", str(folder / "jigs.abc"), str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return [
        {
            **json.loads((folder / f"{rank}.json").read_text()),
            "weights": load_file(folder / f"{rank}.weights"),
            "out": done.stdout,
            "errors": done.stderr,
        }
        for rank in range(2)
    ]


def weights(report: dict[str, Any], run: str) -> dict[str, torch.Tensor]:
    prefix = f"{run}."
    return {name.removeprefix(prefix): t for name, t in report["weights"].items() if name.startswith(prefix)}


def test_two_processes_train_the_network_that_one_trains(
    folder: Path, reports: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "has_bf16", lambda device: False)
    shape = {**SHAPE, "dropout": 0.0, "weight_dropout": 0.0}
    alone = trainer(load_corpus((str(folder / "jigs.abc"),)), folder / "alone.safetensors", shape, steps=6)
    bits = [alone._step(batch).bits for batch in alone._batches()]
    assert reports[0]["bits"] == pytest.approx(bits, rel=1e-5)
    for name, tensor in weights(reports[0], "exact").items():
        torch.testing.assert_close(tensor, alone.network.state_dict()[name], atol=1e-4, rtol=1e-3, msg=name)


@pytest.mark.parametrize("run", ["exact", "whole", "resumed"])
def test_all_processes_hold_the_same_weights(reports: list[dict[str, Any]], run: str) -> None:
    first, second = (weights(report, run) for report in reports)
    assert first.keys() == second.keys() != set()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


def test_only_the_first_process_writes_and_prints(reports: list[dict[str, Any]]) -> None:
    written = ["whole.json", "whole.originality.npz", "whole.png", "whole.resume.safetensors", "whole.safetensors"]
    assert [report["whole"] for report in reports] == [written, []]
    for step in ("4", "8"):  # looked at in the whole run and in that of parts
        assert (reports[0]["out"] + reports[0]["errors"]).count(f"step {step:>6}  train") == 2


def test_a_stop_asked_of_one_process_stops_both_at_the_same_step(reports: list[dict[str, Any]]) -> None:
    assert [report["finished"] for report in reports] == [False, False]
    assert [report["stopped_at"] for report in reports] == [1, 1]


def test_two_resumed_processes_end_with_the_same_weights_as_uninterrupted_ones(
    folder: Path, reports: list[dict[str, Any]]
) -> None:
    for name, tensor in weights(reports[0], "whole").items():
        assert torch.equal(tensor, weights(reports[0], "resumed")[name]), name
    with safe_open(folder / "0" / "parts.resume.safetensors", framework="pt") as file:
        states = [file.get_tensor(f"random.{rank}") for rank in range(2)]
    assert not torch.equal(*states)  # each process has its own dropout


def test_what_the_first_process_cannot_write_all_are_told(reports: list[dict[str, Any]]) -> None:
    assert reports[0]["error"] == reports[1]["error"]
    assert "cannot be written to" in reports[0]["error"]


def test_another_number_of_processes_is_refused(folder: Path, reports: list[dict[str, Any]]) -> None:
    alone = trainer(load_corpus((str(folder / "jigs.abc"),)), folder / "0" / "parts.safetensors", steps=8)
    with pytest.raises(training.TrainingError, match="processes is 2 there and 1 here"):
        alone.resume()


@pytest.mark.parametrize("ending", ["killed second", "SIGTERM", "SIGKILL"])
def test_however_a_run_ends_it_goes_on_from_where_it_was_saved(folder: Path, ending: str) -> None:
    state = folder / "run.resume.safetensors"
    before = saved_step(state) if state.exists() else 0
    process = start(folder, resume=state.exists())
    out, errors = end(process, ending)
    assert process.returncode != 0
    if ending == "killed second":
        assert "process 1 of 2 cannot go on: another has ended or does not answer; --resume goes on" in errors
    else:
        assert f"stopped at step {saved_step(state):,}; --resume goes on from here" in out
    assert saved_step(state) > before
    assert load_checkpoint(folder / "run.safetensors").network.config.units == 16
    assert list(folder.glob(".*")) == []


def start(folder: Path, resume: bool) -> subprocess.Popen[str]:
    """A run in two processes that has gone past a look at validation."""
    command = [*TORCHRUN, "train.py", "--corpus", str(folder / "jigs.abc"), "--name", str(folder / "run.safetensors")]
    command += [*FLAGS, "--steps", "100000", "--evaluate-every", "5", *(["--resume"] if resume else [])]
    process = subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    looks = 0
    for line in process.stdout:
        looks += line.startswith("X:")  # the sample tune
        if looks == 2:  # by now the state of the first look is saved
            break
    return process


def end(process: subprocess.Popen[str], ending: str) -> tuple[str, str]:
    workers = children(process.pid)
    assert len(workers) == 2
    if ending.startswith("killed"):
        os.kill(workers[ending == "killed second"], signal.SIGKILL)
    else:
        process.send_signal(signal.Signals[ending])
    out, errors = process.communicate(timeout=PATIENCE)
    for worker in workers:
        assert not is_running(worker, patience=5)
    return out, errors


def children(pid: int) -> list[int]:
    """Process ids of the processes that another started, the first rank first."""
    ranks = {rank_of(child): child for child in started_by(pid) if rank_of(child) is not None}
    return [ranks[rank] for rank in sorted(ranks, key=str)]


def rank_of(pid: int) -> str | None:
    variables = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return next((line.removeprefix("RANK=") for line in variables if line.startswith("RANK=")), None)


def saved_step(state: Path) -> int:
    with safe_open(state, framework="pt") as file:
        return json.loads(file.metadata()["progress"])["step"]
