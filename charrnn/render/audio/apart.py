"""Has the instruments rendered by a process of its own, which gives way to everything else.

Rendering holds the interpreter for seconds: beside a server's threads, no visitor would be answered meanwhile.
"""

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
from pathlib import Path

from charrnn.render.audio.library import Library

_NICENESS = 10  # after who is waiting; last of all might mean never, on a busy machine

_log = logging.getLogger(__name__)


def prepare_apart(library: Library) -> threading.Thread | None:
    """Begin, and come back at once; None where there is nothing to do. The thread ends with the process, whose failure
    is one line in the log: the page then plays a synthesised tone for what is missing."""
    if library.folder is None or library.is_complete:
        return None
    worker = threading.Thread(target=_watch, args=(library, library.folder.parent), name="sounds", daemon=True)
    worker.start()
    return worker


def _watch(library: Library, root: Path) -> None:
    # Spawned, not forked: a fork copies locks that other threads hold.
    process = multiprocessing.get_context("spawn").Process(target=_render, args=(root,), name="sounds", daemon=True)
    try:
        process.start()
    except OSError as error:
        _log.warning("the page plays a synthesised tone for some instruments: no process to render them (%s)", error)
        return
    process.join()
    code = process.exitcode
    if code in (None, -signal.SIGTERM):
        return  # with the server, which is being ended; None: the interpreter, at its exit, waits for it as well
    if code or not library.is_complete:
        _log.warning(
            "the page plays a synthesised tone for some instruments: rendering them ended with exit code %s",
            code,
        )


def _render(root: Path) -> None:
    """In the new process. Ctrl-C is for its parent, which takes it along."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(_NICENESS)
    Library(root).prepare()
