"""The page's controls for the options of a request, by the options' names: what their values mean, and how handlers
take and give them by name. gradio knows their places alone.
"""

import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import wraps
from typing import Any

import gradio as gr

from charrnn.sampling.checks import check_switch
from charrnn.sampling.options import OPTIONS

AVOID_COPYING = "Avoid copying"  # the switch for ``most_shared``
FREE_FORM = "free"  # what the menu of forms sends where no form is asked for
MOST_SHARED = 8  # notes: what the page steers away from is longer, a bar of a reel and more


def options_of(controls: Mapping[str, object]) -> dict[str, object]:
    """What ``Request.checked`` takes, of raw values. Raises OptionError for a switch that is none."""
    asked = dict(controls)
    if "most_shared" in asked:
        asked["most_shared"] = MOST_SHARED if check_switch(AVOID_COPYING, asked["most_shared"]) else None
    if "seed" in asked:
        asked["seed"] = number_or_text(asked["seed"])
    if asked.get("parts") == FREE_FORM:
        asked |= {"bars": None, "parts": None}
    if asked.get("grammar") is False:
        asked = {name: value for name, value in asked.items() if not OPTIONS[name].needs_grammar}
    return asked


def controls_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the controls show of a request's fields; the number of bars stays as it is where there is no form."""
    shown = {**settings, "seed": str(settings["seed"]), "most_shared": settings["most_shared"] is not None}
    return shown if settings["parts"] else {**shown, "bars": gr.skip(), "parts": FREE_FORM}


def number_or_text(typed: object) -> object:
    """What a person typed where a number belongs: None for nothing, the number, or the text, which is then refused."""
    text = typed.strip() if isinstance(typed, str) else typed
    if text is None or text == "":
        return None
    return int(text) if isinstance(text, str) and re.fullmatch(r"-?[0-9]{1,20}", text) else text


def taking(names: Collection[str], handler: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """The generator as gradio calls it: with the controls of these names one by one, for its first parameter, a dict
    of them."""

    @wraps(handler)
    def stream(*inputs: Any) -> Iterator[Any]:
        yield from handler(dict(zip(names, inputs, strict=False)), *inputs[len(names) :])

    signature = inspect.signature(handler)
    _, *others = signature.parameters.values()
    controls = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    stream.__signature__ = signature.replace(parameters=[*controls, *others])  # type: ignore[attr-defined]
    return stream


def giving(names: Collection[str], handler: Callable[..., tuple[Any, Mapping[str, Any]]]) -> Callable[..., Any]:
    """The function as gradio calls it: with the controls of these names one by one, for the last of its two results, a
    dict of those that change."""

    @wraps(handler)
    def answer(*inputs: Any) -> tuple[Any, ...]:
        first, changed = handler(*inputs)
        return first, *(changed.get(name, gr.skip()) for name in names)

    return answer
