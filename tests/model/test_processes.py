"""Training in two processes: the same result as in one, and an end that all of them come to."""

import json
import os
import signal
import subprocess
import sys
import time
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
from tests.support.training_jigs import ROOT, SHAPE, trainer, write_jigs

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


def test_a_process_without_rows_gets_an_uncounted_one() -> None:
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
    write_jigs(folder / "jigs.abc", 16)
    return folder


@pytest.fixture(scope="module")
def reports(folder: Path) -> list[dict[str, Any]]:
    """What each of two processes tells of ``tests/support/two_processes.py``."""
    command = [*TORCHRUN, "tests/support/two_processes.py", str(folder / "jigs.abc"), str(folder)]
    streams: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, **streams)
    wait_for(folder / "0" / "terminated.safetensors", process)
    for pid in children(process.pid):
        os.kill(pid, signal.SIGTERM)  # as torchrun does when it gets it
    wait_for(folder / "0" / "orphaned.resume.safetensors", process)
    workers = children(process.pid)
    process.kill()
    out, errors = process.communicate(timeout=PATIENCE)
    assert [is_running(worker, patience=5) for worker in workers] == [False, False]
    return [
        {
            **json.loads((folder / f"{rank}.json").read_text()),
            "weights": load_file(folder / f"{rank}.weights"),
            "out": out,
            "errors": errors,
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
    looks = (reports[0]["out"] + reports[0]["errors"]).count("step      6  train")
    assert looks == 2  # in the whole run and in that of parts


def test_a_stop_request_stops_both_at_one_step(reports: list[dict[str, Any]]) -> None:
    assert [report["stopped"] for report in reports] == [[False, 1]] * 2


def test_sigterm_ends_the_command_line_of_both_processes(folder: Path, reports: list[dict[str, Any]]) -> None:
    assert [report["terminated"] for report in reports] == [143, 143]
    step = saved_step(folder / "0" / "terminated.resume.safetensors")
    assert step >= 2
    assert reports[0]["out"].count(f"stopped at step {step:,}; --resume goes on from here") == 1
    assert load_checkpoint(folder / "0" / "terminated.safetensors").network.config.units == 16


def test_both_processes_stop_when_torchrun_is_killed(folder: Path, reports: list[dict[str, Any]]) -> None:
    step = saved_step(folder / "0" / "orphaned.resume.safetensors")
    assert [report["orphaned"] for report in reports] == [[False, step]] * 2
    assert step > 0


def test_a_killed_process_ends_the_other_cleanly(folder: Path, reports: list[dict[str, Any]]) -> None:
    assert reports[0]["lost"] == (
        "process 1 of 2 cannot go on: another has ended or does not answer; --resume goes on from the last saved state"
    )
    assert saved_step(folder / "0" / "lost.resume.safetensors") == 2
    assert load_checkpoint(folder / "0" / "lost.safetensors").network.config.units == 16
    assert list((folder / "0").glob(".*")) == []


def test_resumed_processes_match_uninterrupted_ones_bit_for_bit(folder: Path, reports: list[dict[str, Any]]) -> None:
    for name, tensor in weights(reports[0], "whole").items():
        assert torch.equal(tensor, weights(reports[0], "resumed")[name]), name
    with safe_open(folder / "0" / "parts.resume.safetensors", framework="pt") as file:
        states = [file.get_tensor(f"random.{rank}") for rank in range(2)]
    assert not torch.equal(*states)  # each process has its own dropout


def test_all_processes_report_a_failed_write(reports: list[dict[str, Any]]) -> None:
    assert reports[0]["error"] == reports[1]["error"]
    assert "cannot be written to" in reports[0]["error"]


def test_resuming_with_another_process_count_is_refused(folder: Path, reports: list[dict[str, Any]]) -> None:
    alone = trainer(
        load_corpus((str(folder / "jigs.abc"),)), folder / "0" / "parts.safetensors", steps=6, evaluate_every=6
    )
    with pytest.raises(training.TrainingError, match="processes is 2 there and 1 here"):
        alone.resume()


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while not path.exists() and time.monotonic() < end and process.poll() is None:
        time.sleep(0.05)
    assert path.exists(), process.poll() is None or process.communicate()


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
