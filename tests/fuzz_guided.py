"""Coverage-guided fuzzing, for ``python -m tests.fuzz --guided``: atheris (libFuzzer) keeps the texts that reach code
which no text before reached, and mutates them further. Only for development; says so where atheris is not installed.
"""

import sys
import tempfile
from pathlib import Path

from tests.tunes import EVIL

MOST_CHARACTERS = 4_000  # of a text: what is longer reaches nothing new, and slowly


def search_guided(seed: int, minutes: float, target: str) -> int:
    """Until something is found or the time is over; the exit code. Does not come back: libFuzzer ends the process."""
    try:
        import atheris
    except ImportError:
        print("--guided needs atheris, which is not installed: pip install atheris", file=sys.stderr)
        return 2
    names = [name for name in sys.modules if name.split(".")[0] == "charrnn" or name in ("tests.fuzz_targets",)]
    for name in names:
        del sys.modules[name]  # to be imported again with the counters in
    with atheris.instrument_imports(include=["charrnn"]):
        from tests.fuzz_targets import TARGETS
    sys.modules["tests.fuzz"].TARGETS = TARGETS  # type: ignore[attr-defined]
    from tests.fuzz import failure_of, report

    checked = 0

    def one(data: bytes) -> None:
        nonlocal checked
        failure = failure_of(data.decode("utf-8", "replace")[:MOST_CHARACTERS], target)
        if failure:
            sys.stdout.flush()
            raise SystemExit(report(failure, f"a text of seed {seed}, guided,"))
        checked += 1

    with tempfile.TemporaryDirectory() as folder:
        for name, text in EVIL.items():
            if len(text) < MOST_CHARACTERS:
                Path(folder, name).write_bytes(text.encode("utf-8", "replace"))
        flags = [f"-max_total_time={round(60 * minutes)}", f"-seed={seed + 1}", f"-max_len={MOST_CHARACTERS}"]
        flags += ["-timeout=60", "-verbosity=0", "-print_final_stats=1", f"-artifact_prefix={folder}/"]
        atheris.Setup([sys.argv[0], folder, *flags], one)
        atheris.Fuzz()
    return 0
