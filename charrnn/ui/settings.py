"""The settings of the page, in reading order, and which choices matter to which.

Seed, length, temperature and the buttons come first, then rhythm, key and form; the rest is in a closed accordion.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from charrnn import limits
from charrnn.notation.instruments.table import choices
from charrnn.sampling.options import DEFAULT_BARS, DEFAULT_LENGTH, DEFAULT_PARTS, DEFAULT_REPETITION, OPTIONS
from charrnn.ui.answers.chances import FOLLOW, chances
from charrnn.ui.controls import AVOID_COPYING, FREE_FORM
from charrnn.ui.playin import play_in
from charrnn.ui.score import module_script
from charrnn.ui.summary import summary_line

_PLACEHOLDER = "Optional: first notes in ABC\nK:D\n|:A|dfa afd|"
_EXAMPLES = {
    "Jig in D": "R:jig\nM:6/8\nL:1/8\nK:D\n|:A|d2f afd|",
    "Reel in G": "R:reel\nM:4/4\nL:1/8\nK:G\n|:G2BG dGBG|",
    "Waltz in A minor": "R:waltz\nM:3/4\nL:1/8\nK:Am\n|:A2 c2 e2|",
    "Scale": "GABc defg|",
}
RHYTHMS = ["jig", "reel", "hornpipe", "waltz", "polka", "slip jig", "march"]
_TONICS = ["C", "D", "E", "F", "G", "A", "B", "Bb", "Eb", "F#"]
_MODES = ["major", "minor", "dorian", "mixolydian"]
_FORMS = [
    ("AABB: two parts, each twice", "AABB"),
    ("ABAB: two parts, alternating", "ABAB"),
    ("AB: two parts", "AB"),
    ("AABBCC: three parts, each twice", "AABBCC"),
    ("ABC: three parts", "ABC"),
    ("AA: one part, twice", "AA"),
    ("A: one part", "A"),
    ("Free: no fixed form", FREE_FORM),
]
CANDIDATES = 4  # for every tune: the best of four ends on the tonic as often as people's tunes do
_MOST_CANDIDATES = 8  # as many as can be compared at a glance; programs may ask for more
_MOST_TRIES = 4  # after which a tune keeps the visitor waiting; programs may ask for more
_FEWEST_BARS, _MOST_BARS = 2, 16  # dances have no fewer and no more; programs may ask for more
_LENGTH = "Length"
_BARS_HELP = "In bars, for each part."
_CHARACTERS_HELP = "In characters, at most."
_TEMPERATURE_HELP = "Low plays it safe, high takes risks."
_REPETITION_HELP = f"Higher values repeat more. People's tunes are at about {DEFAULT_REPETITION}."
_COUNT_HELP = "Writes several tunes at once and shows the best."
_TRIES_HELP = "How often each bar is written; the one most like people's stays."
_GRAMMAR_HELP = "Keeps every bar correct. Off: bars may not add up."
_STEER_HELP = "Avoids long passages from the training tunes."
# Options that say nothing of changed bars.
_OF_A_NEW_TUNE = ("seed_text", "length", "seed", "grammar", "bars", "parts")

Controls = dict[str, gr.components.Component]  # by the option's name

# In the browser alone. Two sliders share one name and one place: bars with a form, characters without.
_SHOW_WHAT_MATTERS = f"""(grammar, parts) => {{
  const update = (change) => ({{ __type__: "update", ...change }});
  const has_form = grammar && parts !== {json.dumps(FREE_FORM)};
  return [update({{ interactive: grammar }}), update({{ visible: has_form }}), update({{ visible: !has_form }})];
}}"""
_HEADER = module_script("settings/header.js")
_ANY = ("any", "")
_MENUS = (
    f"{json.dumps([_ANY, *((tonic, tonic) for tonic in _TONICS)])}, {json.dumps([(mode, mode) for mode in _MODES])}"
)
_RANGE = json.dumps([limits.MIN_TEMPO, limits.MAX_TEMPO])
_SHOW = f"async (text, tempo) => (await {_HEADER}).shown(text ?? '', tempo ?? '', {_MENUS}, {_RANGE})"
_TYPED_TEMPO = f"async (text, tempo) => (await {_HEADER}).typedTempo(text ?? '', tempo ?? '', {_RANGE})"
_SURPRISE = f"""async () => {{
  const {{ surprise }} = await {_HEADER};
  setTimeout(() => document.querySelector("#generate").click(), 200);
  return [surprise(), ""];
}}"""


@dataclass(frozen=True, slots=True)
class Settings:
    """The components that other parts of the page need."""

    seed_text: gr.Textbox
    controls: Controls  # for every option, in the order of ``Request``
    candidates: gr.Slider
    chances: gr.HTML
    seed_used: gr.Textbox
    generate: gr.Button
    stop: gr.Button

    @property
    def reworking(self) -> Controls:
        """Those for the options that hold for changed bars, too."""
        return {name: control for name, control in self.controls.items() if name not in _OF_A_NEW_TUNE}

    @property
    def restored(self) -> Controls:
        """What shows the options of a link's tune. The next tune is to be another one."""
        return {**self.controls, "seed": self.seed_used}


