"""Many tunes: the same from any number of processes, and after any interruption."""

import json
import multiprocessing
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from charrnn.bulk.ledger import Ledger
from charrnn.errors import WorkerError
from charrnn.evaluation import abc2midi
from charrnn.sampling.options import Request
from tests.model.test_processes import ENVIRONMENT, PATIENCE, TORCHRUN
from tests.support import command_line
from tests.support.killed import KEPT
from tests.support.started import is_running
from tests.support.training_jigs import ROOT, write_jigs

COUNT, FEW = 60, 5
HEADER = "M:6/8\nL:1/8\nR:jig\nK:D\n"  # random weights take three times a tune's time to draw one
SETTINGS = ["--seed-text", HEADER, "--length", "20", "--count", str(COUNT)]
SETTINGS += ["--seed", "2147483640"]  # the seed numbers start over on the way


def run(*command: object) -> subprocess.CompletedProcess[str]:
    """Python, in a process of its own."""
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def run_here(*arguments: object, code: int = 0) -> tuple[str, str]:
    """What a command printed in the process of the tests, and what on the error stream."""
    done = command_line.run_here(*arguments)
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def book(checkpoint_path: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Many tunes of a run in one process that nothing interrupts."""
    path = tmp_path_factory.mktemp("book") / "tunes.abc"
    run_here("sample", *SETTINGS, "--workers", 1, "--checkpoint", checkpoint_path, "--out", path)
    assert [child.name for child in path.parent.iterdir()] == ["tunes.abc"]
    return path.read_bytes()


@contextmanager
def happening(event: Callable[[], object]) -> Iterator[None]:
    """Have something happen once some results are kept."""
    real = Ledger.append

    def append(self: Ledger, result: dict[str, Any]) -> None:
        real(self, result)
        if self.count == FEW:
            event()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ledger, "append", append)
        yield


def lose_worker() -> None:
    """As ``Workers`` tells it (tests/bulk/test_workers.py)."""
    raise WorkerError("worker process 1 of 2 was ended by SIGKILL")


ENDINGS = {
    "Ctrl-C": (lambda: signal.raise_signal(signal.SIGINT), 130, "interrupted"),
    "terminated": (lambda: signal.raise_signal(signal.SIGTERM), 143, "terminated"),
    "a worker killed": (lose_worker, 1, "charrnn sample: worker process 1 of 2 was ended by SIGKILL"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_resuming_any_stopped_run_gives_the_same_tunes(
    checkpoint_path: Path, tmp_path: Path, book: bytes, ending: str
) -> None:
    event, code, message = ENDINGS[ending]
    path, part = tmp_path / "tunes.abc", tmp_path / "tunes.abc.part"
    arguments = ("sample", *SETTINGS, "--checkpoint", checkpoint_path, "--out", path, "--workers", 1)
    with happening(event):
        _, errors = run_here(*arguments, code=code)
    assert errors == f"{FEW} of {COUNT} tunes are in {part}; --resume goes on\n{message}\n"
    assert len(begun(part, book)) == FEW
    run_here(*arguments, "--resume")
    assert path.read_bytes() == book
    assert not part.exists()


def begun(part: Path, book: bytes) -> list[str]:
    """The tunes of a run that was ended, with which the book begins."""
    tunes = [json.loads(line)["abc"] for line in part.read_bytes().splitlines()[1:] if line.endswith(b"}")]
    assert book.decode().startswith("\n".join(tunes))
    return tunes


def test_two_killed_workers_have_written_the_same_tunes(checkpoint_path: Path, tmp_path: Path, book: bytes) -> None:
    path, part = tmp_path / "tunes.abc", tmp_path / "tunes.abc.part"
    arguments = ("sample", *SETTINGS, "--checkpoint", checkpoint_path, "--out", path)
    done = run("-m", "tests.support.killed", *arguments, "--workers", 2)
    workers = [int(pid) for pid in done.stdout.split()]
    assert (done.returncode, done.stderr, len(workers)) == (-signal.SIGKILL, "", 2)
    assert not [pid for pid in workers if is_running(pid, patience=5)]
    assert len(begun(part, book)) == KEPT
    run_here(*arguments, "--resume", "--workers", 1)
    assert path.read_bytes() == book
    assert not part.exists()


@pytest.fixture(scope="module")
def card_arguments(checkpoint_path: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """An evaluation of a few short tunes."""
    corpus = tmp_path_factory.mktemp("corpus") / "jigs.abc"
    write_jigs(corpus)
    arguments = ["evaluate", "--count", "2", "--parts", "AB", "--bars", "2", "--temperature", "0.8", "1.2", "--json"]
    return [*arguments, "--corpus", str(corpus), "--checkpoint", str(checkpoint_path)]


@pytest.fixture(scope="module")
def of_two(
    checkpoint_path: Path, card_arguments: list[str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str, str]:
    """What two processes of torchrun leave in a folder, print, and say on the error stream
    (``tests/support/two_composing.py``)."""
    folder = tmp_path_factory.mktemp("two")
    sample = ["sample", *SETTINGS, "--workers", "1", "--checkpoint", str(checkpoint_path), "--out"]
    commands = [[*sample, str(folder / "whole.abc")], [*sample, str(folder / "killed.abc")]]
    if abc2midi.is_available():
        commands.insert(1, [*card_arguments, "--workers", "1"])
    done = run(*TORCHRUN[1:], "tests/support/two_composing.py", json.dumps(commands))
    assert done.returncode == 1, done.stderr
    return folder, done.stdout, done.stderr


def test_two_processes_write_the_same_tunes(of_two: tuple[Path, str, str], book: bytes) -> None:
    assert (of_two[0] / "whole.abc").read_bytes() == book
    assert book.count(b"\nX:") == COUNT - 1


def test_one_process_goes_on_when_another_was_killed(
    checkpoint_path: Path, of_two: tuple[Path, str, str], book: bytes
) -> None:
    folder, _, errors = of_two  # torchrun may be faster than the first process's own message that the second is gone
    path, part = folder / "killed.abc", folder / "killed.abc.part"
    assert f" of {COUNT} tunes are in {part}; --resume goes on" in errors  # SIGTERM may come before one is counted
    assert begun(part, book)
    run_here("sample", *SETTINGS, "--checkpoint", checkpoint_path, "--out", path, "--resume", "--workers", 1)
    assert path.read_bytes() == book
    assert not part.exists()


def test_a_resumed_run_keeps_its_drawn_seed(checkpoint_path: Path, tmp_path: Path) -> None:
    part, line = tmp_path / "tunes.jsonl.part", '{"number": 1, "seed": 41, "abc": "X:1\\n"'
    arguments = ("sample", "--length", 20, "--count", 2, "--checkpoint", checkpoint_path, "--out")
    run_here(*arguments, tmp_path / "other.jsonl", "--seed", 41, "--json")
    first, second = (tmp_path / "other.jsonl").read_text().splitlines(keepends=True)
    begun = json.dumps(identity(checkpoint_path, Request.checked(length=20, seed=41), 2))
    part.write_text(f"{begun}\n{first}{line}")  # the second one was being written
    run_here(*arguments, tmp_path / "tunes.jsonl", "--resume", "--json")
    assert (tmp_path / "tunes.jsonl").read_text() == first + second


def test_a_run_with_other_settings_is_refused(checkpoint_path: Path, tmp_path: Path) -> None:
    part = tmp_path / "tunes.abc.part"
    begun = json.dumps(identity(checkpoint_path, Request.checked(length=20, seed=1), 2))
    part.write_text(f'{begun}\n{{"number": 1}}\n')
    arguments = ("sample", "--seed", 1, "--length", 20, "--count", 2, "--checkpoint", checkpoint_path)
    _, errors = run_here(*arguments, "--out", tmp_path / "tunes.abc", "--resume", "--repetition", 1, code=1)
    assert errors == f"charrnn sample: {part} is another run's: repetition is -0.5 there and 1.0 here\n"


def identity(checkpoint: Path, request: Request, count: int) -> dict[str, Any]:
    from dataclasses import asdict
    from hashlib import sha256

    digest = sha256(checkpoint.read_bytes()).hexdigest()
    return {"book": 1, "checkpoint": digest, "fp32": False, "count": count, **asdict(request)}


def test_json_output_has_one_line_per_tune(checkpoint_path: Path) -> None:
    arguments = ("sample", "--seed", 3, "--length", 60, "--count", 2, "--checkpoint", checkpoint_path)
    abc, _ = run_here(*arguments)
    out, _ = run_here(*arguments, "--json")
    entries = [json.loads(line) for line in out.splitlines()]
    assert [(entry["number"], entry["seed"]) for entry in entries] == [(1, 3), (2, 4)]
    assert "\n".join(entry["abc"] for entry in entries) == abc
    assert set(entries[0]) == {"number", "seed", "abc", "ended", "loops", "over_shared", "problems_of_seed"}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["sample", "--workers", "0"], 1, "Workers must be a whole number from 1 to 1,024, not 0."),
        (["evaluate", "--workers", "1.5"], 1, "Workers must be a whole number from 1 to 1,024, not 1.5."),
        (["sample", "--resume"], 2, "--resume needs --out, the file that was begun"),
        (["evaluate", "--resume"], 2, "--resume needs --out, the folder that was begun"),
    ],
)
def test_bad_usage_gets_a_sentence(arguments: list[str], code: int, message: str) -> None:
    _, errors = run_here(*arguments, code=code)
    assert errors.splitlines()[-1].endswith(message)


@pytest.mark.skipif(not abc2midi.is_available(), reason="abc2midi (package abcmidi) is not installed")
def test_process_count_and_interruption_never_change_the_card(
    of_two: tuple[Path, str, str], card_arguments: list[str], tmp_path: Path
) -> None:
    card, _ = run_here(*card_arguments, "--workers", 1)
    assert of_two[1] == card
    assert [json.loads(card)["corpus"]["names"]] == [card_arguments[card_arguments.index("--corpus") + 1 :][:1]]

    arguments = (*card_arguments, "--out", tmp_path)
    others, workers = set(multiprocessing.active_children()), list[Any]()

    def interrupt() -> None:
        workers.extend(set(multiprocessing.active_children()) - others)
        signal.raise_signal(signal.SIGINT)

    with happening(interrupt):
        run_here(*arguments, "--workers", 2, code=130)
    assert [worker.is_alive() for worker in workers] == [False, False]
    assert [path.name for path in tmp_path.iterdir()] == ["card.json.part"]
    resumed, _ = run_here(*arguments, "--resume", "--workers", 1)
    assert resumed == card == (tmp_path / "card.json").read_text() + "\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "card.json", "card.md", "distributions.png", "temperature.png"
    ]  # fmt: skip
