"""Answers to the page's events and to the programming interface: from raw values to a tune, or to one sentence.

Values arrive as the browser sent them and are checked by ``Request.checked`` alone.
"""

import html
import logging
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import gradio as gr

from charrnn import limits
from charrnn.errors import CharrnnError, SamplingError
from charrnn.sampling.options import DEFAULT_LENGTH, DEFAULT_TEMPERATURE, Request
from charrnn.ui.model import BackgroundModel

if TYPE_CHECKING:
    from charrnn.model.checkpoint import Checkpoint
    from charrnn.sampling.compose import Composition

FREE_FORM = "free"  # what the page sends where no form is asked for
UPDATE_SECONDS = 0.06  # between two looks at the growing tune; more often than a screen shows is work for nothing

_log = logging.getLogger(__name__)

Update = tuple[Any, Any, Any]  # for the score, the seed used, and the stop button


class Handlers:
    """What the page calls. Holds the model and nothing of any request."""

    def __init__(self, model: BackgroundModel) -> None:
        self.model = model

    def compose(
        self,
        seed_text: object,
        temperature: object,
        length: object,
        seed: object,
        grammar: object,
        bars: object,
        parts: object,
        repetition: object = 0.0,
    ) -> Iterator[Update]:
        """The tune as it grows, then the tune with its sound. Closing the generator ends the work."""
        from charrnn.ui import value

        with _sentences(for_page=True):
            form = (None, None) if grammar is False or parts == FREE_FORM else (bars, parts)
            request = Request.checked(seed_text, temperature, length, number_or_text(seed), grammar, *form, repetition)
            ready = self.model.wait(0) is not None
            yield gr.skip() if ready else value.loading(), str(request.seed), gr.update(interactive=True)
            text, replaced = "", not ready  # a request that is refused leaves the tune that is shown
            try:
                deadline = time.monotonic() + limits.MAX_SECONDS_PER_REQUEST
                while self.model.wait(UPDATE_SECONDS) is None:
                    _check(deadline)
                    yield gr.skip(), gr.skip(), gr.skip()
                for composition in _now_and_then(_compositions(self.model.wait(), request, deadline)):
                    text, replaced = composition.abc, True
                    yield value.writing(text), gr.skip(), gr.skip()
                tune = value.done(text, composition.tune, ending(composition), whose_problems(composition))
            except Exception:
                yield value.text_only(text) if replaced else gr.skip(), gr.skip(), gr.update(interactive=False)
                raise
            yield tune, gr.skip(), gr.update(interactive=False)

    def stop(self, shown: object) -> tuple[Any, Any]:
        """What was written before Stop becomes a tune to hear: for the score and the stop button."""
        from charrnn.notation.parser import parse
        from charrnn.ui import value

        idle = gr.update(interactive=False)
        if not isinstance(shown, dict) or shown.get("state") not in ("loading", "writing"):
            return gr.skip(), idle
        abc = shown.get("abc")
        if not isinstance(abc, str) or not abc:
            return value.text_only(""), idle
        with _sentences(for_page=True):
            return value.done(abc, parse(abc), "You stopped it here."), idle

    def generate(
        self,
        seed_text: str = "",
        temperature: float = DEFAULT_TEMPERATURE,
        length: int = DEFAULT_LENGTH,
        seed: int | None = None,
        grammar: bool = True,
        bars: int | None = None,
        parts: str | None = None,
        repetition: float = 0.0,
    ) -> dict[str, Any]:
        """Compose one folk tune in ABC notation.

        Parameters:
            seed_text: ABC to start from: header lines, notes, both or nothing. At most 2,000 characters.
            temperature: 0 always takes the most probable character; otherwise 0.05 to 2, higher is more surprising.
            length: the most characters to write behind the seed, 1 to 4,000, where there is no form; with the grammar a
                few more if the tune cannot end rightly before.
            seed: of the random generator, 0 to 2,147,483,647; the same request gives the same tune. Drawn if null.
            grammar: true offers the model only what keeps every bar right; false lets it write what it likes.
            bars: in a part, 1 to 32. With bars or parts the tune has a form, and its length follows from it; what is
                null of the two is then 8 or AABB. A form needs the grammar.
            parts: as they are played, 1 to 8 letters from A to H: AABB is two parts, each played twice.
            repetition: -3 to 3; over 0 the tune repeats more of itself, under 0 it wanders more.
        Returns:
            abc (the tune), seed (the number that was used), ended (whether the tune came to its end),
            loops (whether it goes round in circles),
            removed (probability that the grammar took from the model, for each character on average),
            problems (what is not right with it, each with line and column).
        """
        from charrnn.render.problems import problems

        with _sentences():
            request = Request.checked(seed_text, temperature, length, seed, grammar, bars, parts, repetition)
            deadline = time.monotonic() + limits.MAX_SECONDS_PER_REQUEST
            checkpoint = self.model.wait(limits.MAX_SECONDS_PER_REQUEST)
            _check(deadline)
            *_, last = _compositions(checkpoint, request, deadline)
            return {
                "abc": last.abc,
                "seed": request.seed,
                "ended": last.ended,
                "loops": last.loops,
                "removed": round(last.removed, 4),
                "problems": [str(problem) for problem in problems(last.tune)],
            }


