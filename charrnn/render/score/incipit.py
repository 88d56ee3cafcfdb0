"""A tune at a glance: a small picture of its first bars, or of a few."""

from dataclasses import replace

from charrnn.errors import RenderError
from charrnn.notation.bars import bars
from charrnn.notation.tune import Tune
from charrnn.render.score.engraving import engrave

_SMALL_WIDTH = 300  # pixels, of a tune's beginning
_SMALL_SCALE, _BARS_SCALE = 26, 34  # percent: of a tune's beginning, and of a few bars
_INCIPIT_BARS = 4
_INCIPIT_ELEMENTS = 200  # at most, where bars are without end


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
    end = full[_INCIPIT_BARS - 1].end + 1 if len(full) > _INCIPIT_BARS else len(tune.elements)  # with its bar line
    return small_picture(replace(tune, elements=tune.elements[: min(end, _INCIPIT_ELEMENTS)]), prefix)
