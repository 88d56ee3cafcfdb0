"""Coverage-guided fuzzing, for ``python -m tests.fuzz --guided``: atheris (libFuzzer) keeps the texts that reach code
which no text before reached, and mutates them further. Only for development; says so where atheris is not installed.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.support.tunes import EVIL

MOST_CHARACTERS = 4_000  # of a text: what is longer reaches nothing new, and slowly


def search_guided(seed: int, minutes: float, target: str) -> int:
    """Until something is found or the time is over; the exit code. Does not come back: libFuzzer ends the process."""
    try:
        import atheris
    except ImportError:
        print("--guided needs atheris, which is not installed: pip install atheris", file=sys.stderr)
        return 2
    names = [name for name in sys.modules if name.split(".")[0] == "charrnn" or name in ("tests.fuzz.targets",)]
    for name in names:
        del sys.modules[name]  # to be imported again with the counters in
    with atheris.instrument_imports(include=["charrnn"]):
        from tests.fuzz.search import failure_of, report
    folder, end, checked = Path(tempfile.mkdtemp()), time.monotonic() + 60 * minutes, 0

    def leave(code: int) -> None:
        shutil.rmtree(folder)
        sys.stdout.flush()
        os._exit(code)  # libFuzzer would take any other end for a crash

    def one(data: bytes) -> None:
        nonlocal checked
        failure = failure_of(data.decode("utf-8", "replace")[:MOST_CHARACTERS], target)
        if failure:
            leave(report(failure, f"a text of seed {seed}, guided,"))
        checked += 1
        if time.monotonic() > end:
            print(f"{checked:,} texts of seed {seed}, guided, checked ({target}), nothing found")
            leave(0)

    for name, text in EVIL.items():
        if len(text) < MOST_CHARACTERS:
            (folder / name).write_bytes(text.encode("utf-8", "replace"))
    flags = [f"-seed={seed + 1}", f"-max_len={MOST_CHARACTERS}", "-timeout=100", "-verbosity=0"]
    atheris.Setup([sys.argv[0], str(folder), *flags, f"-artifact_prefix={folder}/"], one)
    atheris.Fuzz()
    return 0
