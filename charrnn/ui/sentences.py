"""Errors as a person sees them: our own as they are, any other as a number that the log knows."""

import html
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from charrnn.errors import CharrnnError

_log = logging.getLogger(__name__)


@contextmanager
def sentences(for_page: bool = False) -> Iterator[None]:
    """Our own errors are shown as they are; any other goes to the log, and its number to the person."""
    try:
        yield
    except Exception as error:
        raise _shown(sentence_of(error), for_page) from error


def answering(function: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """The dict that a function gives, or {"error": sentence}: for what the page's own scripts ask."""
    try:
        return function(*arguments)
    except Exception as error:
        return {"error": sentence_of(error)}


def sentence_of(error: Exception) -> str:
    if isinstance(error, CharrnnError):
        text = str(error)
        return text[:1].upper() + text[1:]
    number = secrets.token_hex(2)
    _log.exception("error id %s", number, exc_info=error)
    return f"Something went wrong (id {number}). Please try again."


def _shown(sentence: str, for_page: bool) -> gr.Error:
    """The page's error box takes HTML, so there the text is escaped."""
    return gr.Error(html.escape(sentence, quote=False) if for_page else sentence, print_exception=False)
