"""The first bars of a tune, as the seed of another one."""

from dataclasses import replace

from charrnn.notation.bars import bars
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import BarLine, Element, Ending, Layout, Note, Tune
from charrnn.notation.writing.writer import readable

DEFAULT_SEED_BARS = 2


def first_bars(abc: str, count: int = DEFAULT_SEED_BARS) -> str:
    """Rhythm, meter, unit length, tempo and key of a tune, and its first bars; a pick-up is no bar. The tune is to go
    on after them: no repeat is closed there.

    >>> print(first_bars("X:1\\nT:A Jig\\nM:6/8\\nK:D\\n|:A|dfa afd|efg e2c:|dfd|", 2), end="")
    M:6/8
    L:1/8
    K:D
    |:A|dfa afd|efg e2c|
    """
    tune = parse(abc)
    elements = _begun(tune, count)
    begun = replace(
        tune,
        elements=tuple(elements),
        title="",
        composer="",
        origin="",
        part_order="",
        voice="",
        voices=(),
        words=(),
        layout=Layout(),
    )
    return readable(begun).removeprefix("X:1\n") + "\n"


def _begun(tune: Tune, count: int) -> list[Element]:
    counted = 0
    end = len(tune.elements)
    for bar in bars(tune):
        counted += bar.full is None or bar.duration >= bar.full
        if counted == count:
            end = bar.end
            break
    first_ending = next((index for index in range(end) if isinstance(tune.elements[index], Ending)), end)
    elements = list(tune.elements[:first_ending])
    while elements and isinstance(elements[-1], BarLine):
        elements.pop()
    return [*_without_last_tie(elements), BarLine(tune.elements[0].place)] if elements else []


def _without_last_tie(elements: list[Element]) -> list[Element]:
    last = elements[-1]
    if isinstance(last, Note):
        return [*elements[:-1], replace(last, pitches=tuple(replace(pitch, tied=False) for pitch in last.pitches))]
    return elements
