"""Draws some bars of a tune anew, all else fixed: each new bar lasts as long as the old one, and the bar lines between
them stay as they are. So whatever was right about the tune's bars and repeats is right afterwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from charrnn import limits
from charrnn.errors import SamplingError
from charrnn.grammar.automaton import Position, bar_with, bare_bar
from charrnn.grammar.bar import IMPOSSIBLE, Bar, finished
from charrnn.grammar.compass import Compass, after_marks
from charrnn.grammar.structure import Exit, Structure, When
from charrnn.inference.guides import GrammarMasks, Mask, masks_for
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.plan import Plan
from charrnn.notation.tune import Meter
from charrnn.sampling.compose import LOOK_SECONDS, engine_of, line_after
from charrnn.sampling.options import Request


@dataclass(frozen=True, slots=True)
class Frame:
    """What a bar to be drawn has to fit into."""

    meter: Meter
    unit: Fraction  # whole notes
    duration: Fraction  # whole notes
    following: str  # what stands between it and the next bar, in canonical spelling; at least one character


class FramesGuide:
    """Offers what fills one bar after the other, and at the end of each its own bar line alone."""

    def __init__(self, masks: GrammarMasks, frames: Sequence[Frame], compass: Compass | None = None) -> None:
        """``compass`` is that before the first bar, in a tune for an instrument. Raises SamplingError where a bar
        cannot be filled."""
        self._masks, self._frames, self._compass = masks, frames, compass
        for number in range(len(frames)):
            if masks.grammar.cost(self._position(number)) >= IMPOSSIBLE:
                raise SamplingError("A bar of this length cannot be written anew.")
        self.written = [""]  # the music of each bar
        self._here = self._position(0)
        self._forced, self._may_close = "", False
        self.is_done = False

    def mask(self) -> Mask:
        if self._forced:
            return self._masks.only(self._forced[0])
        mask = self._masks.mask(self._here, limits.MAX_LENGTH - len(self.written[-1]))  # so that a bar comes to an end
        bar_line = self._index("|")
        self._may_close = bool(mask[bar_line])
        if self._may_close:
            mask = mask.copy()
            mask[bar_line] = False
            mask[self._index(self._frames[len(self.written) - 1].following[0])] = True
        return mask

    def advance(self, index: int) -> None:
        character = self._masks.grammar.alphabet[index]
        if self._forced:
            self._forced = self._forced[1:]
        elif self._may_close and character == self._frames[len(self.written) - 1].following[0]:
            self._close()
        else:
            self.written[-1] += character
            self._here = self._masks.grammar.advance(self._here, character)

    def _close(self) -> None:
        number = len(self.written)
        if number == len(self._frames):
            self.is_done = True
            return
        done = finished(self._here.node.state) if isinstance(self._here.node.state, Bar) else None
        if self._here.node.compass is not None:
            self._compass = after_marks(self._here.node.compass, self._frames[number - 1].following)
        self._here = self._position(number, done.tie if done else "")
        self._forced = self._frames[number - 1].following[1:]
        self.written.append("")

    def _position(self, number: int, tie: str = "") -> Position:
        """Before the first note of a bar that ends after its duration and nowhere else. A tie leads over a plain bar
        line to the next bar, but not out of the last one."""
        frame = self._frames[number]
        is_within = number + 1 < len(self._frames) and frame.following == "|"
        structure = replace(Structure.begin(frame.meter, frame.unit), full=frame.duration)
        line = Exit("|" if is_within else "||", When.AT, frame.duration)
        bar, base = bar_with(structure, bare_bar(structure), (line,))
        return self._masks.grammar.within_bar(structure, bar._replace(tie=tie), base, self._compass)

    def _index(self, character: str) -> int:
        return self._masks.grammar.alphabet.index(character)


def redraw(
    checkpoint: Checkpoint,
    header: str,
    before: str,
    frames: Sequence[Frame],
    requests: Sequence[Request],
    plan: Plan | None = None,
    compass: Compass | None = None,
) -> Iterator[list[tuple[str, ...]]]:
    """For each request the music of the bars as it grows; the last value is finished. ``header`` and ``before``, the
    music up to the first of the bars, are canonical; ``plan`` is that of the whole tune, ``compass`` that before the
    bars, where the tune is for an instrument. Temperature and repetition are those of the first request."""
    masks = masks_for(checkpoint.vocabulary.characters)
    guides = [FramesGuide(masks, frames, compass) for _ in requests]
    lines = [
        line_after(
            checkpoint, header, before, plan, guide, limits.MAX_LENGTH, np.random.default_rng(one.seed), requests[0]
        )
        for guide, one in zip(guides, requests, strict=True)
    ]  # fmt: skip
    with engine_of(checkpoint).write(lines) as ticket:
        while not ticket.wait(LOOK_SECONDS):
            yield [tuple(guide.written) for guide in guides]
    yield [tuple(guide.written) for guide in guides]
