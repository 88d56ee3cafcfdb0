"""The order in which the parts of a tune are played: ``P:`` in the header (section "P: - parts").

>>> "".join(parse_order("((AB)3.C)2"))
'ABABABCABABABC'
"""

import re

from charrnn import limits
from charrnn.notation.fields import small_number

_SYMBOL = re.compile(r"\s*\.*\s*(?:(?P<label>[A-Z])|(?P<open>\()|(?P<close>\)))(?P<times>[0-9]*)")


def parse_order(text: str) -> tuple[str, ...]:
    """The labels of the parts in the order of playing: a letter or a group in parentheses, each with how often it is
    played; dots only divide. Raises ValueError with a sentence."""
    groups: list[list[str]] = [[]]
    place = 0
    text = text.strip(" .")
    while place < len(text):
        match = _SYMBOL.match(text, place)
        if not match or (match["close"] and len(groups) == 1) or (match["open"] and match["times"]):
            raise ValueError(f"the order of parts {text[:20]!r} is not of the form ABBA or ((AB)3.C)2")
        times = small_number(match["times"] or "1")
        if match["open"]:
            groups.append([])
        else:
            played = [match["label"]] if match["label"] else groups.pop()
            if len(groups[-1]) + len(played) * times > limits.MAX_PARTS:
                raise ValueError(f"the order of parts plays at most {limits.MAX_PARTS} parts")
            groups[-1] += played * times
        place = match.end()
    if len(groups) > 1:
        raise ValueError(f"in the order of parts {text[:20]!r}, a parenthesis is not closed")
    return tuple(groups[0])
