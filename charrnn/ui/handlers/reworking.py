"""Answers to the page's wishes about the tune that is shown: other bars, more bars, variations.

The browser sends {what, abc, view, settings, first, last, seed} with the event; every tune comes back whole.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.notation.bars import bars
from charrnn.notation.reading.parser import parse
from charrnn.render.score.incipit import small_picture
from charrnn.render.upbeats import counted
from charrnn.sampling.checks import check_bar, check_choice
from charrnn.sampling.options import Request
from charrnn.ui.answers import remarks
from charrnn.ui.answers.picture import Growing
from charrnn.ui.answers.remarks import ending, sentence
from charrnn.ui.answers.value import Value, failed, working, writing
from charrnn.ui.answers.view import View
from charrnn.ui.controls import options_of
from charrnn.ui.handlers.compose import Pace, waited_for
from charrnn.ui.handlers.desk import checked_abc, shown
from charrnn.ui.model import BackgroundModel
from charrnn.ui.patience import Patience
from charrnn.ui.serving.requests import Entry, Journal
from charrnn.ui.turns import Turns

if TYPE_CHECKING:
    from charrnn.model.checkpoint import Checkpoint
    from charrnn.sampling.editing.rework import Variant

PART_BARS = 8
CANDIDATES = 6  # for bars that are written anew: as many as fit in a row or two
_WAYS = ("bars", "continue", "part", "vary")


@dataclass(frozen=True, slots=True)
class _Step:
    """A tune as it changes."""

    abc: str
    note: str = ""  # what is to be said of it by then
    written: int = 0  # characters that the model wrote for what has changed by then


_Steps = Iterator[_Step | None]  # None where it is as it was


class Reworking:
    """What the page calls. Holds the model and nothing of any request."""

    def __init__(self, model: BackgroundModel, journal: Journal | None = None, turns: Turns | None = None) -> None:
        self.model, self._journal = model, journal or Journal(model)
        self._turns = turns or Turns(limits.MAX_TURNS)

    def rework(self, controls: Mapping[str, object], event: gr.EventData) -> Iterator[Value]:
        """The changed tune as it grows, then ready to be shown; for bars written anew, with the other candidates."""
        sent = event._data if isinstance(event._data, dict) else {}
        with self._journal.request("rework", for_page=True) as entry:
            try:
                abc, what = checked_abc(sent, limits.MAX_READ_CHARACTERS), check_choice("What", sent.get("what"), _WAYS)
                request = Request.checked(**options_of(controls) | {"seed": sent.get("seed")})
                entry.about(request, what=what)
                entry.text(abc)
                patience = Patience(entry)
                yield working()
                checkpoint = waited_for(self.model, patience)
                with self._turns.queued(is_short=True) as turn:
                    patience.wait_for(turn)
                    pace = Pace(self._journal.metrics.running)
                    yield from _answers(checkpoint, what, abc, request, sent, patience, pace, entry)
            except Exception:
                yield failed()
                raise


def _answers(
    checkpoint: "Checkpoint",
    what: str,
    abc: str,
    request: Request,
    sent: dict[str, Any],
    patience: Patience,
    pace: Pace,
    entry: Entry,
) -> Iterator[Value]:
    """Raises OriginalityError where the tune is to stay away from training music of which there is no index."""
    from charrnn.model.training_index import index_of

    if request.most_shared is not None:
        index_of(checkpoint)
    if what == "bars":
        *_, variants = _other_bars(checkpoint, abc, request, sent, patience)
        entry.characters = variants[0].written
        yield _with_variants(checkpoint, variants, sent)
        return
    growing, latest = Growing(View.of(sent.get("view"))), _Step(abc)
    for step in patience.bound(_steps(checkpoint, what, abc, request, patience)):
        if step is None or step == latest:
            continue
        latest, entry.characters = step, step.written
        if pace.is_due:
            yield writing(step.abc, growing.picture(parse(step.abc)))
            pace.shown()
    if latest.abc == abc:
        patience.insist()  # nothing has been changed by then
    yield shown(latest.abc, sent, partial(index_of, checkpoint)) | {"done": what, "note": latest.note}


def _steps(checkpoint: "Checkpoint", what: str, abc: str, request: Request, patience: Patience) -> _Steps:
    from charrnn.model.training_index import index_or_none
    from charrnn.sampling.editing.continuation import continued, with_part
    from charrnn.sampling.editing.rework import varied

    if what == "continue":
        return (_Step(one.abc, ending(one), len(one.music)) for one in continued(checkpoint, abc, request))
    if what == "part":
        return (_Step(one.abc, "", len(one.music)) for one in with_part(checkpoint, abc, request, PART_BARS))
    return _varied(varied(checkpoint, abc, request, index=index_or_none(checkpoint), check=patience.insist))


def _varied(variants: "Iterator[Variant | None]") -> _Steps:
    changed: set[int] = set()
    for variant in variants:
        if variant is None:
            yield None
            continue
        numbers = counted(parse(variant.abc))
        changed |= set(numbers[variant.bars[0] : variant.bars[1] + 1])
        note = " ".join([remarks.varied(changed), *(sentence(one) for one in variant.remarks)])
        yield _Step(variant.abc, note, variant.written)


def _other_bars(
    checkpoint: "Checkpoint", abc: str, request: Request, sent: dict[str, Any], patience: Patience
) -> "Iterator[list[Variant]]":
    from charrnn.model.training_index import index_or_none
    from charrnn.sampling.editing.rework import regenerate

    if sent.get("first") is None or sent.get("last") is None:
        raise OptionError("Select the bars in the score first.")
    count = len(bars(parse(abc)))
    first, last = sorted(check_bar(f"{name.title()} bar", sent[name], count) for name in ("first", "last"))
    index = index_or_none(checkpoint)
    for variants in regenerate(checkpoint, abc, first, last, request, CANDIDATES, index, patience.insist):
        patience.insist()
        yield variants


def _with_variants(checkpoint: "Checkpoint", variants: "list[Variant]", sent: dict[str, Any]) -> dict[str, Any]:
    """The best of them as the tune, all of them to choose from."""
    from charrnn.model.training_index import index_of

    return shown(variants[0].abc, sent, partial(index_of, checkpoint)) | {
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
