"""ABC text to ``Tune`` and back. Rules: ABC 2.1, https://abcnotation.com/wiki/abc:standard:v2.1 ."""

from charrnn.notation.book import split_book
from charrnn.notation.parser import parse
from charrnn.notation.tune import Tune

__all__ = ["Tune", "parse", "split_book"]
