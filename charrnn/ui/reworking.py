"""Answers to the page's wishes about the tune that is shown: other bars, more bars, variations.

The browser sends {what, abc, view, settings, first, last, seed} with the event; every tune comes back whole.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.notation.bars import bars
from charrnn.notation.parser import parse
from charrnn.sampling.options import Request
from charrnn.ui import remarks
from charrnn.ui.candidates import index
from charrnn.ui.desk import checked_abc, shown
from charrnn.ui.handlers import now_and_then, steered, there
from charrnn.ui.model import BackgroundModel
from charrnn.ui.picture import Growing, small_picture
from charrnn.ui.remarks import ending, sentence
from charrnn.ui.sentences import sentences
from charrnn.ui.value import Value, writing
from charrnn.ui.view import View

if TYPE_CHECKING:
    from charrnn.model.checkpoint import Checkpoint
    from charrnn.sampling.rework import Variant

PART_BARS = 8
CANDIDATES = 6  # for bars that are written anew: as many as fit in a row or two
_FAILED = {"state": "failed"}
_Texts = Iterator[tuple[str, str]]  # the tune as it changes, and what is to be said of it by then


class Reworking:
    """What the page calls. Holds the model and nothing of any request."""

    def __init__(self, model: BackgroundModel) -> None:
        self.model = model

    def rework(
        self, temperature: object, repetition: object, steer: object, event: gr.EventData
    ) -> Iterator[tuple[Any, Any]]:
        """For the score and the stop button: the changed tune as it grows, then ready to be shown; for bars written
        anew, with the other candidates."""
        sent = event._data if isinstance(event._data, dict) else {}
        with sentences(for_page=True):
            try:
                abc = checked_abc(sent)
                request = Request.checked(
                    "", temperature, seed=sent.get("seed"), repetition=repetition, most_shared=steered(steer)
                )
                checkpoint = there(self.model.wait(limits.MAX_SECONDS_PER_REQUEST))
                yield gr.skip(), gr.update(interactive=True)
                for answer in _answers(checkpoint, str(sent.get("what")), abc, request, sent):
                    yield answer, gr.skip()
            except Exception:
                yield _FAILED, gr.update(interactive=False)
                raise
            yield gr.skip(), gr.update(interactive=False)


def _answers(checkpoint: "Checkpoint", what: str, abc: str, request: Request, sent: dict[str, Any]) -> Iterator[Value]:
    if what == "bars":
        yield _with_variants(_other_bars(checkpoint, abc, request, sent), sent)
        return
    growing, last = Growing(View.of(sent.get("view"))), (abc, "")
    for last in now_and_then(_in_time(_texts(checkpoint, what, abc, request))):
        yield writing(last[0], growing.picture(parse(last[0])))
    yield shown(last[0], sent) | {"done": what, "note": last[1]}


def _texts(checkpoint: "Checkpoint", what: str, abc: str, request: Request) -> _Texts:
    from charrnn.sampling import rework

    if what == "continue":
        return ((one.abc, ending(one)) for one in rework.continued(checkpoint, abc, request))
    if what == "part":
        return ((one.abc, "") for one in rework.with_part(checkpoint, abc, request, PART_BARS))
    if what == "vary":
        return _varied(rework.varied(checkpoint, abc, request))
    raise OptionError("A tune is reworked by bars, continue, part or vary.")


def _varied(variants: "Iterator[Variant]") -> _Texts:
    changed: set[int] = set()
    for variant in variants:
        changed |= set(range(variant.bars[0], variant.bars[1] + 1))
        yield variant.abc, " ".join([remarks.varied(changed), *(sentence(one) for one in variant.remarks)])


def _in_time(texts: _Texts) -> _Texts:
    deadline = time.monotonic() + limits.MAX_SECONDS_PER_REQUEST
    for each in texts:
        yield each
        if time.monotonic() > deadline:
            return


def _other_bars(checkpoint: "Checkpoint", abc: str, request: Request, sent: dict[str, Any]) -> "list[Variant]":
    from charrnn.sampling.rework import regenerate

    first, last, most = sent.get("first"), sent.get("last"), len(bars(parse(abc))) - 1
    for place in (first, last):
        if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place <= most:
            raise OptionError("Select the bars in the score first.")
    assert isinstance(first, int)
    assert isinstance(last, int)
    return regenerate(checkpoint, abc, min(first, last), max(first, last), request, CANDIDATES, index())


def _with_variants(variants: "list[Variant]", sent: dict[str, Any]) -> dict[str, Any]:
    """The best of them as the tune, all of them to choose from."""
    return shown(variants[0].abc, sent) | {
        "done": "bars",
        "note": " ".join(
            sentence(one) for one in variants[0].remarks
        ),  # what of the person's text was lost in those bars
        "variants": [
            {"abc": variant.abc, "bits": round(variant.score, 3), "svg": _bars_alone(variant, f"v{place}-")}
            for place, variant in enumerate(variants)
        ],
    }


def _bars_alone(variant: "Variant", prefix: str) -> str:
    tune = parse(variant.abc)
    first, last = variant.bars
    all_bars = bars(tune)
    elements = tune.elements[all_bars[first].first : all_bars[min(last, len(all_bars) - 1)].end]
    return small_picture(replace(tune, elements=elements), prefix, few_bars=True)
