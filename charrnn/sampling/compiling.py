"""The compiled kernel, made when there is time for it and kept in the user's cache folder.

Compiling takes some ten seconds and a quarter of a gigabyte the first time, so a process of its own does it: the page
neither stutters nor grows. Then, and whenever the page starts again, reading what was compiled takes a second. Numba
sees to it that any number of processes may share the folder, and that what belongs to another version of the kernel, of
numba or of the processor is made anew. Where there is no numba, or no folder to write into, numpy takes the steps.
"""

import importlib.util
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

from charrnn.files import cache_folder

_ROOT = Path(__file__).resolve().parents[2]
_COMPILE = "import sys; from charrnn.sampling import kernel; kernel.prepare(sys.argv[1])"
_PATIENCE = 600  # seconds, on a busy machine

_log = logging.getLogger(__name__)
_ready: set[str] = set()  # kinds of weights; grows only, and one step of Python adds to it


def is_ready(in_eight_bits: bool) -> bool:
    """Whether the kernel may be used at once for weights of this kind."""
    return _kind(in_eight_bits) in _ready


def prepare(in_eight_bits: bool = False, folder: Path | None = None) -> bool:
    """Make the kernel ready, in ``folder`` or else the cache folder; whether it is. Never raises: the log says why it
    is not."""
    kind = _kind(in_eight_bits)
    try:
        if kind not in _ready:
            _fill(kind, folder or cache_folder() / "kernel")
            _load(kind, folder or cache_folder() / "kernel")
            _ready.add(kind)
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:  # RuntimeError: no home folder
        _log.info("numpy takes the steps: %s", error)
    return kind in _ready


def _kind(in_eight_bits: bool) -> str:
    return "int8" if in_eight_bits else "fp32"


def _fill(kind: str, folder: Path) -> None:
    """Compile in another process, if need be."""
    if importlib.util.find_spec("numba") is None:
        raise ImportError("numba is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise OSError(f"{folder} cannot be written to")
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder), "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-c", _COMPILE, kind]
    for is_last in (False, True):
        done = subprocess.run(command, env=environment, check=is_last, capture_output=True, timeout=_PATIENCE)
        if done.returncode == 0:
            return
        shutil.rmtree(folder, ignore_errors=True)  # numba stumbles over a damaged file, at each start
        folder.mkdir(parents=True, exist_ok=True)


def _load(kind: str, folder: Path) -> None:
    from numba.core import config

    config.CACHE_DIR = str(folder)  # where numba looks once the kernel is imported
    from charrnn.sampling import kernel

    kernel.prepare(kind)
