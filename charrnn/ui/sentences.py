"""Errors as a person sees them: our own as they are, any other as an id that is also in the log."""

import html

import gradio as gr

from charrnn.errors import CharrnnError, ModelError


def is_fault(error: BaseException) -> bool:
    """Whether an error is ours to mend rather than the visitor's."""
    return not isinstance(error, CharrnnError) or isinstance(error, ModelError)


def sentence_of(error: Exception, id: str) -> str:
    return fault_sentence(id) if is_fault(error) else capitalised(str(error))


def fault_sentence(id: str) -> str:
    return f"Something went wrong (id {id}). Please try again."


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def shown(sentence: str, for_page: bool) -> gr.Error:
    """The page's error box takes HTML, so there the text is escaped."""
    return gr.Error(html.escape(sentence, quote=False) if for_page else sentence, print_exception=False)
