"""Opens what a link holds: the tune, and the settings that it was made with."""

from typing import Any

import gradio as gr

from charrnn.notation.parser import parse
from charrnn.ui import value
from charrnn.ui.handlers import FREE_FORM
from charrnn.ui.permalink import Settings, decode
from charrnn.ui.sentences import sentence_of
from charrnn.ui.view import View

PARAMETER = "tune"  # of the page's address
_RESTORED = 9  # components


class Opening:
    """What the page calls when it is loaded."""

    def open(self, sent: object, request: gr.Request) -> tuple[Any, ...]:
        """For the score and the settings that it restores; nothing changes where the address holds no tune."""
        link = request.query_params.get(PARAMETER) if request else None
        if link is None:
            return (gr.skip(),) * (1 + _RESTORED)
        try:
            opened = decode(link)
            tune = value.done(opened.abc, parse(opened.abc), view=View.of(sent), settings=opened.settings)
        except Exception as error:
            return {"state": "unreadable", "note": sentence_of(error)}, *(gr.skip(),) * _RESTORED
        return tune, *(_restored(opened.settings) if opened.settings else (gr.skip(),) * _RESTORED)


def _restored(settings: Settings) -> tuple[Any, ...]:
    """In the order of ``Settings.restored`` of the page."""
    has_form = settings["parts"] is not None
    return (
        settings["seed_text"],
        settings["temperature"],
        settings["length"],
        str(settings["seed"]),
        settings["grammar"],
        settings["bars"] if has_form else gr.skip(),
        settings["parts"] if has_form else FREE_FORM,
        settings["repetition"],
        settings["most_shared"] is not None,
    )
