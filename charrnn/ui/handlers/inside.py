"""Answers to the page's Look inside: what the model expected at each character of a tune."""

from typing import TYPE_CHECKING, Any

import gradio as gr

from charrnn import limits
from charrnn.ui.handlers.compose import waited_for
from charrnn.ui.handlers.desk import checked_abc
from charrnn.ui.model import BackgroundModel
from charrnn.ui.patience import Patience
from charrnn.ui.serving.requests import Journal
from charrnn.ui.turns import Turns

if TYPE_CHECKING:
    from charrnn.sampling.explain import Moment

TEMPERATURES = (0.5, 1.0, 1.5)  # the same step, cold, as learnt, and hot


class Inside:
    """What the page calls. Holds the model and nothing of any request."""

    def __init__(self, model: BackgroundModel, journal: Journal | None = None, turns: Turns | None = None) -> None:
        self.model, self._journal = model, journal or Journal(model)
        self._turns = turns or Turns(limits.MAX_TURNS)

    def look(self, event: gr.EventData) -> dict[str, Any]:
        """{state: "inside", abc, temperatures, moments}; see ``_moment``."""
        sent = event._data if isinstance(event._data, dict) else {}
        with self._journal.request("inside", for_page=True) as entry:
            from charrnn.sampling.explain import explain

            abc = checked_abc(sent, limits.MAX_READ_CHARACTERS)
            entry.text(abc)
            patience = Patience(entry)
            checkpoint = waited_for(self.model, patience)
            with self._turns.queued() as turn:
                patience.wait_for(turn)
                explained = explain(checkpoint, abc, TEMPERATURES, patience.insist)
            moments = [_moment(together) for together in zip(*explained, strict=True)]
            return {"state": "inside", "abc": abc, "temperatures": TEMPERATURES, "moments": moments}


def _moment(together: "tuple[Moment, ...]") -> dict[str, Any]:
    """The same step at each of the temperatures: its character, where it stands, its probability and bits as learnt,
    and the alternatives as [character, after the grammar, at each temperature ...]."""
    learnt = together[TEMPERATURES.index(1.0)]
    tempered = [{one[0]: one[2] for one in moment.alternatives} for moment in together]
    return {
        "character": learnt.character,
        "offset": learnt.offset,
        "probability": round(learnt.probability, 4),
        "bits": round(learnt.bits, 3),
        "alternatives": [
            [
                character,
                round(after, 4),
                *(None if character not in one else round(one[character], 4) for one in tempered),
            ]
            for character, _, _, after in learnt.alternatives
        ],
    }
