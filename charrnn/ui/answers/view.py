"""How a visitor looks at a tune: what the browser tells with every request, checked leniently.

A width out of range is no mistake of anybody's: it is moved to the nearest one that can be drawn.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from charrnn import limits
from charrnn.notation.instruments.table import ANY, choices
from charrnn.render.transposing import CONCERT, NAMES

MIN_WIDTH, MAX_WIDTH = 240, 2_000  # pixels
_DEFAULT_WIDTH = 720
_NARROW = 560  # below it, a staff takes less room


@dataclass(frozen=True, slots=True)
class View:
    width: int = _DEFAULT_WIDTH  # of the score, pixels
    chords: bool = False  # show chord symbols
    swing: bool = True  # swing what is danced swung; others are straight either way
    straight: bool = False  # play without accents and lilt
    typed: bool = True  # beams and line ends as a person typed them, where a person did
    fingering: str = ANY  # name of the instrument whose fingerings stand under the notes
    capo: int = 0  # its fret, on that instrument
    part: str = CONCERT  # that the score is written for, one of render.transposing.NAMES

    @classmethod
    def of(cls, sent: object) -> "View":
        """From what the browser sent, whatever that is."""
        values = sent if isinstance(sent, dict) else {}
        return cls(
            _width(values.get("width")),
            values.get("chords") is True,
            values.get("swing") is not False,
            values.get("straight") is True,
            values.get("typed") is not False,
            _instrument(values.get("fingering")),
            _capo(values.get("capo")),
            _part(values.get("part")),
        )

    @classmethod
    def at_address(cls, sent: object, likings: Mapping[str, str]) -> "View":
        """What the browser sent with its first request; what is missing there, as the page's address has it
        (``static/panels/link.js``), for the score may not be there yet."""
        asked = {name: likings.get(name) != "0" for name in ("chords", "swing", "typed")}
        asked["straight"] = likings.get("straight") == "1"
        return cls.of(asked | {"part": likings.get("part")} | (sent if isinstance(sent, dict) else {}))

    @property
    def scale(self) -> int:
        """Percent, as ``render.score.engraving`` takes it."""
        return 45 if self.width > _NARROW else 38


def _instrument(label: object) -> str:
    """The name of the instrument that the page's menu shows so."""
    by_label = dict(choices())
    return by_label.get(label, ANY) if isinstance(label, str) else ANY


def _capo(sent: object) -> int:
    return sent if type(sent) is int and 0 <= sent <= limits.MAX_CAPO else 0


def _part(sent: object) -> str:
    return sent if isinstance(sent, str) and sent in NAMES else CONCERT


def _width(sent: object) -> int:
    if isinstance(sent, bool) or not isinstance(sent, int | float) or (isinstance(sent, float) and math.isnan(sent)):
        return _DEFAULT_WIDTH
    return round(min(max(sent, MIN_WIDTH), MAX_WIDTH))
