"""The page, served from this process on a free port, for the tests that talk to it."""

import gc
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from charrnn.render.audio.library import Library
from charrnn.ui.model import BackgroundModel
from charrnn.ui.page import build_page
from charrnn.ui.server import serve

# What gradio 6.31 warns of in a process that serves; nothing of ours can avoid it.
GRADIO_WARNINGS = "ignore:unclosed (<socket|event loop):ResourceWarning"  # launch() leaves an event loop open


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def served(checkpoint: str, sounds: Library | None = None, **settings: Any) -> Iterator[str]:
    """The address of the page around a checkpoint, and its instruments, once its model has settled. ``settings`` are
    the server's own."""
    model = BackgroundModel(checkpoint)
    page = build_page(model, sounds)
    try:
        address = serve(page, "127.0.0.1", free_port(), **settings)
        model.start().settled(30)
        yield address.rstrip("/")
    finally:
        page.close(verbose=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()  # what gradio left open is found here rather than in some other test