def settings(sketch: Callable[..., Any]) -> Settings:
    """The whole column. ``sketch`` draws the notes that a visitor plays (``charrnn.ui.handlers.desk``)."""
    summary_line()
    seed_text = _seed_text()
    play_in(sketch, seed_text)
    with gr.Group():
        bars, length = _length()
        temperature = gr.Slider(
            0,
            limits.MAX_TEMPERATURE,
            step=0.05,
            info=_TEMPERATURE_HELP,
            elem_id="temperature",
            **_of("temperature"),
        )
        strip = chances()
    temperature.change(None, temperature, None, js=FOLLOW, show_progress="hidden")
    generate, stop, surprise = _buttons()
    with gr.Group():
        rhythm, tonic, mode = _dance()
        parts = gr.Dropdown(_FORMS, value=DEFAULT_PARTS, label="Form", filterable=False, elem_id="form")
        instrument = gr.Dropdown([*choices()], filterable=False, elem_id="instrument", **_of("instrument"))
    with gr.Accordion("More settings", open=False, elem_id="more"):
        tempo, candidates, seed_used, more = _more()
    _tie([rhythm, tonic, mode, tempo], seed_text)
    grammar: Any = more["grammar"]
    gr.on([grammar.change, parts.change], None, [grammar, parts], [parts, bars, length], js=_SHOW_WHAT_MATTERS)
    surprise.click(None, None, [seed_text, more["seed"]], js=_SURPRISE)
    found = {
        "seed_text": seed_text, "temperature": temperature, "length": length, "bars": bars, "parts": parts,
        "instrument": instrument, **more,
    }  # fmt: skip
    controls = {name: found[name] for name in OPTIONS}
    return Settings(seed_text, controls, candidates, strip, seed_used, generate, stop)


def _of(name: str) -> dict[str, Any]:
    """What a control for this option begins with."""
    option = OPTIONS[name]
    return {"value": option.default, "label": option.label}


def _dance() -> tuple[gr.Dropdown, gr.Dropdown, gr.Dropdown]:
    rhythm = gr.Dropdown([_ANY, *RHYTHMS], value="", label="Rhythm", filterable=False)
    with gr.Row(elem_classes="pair"):
        tonic = gr.Dropdown([_ANY, *_TONICS], value="", label="Key", filterable=False, min_width=110)
        mode = gr.Dropdown(_MODES, value="major", label="Mode", filterable=False, min_width=110)
    return rhythm, tonic, mode


