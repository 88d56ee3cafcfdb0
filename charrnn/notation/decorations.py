"""The names of decorations (sections "Decorations" and "Redefinable symbols"): several spellings, one name.

A tune keeps a decoration as it was written; what draws, exports or lists it asks here what it is.
"""

import re

_SAME = {
    ".": "staccato", "~": "roll", "H": "fermata", "L": "accent", "M": "lowermordent", "O": "coda", "P": "uppermordent",
    "S": "segno", "T": "trill", "u": "upbow", "v": "downbow", "tr": "trill",
    ">": "accent", "emphasis": "accent", "^": "marcato", "+": "plus",
    "mordent": "lowermordent", "pralltriller": "uppermordent", "turnx": "turn", "invertedturnx": "invertedturn",
    "<(": "crescendo(", "<)": "crescendo)", ">(": "diminuendo(", ">)": "diminuendo)",
}  # fmt: skip


def decoration_name(written: str) -> str:
    """The standard's name for a decoration, without its ``!``; what it does not know stays as it is.

    >>> decoration_name("T"), decoration_name(">"), decoration_name("slide")
    ('trill', 'accent', 'slide')
    """
    return _SAME.get(written, written)


# What is drawn and exported, by its standard name: ``render.signs`` says how.
OVER_RESTS = frozenset({"fermata", "invertedfermata"})
DYNAMICS = frozenset({"pppp", "ppp", "pp", "p", "mp", "mf", "f", "ff", "fff", "ffff", "sfz"})
FINGERS = frozenset("012345")
OVER_NOTES = OVER_RESTS | FINGERS | {
    "staccato", "wedge", "tenuto", "accent", "marcato", "upbow", "downbow", "open", "snap", "plus", "breath",
    "roll", "turn", "invertedturn", "trill", "lowermordent", "uppermordent",
}  # fmt: skip
OVER_CHORDS = frozenset({"arpeggio"})
_LINES = ("crescendo", "diminuendo", "trill")  # from a "(" to a ")"
LINE_STARTS = {f"{name}(": name for name in _LINES}
LINE_ENDS = {f"{name})": name for name in _LINES}
_SIGN = re.compile(r'([~H-Wh-w])\s*=\s*(?:!([^!\s]+)!|\+([^+\s]+)\+|("[^"]*")|([a-z]+))\s*')
_NOTHING = ("nil", "none")


def parse_sign(text: str) -> tuple[str, str]:
    """Letter and decoration of a ``U:`` line: ``T = !trill!``, or a text in its quotes; "" where the letter means
    nothing any more. Raises ValueError."""
    match = _SIGN.fullmatch(text.strip())
    if not match:
        raise ValueError(f"the sign {text[:20]!r} is not of the form T = !trill!")
    name = match[2] or match[3] or match[4] or match[5]
    return match[1], "" if name in _NOTHING else name
