"""The lexer: ABC text to tokens, each with its line and column. Knows how symbols look, not what they mean.

Every other reader of ABC in the project (parser, cleaning, transposition) works on these tokens, so that
"a note" or "a bar line" is the same thing everywhere.

>>> [(token.kind, token.text) for token in lex_music("^F2|")]
[('note', '^F2'), ('bar', '|')]
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from charrnn.notation.texts import without_comment

LENGTH = r"[0-9]*(?:/+[0-9]*)?"
ACCIDENTAL = r"(?:(?<![_^=])[_^=]+)?"  # from its first sign only: else a long run without a note takes quadratic time

# What web pages and word processors make of blanks, quotes and apostrophes.
# Blanks are those of Unicode's category Zs and what has no width (soft hyphens, joiners); other line ends are a fault.
BLANKS = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u00ad\u200b-\u200d\u2060"
CURLY_QUOTES = "\u201c\u201d\u201e\u201f"
APOSTROPHES = "\u2018\u2019\u2032"
_BLANK_LINE = re.compile(rf"[{BLANKS}]+")
_PLAIN = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))

# "+trill+", as it was before 2.1; only these, for "+ceg+" was once a chord.
OLD_DECORATIONS = (
    "trill|(?:lower|upper)?mordent|pralltriller|roll|(?:inverted)?turnx?|arpeggio|accent|emphasis|(?:inverted)?fermata"
    "|tenuto|wedge|staccato|slide|upbow|downbow|open|thumb|breath|segno|coda|fine|dacapo|dacoda|D\\.[CS]\\."
)

# One alternative a kind; the first that fits wins, so the order matters.
_MUSIC_PATTERNS = {
    "comment": r"%.*",
    "annotation": rf'"[^"]*"|[{CURLY_QUOTES}][^"{CURLY_QUOTES}]*["{CURLY_QUOTES}]',
    "open annotation": rf'"[^"|]*$|[{CURLY_QUOTES}][^"{CURLY_QUOTES}|]*$',  # its line ends first, and so the next two
    "decoration": rf"![A-Za-z0-9<>()+.\-/^~]+!|\+(?:{OLD_DECORATIONS})\+",
    "field": r"\[[A-Za-z]:[^\[\]]*\]",
    "open field": r"\[[A-Za-z]:[^\[\]|]*$",
    "ending": r"\[[1-9][0-9,\-]*|(?<=[|\]])[1-9][0-9,\-]*",  # section "First and second repeats"
    "bar": r"\.?:*(?:\[?\|+\]?)+:*|::+",
    "note": rf"(?P<accidental>{ACCIDENTAL})(?P<letter>[A-Ga-g])(?P<octave>[,'{APOSTROPHES}]*)(?P<length>{LENGTH})",
    "open sign": r"(?<![_^=])[_^=]+$|:$",  # an accidental without its note, half a bar line
    "rest": rf"[zx](?P<rest_length>{LENGTH})",
    "bar rest": r"[ZX](?P<bars>[0-9]*)",
    "spacer": rf"y{LENGTH}",
    "tuplet": r"\((?P<p>[0-9]+)(?::(?P<q>[0-9]*))?(?::(?P<r>[0-9]*))?",
    "slur": r"\.?[()]",
    "grace open": r"\{/?",
    "grace close": r"\}",
    "chord open": r"\[",
    "chord close": rf"\](?P<chord_length>{LENGTH})",
    "broken": r">+|<+",
    "tie": r"\.?-",
    "overlay": r"&",
    "shorthand": r"[.~H-Wh-w]",  # section "Redefinable symbols"
    "continuation": r"\\\s*(?=%|$)",
    "beam": r"`+",
    "line break": r"[!$]",
    "blank": rf"[{BLANKS}]+",
    "unknown": r".",
}
_MUSIC = re.compile("|".join(f"(?P<{kind.replace(' ', '_')}>{pattern})" for kind, pattern in _MUSIC_PATTERNS.items()))
_PARTS = {
    "note": ("accidental", "letter", "octave", "length"),
    "rest": ("rest_length",),
    "bar rest": ("bars",),
    "tuplet": ("p", "q", "r"),
    "chord close": ("chord_length",),
}
_KIND_OF_GROUP = {kind.replace(" ", "_"): kind for kind in _MUSIC_PATTERNS}

# "A:|" and "c::" at a line's start are music: a note before a bar line.
_FIELD_LINE = re.compile(r"([A-Zmrsw+]):(?![|:])(.*)")
_TEXT_BEGINS = re.compile(r"%%begin(text|ps|svg)\b.*")  # lines that are for other programs


@dataclass(frozen=True, slots=True)
class Token:
    """One symbol of the text. ``parts`` holds the named pieces of its pattern, such as a note's letter and length."""

    kind: str
    text: str
    line: int  # from 1
    column: int  # from 1
    parts: dict[str, str | None]


