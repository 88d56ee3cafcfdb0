"""How the elements of a tune are written. Each function gives a text that the reader reads as that element."""

import re
from collections.abc import Sequence

from charrnn import limits
from charrnn.notation.keys import Key
from charrnn.notation.symbols import ACCIDENTALS, default_q
from charrnn.notation.texts import spell_text
from charrnn.notation.tune import Change, Meter, Note, PartStart, Pitch, Rest, Tempo, TupletStart
from charrnn.notation.writing.durations import Written

_SIGNS = {semitones: sign for sign, semitones in ACCIDENTALS.items()}
_SHORTHAND = re.compile(r"[.~H-Wh-oq-w]")  # the letter p is no sign of its own: !p! is
_NOT_IN_A_DECORATION = re.compile(r"[^A-Za-z0-9<>()+.\-/^~]")


def spell_sound(sound: Note | Rest, written: Written, with_slurs: bool = False) -> str:
    """A note, chord or rest, without what stands before it: ``^f2``, ``[CE]-``, ``z>``, ``Z4``; ``with_slurs`` also
    those that end there."""
    if isinstance(sound, Rest):
        letter = "z" if sound.visible else "x"
        if sound.whole_bars:
            return letter.upper() + (str(sound.whole_bars) if sound.whole_bars > 1 else "")
        return f"{letter}{written.length}{written.broken}"
    tie = "-" if all(pitch.tied for pitch in sound.pitches) else ""
    pitches = "".join(spell_pitch(pitch) + ("-" if pitch.tied and not tie else "") for pitch in sound.pitches)
    if len(sound.pitches) > 1:
        pitches = f"[{pitches}]"
    slurs = ")" * sound.slurs_end if with_slurs else ""
    return f"{pitches}{written.length}{tie}{slurs}{written.broken}"


def spell_pitch(pitch: Pitch) -> str:
    """``^f'``, without its tie."""
    above = pitch.octave - 5
    letter = pitch.letter.lower() + above * "'" if above >= 0 else pitch.letter + (-above - 1) * ","
    return _SIGNS[pitch.accidental] + letter


def spell_ornaments(element: Note | Rest) -> str:
    """What stands before a note or rest: slurs that begin, graces, chord symbol, decorations (section "Order of abc
    constructs")."""
    graces = "".join(map(spell_pitch, element.graces)) if isinstance(element, Note) else ""
    slash = "/" if isinstance(element, Note) and element.slashed else ""
    symbol = _spell_symbol(element.chord_symbol)
    return "".join(
        [
            "(" * (element.slurs_begin if isinstance(element, Note) else 0),
            f"{{{slash}{graces}}}" if graces else "",
            f'"{symbol}"' if symbol else "",
            *map(_spell_annotation, element.texts),
            spell_decorations(element.decorations),
        ]
    )


def spell_decorations(names: Sequence[str]) -> str:
    return "".join(map(_spell_decoration, names))


def _spell_symbol(symbol: str) -> str:
    """What stands between the quotes: no quote, and at its start no sign that would make it a text beside the note."""
    return re.sub(r"^[\^_<>@]", lambda sign: f"\\u{ord(sign[0]):04x}", _spell_quoted(symbol))


def _spell_annotation(text: str) -> str:
    return f'"{_spell_quoted(text)}"'


def _spell_quoted(text: str) -> str:
    return spell_text(re.sub(r"[\r\n]", " ", text)).replace('"', "&quot;")


def _spell_decoration(name: str) -> str:
    if _SHORTHAND.fullmatch(name):
        return name
    name = _NOT_IN_A_DECORATION.sub("", name)
    return f"!{name}!" if name else ""


def spell_tuplet(start: TupletStart, meter: Meter, in_full: bool) -> str:
    """``(3``, ``(3::4``, ``(5:4``; in full where a ``:`` that follows would be taken for part of it."""
    has_default = start.p <= limits.MAX_TUPLET and start.q == default_q(start.p, meter)
    q = "" if has_default and not in_full else str(start.q)
    r = str(start.r) if in_full or start.r != start.p else ""
    return f"({start.p}" + (f":{q}:{r}" if r else f":{q}" if q else "")


def spell_change(change: Change, keep_sign: bool = False) -> str:
    """``[K:D]``, ``[M:3/4]``, ``[L:1/16]``, ``[Q:1/4=90]``; ``[M:C|]`` with ``keep_sign``, where it was written so."""
    value = change.value
    if keep_sign and isinstance(value, Meter) and value.sign:
        return f"[M:{value.sign}]"
    if isinstance(value, Tempo):
        return f"[Q:{spell_tempo(value)}]"
    name = "K" if isinstance(value, Key) else "M" if isinstance(value, Meter) else "L"
    return f"[{name}:{value}]"


def spell_part(part: PartStart) -> str:
    """``[P:A]``."""
    label = re.sub(r"[\[\]\r\n]", " ", part.label).strip()
    return f"[P:{label}]"


def spell_tempo(tempo: Tempo) -> str:
    words = f"{spell_tempo_words(tempo.words)} " if tempo.words else ""
    return f"{words}{tempo.beat.numerator}/{tempo.beat.denominator}={tempo.per_minute}"


def spell_tempo_words(words: str) -> str:
    """``"Allegro"``, as ``Q:`` and ``[Q:`` can hold it."""
    return '"' + re.sub(r'[\r\n"\[\]%\\]', " ", words) + '"'


def spell_field(name: str, text: str) -> str:
    """A header line of free text, which stays on its line whatever it holds."""
    text = spell_text(re.sub(r"[\r\n]", " ", text))
    blank = " " if text[:1] in ("|", ":") else ""  # "T:|" would be music
    return f"{name}:{blank}{text}\n"
