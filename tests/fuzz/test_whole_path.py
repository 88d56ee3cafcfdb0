"""Evil text all the way to the engraver, which is not ours, in a process of its own: a crash would end the tests."""

import subprocess
import sys
from pathlib import Path

from tests.support.tunes import EVIL

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240  # seconds; half a minute is usual


def test_the_engraver_survives_every_evil_file() -> None:
    command = [sys.executable, "-m", "tests.support.whole_path"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, (done.stdout.splitlines()[-1:], done.stderr)
    outcomes = dict(line.split() for line in done.stdout.splitlines())
    assert list(outcomes) == list(EVIL)
    assert sum(outcome == "drawn" for outcome in outcomes.values()) > len(EVIL) / 2
