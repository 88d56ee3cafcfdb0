"""What the page's score is sent: the engraving, and which of its parts are which notes and bars.

{
  "svg": "<svg ...>", "width": 720,          the width in pixels that it was drawn for
  "notes": [["n0"], ["n1", "n1-2"], ...],    for each of Tune.notes, the ids of its pieces
  "measures": [["m0", 0, [0, 1, 2]], ...]    id, number of its bar, the notes in it
}
"""

from dataclasses import replace
from typing import Any

from charrnn.errors import RenderError
from charrnn.notation.bars import bars
from charrnn.notation.tune import Tune
from charrnn.notation.writing.layout import is_typed
from charrnn.render.fingering import fingered
from charrnn.render.harmony.chords import with_chords
from charrnn.render.score.engraving import engrave
from charrnn.render.score.layout import up_to_last_bar_line
from charrnn.render.upbeats import counted
from charrnn.ui.answers.view import View

_SMALL_WIDTH = 300  # of a candidate
_SMALL_SCALE, _BARS_SCALE = 26, 34  # of a tune's beginning, and of a few bars
_INCIPIT_BARS = 4
Picture = dict[str, Any] | None


def picture(tune: Tune, view: View) -> Picture:
    """The whole tune; None where there is nothing to draw."""
    if not tune.elements:
        return None
    drawn = fingered(with_chords(tune) if view.chords else tune, view.fingering)
    numbers = counted(drawn)
    engraving = engrave(drawn, view.width, view.scale, as_typed=view.typed and is_typed(tune))
    return {
        "svg": engraving.svg,
        "width": view.width,
        "notes": engraving.note_ids(),
        "measures": [[segment.id, segment.bar, segment.notes, numbers[segment.bar]] for segment in engraving.segments],
    }


def small_picture(tune: Tune, prefix: str, few_bars: bool = False) -> str:
    """Bars of a tune at a glance, as SVG text; "" where it cannot be drawn."""
    tune = replace(tune, tempo=None, tempo_words="", words=())  # no room for them
    try:
        return (
            engrave(tune, _SMALL_WIDTH, _BARS_SCALE if few_bars else _SMALL_SCALE, prefix).svg if tune.elements else ""
        )
    except RenderError:
        return ""


def incipit(tune: Tune, prefix: str) -> str:
    """The first bars of a tune, by which players know it, as SVG text; "" where they cannot be drawn."""
    full = [bar for bar in bars(tune) if not bar.begins_at]
    if len(full) > _INCIPIT_BARS:
        end = full[_INCIPIT_BARS - 1].end + 1  # its bar line
        tune = replace(tune, elements=tune.elements[:end])
    return small_picture(tune, prefix)


class Growing:
    """The picture of a tune that is being written, by whole bars: drawn when there is another bar, and not before."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._drawn = 0

    def picture(self, tune: Tune) -> Picture:
        """None where no bar has come since the last one, or nothing can be drawn: the tune that is done says why."""
        elements = up_to_last_bar_line(tune)
        if len(elements) <= self._drawn:
            return None
        self._drawn = len(elements)
        try:
            return picture(replace(tune, elements=elements), self.view)
        except RenderError:
            return None
