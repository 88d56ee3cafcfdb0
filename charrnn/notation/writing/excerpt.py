"""The beginning of a tune that has more signs than a page shows. Everything that is written counts: notes of chords,
graces, decorations, texts, chord symbols, syllables, slurs, bar lines, changes and endings, in all voices."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

from charrnn import limits
from charrnn.notation.tune import BarLine, Element, Note, Rest, Tune


def signs(element: Element) -> int:
    """How many signs an element is on paper."""
    if isinstance(element, Note):
        return (
            len(element.pitches) + len(element.graces) + len(element.decorations) + len(element.texts)
            + len(element.words) + bool(element.chord_symbol) + element.slurs_begin + element.slurs_end
        )  # fmt: skip
    if isinstance(element, Rest):
        return 1 + len(element.decorations) + len(element.texts) + bool(element.chord_symbol)
    return 1


def excerpt(tune: Tune, most: int | None = None) -> Tune:
    """The tune itself where it has at most so many signs (None: ``limits.MAX_SIGNS``); else its first bars, in all
    voices."""
    most = limits.MAX_SIGNS if most is None else most
    counts = list(accumulate(map(signs, tune.elements)))
    own = counts[-1] if counts else 0
    total = own + sum(signs(element) for voice in tune.voices for element in voice.elements)
    if total <= most:
        return tune
    share = most * own // total
    end = _last_bar(tune.elements, sum(count <= share for count in counts))
    elements = tune.elements[:end]
    length = _duration(elements)
    voices = tuple(replace(voice, elements=_as_long(voice.elements, length)) for voice in tune.voices)
    return replace(tune, elements=elements, voices=voices)


def _last_bar(elements: Sequence[Element], end: int) -> int:
    """Where the last whole bar before ``end`` ends; ``end`` itself where not even one bar fits."""
    bars = (index + 1 for index in range(end - 1, -1, -1) if isinstance(elements[index], BarLine))
    return next(bars, end)


def _duration(elements: Sequence[Element]) -> Fraction:
    return sum((element.duration for element in elements if isinstance(element, Note | Rest)), Fraction(0))


def _as_long(elements: tuple[Element, ...], length: Fraction) -> tuple[Element, ...]:
    """The elements that begin within so many whole notes."""
    now = Fraction(0)
    for index, element in enumerate(elements):
        if isinstance(element, Note | Rest):
            if now >= length:
                return elements[:index]
            now += element.duration
    return elements