def number_or_text(typed: object) -> object:
    """What a person typed where a number belongs: None for nothing, the number, or the text, which is then refused."""
    text = typed.strip() if isinstance(typed, str) else typed
    if text is None or text == "":
        return None
    return int(text) if isinstance(text, str) and re.fullmatch(r"-?[0-9]{1,20}", text) else text


def ending(composition: "Composition") -> str:
    """The sentences that say why a tune is not as it was asked for; nothing for one that is."""
    sentences = [_how_it_ended(composition)]
    if not composition.keeps_form:
        is_free = composition.tune.meter.bar is None
        reason = "Free meter has no bars to count" if is_free else "Your own bars do not fit into the form"
        sentences.append(f"{reason}, so the form was left aside.")
    if composition.loops:
        sentences.append("It goes round in circles; another random seed or a higher temperature leads out of them.")
    sentences += [f"In your text, {remark.message}." for remark in composition.tune.remarks]
    return " ".join(filter(None, sentences))


def _how_it_ended(composition: "Composition") -> str:
    request, written = composition.request, len(composition.music)
    if not composition.ended and (request.grammar or written < request.length):
        return f"It was stopped after {limits.MAX_SECONDS_PER_REQUEST} seconds, the most that one tune may take."
    if not composition.ended:
        return f"It reached {request.length:,} characters before it ended; a greater length lets it go on."
    if not request.form and written > request.length:
        return f"It is longer than the length of {request.length:,} asked for: it could not end rightly any sooner."
    return ""


def whose_problems(composition: "Composition") -> str:
    """What leads over to the list of problems: a tune that the grammar ended has none but the person's."""
    return "Your own bars are kept as you typed them:" if composition.request.grammar and composition.ended else ""


def _compositions(checkpoint: "Checkpoint | None", request: Request, deadline: float) -> "Iterator[Composition]":
    from charrnn.sampling import compose

    if checkpoint is None:
        raise SamplingError("the model is still being loaded; please try again in a moment")
    for composition in compose.stream(checkpoint, request):
        yield composition
        if time.monotonic() > deadline:
            return


def _now_and_then(compositions: "Iterator[Composition]") -> "Iterator[Composition]":
    """Those that are due, and the last."""
    shown = time.monotonic()
    for composition in compositions:
        if time.monotonic() - shown >= UPDATE_SECONDS:
            yield composition
            shown = time.monotonic()
    yield composition


def _check(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise SamplingError("the model is still being loaded; please try again in a moment")


@contextmanager
def _sentences(for_page: bool = False) -> Iterator[None]:
    """Our own errors are shown as they are; any other goes to the log, and its number to the person."""
    try:
        yield
    except CharrnnError as error:
        raise _shown(str(error), for_page) from error
    except Exception as error:
        number = secrets.token_hex(2)
        _log.exception("error id %s", number)
        raise _shown(f"Something went wrong (id {number}). Please try again.", for_page) from error


def _shown(sentence: str, for_page: bool) -> gr.Error:
    """The page's error box takes HTML, so there the text is escaped."""
    text = sentence[:1].upper() + sentence[1:]
    return gr.Error(html.escape(text, quote=False) if for_page else text, print_exception=False)
