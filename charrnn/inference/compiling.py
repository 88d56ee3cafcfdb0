"""The compiled kernel, made when there is time for it and kept in the user's cache folder.

Compiling takes a minute or two and half a gigabyte the first time, so a process of its own does it: the page
neither stutters nor grows. Then, and whenever the page starts again, reading what was compiled takes a second. Numba
sees to it that any number of processes may share the folder, and that what belongs to another version of the kernel, of
numba or of the processor is made anew; of several that start at once, one compiles and the others wait for it. Where
there is no numba, or no folder to write into, numpy takes the steps.
"""

import atexit
import hashlib
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from filelock import FileLock

from charrnn.files import cache_folder
from charrnn.inference import processor

_ROOT = Path(__file__).resolve().parents[2]
_COMPILE = "import sys; from charrnn.inference import compiling; compiling.compile_in_turn(*sys.argv[1:])"
_PATIENCE = 600  # seconds, on a busy machine

_log = logging.getLogger(__name__)
_ready: set[str] = set()  # kinds of weights; grows only, and one step of Python adds to it


def is_ready(in_eight_bits: bool) -> bool:
    """Whether the kernel may be used at once for weights of this kind."""
    # To know the kind takes numba, whose import takes a second.
    return bool(_ready) and kind_of(in_eight_bits) in _ready


def prepare(in_eight_bits: bool = True) -> bool:
    """Make the kernel ready, in the cache folder; whether it is. Never raises: the log says why it is not."""
    kind = kind_of(in_eight_bits)
    try:
        if kind not in _ready:
            folder = cache_of_this_version()
            _fill(kind, folder)
            _load(kind, folder)
            _ready.add(kind)
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:  # RuntimeError: no home folder
        _log.info("numpy takes the steps: %s", error)
    return kind in _ready


def kind_of(in_eight_bits: bool) -> str:
    """Of the weights' layout: ``fp32``, ``int8``, or ``tiles``, eight bits too, where the processor multiplies them."""
    if not in_eight_bits:
        return "fp32"
    return "tiles" if processor.may_use_tiles() else "int8"


def cache_of_this_version() -> Path:
    """A folder for each version of the kernel's source, since numba looks at the date of one file only. What belongs to
    other versions stays, some megabytes: another process may use it."""
    sources = sorted((Path(__file__).parent / "kernel").glob("*.py"))
    version = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    return cache_folder() / "kernel" / version


def _fill(kind: str, folder: Path) -> None:
    """Compile in another process, if need be."""
    if importlib.util.find_spec("numba") is None:
        raise ImportError("numba is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise OSError(f"{folder} cannot be written to")
    for _ in range(2):
        code, errors = _run([sys.executable, "-c", _COMPILE, kind, str(folder)])
        if code == 0:
            return
        shutil.rmtree(folder, ignore_errors=True)  # numba stumbles over a damaged file, at each start
        folder.mkdir(parents=True, exist_ok=True)
    reason = errors.strip().rpartition("\n")[2]
    raise RuntimeError(f"compiling ended with exit code {code}: {reason}")


def _run(command: list[str]) -> tuple[int, str]:
    """Exit code and error output of a process that ends with this one, whose end is no reason to wait."""
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    streams: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **streams) as process:
        atexit.register(process.kill)
        try:
            _, errors = process.communicate(timeout=_PATIENCE)
        finally:
            process.kill()
            atexit.unregister(process.kill)
    return process.returncode, errors


def compile_in_turn(kind: str, folder: str) -> None:
    """What the other process does: who comes second finds everything compiled."""
    with FileLock(f"{folder}.lock"):
        _load(kind, Path(folder))


def _load(kind: str, folder: Path) -> None:
    from numba.core import config

    config.CACHE_DIR = str(folder)  # where numba looks once the kernel is imported
    from charrnn.inference.kernel import loop

    loop.prepare(kind)
