"""The page, served from this process on a free port, for the tests that talk to it; ``tests.support.started`` has one
apart."""

import gc
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import fastapi
import gradio as gr

from charrnn.render.audio.library import Library
from charrnn.render.score.engraving import draw_long_scores_apart
from charrnn.ui.model import BackgroundModel
from charrnn.ui.page import build_page
from charrnn.ui.serving.requests import Journal
from charrnn.ui.serving.server import serve

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
    journal = Journal(model)
    page = build_page(model, sounds, journal)
    try:
        address = serve(page, journal, "127.0.0.1", free_port(), **settings)
        model.start().settled(30)
        yield address.rstrip("/")
    finally:
        page.close(verbose=False)
        draw_long_scores_apart(None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()  # what gradio left open is found here rather than in some other test


@contextmanager
def who_asks(port: int, **settings: Any) -> Iterator[None]:
    """Serves a page with nothing on it, and at /who the address that a request comes from, as our server sees it."""

    def who(request: fastapi.Request) -> str:
        assert request.client is not None
        return request.client.host

    with gr.Blocks(analytics_enabled=False) as page:
        gr.Markdown("")
    try:
        serve(page, Journal(), "127.0.0.1", port, **settings)
        page.app.get("/who")(who)
        yield
    finally:
        page.close(verbose=False)
        draw_long_scores_apart(None)
