"""The names of decorations (sections "Decorations" and "Redefinable symbols"): several spellings, one name.

A tune keeps a decoration as it was written; what draws, exports or lists it asks here what it is.
"""

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
