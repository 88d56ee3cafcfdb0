"""What the temperature does, at one step of a tune that was really written: a strip of bars under its slider.

    {"before": "|:A|d2f a", "character": "f", "share": 0.7,
     "characters": [["f", 2.41, 0.18], ["g", 1.2, 0.0], ...], "others": [-3.1, ...]}

``characters`` are those that the grammar allowed there, most probable first at temperature 1: each with the network's
logit and the probability with which it is copied from earlier in the tune. ``others`` are the logits of the characters
that were not allowed. The page (``static/settings/chances.js``) works out the probabilities at any temperature t as
sampling does: share * softmax(logits / t) over all characters, plus the copies, in proportion among those allowed.
"""

from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
import torch

from charrnn.model.vocabulary import START
from charrnn.ui.score import module_script, template_text

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
_NEAR = 100  # characters of the tune's beginning in which the step is looked for: the network reads up to there again
_MAX_BEFORE = 600  # characters of header and seed; reading more takes too long for a picture


def chances() -> gr.HTML:
    """The component; its value is a step as JSON text, null while there is none."""
    return gr.HTML(
        value=None,
        html_template=template_text("settings/chances.html"),
        css_template=template_text("settings/chances.css"),
        js_on_load=module_script("settings/chances.js") + ".then((chances) => chances.mount(element, props, watch));",
        apply_default_css=False,
        elem_id="chances",
    )


def step_of(checkpoint: "Checkpoint", composition: "Composition") -> Step | None:
    """A note of the tune that could well have been another one; None where it was drawn too cold to tell, and for a
    long seed."""
    draws, music = composition.draws, composition.music
    start = composition.header + composition.prefix
    notes = [place for place, drawn in enumerate(music[: min(len(draws), _NEAR)]) if drawn in _NOTES and place]
    if composition.request.temperature < _COLDEST or not notes or len(start) > _MAX_BEFORE:
        return None
    place = min(notes, key=lambda place: abs(_doubt(draws[place]) - _TELLING))
    logits, share, copied = _mixture(checkpoint, composition, start + music[:place])
    allowed = draws[place].weights > 0
    order = np.argsort(-np.where(allowed, _at_one(logits, share, copied), -1.0), kind="stable")[: allowed.sum()]
    characters = checkpoint.vocabulary.characters
    return {
        "before": (composition.seed_music + music[:place])[-_BEFORE:].rpartition("\n")[2],
        "character": music[place],
        "share": _digits(share),
        "characters": [
            [characters[index].replace(START, "end"), _digits(logits[index]), _digits(copied[index])]
            for index in order.tolist()
        ],
        "others": [_digits(logit) for logit in logits[~allowed]],
    }


def _mixture(checkpoint: "Checkpoint", composition: "Composition", text: str) -> tuple[np.ndarray, float, np.ndarray]:
    """Logits (V,), the network's share and the copies (V,) of the character after a text: see ``CharLSTM.mixture``."""
    network = checkpoint.network
    ids = torch.tensor([checkpoint.vocabulary.encode(START + text)])
    with torch.inference_mode():
        parts = network.mixture(ids, network.initial_state(plans=[composition.plan]), composition.request.repetition)
    logits, share, copied = (part[0, -1].double().numpy() for part in parts)
    return logits, float(share[0]), copied


def _at_one(logits: np.ndarray, share: float, copied: np.ndarray) -> np.ndarray:
    """Probabilities (V,) at temperature 1."""
    weights = np.exp(logits - logits.max())
    return np.asarray(share * weights / weights.sum() + copied)


def _digits(value: float) -> float:
    return float(f"{value:.6g}")


def _doubt(drawn: "Draw") -> float:
    """Entropy in bits, at the temperature of the tune."""
    probabilities = drawn.distribution[drawn.distribution > 0]
    return float(-(probabilities * np.log2(probabilities)).sum())
