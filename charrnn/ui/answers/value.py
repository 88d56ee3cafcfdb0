"""What the score component is sent: a dict that becomes JSON. Knows tunes, not gradio.

``state`` is "loading" (the model), "writing", "working" (on a change of the tune that is shown), "done", "text" (what a
failed request leaves), "failed" (it leaves nothing), "unreadable" (a link that holds no tune), or "inside", an answer
about the tune that is shown. ``sound`` says what to play (``charrnn.ui.answers.sound``), or is None; ``picture`` what
to draw (``charrnn.ui.answers.picture``); ``link`` is the tune for an address (``charrnn.ui.answers.permalink``).
"""

import re
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from charrnn import limits
from charrnn.errors import OriginalityError, RenderError
from charrnn.notation.bars import bars
from charrnn.notation.tune import Tune
from charrnn.notation.writing.excerpt import excerpt
from charrnn.notation.writing.layout import is_typed
from charrnn.render.arrangement import arranged
from charrnn.render.playing.swing import default_swing
from charrnn.render.problems import problems
from charrnn.render.score.heading import facts
from charrnn.render.upbeats import counted
from charrnn.ui.answers.permalink import Settings, encode
from charrnn.ui.answers.picture import Picture, picture
from charrnn.ui.answers.remarks import sentence
from charrnn.ui.answers.sound import sound_of
from charrnn.ui.answers.view import View

if TYPE_CHECKING:
    from charrnn.corpus.originality.index import OriginalityIndex

_MAX_FILE_NAME = 60

Value = dict[str, Any] | None  # None: nothing to show
Index = Callable[[], "OriginalityIndex"]  # of the music that the page's model was trained on; raises OriginalityError


def loading() -> dict[str, Any]:
    """The model is not there yet."""
    return {"state": "loading"}


def writing(abc: str, picture: Picture = None, others: list[int] | None = None) -> dict[str, Any]:
    """A tune that still grows. No ``picture`` leaves the one that is shown; ``others`` are the bars that each of
    several candidates has by now."""
    return {"state": "writing", "abc": abc, "picture": picture, "others": others or []}


def working() -> Value:
    """Nothing of a change can be seen yet."""
    return {"state": "working"}


def failed() -> Value:
    """Nothing came of it: what was shown before is shown again."""
    return {"state": "failed"}


def text_only(abc: str) -> Value:
    """What was written before something went wrong."""
    return {"state": "text", "abc": abc, "filename": file_name("")} if abc else None


def done(
    abc: str,
    tune: Tune,
    note: str = "",
    whose: str = "",
    view: View | None = None,
    settings: Settings | None = None,
    index: Index | None = None,
) -> dict[str, Any]:
    """A tune to see, to hear and to keep. ``note`` says how it ended, ``whose`` who wrote what is not right, where that
    needs saying. Without ``index`` the tune is compared with nothing."""
    view = view or View()
    whole, tune = tune, excerpt(tune)
    if tune is not whole:
        note = " ".join(filter(None, (note, _beginning_alone(tune))))
    value: dict[str, Any] = {
        "state": "done",
        "abc": abc,
        "title": tune.title,
        "facts": facts(tune),
        "key": str(tune.key),
        "note": note,
        "whose": whose,
        "problems": [
            {"line": problem.place.line, "column": problem.place.column, "message": problem.message}
            for problem in problems(tune)
        ],
        "filename": file_name(tune.title),
        "settings": settings,
        "link": encode(abc, settings),
        "bars": len(bars(tune)),  # of the text, which a selection is of
        "counted": max(counted(tune), default=0),  # as musicians count them
        "typed": is_typed(tune),
        "originality": _originality(tune, index) if index else None,
    }
    return value | looks_and_sound(tune, view)


def _beginning_alone(tune: Tune) -> str:
    return f"It is very long: only its first {len(bars(tune)):,} bars are shown and played."


def looks_and_sound(tune: Tune, view: View) -> dict[str, Any]:
    """What depends on how the visitor looks at it."""
    swing = default_swing(tune)
    arrangement = arranged(tune, swing if view.swing else None, view.straight)
    seconds = arrangement.performance.seconds()
    silence = ""
    if not arrangement.performance.notes:
        silence = "there is no note to play in this tune"
    elif seconds > limits.MAX_SECONDS:
        silence = f"the tune plays for {seconds:,.0f} seconds; at most {limits.MAX_SECONDS} are played"
    value: dict[str, Any] = {
        "swings": swing is not None,
        "silence": silence,
        "sound": None
        if silence
        else sound_of(tune, arrangement.performance, arrangement.accompaniment, arrangement.end),
        "picture": None,
    }
    try:
        return value | {"picture": picture(tune, view)}
    except RenderError as error:
        return value | {"unseen": sentence(str(error))}


def _originality(tune: Tune, index: Index) -> dict[str, Any]:
    """What the tune shares with the training music; one sentence alone where there is no index of that."""
    try:
        found = index().compare(tune)
    except OriginalityError as error:
        return {"compared": False, "sentence": sentence(str(error))}
    return {
        "compared": True,
        "sentence": found.sentence,
        "more": found.report.removeprefix(found.sentence).strip(),
        "copy": found.is_copy,
        "passage": [found.longest.first, found.longest.end] if found.longest else None,
        "length": found.longest.notes if found.longest else 0,
    }


def file_name(title: str) -> str:
    """A harmless name without ending, from the words of a title.

    >>> file_name("The Rights of Man: a Hornpipe / é"), file_name("../..")
    ('the-rights-of-man-a-hornpipe-e', 'tune')
    """
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_title.replace("'", "")).strip("-")[:_MAX_FILE_NAME].strip("-") or "tune"
