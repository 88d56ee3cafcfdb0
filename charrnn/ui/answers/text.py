"""The values of our components as JSON text.

gradio copies a value that is no text many times, here and in the browser: for one tune that takes longer than writing
it does.
"""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import wraps
from typing import Any

import gradio as gr


def in_text(handler: Callable[..., Any]) -> Callable[..., Any]:
    """The handler of an event: a function, with the first of its outputs as text; or a generator of values for one
    output."""
    if inspect.isgeneratorfunction(handler):

        @wraps(handler)
        def stream(*inputs: Any) -> Iterator[Any]:
            with closing(handler(*inputs)) as steps:  # who leaves cancels the work
                for value in steps:
                    yield _as_text(value)
            yield gr.skip()  # gradio sends what comes last twice

        return stream

    @wraps(handler)
    def answer(*inputs: Any) -> Any:
        return _first_as_text(handler(*inputs))

    return answer


def read(text: object) -> Any:
    """The value that the browser sends back; None where it is not one of ours."""
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def _first_as_text(outputs: Any) -> Any:
    if isinstance(outputs, tuple):
        return _as_text(outputs[0]), *outputs[1:]
    return _as_text(outputs)


def _as_text(value: Any) -> Any:
    """gradio warns of ``<script`` in any text, also where it is but a tune's title."""
    if value == gr.skip():
        return value
    return re.sub("<(?=script)", r"\\u003c", json.dumps(value, separators=(",", ":")), flags=re.IGNORECASE)
