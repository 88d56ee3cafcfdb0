"""Opens what a link holds: the tune and the settings that it was made with, or a set of tunes."""

from typing import Any

import gradio as gr

from charrnn.importing.opened import title_of
from charrnn.notation.reading.parser import parse
from charrnn.ui.answers import value
from charrnn.ui.answers.permalink import decode, decode_set
from charrnn.ui.answers.view import View
from charrnn.ui.controls import controls_of
from charrnn.ui.serving.requests import Entry, Journal

PARAMETER, SET = "tune", "set"  # of the page's address


class Opening:
    """What the page calls when it is loaded."""

    def __init__(self, journal: Journal | None = None, index: value.Index | None = None) -> None:
        """``index`` is that of the music which the page's model was trained on."""
        self._journal, self._index = journal or Journal(), index

    def open(self, sent: object, request: gr.Request) -> tuple[Any, dict[str, Any]]:
        """For the score, and for the controls that change; nothing does where the address holds no tune."""
        asked = request.query_params if request else {}
        if PARAMETER not in asked and SET not in asked:
            return gr.skip(), {}
        view = View.at_address(sent, asked)

        def read(entry: Entry) -> dict[str, Any]:
            return self._set(entry, asked[SET], view) if SET in asked else self._tune(entry, asked[PARAMETER], view)

        tune = self._journal.answer("open", read)
        if "error" in tune:
            return {"state": "unreadable", "note": tune["error"]}, {}
        return tune, controls_of(tune["settings"]) if tune["settings"] else {}

    def _tune(self, entry: Entry, link: str, view: View) -> dict[str, Any]:
        opened = decode(link)
        entry.text(opened.abc)
        return value.done(opened.abc, parse(opened.abc), view=view, settings=opened.settings, index=self._index)

    def _set(self, entry: Entry, link: str, view: View) -> dict[str, Any]:
        """The first tune, with all of the set beside it."""
        opened = decode_set(link)
        first = opened.tunes[0]
        entry.text(first)
        tunes = [{"abc": abc, "title": title_of(abc)} for abc in opened.tunes]
        shown = value.done(first, parse(first), view=view, index=self._index)
        return shown | {"set": {"name": opened.name, "tunes": tunes, "link": link}}