def normalise_newlines(text: str) -> str:
    """CRLF and CR become LF, and byte order marks go that start a line, as where files were joined."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub("^\ufeff+", "", text, flags=re.MULTILINE) if "\ufeff" in text else text


def lex(text: str) -> Iterator[Token]:
    """Tokens of a whole tune: ``field line`` tokens (parts ``name``, ``value``), music tokens, and a ``newline`` after
    each line of music that has something on it. They end where the tune does: see ``lines_of_tune``.

    A field that ``+:`` lines go on with is one token, their values joined by blanks (section "Continuation of input
    lines")."""
    field: Token | None = None
    for token in _lex_lines(text):
        name = token.parts["name"] if token.kind == "field line" else None
        if field and name == "+":
            value = f"{field.parts['value']} {token.parts['value']}".strip()
            field = replace(field, parts={**field.parts, "value": value})
            continue
        if field:
            yield field
        field = token if name not in (None, "%%", "+") else None
        if not field:
            yield token
    if field:
        yield field


def _lex_lines(text: str) -> Iterator[Token]:
    text_ends = ""  # while inside %%begintext ... %%endtext: the line that ends it
    for number, line in enumerate(lines_of_tune(text), start=1):
        if text_ends:
            text_ends = "" if line.startswith(text_ends) else text_ends
        elif line.startswith("%%"):
            yield Token("field line", line, number, 1, {"name": "%%", "value": line[2:].strip()})
            text_ends = _TEXT_BEGINS.sub(r"%%end\1", line) if _TEXT_BEGINS.match(line) else ""
        elif not line.startswith("%"):
            yield from _lex_line(line, number)


def lines_of_tune(text: str) -> list[str]:
    """The lines up to the end of the first tune: an empty line after its ``K:`` or its first music (section "The
    tune").

    A text without an ``X:`` line is taken for one tune, empty lines and all: people type it, or leave a line between
    the header and the notes.
    """
    lines = normalise_newlines(text).split("\n")
    if "X:" not in text:
        return lines
    has_number = is_in_body = False
    text_ends = ""
    for number, line in enumerate(lines):
        if text_ends or _TEXT_BEGINS.match(line):
            text_ends = (
                "" if text_ends and line.startswith(text_ends) else text_ends or _TEXT_BEGINS.sub(r"%%end\1", line)
            )
        elif is_blank(line):
            if has_number and is_in_body:
                return lines[:number]
        elif not line.startswith("%"):
            has_number |= field_of(line) == "X"
            is_in_body |= field_of(line) in ("K", "")
    return lines


def line_after_tune(text: str) -> int:
    """The line (from 1) of the first text after the end of the tune, comments and ``%%`` aside; 0 where there is
    none."""
    lines = normalise_newlines(text).split("\n")
    for number, line in enumerate(lines[len(lines_of_tune(text)) :], start=len(lines_of_tune(text)) + 1):
        if not is_blank(line) and not line.startswith("%"):
            return number
    return 0


def field_of(line: str) -> str:
    """The letter of the information field that a line is; "" for any other line, a line of music such as "A:|" too."""
    field = _FIELD_LINE.match(line)
    return field[1] if field else ""


def is_blank(line: str) -> bool:
    """Whether there is nothing on a line but blanks."""
    return not _BLANK_LINE.sub("", line)


def _lex_line(line: str, number: int) -> Iterator[Token]:
    field = _FIELD_LINE.match(line)
    if field:
        parts: dict[str, str | None] = {"name": field[1], "value": without_comment(field[2]).strip()}
        yield Token("field line", line, number, 1, parts)
    elif not is_blank(line):
        yield from lex_music(line, number)
        yield Token("newline", "\n", number, len(line) + 1, {})


def lex_music(line: str, number: int = 1) -> Iterator[Token]:
    """Tokens of one line of music. Never fails: a character without meaning becomes an ``unknown`` token. Curly quotes
    around a chord symbol and curly apostrophes after a note come as plain ones."""
    for match in _MUSIC.finditer(line):
        kind = _KIND_OF_GROUP[str(match.lastgroup)]  # the outermost group, for it closes last
        text = match[0]
        parts = {name: match[name] for name in _PARTS.get(kind, ())}
        if kind == "annotation":
            text = f'"{text[1:-1]}"'
        elif kind == "note" and not text.isascii():
            text = text.translate(_PLAIN)
            parts["octave"] = str(parts["octave"]).translate(_PLAIN)
        yield Token(kind, text, number, match.start() + 1, parts)
