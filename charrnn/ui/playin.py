"""The panel in which a visitor plays the seed: keyboard, note values, a small staff (``static/playin/``).

What is played stands as ABC in the seed box, so that nothing here is sent with a request but the seed's own text.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from charrnn import limits
from charrnn.ui.score import module_script, template_text

# The scripts are fetched when the panel is opened for the first time: most visitors never do.
_MOUNT = f"""element.querySelector("details").addEventListener("toggle", async () => {{
  const panel = await {module_script("playin/panel.js")};
  panel.mount(element, server, {limits.MAX_SEED_CHARACTERS});
}}, {{ once: true }});"""
# gradio tells of a change before it has put everything in its place: what is written at once may be written over.
_SETTLED = 150  # milliseconds
_FOLLOW = f"""() => {{
  const panel = () => document.querySelector("#play-in .play-in")?.panel;
  setTimeout(() => panel()?.follow(), {_SETTLED});
}}"""


def play_in(sketch: Callable[..., Any], seed_text: gr.Textbox) -> gr.HTML:
    """The component, which follows the seed box. Its script calls ``sketch`` (``charrnn.ui.handlers.desk``)."""
    panel = gr.HTML(
        value=None,
        html_template=template_text("playin/playin.html"),
        css_template=template_text("playin/playin.css"),
        js_on_load=_MOUNT,
        apply_default_css=False,
        elem_id="play-in",
        server_functions=[sketch],
    )
    seed_text.change(None, None, None, js=_FOLLOW, show_progress="hidden", trigger_mode="always_last")
    return panel
