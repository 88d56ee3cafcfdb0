"""What the temperature does, at one step of a tune that was really written: a strip of bars under its slider.

    {"before": "|:A|d2f a", "character": "f", "logits": [["f", -0.41], ["g", -1.2], ...]}

``logits`` are the model's for the characters that the grammar allowed there, up to a constant, most probable first; the
page divides them by a temperature and takes the softmax (``static/chances.js``).
"""

import json
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from charrnn.model.vocabulary import START
from charrnn.ui.score import static_address, template_text

if TYPE_CHECKING:
    from charrnn.inference.draws import Draw
    from charrnn.model.checkpoint import Checkpoint
    from charrnn.sampling.compose import Composition

Step = dict[str, Any]
FOLLOW = "(temperature) => document.querySelector('.chances')?.strip?.follow(temperature)"  # the slider

_BEFORE = 12  # characters shown of what stands before the step
_COLDEST = 0.2  # below this temperature, fp32 has rounded away what is not the most probable
_TELLING = 1.8  # bits: a step of about so much doubt shows best how it grows and shrinks
_NOTES = "ABCDEFGabcdefg"


def chances() -> gr.HTML:
    """The component; its value is a step, or None while there is none."""
    return gr.HTML(
        value=None,
        html_template=template_text("chances.html"),
        css_template=template_text("chances.css"),
        js_on_load=f"import(new URL({json.dumps(static_address('chances.js'))}, document.baseURI).href)"
        ".then((chances) => chances.mount(element, props, watch));",
        apply_default_css=False,
        elem_id="chances",
    )


def step_of(checkpoint: "Checkpoint", composition: "Composition") -> Step | None:
    """A note of the tune that could well have been another one; None where it was drawn too cold to tell."""
    temperature, draws = composition.request.temperature, composition.draws
    notes = [place for place, drawn in enumerate(composition.music[: len(draws)]) if drawn in _NOTES and place]
    if temperature < _COLDEST or not notes:
        return None
    place = min(notes, key=lambda place: abs(_doubt(draws[place], temperature) - _TELLING))
    logits = _logits(draws[place], temperature)
    order = np.argsort(-logits, kind="stable")
    characters = checkpoint.vocabulary.characters
    before = composition.seed_music + composition.music[:place]
    return {
        "before": before[-_BEFORE:].rpartition("\n")[2],
        "character": composition.music[place],
        "logits": [
            [characters[index].replace(START, "end"), round(float(logits[index]), 3)]
            for index in order.tolist()
            if np.isfinite(logits[index])
        ],
    }


def _logits(drawn: "Draw", temperature: float) -> np.ndarray:
    """(V,), up to a constant; minus infinity for what was not allowed."""
    with np.errstate(divide="ignore"):
        return temperature * np.log(drawn.distribution)


def _doubt(drawn: "Draw", temperature: float) -> float:
    """Entropy at temperature 1, in bits."""
    logits = _logits(drawn, temperature)
    weights = np.exp(logits - logits.max())
    probabilities = weights[weights > 0] / weights.sum()
    return float(-(probabilities * np.log2(probabilities)).sum())
