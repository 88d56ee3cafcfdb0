"""Reads information fields: the header's lines, and what changes in the body (section "Information fields").

Each handler takes the reading and a token; what it cannot read it raises as a ValueError with a sentence.
"""

import re

from charrnn import limits
from charrnn.notation import fields
from charrnn.notation.keys import has_other_clef, names_no_key, parse_key
from charrnn.notation.order.parts import parse_order
from charrnn.notation.reading import signs
from charrnn.notation.reading.state import Reading
from charrnn.notation.reading.words import words_after_tune, words_under_notes
from charrnn.notation.texts import read_text
from charrnn.notation.tokens import Token
from charrnn.notation.tune import Change, PartStart

_WITHOUT_MUSIC = set("ABCDFGHINOPRSTUVWXZmrsw+") | {"%%"}
_TEXTS = ("X", "T", "R", "C", "O")  # header lines that the tune keeps
_SEVERAL = ("C", "O")  # that may stand on several lines
_MEASURED = ("K", "L", "M", "Q")  # that are read closely
_INSTRUCTIONS = "instructions to other programs (I:, %%) are left out"
_REMARKS = {
    "s": "symbol lines (s:) are left out",
    "m": "macros (m:) are left out",
    "I": _INSTRUCTIONS,
    "%%": _INSTRUCTIONS,
}


def field_line(reading: Reading, token: Token) -> None:
    name, value = str(token.parts["name"]), str(token.parts["value"])
    try:
        _check_size(name, value)
        if reading.header.is_open:
            _header_line(reading, name, value)
        else:
            _change(reading, name, value)
    finally:
        if name == "K":
            end_header(reading)


def inline_field(reading: Reading, token: Token) -> None:
    name, value = token.text[1], token.text[3:-1].strip()
    _check_size(name, value)
    _change(reading, name, value)


def open_field(reading: Reading, token: Token) -> None:
    raise ValueError("an inline field [ is not closed")


def end_header(reading: Reading) -> None:
    """Settles what the header left open: the unit length and the tempo that counts it."""
    header = reading.header
    if not header.is_open:
        return
    if not header.unit_is_given:
        reading.unit = fields.default_unit(reading.meter)
    header.is_open = False
    header.key, header.meter, header.unit = reading.key, reading.meter, reading.unit
    if header.tempo_text:
        text, place = header.tempo_text
        try:
            header.tempo = fields.parse_tempo(text, reading.unit)
        except ValueError as error:
            reading.problem(str(error), place)


def _header_line(reading: Reading, name: str, value: str) -> None:
    texts = reading.header.texts
    if name == "K":
        _note_clef(reading, value)
        reading.key = parse_key(value)
    elif name == "P":
        _part_order(reading, value)
    elif name == "Q":
        if _is_in_words(reading, value):
            reading.header.texts["Q"] = fields.tempo_words(value)
        else:
            reading.header.tempo_text = value, reading.place
    elif name in _TEXTS:
        value = read_text(value)[: limits.MAX_FIELD_CHARACTERS].strip()
        if name in _SEVERAL:
            value = "; ".join(filter(None, (texts.get(name), value)))[: limits.MAX_FIELD_CHARACTERS].strip()
            texts[name] = value
        else:
            if name == "T" and texts.get(name) and value:
                reading.remark("titles (T:) after the first are left out")
            texts[name] = texts.get(name) or value
    else:
        changes = _read(reading, name, value)
        reading.header.unit_is_given |= changes and name == "L"


def _part_order(reading: Reading, value: str) -> None:
    """People write other things there, too (``P:Modern Version``); no fault."""
    try:
        parse_order(value)
    except ValueError as error:
        reading.remark(f"the order of parts (P:) is left out: {error}")
    else:
        reading.header.part_order = value, reading.place


def _change(reading: Reading, name: str, value: str) -> None:
    """A field of the body: it holds from here on, and the tune keeps it as an element."""
    if name == "K":
        _note_clef(reading, value)
        if not names_no_key(value):
            reading.key = parse_key(value)
            reading.elements.append(Change(reading.key, reading.place))
    elif name == "Q":
        if _is_in_words(reading, value):
            reading.add_text(f"^{fields.tempo_words(value)}")
        else:
            reading.elements.append(Change(fields.parse_tempo(value, reading.unit), reading.place))
    elif name == "P":
        label = re.sub(r"[\[\]]", " ", value)[: limits.MAX_FIELD_CHARACTERS].strip()
        reading.elements.append(PartStart(label, reading.place))
    elif name == "X":
        raise ValueError("a second tune begins here (X:); it is read as part of the first")
    elif _read(reading, name, value):
        reading.elements.append(Change(reading.meter if name == "M" else reading.unit, reading.place))


def _read(reading: Reading, name: str, value: str) -> bool:
    """Reads what header and body have in common; True where it is a meter or a unit length."""
    if name == "M":
        reading.meter = fields.parse_meter(value)
    elif name == "L":
        reading.unit = fields.parse_unit(value)
    elif name == "V":
        _voice(reading, value)
    elif name == "U":
        signs.sign(reading, value)
    elif name == "w":
        words_under_notes(reading, value)
    elif name == "W":
        words_after_tune(reading, value)
    elif name in _REMARKS:
        reading.remark(_REMARKS[name])
    elif name not in _WITHOUT_MUSIC:
        raise ValueError(f"the field {name}: is not known")
    return name in ("M", "L")


def _voice(reading: Reading, value: str) -> None:
    """The name of a voice; in the body, ``parser`` goes to it."""
    header = reading.header
    if header.is_open and not header.has_voices:
        header.first_voice, header.has_voices = voice_name(value), True
    if len(value.split()) > 1:
        reading.remark("names, clefs and other properties of voices (V:) are left out", kind="voices")


def voice_name(value: str) -> str:
    """The first word, without signs that a field cannot hold everywhere."""
    word = (value.split() or [""])[0]
    return re.sub(r"[\[\]%\\|:]", "", word)[: limits.MAX_FIELD_CHARACTERS] or "1"


def _is_in_words(reading: Reading, tempo: str) -> bool:
    if not fields.is_tempo_in_words(tempo):
        return False
    reading.remark("a tempo in words (Q:) is drawn and not played", kind="tempo")
    return True


def _note_clef(reading: Reading, key: str) -> None:
    if has_other_clef(key):
        reading.remark("clefs and transposition (K:) are left out; the notes sound as they are written")


def _check_size(name: str, value: str) -> None:
    if name in _MEASURED and len(value) > limits.MAX_FIELD_CHARACTERS:
        raise ValueError(f"the field {name}: has at most {limits.MAX_FIELD_CHARACTERS} characters, not {len(value)}")
