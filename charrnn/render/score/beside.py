"""Other voices and overlays on paper, in measures as long as those of the first voice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from charrnn.notation.keys import Key
from charrnn.notation.order.together import stretches_beside
from charrnn.notation.tune import BarLine, Change, Element, Layout, Note, Rest, Tune, TupletStart
from charrnn.notation.writing.beams import group_starts
from charrnn.render.score.layout import Scribe, Segment, Symbol, beam_notes, tie_notes, tied_pieces
from charrnn.render.score.values import Value


@dataclass(frozen=True, slots=True)
class Beside:
    """A voice that is written with the first one, measure by measure."""

    name: str
    tune: Tune  # whose elements are the voice's
    segments: list[Segment]  # as many as the first voice has, and as long
    is_overlay: bool  # stands on the first voice's staff

    @property
    def is_low(self) -> bool:
        """Whether most notes are below middle C: such a voice has a bass clef."""
        octaves = [head.octave for segment in self.segments for symbol in segment.symbols for head in symbol.heads]
        return 2 * sum(octave < 4 for octave in octaves) > len(octaves)


def written_beside(tune: Tune, segments: Sequence[Segment]) -> list[Beside]:
    """The voices and overlays that go along with the first one, in the segments of ``with_single_rests``."""
    found = []
    for voice in tune.voices:
        if stretches_beside(tune, voice) is not None:
            alone = replace(tune, elements=voice.elements, layout=Layout(), voices=(), part_order="")
            is_overlay = voice.name.rstrip("&") == tune.voice != voice.name
            found.append(Beside(voice.name, alone, _written_along(alone, segments), is_overlay))
    return found


def _written_along(voice: Tune, segments: Sequence[Segment]) -> list[Segment]:
    follower = _Follower(voice, segments)
    for index, element in enumerate(voice.elements):
        follower.take(index, element)
    tie_notes(voice, follower.segments)
    beam_notes(follower.segments, group_starts(voice))
    return follower.segments[: len(segments)]


class _Follower(Scribe):
    """Writes another voice into segments as long as those of the first; a note that reaches over the end of one goes on
    in the next."""

    def __init__(self, tune: Tune, segments: Sequence[Segment]) -> None:
        super().__init__(tune)
        self.ahead = iter(segments)
        self.new_key: Key | None = None  # that waits for the next segment
        self.whole = self.room = Fraction(0)  # of the segment, and what is left of it

    def take(self, index: int, element: Element) -> None:
        if isinstance(element, Note | Rest):
            self._follow(index, element)
        elif isinstance(element, TupletStart):
            self.take_plain(index, element)
        elif isinstance(element, BarLine):
            self.tuplet_left = 0
        elif isinstance(element, Change) and isinstance(element.value, Key):
            self.new_key = element.value

    def _follow(self, index: int, element: Note | Rest) -> None:
        left, last, count = element.duration, None, 0
        while left:
            if not self.room and not self._next():
                return
            part = min(left, self.room)
            symbols = self._part(index, replace(element, duration=part), last, count)
            last, count = symbols[-1], count + len(symbols)
            self.segment.symbols += symbols
            self.segment.duration += part
            self.room -= part
            left -= part
        self.tuplet_left = max(0, self.tuplet_left - 1)

    def _part(self, index: int, element: Note | Rest, before: Symbol | None, count: int) -> list[Symbol]:
        """A note or rest, or what of it stands in another segment than its start."""
        is_bar = element.duration == self.segment.full == self.whole
        if isinstance(element, Rest) and element.whole_bars and is_bar:
            suffix = f"-{count + 1}" if count else ""
            value = Value(element.duration)
            return [Symbol(f"r{index}{suffix}", index, None, [], value, is_first=not count, whole_bars=1)]
        if before is None:
            return list(self.pieces(index, element))
        tuplets, division = self.spelled(element.duration)
        start = replace(before, id=before.id.partition("-")[0], tuplets=tuplets)
        return list(tied_pieces(start, division.values, count + 1))

    def _next(self) -> bool:
        """Goes to the next segment; False where there is none."""
        first = next(self.ahead, None)
        if first is None:
            return False
        self.room = self.whole = first.duration
        self.drawn, self.implied = {}, None
        key, self.new_key = self.new_key, None
        self.segment = Segment(first.id, first.bar, full=first.full, key=key if key != self.key else None)
        self.segment.right = first.right
        self.segment.ending, self.segment.ending_numbers = first.ending, first.ending_numbers
        self.key = key or self.key
        self.segments.append(self.segment)
        return True
