"""The layout of the page, and which handler answers which event."""

from pathlib import Path

import gradio as gr

from charrnn import limits
from charrnn.ui.handlers import Handlers
from charrnn.ui.model import BackgroundModel
from charrnn.ui.score import score
from charrnn.ui.settings import settings

_TITLE = "A new folk tune"
_INTRODUCTION = (
    "A small neural network writes folk tunes one character at a time. Give it the first notes, or nothing at all."
)


def build_page(model: BackgroundModel, sounds: Path | None = None) -> gr.Blocks:
    """The page around a model that may still be loading, and a folder that sampled instruments may still be put into;
    without one, a synthesised tone plays."""
    handlers = Handlers(model)
    with gr.Blocks(title=_TITLE, analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        gr.Markdown(f"# {_TITLE}\n\n{_INTRODUCTION}", elem_id="introduction")
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=320, elem_id="settings"):
                chosen = settings()
            with gr.Column(scale=3, min_width=320):
                tune = score(sounds)
        run = gr.on(
            [chosen.generate.click, chosen.seed_text.submit],
            handlers.compose,
            chosen.values,
            [tune, chosen.seed_used, chosen.stop],
            concurrency_id="model",
            concurrency_limit=1,
            trigger_mode="once",
            preprocess=False,
            show_progress="hidden",
            api_visibility="private",
        )
        # In two steps: while the first is under way, the tune may still grow.
        chosen.stop.click(None, cancels=[run]).then(
            handlers.stop,
            tune,
            [tune, chosen.stop],
            queue=False,
            preprocess=False,
            show_progress="hidden",
            api_visibility="private",
        )
        gr.api(handlers.generate, api_name="generate", concurrency_id="model", concurrency_limit=1)
    page.queue(max_size=limits.MAX_QUEUE, default_concurrency_limit=1, api_open=False)
    return page
