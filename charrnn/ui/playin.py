"""The panel in which a visitor plays the seed: keyboard, note values, a small staff (``static/playin/``).

What is played stands as ABC in the seed box, so that nothing here is sent with a request but the seed's own text.
"""

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from charrnn import limits
from charrnn.ui.score import static_address, template_text

_PANEL = f"import(new URL({json.dumps(static_address('playin/panel.js'))}, document.baseURI).href)"


def play_in(sketch: Callable[..., Any], seed_text: gr.Textbox) -> gr.HTML:
    """The component, which follows the seed box. Its script calls ``sketch`` (``charrnn.ui.handlers.desk``)."""
    panel = gr.HTML(
        value=None,
        html_template=template_text("playin/playin.html"),
        css_template=template_text("playin/playin.css"),
        js_on_load=f"{_PANEL}.then((panel) => panel.mount(element, server, {limits.MAX_SEED_CHARACTERS}));",
        apply_default_css=False,
        elem_id="play-in",
        server_functions=[sketch],
    )
    follow = f"async () => (await {_PANEL}).follow()"
    seed_text.change(None, None, None, js=follow, show_progress="hidden", trigger_mode="always_last")
    return panel
