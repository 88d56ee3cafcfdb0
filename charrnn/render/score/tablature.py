"""A staff of tablature below the melody: a line for each string, with the fret where a note is struck
(https://music-encoding.org/guidelines/v5/content/tablature.html).

It follows the melody's written values, so that Verovio sets each fret below its note. What has no fret (rests, notes
that are held, notes that the instrument does not have) leaves room.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from charrnn.notation.tune import Note, Tune
from charrnn.render.score.attributes import value_attributes
from charrnn.render.score.layout import Segment, Symbol

STAFF = 99  # its number: after those of all voices, while it stands below the first


def staff_definition(tune: Tune) -> str:
    """Empty where the tune has no tablature."""
    if not tune.strings:
        return ""
    return f'<staffDef n="{STAFF}" lines="{tune.strings}" notationtype="tab.guitar"/>'


def staff(tune: Tune, segment: Segment) -> str:
    """Of a measure; empty where the tune has no tablature."""
    if not tune.strings:
        return ""
    return f'<staff n="{STAFF}"><layer n="1">{"".join(_grouped(tune, segment.symbols, 0))}</layer></staff>'


def _grouped(tune: Tune, symbols: Sequence[Symbol], depth: int) -> Iterator[str]:
    """Symbols inside their tuplets, whose numbers stand with the melody."""
    for tuplet, members in groupby(symbols, key=lambda symbol: symbol.tuplet_at(depth)):
        if tuplet is None:
            yield from (_symbol(tune, symbol) for symbol in members)
            continue
        hidden = 'num.visible="false" bracket.visible="false"'
        music = "".join(_grouped(tune, list(members), depth + 1))
        yield f'<tuplet num="{tuplet.number}" numbase="{tuplet.base}" {hidden}>{music}</tuplet>'


def _symbol(tune: Tune, symbol: Symbol) -> str:
    if symbol.whole_bars:
        return "<mSpace/>"
    element = tune.elements[symbol.element]
    if not (symbol.is_first and isinstance(element, Note) and element.fret_and_string):
        return f"<space{value_attributes(symbol)}/>"
    fret, string = element.fret_and_string
    return f'<tabGrp{value_attributes(symbol)}><note tab.course="{string}" tab.fret="{fret}"/></tabGrp>'
