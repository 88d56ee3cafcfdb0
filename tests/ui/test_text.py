"""Values of our components travel as JSON text."""

import json

import gradio as gr
import pytest

from charrnn.ui.answers.text import in_text, read


def test_the_first_output_travels_as_text() -> None:
    value = {"abc": "X:1\nT:Ü\n", "notes": [1.5, None]}
    text, second = in_text(lambda: (value, "second"))()
    assert (json.loads(text), second) == (value, "second")
    assert json.loads(in_text(lambda: None)()) is None


def test_a_skip_stays_a_skip() -> None:
    assert in_text(lambda: (gr.skip(), gr.skip()))() == (gr.skip(), gr.skip())


def test_a_stream_travels_as_text_and_is_closed() -> None:
    ended = []

    def stream():
        try:
            yield {"state": "writing"}
            yield {"state": "done"}
        finally:
            ended.append(True)

    sent = in_text(stream)()
    assert next(sent) == '{"state":"writing"}'
    sent.close()
    assert ended == [True]


def test_a_stream_ends_with_a_skip() -> None:
    """gradio sends twice what comes last."""
    sent = in_text(lambda: (yield from ({"state": "writing"}, {"state": "done"})))()
    assert list(sent) == ['{"state":"writing"}', '{"state":"done"}', gr.skip()]


@pytest.mark.filterwarnings("error")
def test_gradio_takes_markup_in_a_title() -> None:
    text = in_text(lambda: {"title": "<SCRIPT>alert(1)</script>"})()
    assert gr.HTML().postprocess(text) == text
    assert json.loads(text)["title"] == "<SCRIPT>alert(1)</script>"


@pytest.mark.parametrize("sent", [None, "", "no JSON", 5, {"state": "done"}, "[" * 100_000])
def test_what_is_no_text_of_ours_is_nothing(sent: object) -> None:
    assert read(sent) is None
