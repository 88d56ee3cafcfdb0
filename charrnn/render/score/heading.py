"""Words above the music: title, rhythm, composer, origin and tempo, as MEI."""

import re
import textwrap
from fractions import Fraction
from xml.sax.saxutils import escape

from charrnn.notation.tune import Tempo, Tune
from charrnn.render.score.values import Value, spelled

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # section 2.2 of the XML standard
# Verovio breaks no lines of text. Pixels at 100 % that a character takes, in the mean:
_TITLE_CHARACTER, _CHARACTER = 32, 22
_MOST_LINES = 3
_MOST_WORDS = 100  # lines of words after a tune: a page has no room for more

_IN_TEXT = {Fraction(1, 4): "\u2669", Fraction(1, 8): "\u266a"}  # signs that text fonts have
_IN_MUSIC_FONT = {  # SMuFL, range "Individual notes"
    Fraction(2): "\ue1d1", Fraction(1): "\ue1d2", Fraction(1, 2): "\ue1d3", Fraction(1, 16): "\ue1d9",
    Fraction(1, 32): "\ue1db", Fraction(1, 64): "\ue1dd",
}  # fmt: skip


def xml_text(text: str) -> str:
    """Any text as XML has to have it."""
    return escape(NOT_XML.sub("", text))


def facts(tune: Tune) -> str:
    """Rhythm, meter, key and part in a line: ``jig · 6/8 · key of D``."""
    part = f"part in {tune.transposition.name}" if tune.transposition else ""
    return " · ".join(filter(None, (tune.rhythm, str(tune.meter), f"key of {tune.key}", part)))


def page_head(tune: Tune, width: int, has_titles: bool = True) -> str:
    """The heading of a page so many pixels wide: part and rhythm at the left, the title in the middle, composer and
    origin at the right, as collections print them; without ``has_titles`` the part alone. "" where the tune has none of
    them."""
    part = _rend("left", "top", f"Part in {tune.transposition.name}" if tune.transposition else "")
    if not has_titles:
        return f"<pgHead>{part}</pgHead>" if part else ""
    author = " ".join(filter(None, (tune.composer, f"({tune.origin})" if tune.origin else "")))
    title = _lines(tune.title, width // _TITLE_CHARACTER)
    sides = width // 3 // _CHARACTER
    pieces = [
        part,
        _rend("left", "bottom", _lines(tune.rhythm, sides)),
        _rend("center", "top", f'<rend fontsize="x-large">{title}</rend>' if title else ""),
        _rend("right", "bottom", _lines(author, sides)),
    ]
    return f"<pgHead>{''.join(pieces)}</pgHead>" if any(pieces) else ""


def page_foot(tune: Tune, width: int) -> str:
    """The words that stand after the tune, below the music; "" where there are none."""
    lines = [_lines(line, width // _CHARACTER) for line in tune.words[:_MOST_WORDS]]
    return f"<pgFoot>{_rend('left', 'top', '<lb/>'.join(lines))}</pgFoot>" if any(lines) else ""


def _lines(text: str, width: int) -> str:
    wrapped = textwrap.wrap(NOT_XML.sub("", text), max(width, 10), max_lines=_MOST_LINES, placeholder="…")
    return "<lb/>".join(map(escape, wrapped))


def _rend(across: str, down: str, text: str) -> str:
    return f'<rend halign="{across}" valign="{down}">{text}</rend>' if text else ""


def tempo_text(tempo: Tempo) -> str:
    """``Allegro ♩. = 120``, as the content of an element of MEI."""
    division = spelled(tempo.beat)
    is_one_note = len(division.values) == 1 and division.number == 1
    beat = _note(division.values[0]) if is_one_note else str(tempo.beat)
    return f"{xml_text(tempo.words)} {beat} = {tempo.per_minute}".strip()


def _note(value: Value) -> str:
    dots = "." * value.dots
    if value.base in _IN_TEXT:
        return _IN_TEXT[value.base] + dots
    if value.base in _IN_MUSIC_FONT:
        return f'<rend glyph.auth="smufl" fontfam="smufl">{_IN_MUSIC_FONT[value.base]}</rend>{dots}'
    return f"{value.base}{dots}"
