"""Text strings: accents, entities and code points (sections "Text strings" and "Supported accents & ligatures").

>>> read_text(r"\\AA ja, Caf\\'e"), read_text("K&ouml;ln \\u266b"), read_text(r"100\\% \\& \\\\")
('Å ja, Café', 'Köln ♫', '100% & \\\\')
"""

import re
from html.entities import html5
from unicodedata import category, normalize

_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308",
    "c": "\u0327", ",": "\u0327", "u": "\u0306", "v": "\u030c", "H": "\u030b",
}  # fmt: skip
_LIGATURES = {
    "AA": "\u00c5", "aa": "\u00e5", "AE": "\u00c6", "ae": "\u00e6", "OE": "\u0152", "oe": "\u0153", "ss": "\u00df",
    "DH": "\u00d0", "dh": "\u00f0", "TH": "\u00de", "th": "\u00fe", "/O": "\u00d8", "/o": "\u00f8",
}  # fmt: skip
_ENTITY = r"&(?:(?P<entity>[A-Za-z][A-Za-z0-9]*)|#(?P<decimal>[0-9]{1,7})|#[xX](?P<hexadecimal>[0-9A-Fa-f]{1,6}));"
_CODE_POINT = r"u(?P<short>[0-9A-Fa-f]{4})|U(?P<long>[0-9A-Fa-f]{8})"
_ESCAPED = re.compile(
    rf"\\(?:(?P<sign>[\\%&])|{_CODE_POINT}|(?P<ligature>{'|'.join(_LIGATURES)})"
    rf"|(?P<accent>[{''.join(map(re.escape, _ACCENTS))}])(?P<letter>[A-Za-z]))|{_ENTITY}"
)
_COMMENT = re.compile(r"((?>(?:\\.|[^\\%])*))%.*")


def read_text(text: str) -> str:
    """The text with its escapes as the characters that they stand for. What is none of them stays as it is."""
    return _ESCAPED.sub(_character, text) if "\\" in text or "&" in text else text


def spell_text(text: str) -> str:
    """A text that ``read_text`` reads as this one, and in which no comment begins."""
    text = re.sub(r"[\\%]", r"\\\g<0>", text)
    return re.sub(_ENTITY, r"\\\g<0>", text)


def without_comment(text: str) -> str:
    """What stands before a ``%``; ``\\%`` is a percent sign (section "Comments and remarks")."""
    match = _COMMENT.fullmatch(text)
    return match[1] if match else text


def _character(match: re.Match[str]) -> str:
    if match["sign"]:
        return match["sign"]
    if match["ligature"]:
        return _LIGATURES[match["ligature"]]
    if match["accent"]:
        composed = normalize("NFC", match["letter"] + _ACCENTS[match["accent"]])
        return composed if len(composed) == 1 else match[0]
    if match["entity"]:
        return html5.get(f"{match['entity']};", match[0])
    digits = match["short"] or match["long"] or match["hexadecimal"]
    return _of_code_point(int(digits, 16) if digits else int(match["decimal"]), match[0])


def _of_code_point(number: int, otherwise: str) -> str:
    """Not for control characters, a newline among them, nor for halves of characters."""
    if number > 0x10FFFF or category(chr(number)) in ("Cc", "Cs", "Zl", "Zp"):
        return otherwise
    return chr(number)
