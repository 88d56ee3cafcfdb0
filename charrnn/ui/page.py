"""The layout of the page, and which handler answers which event."""

from typing import Any

import gradio as gr

from charrnn import limits
from charrnn.render.audio.library import Library
from charrnn.ui.answers.text import in_text
from charrnn.ui.controls import giving, taking
from charrnn.ui.handlers.book import Books
from charrnn.ui.handlers.compose import Handlers
from charrnn.ui.handlers.desk import Desk
from charrnn.ui.handlers.files import Files
from charrnn.ui.handlers.inside import Inside
from charrnn.ui.handlers.opening import Opening
from charrnn.ui.handlers.reworking import Reworking
from charrnn.ui.model import BackgroundModel
from charrnn.ui.score import REQUEST, SETTLE, TELL, score
from charrnn.ui.serving.fairness import MODEL, Gate
from charrnn.ui.serving.installing import NAME
from charrnn.ui.serving.requests import Journal
from charrnn.ui.settings import Settings, settings
from charrnn.ui.turns import Turns

_INTRODUCTION = "A small neural network writes it, one character at a time. Listen to it, change it, download it."
_QUIET: dict[str, Any] = {
    "preprocess": False,
    "postprocess": False,  # our values are text already
    "show_progress": "hidden",
    "api_visibility": "private",
}
_ON_THE_MODEL: dict[str, Any] = {"concurrency_id": MODEL, "trigger_mode": "once", **_QUIET}
# What waits for no model. In the queue all the same, where the gate sees it, and where gradio answers nothing directly.
_WITHOUT_MODEL: dict[str, Any] = {"concurrency_id": "page", "concurrency_limit": limits.MAX_DESK_WAITING, **_QUIET}


def build_page(model: BackgroundModel, library: Library | None = None, journal: Journal | None = None) -> gr.Blocks:
    """The page around a model that may still be loading, and a library whose instruments may still be rendered; without
    one, a synthesised tone plays. The journal is told of every request."""
    journal = journal or Journal(model)
    turns = Turns(limits.MAX_TURNS)
    handlers, desk = Handlers(model, journal, turns), Desk(library, journal, model.index)
    with gr.Blocks(title=NAME, analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        gr.Markdown(f"# {NAME}\n\n{_INTRODUCTION}", elem_id="introduction")
        with gr.Row(equal_height=False, elem_id="desk"):
            with gr.Column(scale=2, min_width=320, elem_id="settings"):
                chosen = settings(desk.sketching())
            with gr.Column(scale=5, min_width=320, elem_id="music"):
                functions = [
                    *desk.functions(),
                    *Files(journal, model.index).functions(),
                    *Books(library, journal).functions(),
                ]
                tune = score(library.folder if library else None, functions)
        view = gr.JSON(visible=False)  # filled by the browser as an event leaves it
        _connect(page, handlers, turns, chosen, tune, view)
        gr.api(handlers.generate, api_name="generate", concurrency_id=MODEL)  # type: ignore[attr-defined]
    # The gate bounds what waits.
    page.queue(max_size=None, default_concurrency_limit=limits.MAX_RUNNING_MODEL, api_open=False)
    Gate(page._queue, journal, turns)
    found: gr.Blocks = page
    return found


def _connect(page: gr.Blocks, handlers: Handlers, turns: Turns, chosen: Settings, tune: gr.HTML, view: gr.JSON) -> None:
    model, journal = handlers.model, handlers.journal
    runs = [
        gr.on(
            [chosen.generate.click, chosen.seed_text.submit],
            in_text(taking(chosen.controls, handlers.compose)),
            [*chosen.controls.values(), chosen.candidates, view],
            tune,
            js=REQUEST,
            **_ON_THE_MODEL | {"trigger_mode": "always_last"},  # static/score/score.js ignores clicks meanwhile
        ),
        # The page itself asks for one at a time; an event that gradio left out would be waited for in vain.
        tune.rework(
            in_text(taking(chosen.reworking, Reworking(model, journal, turns).rework)),
            [*chosen.reworking.values()],
            tune,
            **_ON_THE_MODEL | {"trigger_mode": "multiple"},
        ),
    ]
    tune.inside(in_text(Inside(model, journal, turns).look), None, tune, api_name="inside", **_ON_THE_MODEL)
    tune.busy(None, None, [chosen.seed_used, chosen.stop], js=TELL, show_progress="hidden")
    # Who is not let in hears nothing from the handler.
    runs[1].failure(None, js=SETTLE, **_QUIET)
    # In two steps: while the first is under way, the tune may still grow.
    stopped = chosen.stop.click(None, cancels=runs)
    stopped.then(in_text(handlers.stop), [tune, view], tune, js=REQUEST, **_WITHOUT_MODEL)
    page.load(in_text(model.wait_for_example), None, chosen.chances, **_WITHOUT_MODEL)
    page.load(
        in_text(giving(chosen.restored, Opening(journal, model.index).open)),
        view,
        [tune, *chosen.restored.values()],
        js=REQUEST,
        **_WITHOUT_MODEL,
    )
