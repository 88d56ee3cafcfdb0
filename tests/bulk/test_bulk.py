"""Many tunes: the same from any number of processes, and after any interruption."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from charrnn.evaluation import abc2midi
from charrnn.sampling.options import Request
from tests.model.test_processes import ENVIRONMENT, PATIENCE, TORCHRUN, children
from tests.support import command_line
from tests.support.started import is_running, started_by
from tests.support.training_jigs import ROOT, write_jigs

ALONE = [sys.executable]
COUNT = 60
HEADER = "M:6/8\nL:1/8\nR:jig\nK:D\n"  # random weights take three times a tune's time to draw one
SETTINGS = ["--seed-text", HEADER, "--length", "80", "--count", str(COUNT)]
SETTINGS += ["--seed", "2147483640"]  # the seed numbers start over on the way


def begin(how: list[str], *arguments: object) -> subprocess.Popen[str]:
    command = [*how, "-m", "charrnn", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(how: list[str], *arguments: object) -> tuple[str, str]:
    """What was printed, and what on the error stream."""
    process = begin(how, *arguments)
    out, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    return out, errors


def run_here(*arguments: object, code: int = 0) -> tuple[str, str]:
    """The same in the process of the tests."""
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


@pytest.mark.parametrize(("how", "workers"), [(ALONE, 2), (TORCHRUN, 2)])
def test_the_tunes_are_the_same_from_any_number_of_processes(
    checkpoint_path: Path, tmp_path: Path, book: bytes, how: list[str], workers: int
) -> None:
    path = tmp_path / "tunes.abc"
    run(how, "sample", *SETTINGS, "--workers", workers, "--checkpoint", checkpoint_path, "--out", path)
    assert path.read_bytes() == book
    assert book.count(b"\nX:") == COUNT - 1


ENDINGS = {
    "killed": (ALONE, 2, signal.SIGKILL, -9, ""),
    "Ctrl-C": (ALONE, 2, signal.SIGINT, 130, "interrupted"),
    "terminated": (ALONE, 2, signal.SIGTERM, 143, "terminated"),
    "a worker killed": (ALONE, 2, None, 1, "charrnn sample: worker process 1 of 2 was ended by SIGKILL"),
    "a process of two killed": (TORCHRUN, 1, None, 1, ""),  # torchrun may be faster than the other's own message
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_however_a_run_ends_it_goes_on_to_the_same_tunes(
    checkpoint_path: Path, tmp_path: Path, book: bytes, ending: str
) -> None:
    how, workers, number, code, message = ENDINGS[ending]
    path, part = tmp_path / "tunes.abc", tmp_path / "tunes.abc.part"
    arguments = ("sample", *SETTINGS, "--checkpoint", checkpoint_path, "--out", path)
    process = begin(how, *arguments, "--workers", workers)
    before = kept(process, part)
    started = workers_of(process) if how == ALONE else children(process.pid)
    if number is not None:
        process.send_signal(number)
    else:
        os.kill(started[0 if how == ALONE else 1], signal.SIGKILL)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert message in errors
    assert ending == "killed" or f"of {COUNT} tunes are in {part}; --resume goes on" in errors
    assert not [pid for pid in started if is_running(pid, patience=5)]

    tunes = [json.loads(line)["abc"] for line in part.read_bytes().splitlines()[1:] if line.endswith(b"}")]
    assert before <= len(tunes) < COUNT
    assert book.decode().startswith("\n".join(tunes))
    run_here(*arguments, "--resume", "--workers", 1)
    assert path.read_bytes() == book
    assert not part.exists()


def kept(process: subprocess.Popen[str], part: Path) -> int:
    """Wait for some tunes; how many there are."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        lines = part.read_bytes().count(b"\n") if part.exists() else 0
        if lines > 5:
            return lines - 1
        time.sleep(0.01)
    raise AssertionError(f"no tunes were written: {process.communicate()}")


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """In the order in which they were started."""
    return [pid for pid in started_by(process.pid) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_the_seed_number_that_was_drawn_is_gone_on_with(checkpoint_path: Path, tmp_path: Path) -> None:
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
    return {"book": 1, "checkpoint": digest, "int8": False, "count": count, **asdict(request)}


def test_a_program_may_read_a_line_of_json_for_each_tune(checkpoint_path: Path) -> None:
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
def test_the_card_is_the_same_from_any_number_of_processes_and_after_an_interruption(
    checkpoint_path: Path, tmp_path: Path
) -> None:
    write_jigs(tmp_path / "jigs.abc")
    arguments = ("evaluate", "--count", 4, "--parts", "AB", "--bars", 2, "--temperature", 0.8, 1.2, "--json")
    arguments += ("--corpus", tmp_path / "jigs.abc", "--checkpoint", checkpoint_path, "--out")
    card, _ = run_here(*arguments, tmp_path / "one", "--workers", 1)
    shared, _ = run(TORCHRUN, *arguments, tmp_path / "ranks", "--workers", 1)
    assert card == shared == (tmp_path / "ranks" / "card.json").read_text() + "\n"
    assert json.loads(card)["corpus"]["names"] == [str(tmp_path / "jigs.abc")]

    process = begin(ALONE, *arguments, tmp_path / "stopped", "--workers", 2)
    kept(process, tmp_path / "stopped" / "card.json.part")
    process.kill()
    process.communicate()
    resumed, _ = run_here(*arguments, tmp_path / "stopped", "--resume")
    assert resumed == card
    assert sorted(path.name for path in (tmp_path / "stopped").iterdir()) == [
        "card.json", "card.md", "distributions.png", "temperature.png"
    ]  # fmt: skip
