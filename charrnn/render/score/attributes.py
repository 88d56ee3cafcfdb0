"""Attributes of MEI that staff and tablature write alike."""

from fractions import Fraction

from charrnn.render.score.layout import Symbol


def value_attributes(symbol: Symbol) -> str:
    """The written value and its dots."""
    base = symbol.value.base
    name = {Fraction(4): "long", Fraction(2): "breve"}.get(base) or str(base.denominator)
    return f' dur="{name}"' + (f' dots="{symbol.value.dots}"' if symbol.value.dots else "")
