"""Several voices (section "Multiple voices") and overlays (section "Voice overlay").

The first voice that has music is the tune. The others are read beside it, each with a key, a meter and a unit length of
its own. An overlay is a voice with hidden rests in the bars where the tune has none, so that its bars are the tune's.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from charrnn import limits
from charrnn.notation.keys import Key
from charrnn.notation.order.together import signs_for_all
from charrnn.notation.reading.state import Reading
from charrnn.notation.symbols import merged
from charrnn.notation.tune import BarLine, Change, Element, Ending, Meter, Note, Rest, Tempo, TupletStart, Voice


class Voices:
    """The readings of a tune's voices; ``current`` is the one that the next token belongs to."""

    def __init__(self) -> None:
        self.first = self.current = Reading()
        self._others: dict[str, Reading] = {}
        self._layers: list[_Overlay] = []
        self._depth = 0  # of the overlay in hand
        self._left: Reading | None = None  # where to go on after an overlay that is left out

    @property
    def readings(self) -> list[Reading]:
        return [self.first, *self._others.values(), *(layer.reading for layer in self._layers)]

    def go_to(self, name: str) -> None:
        """The voice with this name goes on, or begins."""
        self.end_overlay()
        first = self.first
        if not first.elements or (first.voice is None and name == first.header.first_voice):
            first.voice = name  # the first one that has music
        if name == first.voice:
            self.current = first
        elif name in self._others:
            self.current = self._others[name]
        elif len(self._others) < limits.MAX_VOICES:
            self.current = self._others[name] = first.beside(name)
        else:
            raise ValueError(f"a tune has at most {limits.MAX_VOICES + 1} voices")

    def begin_overlay(self) -> None:
        """``&``: the notes up to the bar line sound together with those of the bar so far. Each ``&`` of a bar begins
        another layer."""
        if not self.first.has_sounds:
            raise ValueError("an overlay & needs notes before it")
        reading, depth = self.current, self._depth + 1
        self.end_overlay()
        if reading is not self.first and not self._depth_of(reading):
            self._leave_out("an overlay & in another voice than the first is left out")
        elif depth > limits.MAX_OVERLAYS:
            self._leave_out(f"a bar has at most {limits.MAX_OVERLAYS} overlays &")
        else:
            self._depth = depth
            self.current = self._layer(depth).begin()

    def _layer(self, depth: int) -> "_Overlay":
        if depth > len(self._layers):
            first = self.first
            self._layers.append(_Overlay(first, first.beside(f"{first.voice or 1}{'&' * depth}")))
        return self._layers[depth - 1]

    def _leave_out(self, message: str) -> None:
        """What follows up to the bar line."""
        self.first.problem(message, kind="voices")
        self._left = self.current
        self.current = self.first.beside("")

    def _depth_of(self, reading: Reading) -> int:
        return next((depth for depth, layer in enumerate(self._layers, start=1) if layer.reading is reading), 0)

    def end_overlay(self) -> None:
        """Another overlay or voice comes, or the bar ends."""
        if self._left:
            self.current, self._left = self._left, None
        depth = self._depth_of(self.current)
        if depth:
            self._layers[depth - 1].end()
            self.current = self.first

    def end_bar(self) -> None:
        """A bar line comes."""
        self.end_overlay()
        if self.current is self.first:
            self._depth = 0

    def end(self) -> None:
        """The tune ends."""
        self.end_overlay()
        for layer in self._layers:
            layer.follow(len(self.first.elements))
        others = self.readings[1:]
        for reading in others:
            if not reading.has_sounds:
                self.first.remark(f"the voice V:{reading.voice} has no music", kind="empty voice")
        beside = [reading for reading in others if reading.has_sounds]
        for reading in beside:
            if not signs_for_all(reading.elements) <= signs_for_all(self.first.elements):
                self.first.remark(
                    f"repeats, parts, jumps, meters and tempos that V:{reading.voice} has and the first voice has not"
                    " are left out"
                )
        self.first.others = tuple(Voice(reading.voice or "", tuple(reading.completed())) for reading in beside)


class _Overlay:
    """A voice that has the bar lines of the first, and its own notes in some of the bars."""

    def __init__(self, first: Reading, reading: Reading) -> None:
        self.first, self.reading = first, reading
        self._followed = 0  # elements of the first voice
        self._bar = self._own_bar = 0  # where the bar in hand begins, in the first voice and here
        self._holding: dict[type, Key | Meter | Tempo | Fraction] = {}  # by the changes that stand here

    def begin(self) -> Reading:
        """To read the layer of the bar in hand."""
        elements = self.first.elements
        start = next((i for i in range(len(elements), 0, -1) if isinstance(elements[i - 1], BarLine | Ending)), 0)
        self.follow(start)
        reading, first = self.reading, self.first
        header = first.header
        reading.key, reading.meter, reading.unit = first.key, first.meter, first.unit
        self._bar, self._own_bar = start, len(reading.elements)
        reading.elements += [element for element in elements[start:] if isinstance(element, Change)]
        self._look_at(reading.elements[self._own_bar :])
        for value, at_start in ((first.key, header.key), (first.meter, header.meter), (first.unit, header.unit)):
            if self._holding.get(type(value), at_start) != value:  # it was changed in an earlier bar of the overlay
                reading.elements.append(Change(value, reading.place))
        return reading

    def _look_at(self, elements: Iterable[Element]) -> None:
        self._holding |= {type(e.value): e.value for e in elements if isinstance(e, Change)}

    def end(self) -> None:
        """What the overlay's bar is shorter than the tune's is filled; what is open in it is told."""
        self.reading.end_bar()
        elements = self.first.elements
        self._fill(elements[self._bar :], _duration(elements[self._bar :]) - self._own_duration())
        self._look_at(self.reading.elements[self._own_bar :])
        self._followed = len(elements)

    def follow(self, end: int) -> None:
        """Up to an element of the first voice: its bar lines, and hidden rests as long as its bars."""
        bar: list[Element] = []
        for element in self.first.elements[self._followed : end]:
            if isinstance(element, Note | Rest):
                bar.append(element)
                continue
            if isinstance(element, BarLine | Ending):
                self._fill(bar, _duration(bar))
                bar = []
            self._copy(element)
        self._fill(bar, _duration(bar))
        self._followed = max(end, self._followed)

    def _copy(self, element: Element) -> None:
        """Two bar lines of which the first voice has only a tuplet's sign between are one here."""
        own = self.reading.elements
        if isinstance(element, BarLine) and own and isinstance(own[-1], BarLine):
            own[-1] = merged(own[-1], element)
        elif not isinstance(element, TupletStart):
            own.append(element)
        self._look_at([element])

    def _own_duration(self) -> Fraction:
        own = self.reading.elements
        start = next((i for i in range(len(own), 0, -1) if isinstance(own[i - 1], BarLine | Ending)), 0)
        return _duration(own[start:])

    def _fill(self, bar: Sequence[Element], duration: Fraction) -> None:
        """Rests of a length that can be written."""
        while duration > 0 and bar:
            part = min(duration, Fraction(limits.MAX_NOTE_LENGTH))
            self.reading.elements.append(Rest(part, bar[0].place, visible=False))
            duration -= part


def _duration(elements: Sequence[Element]) -> Fraction:
    return sum((element.duration for element in elements if isinstance(element, Note | Rest)), Fraction(0))
