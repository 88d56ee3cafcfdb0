"""Starts the page's server, with every setting that guards it."""

import gradio as gr

from charrnn import limits
from charrnn.ui.score import STATIC

_SYSTEM_FONTS = ("ui-sans-serif", "system-ui", "sans-serif")
_SYSTEM_MONOSPACED = ("ui-monospace", "SFMono-Regular", "Consolas", "Liberation Mono", "monospace")


def serve(page: gr.Blocks, host: str, port: int, share: bool = False, mcp: bool = False) -> str:
    """Serve the page from threads of its own; the address. Raises OSError when the port cannot be had."""
    _, address, public_address = page.launch(
        server_name=host,
        server_port=port,
        share=share,
        prevent_thread_lock=True,
        quiet=True,
        show_error=False,  # our sentences are shown all the same; no other error's text leaves the server
        max_file_size=limits.MAX_UPLOAD,
        allowed_paths=[],
        strict_cors=True,
        ssr_mode=False,
        mcp_server=mcp,  # never by gradio's environment variable alone
        run_history=False,  # the visitor's browser keeps nothing
        enable_monitoring=False,
        footer_links=["api"],
        theme=_theme(),
        css_paths=[STATIC / "page.css"],
    )
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
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
    )
