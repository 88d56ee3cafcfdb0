"""The score component: a tune to see, hear, shape and keep; everything to the right of the settings column.

Template, style and script are constant; the tune comes as the component's value (``charrnn.ui.answers.value``) and
reaches the page as text only. A function rather than a subclass of gr.HTML, which would write a file beside its source.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from charrnn.render.audio.library import CATALOG
from charrnn.ui.markup import with_instruments

STATIC = Path(__file__).resolve().parent / "static"
PANELS = ("shape", "editor", "newness", "inside", "visit", "book")  # in the order of their tabs
STYLES = ("score/score", "score/staff", "player/player", "panels/panels", "panels/open", "panels/book")

# Appended to an event's inputs as it leaves the browser: how the visitor looks at the tune.
REQUEST = "(...inputs) => [...inputs.slice(0, -1), document.querySelector('.score')?.view ?? {}]"
# What was shown before is shown again, and the buttons work.
SETTLE = "() => { document.querySelector('.score')?.page?.settle(); }"

# What the settings show of the score: the number of its tune's seed, and Stop while a tune is under way.
TELL = """() => {
  const { seedUsed, busy } = document.querySelector('.score').page;
  return [seedUsed ?? { __type__: 'update' }, { __type__: 'update', interactive: busy }];
}"""


def score(sounds: Path | None, functions: Sequence[Callable[..., Any]]) -> gr.HTML:
    """The component. Its value, as an event's input too, is JSON text (``charrnn.ui.answers.text``). ``sounds`` is the
    folder of the sampled instruments (``charrnn.render.audio.library``): all in it may be read by anybody who sees the
    page. Its scripts may call ``functions``, and trigger its events ``rework``, ``inside`` and ``busy``: a tune is
    begun or over."""
    gr.set_static_paths([STATIC, sounds] if sounds else [STATIC])
    return gr.HTML(
        value=None,
        html_template=with_instruments(template_text("score/score.html"))
        .replace("<!-- open -->", template_text("panels/open.html"))
        .replace("<!-- panels -->", "".join(template_text(f"panels/{name}.html") for name in PANELS)),
        css_template="".join(template_text(f"{name}.css") for name in STYLES),
        js_on_load=_mount_script(sounds),
        apply_default_css=False,
        elem_id="score",
        server_functions=list(functions),
    )


def static_address(name: str) -> str:
    """Of one of our files, relative to the page's address."""
    return _address(STATIC / name)


def module_script(name: str) -> str:
    """JavaScript for one of our modules, as a promise. Its address is relative to the page's, so that a proxy or a
    mount under a path works."""
    return f"import(new URL({json.dumps(static_address(name))}, document.baseURI).href)"


def _mount_script(sounds: Path | None) -> str:
    """gradio finds the names of the events in the script's text."""
    catalog = json.dumps(sounds and _address(sounds / CATALOG))
    tools = f"{{ trigger, server, events: ['rework', 'inside', 'busy'], catalog: {catalog} }}"
    mount = f"(score) => score.mount(element, props, watch, {tools})"
    return f"{module_script('score/score.js')}.then({mount});"


def _address(path: Path) -> str:
    return "gradio_api/file=" + quote(path.as_posix())


def template_text(name: str) -> str:
    """gradio runs a template through Handlebars and a JavaScript template literal; ours hold nothing for either."""
    text = (STATIC / name).read_text(encoding="utf-8")
    if any(mark in text for mark in ("{{", "${", "`", "\\")):
        raise ValueError(f"{name} holds a mark that gradio's templates would interpret")
    return text
