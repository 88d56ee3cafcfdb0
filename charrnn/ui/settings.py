"""The settings of the page: what a visitor may choose, and which choices matter to which."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from charrnn import limits
from charrnn.sampling.options import DEFAULT_BARS, DEFAULT_LENGTH, DEFAULT_PARTS, DEFAULT_TEMPERATURE
from charrnn.ui.handlers import FREE_FORM

_PLACEHOLDER = "ABC notation, for example\nR:jig\nM:6/8\nK:D\n|:A|dfa afd|"
_EXAMPLES = {
    "Jig in D": "R:jig\nM:6/8\nL:1/8\nK:D\n|:A|d2f afd|",
    "Reel in G": "R:reel\nM:4/4\nL:1/8\nK:G\n|:G2BG dGBG|",
    "Waltz in A minor": "R:waltz\nM:3/4\nL:1/8\nK:Am\n|:A2 c2 e2|",
    "Hornpipe": "R:hornpipe\nM:4/4\nL:1/8\nK:Bb\n",
    "Scale": "GABc defg|",
}
_FORMS = [
    ("AABB: two parts, each twice", "AABB"),
    ("ABAB: two parts, both again", "ABAB"),
    ("AB: two parts", "AB"),
    ("AABBCC: three parts, each twice", "AABBCC"),
    ("ABC: three parts", "ABC"),
    ("AA: one part, twice", "AA"),
    ("A: one part", "A"),
    ("Free: as long as it likes", FREE_FORM),
]
_FEWEST_BARS, _MOST_BARS = 2, 16  # what dances have; programs may ask for more
_TEMPERATURE_HELP = "Higher surprises more. 0 takes the most probable."
_REPETITION_HELP = "Over 0 the tune repeats more of itself, under 0 less."
_BARS_HELP = "The length follows from form and bars."
_LENGTH_HELP = "The most characters if no form decides."
_GRAMMAR_HELP = "Off: the model writes what it likes, mistakes and all."

# In the browser alone. Bars and Length stand in one place, and the one that matters is there: nothing else moves.
_SHOW_WHAT_MATTERS = f"""(grammar, parts) => {{
  const update = (change) => ({{ __type__: "update", ...change }});
  const has_form = grammar && parts !== {json.dumps(FREE_FORM)};
  return [update({{ interactive: grammar }}), update({{ visible: has_form }}), update({{ visible: !has_form }})];
}}"""


@dataclass(frozen=True, slots=True)
class Settings:
    """The components that other parts of the page need."""

    seed_text: gr.Textbox
    values: Sequence[gr.components.Component]  # in the order of ``Handlers.compose``
    seed_used: gr.Textbox
    generate: gr.Button
    stop: gr.Button


def settings() -> Settings:
    """The whole column, from the seed to the buttons."""
    seed_text = _seed_text()
    grammar, parts, bars, length = _form()
    temperature = gr.Slider(
        0, limits.MAX_TEMPERATURE, DEFAULT_TEMPERATURE, step=0.05, label="Temperature", info=_TEMPERATURE_HELP
    )
    most = limits.MAX_REPETITION
    repetition = gr.Slider(-most, most, 0, step=0.1, label="Repeat more, wander more", info=_REPETITION_HELP)
    seed, seed_used = _random_seed()
    with gr.Row(elem_id="actions"):
        generate = gr.Button("Generate", variant="primary", scale=2, min_width=140)
        stop = gr.Button("Stop", interactive=False, scale=1, min_width=90)
    values = [seed_text, temperature, length, seed, grammar, bars, parts, repetition]
    return Settings(seed_text, values, seed_used, generate, stop)


def _seed_text() -> gr.Textbox:
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
            example.click(None, None, seed_text, js=f"() => {json.dumps(text)}")
    return seed_text


def _form() -> tuple[gr.Checkbox, gr.Dropdown, gr.Slider, gr.Slider]:
    parts = gr.Dropdown(_FORMS, value=DEFAULT_PARTS, label="Form", filterable=False, elem_id="form")
    bars = gr.Slider(
        _FEWEST_BARS, _MOST_BARS, DEFAULT_BARS, step=1, label="Bars in a part", info=_BARS_HELP, elem_classes="either"
    )
    length = gr.Slider(
        50, limits.MAX_LENGTH, DEFAULT_LENGTH, step=50, label="Length", info=_LENGTH_HELP, elem_classes="either",
        visible=False,
    )  # fmt: skip
    grammar = gr.Checkbox(True, label="Keep every bar right", info=_GRAMMAR_HELP)
    gr.on([grammar.change, parts.change], None, [grammar, parts], [parts, bars, length], js=_SHOW_WHAT_MATTERS)
    return grammar, parts, bars, length


def _random_seed() -> tuple[gr.Textbox, gr.Textbox]:
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
    return seed, seed_used
