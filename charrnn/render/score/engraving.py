"""A tune as an SVG picture for a page: our MEI, engraved by Verovio.

Knows tunes and widths, not pages. Ids are those of ``layout``: a click on ``n12`` is a click on ``tune.notes[12]``,
and a NoteEvent of ``performance`` names the notes that it sounds in ``notes``; ``Engraving.note_ids`` gives their ids.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zlib import crc32

from charrnn import limits
from charrnn.errors import RenderError
from charrnn.notation.tune import Tune
from charrnn.render.score.drawing import Engravers, Sheet
from charrnn.render.score.drawing import draw_here as draw_here  # which benchmarks time
from charrnn.render.score.heading import page_foot, page_head
from charrnn.render.score.layout import Segment, written
from charrnn.render.score.mei import mei

DEFAULT_SCALE = 45  # percent: a staff of 32 pixels
_MIN_WIDTH, _MAX_WIDTH = 100, 10_000  # pixels
_ENDLESS = 60_000  # the greatest height of a page: the picture is cut to its music
_engravers: Engravers | None = None  # of a server; elsewhere everything is drawn in this process


def _never() -> bool:
    return False


_is_busy: Callable[[], bool] = _never


def draw_long_scores_apart(engravers: Engravers | None, is_busy: Callable[[], bool] = _never) -> None:
    """Have processes of their own draw what may take long: for a server, whose other threads must not wait, and where
    anybody's text is drawn; while it ``is_busy``, everything, for a library that draws holds the interpreter. None:
    draw everything in this process again."""
    global _engravers, _is_busy
    before, _engravers, _is_busy = _engravers, engravers, is_busy
    if before is not None:
        before.close()


@dataclass(frozen=True, slots=True)
class Engraving:
    svg: str
    width: int  # pixels
    height: int
    segments: tuple[Segment, ...]  # in the order of the page; ids and indices without the prefix
    prefix: str = ""
    is_whole: bool = True  # False where the tune goes on after the last segment

    def note_ids(self) -> list[list[str]]:
        """For each of ``tune.notes``, the ids of its pieces in the SVG."""
        found: list[list[str]] = []
        for segment in self.segments:
            for symbol in segment.symbols:
                if symbol.note is not None:
                    found += [[] for _ in range(symbol.note + 1 - len(found))]
                    found[symbol.note].append(self.prefix + symbol.id)
        return found


def engrave(
    tune: Tune,
    width_px: int,
    scale: int = DEFAULT_SCALE,
    prefix: str = "",
    has_heading: bool = False,
    as_typed: bool = False,
) -> Engraving:
    """Draw the tune in systems as wide as ``width_px`` pixels; ``scale`` is the size in percent of Verovio's own.

    ``has_heading`` puts title, rhythm, composer and origin above the music (the name of a part stands
    there, and words after the tune below it, in any case); ``as_typed`` draws beams and ends lines
    where the text does (``notation.writing.layout``). Ids in one page have to differ: give each picture of several a
    ``prefix`` (letters, digits, ``-``), which stands before every id. Draws every tune that the parser gives, a tune of
    more than ``limits.MAX_ENGRAVED_NOTES`` up to there. Raises RenderError for a width or a scale out of range, and
    where Verovio is not there.
    """
    _check(width_px, scale, prefix)
    all_segments = written(tune, as_typed)
    segments = list(_drawable(all_segments))
    width_at_100 = width_px * 100 // scale
    around = page_head(tune, width_at_100, has_heading) + page_foot(tune, width_at_100)
    seed = 1 + crc32(prefix.encode()) % 1_000_000
    (svg,) = _draw(mei(tune, prefix, segments, around), width_px, None, scale, seed, as_typed)
    width, height = _size(svg)
    return Engraving(
        _in_the_pages_colour(svg), width, height, tuple(segments), prefix, len(segments) == len(all_segments)
    )


def engrave_pages(tune: Tune, width_px: int, height_px: int, scale: int, as_typed: bool = False) -> list[str]:
    """Draw the tune with its heading on pages of at most that size: the SVG of each, in black, cut to its music; the
    words after the tune are not on them. Raises RenderError as ``engrave`` does."""
    _check(width_px, scale)
    segments = list(_drawable(written(tune, as_typed)))
    document = mei(tune, "", segments, page_head(tune, width_px * 100 // scale))
    return _draw(document, width_px, height_px, scale, 1, as_typed)


def _check(width_px: int, scale: int, prefix: str = "") -> None:
    if not _MIN_WIDTH <= width_px <= _MAX_WIDTH:
        raise RenderError(f"the score's width is from {_MIN_WIDTH} to {_MAX_WIDTH:,} pixels, not {width_px}")
    if not 10 <= scale <= 200:
        raise RenderError(f"the score's scale is from 10 to 200 percent, not {scale}")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*|", prefix):
        raise RenderError("the prefix of a score's ids is made of letters, digits and -, a letter first")


def _drawable(segments: list[Segment]) -> Iterator[Segment]:
    """As many as are drawn. Each note of a chord and each grace counts."""
    notes = 0
    for segment in segments:
        notes += sum(max(1, len(symbol.heads)) + len(symbol.graces) for symbol in segment.symbols)
        if notes > limits.MAX_ENGRAVED_NOTES:
            return
        yield segment


def _draw(document: str, width_px: int, height_px: int | None, scale: int, seed: int, as_typed: bool) -> list[str]:
    """Each page; a single one where no height is given."""
    height = _ENDLESS if height_px is None else height_px * 100 // scale
    breaks = "smart" if as_typed else "auto"
    sheet = Sheet(document, width_px * 100 // scale, height, scale, breaks, seed, height_px is not None)
    if _engravers is not None and (_is_busy() or sheet.weight > limits.MAX_WEIGHT_DRAWN_HERE):
        return _engravers.draw(sheet)
    return draw_here(sheet)


def _size(svg: str) -> tuple[int, int]:
    match = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _in_the_pages_colour(svg: str) -> str:
    """Everything in the colour of the text around it, so that dark pages have light notes."""
    return svg.replace('color="black"', 'fill="currentColor"', 1)
