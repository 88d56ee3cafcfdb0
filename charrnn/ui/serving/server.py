"""Starts the page's server, with every setting that guards it."""

import contextlib
import io
import os
from collections.abc import Sequence
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from charrnn import limits
from charrnn.render.score.drawing import Engravers
from charrnn.render.score.engraving import draw_long_scores_apart
from charrnn.ui.score import STATIC
from charrnn.ui.serving.connections import bound_connections
from charrnn.ui.serving.guard import HANDLERS, Guard
from charrnn.ui.serving.headers import is_loopback, security_headers
from charrnn.ui.serving.housekeeping import keep_house
from charrnn.ui.serving.installing import FAVICON
from charrnn.ui.serving.installing import routes as installing_routes
from charrnn.ui.serving.requests import Journal
from charrnn.ui.serving.status import Probes, routes, serve_probes

_SYSTEM_FONTS = ("ui-sans-serif", "system-ui", "sans-serif")
_SYSTEM_MONOSPACED = ("ui-monospace", "SFMono-Regular", "Consolas", "Liberation Mono", "monospace")


def serve(
    page: gr.Blocks,
    journal: Journal,
    host: str,
    port: int,
    share: bool = False,
    mcp: bool = False,
    *,
    accounts: Sequence[tuple[str, str]] = (),
    root_path: str = "",
    trusted_proxies: Sequence[str] = (),
    frame_ancestors: Sequence[str] = (),
    probes: Probes = True,
) -> str:
    """Serve the page from threads of its own; the address. Raises OSError when a port cannot be had.

    ``accounts`` are names and passwords: without any, everybody may come in. ``root_path`` is where a proxy shows the
    page. A request that comes from ``trusted_proxies`` (addresses and networks) has the client that its X-Forwarded-For
    tells. ``frame_ancestors`` are sites that may show the page in a frame. ``probes`` says whether ``/healthz`` and
    ``/metrics`` are answered, or at which other port.

    A server that this machine alone can reach refuses requests in the name of another host, unless a proxy stands
    before it.
    """
    draw_long_scores_apart(Engravers(), lambda: journal.metrics.running() > 1)
    os.environ["FORWARDED_ALLOW_IPS"] = ",".join(trusted_proxies)  # uvicorn reads it; gradio hands nothing on to it
    with contextlib.redirect_stdout(io.StringIO()) if share else contextlib.nullcontext():  # pages of advice
        is_private = is_loopback(host) and not (share or trusted_proxies)
        guard = Middleware(Guard, journal=journal, headers=security_headers(frame_ancestors), is_private=is_private)
        around = {
            "routes": [*installing_routes(), *(routes(journal) if probes is True else [])],
            "middleware": [guard],
            "exception_handlers": HANDLERS,
        }
        address = _launch(page, around, host, port, share, mcp, list(accounts), root_path)
    if not isinstance(probes, bool):
        serve_probes(journal, host, probes)
    return address


def _launch(
    page: gr.Blocks,
    around: dict[str, Any],
    host: str,
    port: int,
    share: bool,
    mcp: bool,
    accounts: list[tuple[str, str]],
    root_path: str,
) -> str:
    _, address, public_address = page.launch(
        server_name=host,
        server_port=port,
        share=share,
        auth=accounts or None,
        root_path=root_path,
        prevent_thread_lock=True,
        quiet=True,
        show_error=False,  # our sentences are shown all the same; no other error's text leaves the server
        max_threads=limits.MAX_THREADS,
        max_file_size=limits.MAX_UPLOAD,
        state_session_capacity=limits.MAX_SESSIONS,
        allowed_paths=[],
        strict_cors=True,
        ssr_mode=False,  # whatever Spaces' GRADIO_SSR_MODE says: see docs/hosting.md
        mcp_server=mcp,  # never by gradio's environment variable alone
        run_history=False,  # the visitor's browser keeps nothing
        enable_monitoring=False,
        footer_links=["api"],
        pwa=True,
        favicon_path=FAVICON,
        app_kwargs=around,  # what FastAPI is given besides gradio's own
        theme=_theme(),
        css_paths=[STATIC / "page.css"],
    )
    keep_house(page)
    bound_connections(page.server.config)
    return public_address or address


def _theme() -> gr.themes.Base:
    """Fonts of the visitor's own system, so that none is fetched; colours dark enough to read on their ground."""
    theme = gr.themes.Default(
        primary_hue=gr.themes.colors.teal,
        secondary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_lg,
        font=_SYSTEM_FONTS,
        font_mono=_SYSTEM_MONOSPACED,
    )
    return theme.set(
        body_text_color_subdued="*neutral_500",
        body_text_color_subdued_dark="*neutral_400",
        block_info_text_color="*neutral_500",
        block_info_text_color_dark="*neutral_400",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_400",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_800",
    )
