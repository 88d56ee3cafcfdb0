"""The score component: a tune's text, its player and its downloads.

Template, style and script are constant; the tune comes as the component's value (``charrnn.ui.value``) and reaches the
page as text only. A function rather than a subclass of gr.HTML, which would write a file beside its source.
"""

import json
from pathlib import Path
from urllib.parse import quote

import gradio as gr

from charrnn.render.audio.library import CATALOG

STATIC = Path(__file__).resolve().parent / "static"


def score(sounds: Path | None = None) -> gr.HTML:
    """The component. Its value as an event's input is the dict that was last sent. ``sounds`` is the folder of the
    sampled instruments (``charrnn.render.audio.library``): all in it may be read by anybody who sees the page."""
    gr.set_static_paths([STATIC, sounds] if sounds else [STATIC])
    return gr.HTML(
        value=None,
        html_template=_text("score.html"),
        css_template=_text("score.css"),
        js_on_load=_mount_script(sounds),
        apply_default_css=False,
        elem_id="score",
    )


def _mount_script(sounds: Path | None) -> str:
    """Addresses are relative to the page's, so that a proxy or a mount under a path works."""
    script = json.dumps(_address(STATIC / "score.js"))
    catalog = json.dumps(sounds and _address(sounds / CATALOG))
    mount = f"(score) => score.mount(element, props, watch, {catalog})"
    return f"import(new URL({script}, document.baseURI).href).then({mount});"


def _address(path: Path) -> str:
    return "gradio_api/file=" + quote(path.as_posix())


def _text(name: str) -> str:
    """gradio runs a template through Handlebars and a JavaScript template literal; ours hold nothing for either."""
    text = (STATIC / name).read_text(encoding="utf-8")
    if any(mark in text for mark in ("{{", "${", "`", "\\")):
        raise ValueError(f"{name} holds a mark that gradio's templates would interpret")
    return text
