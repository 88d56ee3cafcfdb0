"""ABC text to ``Tune`` and back. Rules: ABC 2.1, https://abcnotation.com/wiki/abc:standard:v2.1 .

Start reading at ``tune`` (what a tune is, once read) and ``tokens`` (the lexer), then go on in ``reading/``, ``order/``
and ``writing/``. Imports nothing but ``errors`` and ``limits``.
"""

from charrnn.notation.reading.book import split_book
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Tune

__all__ = ["Tune", "parse", "split_book"]