def _tie(header: list[gr.components.Component], seed_text: gr.Textbox) -> None:
    """The controls write the header of the text, and follow it."""
    rhythm, tonic, mode, tempo = header
    quiet: Any = {"show_progress": "hidden", "trigger_mode": "always_last"}
    for control, write in ((rhythm, "chooseRhythm"), (tonic, "chooseTonic"), (mode, "chooseMode")):
        control.input(None, [seed_text, control], seed_text, js=_write(write), **quiet)  # type: ignore[attr-defined]
    # Once it is whole: on its way to 1000 it is 100, which nobody asked for.
    for is_over in (tempo.submit, tempo.blur):  # type: ignore[attr-defined]
        is_over(None, [seed_text, tempo], [seed_text, tempo], js=_TYPED_TEMPO, **quiet)
    seed_text.change(None, [seed_text, tempo], header, js=_SHOW, **quiet)


def _write(function: str) -> str:
    """What is as it was is left alone: a person may have typed on meanwhile."""
    return f"""async (text, chosen) => {{
  const written = (await {_HEADER}).{function}(text ?? "", chosen ?? "");
  return written === (text ?? "") ? {{ __type__: "update" }} : written;
}}"""


def _seed_text() -> gr.Textbox:
    seed_text = gr.Textbox(
        label="Seed: the start of the tune",
        placeholder=_PLACEHOLDER,
        lines=4,
        max_lines=14,
        elem_id="seed-text",
    )
    with gr.Row(elem_id="examples"):
        for name, text in _EXAMPLES.items():
            example = gr.Button(name, size="sm", min_width=0)
            example.click(None, None, seed_text, js=f"() => {json.dumps(text)}")
    return seed_text


def _length() -> tuple[gr.Slider, gr.Slider]:
    bars = gr.Slider(
        _FEWEST_BARS, _MOST_BARS, DEFAULT_BARS, step=1, label=_LENGTH, info=_BARS_HELP, elem_classes="either"
    )
    length = gr.Slider(
        50,
        limits.MAX_LENGTH,
        DEFAULT_LENGTH,
        step=50,
        label=_LENGTH,
        info=_CHARACTERS_HELP,
        elem_classes="either",
        visible=False,
    )
    return bars, length


def _buttons() -> tuple[gr.Button, gr.Button, gr.Button]:
    with gr.Row(elem_id="actions"):
        generate = gr.Button("Generate", variant="primary", scale=3, min_width=100, elem_id="generate")
        surprise = gr.Button("Surprise me", scale=2, min_width=110, elem_id="surprise")
        stop = gr.Button("Stop", interactive=False, scale=1, min_width=60, elem_id="stop")
    return generate, stop, surprise


def _more() -> tuple[gr.Textbox, gr.Slider, gr.Textbox, Controls]:
    """Tempo, candidates, the seed that was used, and the controls for the other options."""
    tempo = gr.Textbox(label="Tempo", placeholder="usual for the dance", max_length=20, elem_id="tempo")
    candidates = gr.Slider(1, _MOST_CANDIDATES, CANDIDATES, step=1, label="Candidates", info=_COUNT_HELP)
    most = limits.MAX_REPETITION
    controls: Controls = {
        "most_shared": gr.Checkbox(False, label=AVOID_COPYING, info=_STEER_HELP),
        "repetition": gr.Slider(-most, most, step=0.1, info=_REPETITION_HELP, **_of("repetition")),
        "tries": gr.Slider(1, _MOST_TRIES, step=1, info=_TRIES_HELP, **_of("tries")),
        "grammar": gr.Checkbox(info=_GRAMMAR_HELP, **_of("grammar")),
    }
    seed, seed_used = _random_seed()
    return tempo, candidates, seed_used, {**controls, "seed": seed}


def _random_seed() -> tuple[gr.Textbox, gr.Textbox]:
    with gr.Row(elem_id="random"):
        seed = gr.Textbox(placeholder="random", info="Empty: a new one.", min_width=120, **_of("seed"))
        reuse = gr.Button("Use again", size="sm")
        seed_used = gr.Textbox(
            label="Seed used",
            info="For this tune.",
            interactive=False,
            min_width=120,
            buttons=[reuse],
            elem_id="seed-used",
        )
        reuse.click(None, seed_used, seed, js="(used) => used")
    return seed, seed_used
