"""The layout of the page, and which handler answers which event."""

import json

import gradio as gr

from charrnn import limits
from charrnn.sampling.options import DEFAULT_LENGTH, DEFAULT_TEMPERATURE
from charrnn.ui.handlers import Handlers
from charrnn.ui.model import BackgroundModel
from charrnn.ui.score import score

_TITLE = "A new folk tune"
_INTRODUCTION = (
    "A small neural network writes folk tunes one character at a time. Give it the first notes, or nothing at all."
)
_PLACEHOLDER = "ABC notation, for example\nR:jig\nM:6/8\nK:D\n|:A|dfa afd|"
_TEMPERATURE_HELP = "Higher is more surprising, lower is more familiar. 0 always takes the most probable character."
_EXAMPLES = {
    "Jig in D": "R:jig\nM:6/8\nL:1/8\nK:D\n|:A|d2f afd|",
    "Reel in G": "R:reel\nM:4/4\nL:1/8\nK:G\n|:G2BG dGBG|",
    "Waltz in A minor": "R:waltz\nM:3/4\nL:1/8\nK:Am\n|:A2 c2 e2|",
    "Hornpipe, no notes": "R:hornpipe\nM:4/4\nL:1/8\nK:Bb\n",
    "Just a scale": "GABc defg|",
}


def build_page(model: BackgroundModel) -> gr.Blocks:
    """The page around a model that may still be loading."""
    handlers = Handlers(model)
    with gr.Blocks(title=_TITLE, analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        gr.Markdown(f"# {_TITLE}\n\n{_INTRODUCTION}", elem_id="introduction")
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=320, elem_id="settings"):
                seed_text, settings, seed_used, generate, stop = _settings()
            with gr.Column(scale=3, min_width=320):
                tune = score()
        run = gr.on(
            [generate.click, seed_text.submit],
            handlers.compose,
            [seed_text, *settings],
            [tune, seed_used, stop],
            concurrency_id="model",
            concurrency_limit=1,
            trigger_mode="once",
            preprocess=False,
            show_progress="hidden",
            api_visibility="private",
        )
        # In two steps: while the first is under way, the tune may still grow.
        stop.click(None, cancels=[run]).then(
            handlers.stop,
            tune,
            [tune, stop],
            queue=False,
            preprocess=False,
            show_progress="hidden",
            api_visibility="private",
        )
        gr.api(handlers.generate, api_name="generate", concurrency_id="model", concurrency_limit=1)
    page.queue(max_size=limits.MAX_QUEUE, default_concurrency_limit=1, api_open=False)
    return page


def _settings() -> tuple[gr.Textbox, list[gr.components.Component], gr.Textbox, gr.Button, gr.Button]:
    seed_text = gr.Textbox(
        label="Seed: the start of the tune",
        placeholder=_PLACEHOLDER,
        lines=5,
        max_lines=14,
        elem_id="seed-text",
        autofocus=True,
    )
    with gr.Row(elem_id="examples"):
        for name, text in _EXAMPLES.items():
            example = gr.Button(name, size="sm", min_width=0)
            example.click(None, None, seed_text, js=_constant(text))
    temperature = gr.Slider(
        0, limits.MAX_TEMPERATURE, DEFAULT_TEMPERATURE, step=0.05, label="Temperature", info=_TEMPERATURE_HELP
    )
    length = gr.Slider(
        50, limits.MAX_LENGTH, DEFAULT_LENGTH, step=50, label="Length", info="The most characters to write."
    )
    with gr.Row(elem_id="random"):
        seed = gr.Textbox(label="Random seed", placeholder="drawn", info="Empty: one is drawn.", min_width=120)
        reuse = gr.Button("Use again", size="sm")
        seed_used = gr.Textbox(
            label="Seed used",
            info="For the tune shown.",
            interactive=False,
            min_width=120,
            buttons=[reuse],
            elem_id="seed-used",
        )
        reuse.click(None, seed_used, seed, js="(used) => used")
    with gr.Row(elem_id="actions"):
        generate = gr.Button("Generate", variant="primary", scale=2, min_width=140)
        stop = gr.Button("Stop", interactive=False, scale=1, min_width=90)
    return seed_text, [temperature, length, seed], seed_used, generate, stop


def _constant(text: str) -> str:
    """A JavaScript function that gives a text of ours."""
    return f"() => {json.dumps(text)}"
