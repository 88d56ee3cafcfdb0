"""Answers to the page's Generate and Stop, and to the programming interface: raw values to tunes, or a sentence.

Values arrive as the browser sent them and are checked by ``Request.checked`` alone.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from charrnn import limits
from charrnn.errors import BusyError
from charrnn.sampling.checks import check_abc, check_candidates
from charrnn.sampling.options import Request
from charrnn.ui.answers.answer import answer
from charrnn.ui.answers.value import Value
from charrnn.ui.answers.view import View
from charrnn.ui.controls import options_of
from charrnn.ui.handlers.programs import for_programs
from charrnn.ui.model import BackgroundModel
from charrnn.ui.patience import Patience
from charrnn.ui.serving.requests import Journal
from charrnn.ui.turns import Turn, Turns

if TYPE_CHECKING:
    from charrnn.model.checkpoint import Checkpoint
    from charrnn.sampling.compose import Composition

UPDATE_SECONDS = 0.1  # between two looks at growing tunes, whosever they are; the browser needs half of it to show one


class Handlers:
    """What the page calls. Holds the model and nothing of any request."""

    def __init__(self, model: BackgroundModel, journal: Journal | None = None, turns: Turns | None = None) -> None:
        self.model, self.journal = model, journal or Journal(model)
        self._turns = turns or Turns(limits.MAX_TURNS)

    def compose(self, controls: Mapping[str, object], count: object = 1, sent: object = None) -> Iterator[Value]:
        """The tune as it grows, then the tune with its sound; of several candidates the first grows, and the best is
        shown with the others beside it. ``sent`` is the browser's ``View``. Closing the generator cancels the work."""
        from charrnn.ui.answers import candidates, value
        from charrnn.ui.answers.picture import Growing

        with self.journal.request("compose", for_page=True) as entry:
            request = Request.checked(**options_of(controls))
            how_many, view = check_candidates(count), View.of(sent)
            entry.about(request, candidates=how_many)
            begun = value.loading() if self.model.wait(0) is None else value.writing("", others=_bars_of_each(how_many))
            yield begun | {"seed": request.seed}
            text, growing, pace = "", Growing(view), Pace(self.journal.metrics.running)
            sent_last: tuple[Composition, ...] = ()
            try:
                patience = Patience(entry)
                checkpoint = waited_for(self.model, patience)
                with self._turns.queued(how_many == 1) as turn:
                    for tunes in patience.bound(_batches(checkpoint, request, how_many, turn, patience)):
                        if not pace.is_due or tunes == sent_last or "|" not in tunes[0].music:
                            continue
                        sent_last, text, entry.characters = tunes, tunes[0].abc, written(tunes)
                        others = _bars_of_each(how_many, tunes)
                        yield value.writing(text, growing.picture(tunes[0].tune), others)
                        pace.shown()
                    text, entry.characters = tunes[0].abc, written(tunes)
                    patience.wait_for(turn)
                    best = candidates.shown(checkpoint, tunes, view)  # by the model that wrote them
            except Exception:
                yield value.text_only(text) or value.failed()
                raise
            yield best

    def stop(self, shown: object, sent: object = None) -> Value:
        """What was written before Stop becomes a tune to hear. ``shown`` is the score's value, which is text."""
        from charrnn.notation.reading.parser import parse
        from charrnn.ui.answers import text, value

        shown = text.read(shown)
        if not isinstance(shown, dict) or shown.get("state") != "writing" or not shown.get("abc"):
            return value.failed()  # stopped before anything came
        with self.journal.request("stop", for_page=True) as entry:
            abc = check_abc(shown["abc"])
            entry.text(abc)
            return value.done(abc, parse(abc), "You stopped it here.", view=View.of(sent), index=self.model.index)

    @for_programs
    def generate(self, candidates: int = 1, **options: object) -> dict[str, Any]:
        """Compose one folk tune in ABC notation.

        With bars or parts, the tune has a form and its length follows from it; the one of the two that is null is then
        8 or AABB. Without a form, length bounds the tune; with the grammar it may be a few characters more if the tune
        cannot be finished correctly sooner. A form, most_shared and an instrument need the grammar.

        Parameters:
            candidates: 1 to 16 tunes with the random seeds from ``seed`` on, ranked; the best is the answer.
        Returns:
            abc (the tune), seed (the random seed that was used), ended (whether the tune came to its end),
            loops (whether the tune repeats itself endlessly),
            removed (probability that the grammar masked, per character on average),
            problems (what is wrong with the tune, each with line and column),
            beyond (notes and keys of the seed that the instrument does not have, each with line and column; they are
            kept). With several candidates, also
            candidates: the same for each, best first, with score (0 to 1) and its parts, and
            remark: present only if the score omits originality, the reason.
        """
        with self.journal.request("generate") as entry:
            request = Request.checked(**options)
            how_many = check_candidates(candidates)
            entry.about(request, candidates=how_many)
            patience = Patience(entry)
            checkpoint = waited_for(self.model, patience)
            with self._turns.queued(how_many == 1) as turn:
                for tunes in patience.bound(_batches(checkpoint, request, how_many, turn, patience)):
                    entry.characters = written(tunes)
                patience.wait_for(turn)
                return answer(checkpoint, tunes, how_many)


def _batches(
    checkpoint: "Checkpoint", request: Request, count: int, turn: Turn, patience: Patience
) -> "Iterator[tuple[Composition, ...]]":
    """The tunes as they grow: the first at once, the others when the turn has come, or of a single one the end."""
    may_go_on = partial(patience.waits_for, turn, UPDATE_SECONDS)
    if count > 1:
        from charrnn.sampling.candidates import stream_candidates

        yield from stream_candidates(checkpoint, request, count, may_go_on)
        return
    from charrnn.sampling import compose

    for tune in compose.stream(checkpoint, request):
        yield (tune,)
    while not may_go_on():
        yield (tune,)


def _bars_of_each(count: int, tunes: "tuple[Composition, ...]" = ()) -> list[int]:
    """How far each of several candidates has come; nothing of a tune that is alone."""
    bars = [tune.music.count("|") for tune in tunes]
    return bars + [0] * (count - len(bars)) if count > 1 else []


def written(tunes: "tuple[Composition, ...]") -> int:
    """Characters that the model wrote."""
    return sum(len(tune.music) for tune in tunes)


def waited_for(model: BackgroundModel, patience: Patience) -> "Checkpoint":
    """The model once it is there. Raises BusyError where it is not within the time, and what loading raised."""
    while (checkpoint := model.wait(UPDATE_SECONDS)) is None:
        patience.check()
        if patience.is_over:
            raise BusyError("the model is still being loaded; please try again in a moment")
    return checkpoint


class Pace:
    """When to show what grows: the more seldom, the more is under way. Else drawing, and telling gradio, would take
    more of the processors than the writing."""

    def __init__(self, running: Callable[[], float]) -> None:
        """``running`` tells how many generations are under way."""
        self._running = running
        self._due = time.monotonic() + UPDATE_SECONDS

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._due

    def shown(self) -> None:
        """It has just been."""
        self._due = time.monotonic() + UPDATE_SECONDS * max(1.0, self._running())
