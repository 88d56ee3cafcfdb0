"""The command line, in a process of its own as a person runs it, or in that of the tests, which has torch already."""

import contextlib
import io
import subprocess
import sys

import pytest

from charrnn import cli
from charrnn.inference import threads
from tests.support.started import ROOT

Done = subprocess.CompletedProcess[str]


def run_apart(*arguments: object) -> Done:
    command = [sys.executable, "-m", "charrnn", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def run_here(*arguments: object) -> Done:
    out, errors = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.chdir(ROOT),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(errors),
    ):
        patch.setattr(threads, "_most", threads._most)  # a command may keep to one core
        code = _exit_code([*map(str, arguments)])
    return Done(arguments, code, out.getvalue(), errors.getvalue())


def _exit_code(arguments: list[str]) -> int:
    try:
        return cli.main(arguments)
    except SystemExit as end:  # of argparse
        return int(end.code or 0)
