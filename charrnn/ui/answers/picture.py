"""What the page's score is sent: the engraving, and which of its parts are which notes and bars.

{
  "svg": "<svg ...>", "width": 720,          the width in pixels that it was drawn for
  "part": "Bb", "higher": 2,                 the part, and how many semitones above the sound it is written
  "strings": 4,                              of the tablature; 0 where there is none
  "notes": [["n0"], ["n1", "n1-2"], ...],    for each of Tune.notes, the ids of its pieces
  "measures": [["m0", 0, [0, 1, 2]], ...]    id, number of its bar, the notes in it
}
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from charrnn.errors import RenderError
from charrnn.notation.tune import Element, Tune
from charrnn.notation.writing.layout import is_typed
from charrnn.render.export.formats import Options, to_draw
from charrnn.render.score.engraving import engrave
from charrnn.render.score.layout import up_to_last_bar_line
from charrnn.render.upbeats import counted
from charrnn.ui.answers.view import View

_SKETCH_SCALE = 34  # percent
_SKETCH_PREFIX = "sketch"  # of the ids in a picture of notes that are being played
Picture = dict[str, Any] | None


def picture(tune: Tune, view: View) -> Picture:
    """The whole tune; None where there is nothing to draw."""
    if not tune.elements:
        return None
    options = Options(chords=view.chords, fingering=view.fingering, capo=view.capo, part=view.part)
    drawn = to_draw(tune, options)
    numbers = counted(drawn)
    engraving = engrave(drawn, view.width, view.scale, as_typed=view.typed and is_typed(tune))
    return {
        "svg": engraving.svg,
        "width": view.width,
        "part": view.part,
        "higher": drawn.transposition.semitones if drawn.transposition else 0,
        "strings": drawn.strings,
        "notes": engraving.note_ids(),
        "measures": [[segment.id, segment.bar, segment.notes, numbers[segment.bar]] for segment in engraving.segments],
    }


def sketch(tune: Tune, width: int) -> str:
    """Notes that are being entered, on a small staff of that many pixels, as SVG text; "" while there is none."""
    return engrave(tune, width, _SKETCH_SCALE, _SKETCH_PREFIX).svg if tune.elements else ""


class Growing:
    """The picture of a tune that is being written, by whole bars: drawn when there is another bar, be it one that was
    written again, and not before."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._drawn: Sequence[Element] = ()

    def picture(self, tune: Tune) -> Picture:
        """None where no bar has come since the last one, or nothing can be drawn: the tune that is done says why."""
        elements = up_to_last_bar_line(tune)
        if elements == self._drawn[: len(elements)]:
            return None
        self._drawn = elements
        try:
            return picture(replace(tune, elements=elements), self.view)
        except RenderError:
            return None
