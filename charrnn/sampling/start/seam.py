"""Where the person's text ends and the model's begins."""

from dataclasses import dataclass

from charrnn.notation.reading.parser import parse_open
from charrnn.notation.tokens import Token, lex

_TAKES_THE_REST_OF_ITS_LINE = {"comment", "field line", "continuation", "open annotation"}
_UNFINISHED = {"open field", "open sign"}


@dataclass(frozen=True, slots=True)
class Seam:
    """``glue`` goes between the two. Where ``is_closed``, the model cannot make the last symbol longer.

    ``unfinished`` is the beginning of a symbol at the text's very end, such as the sharp of a note to come.
    """

    glue: str
    is_closed: bool
    unfinished: str = ""
    has_graces: bool = False  # that wait for their note


def seam(typed: str, prefix: str) -> Seam:
    """``typed`` is the seed's music as it was typed, without blanks at its end; ``prefix`` its canonical spelling."""
    last = _last_token(typed)
    if last is None:
        return Seam("", is_closed=False)
    opened = parse_open(f"K:C\n{typed}")[1]
    has_graces = opened.in_graces or opened.has_graces
    if last.kind in _UNFINISHED and not opened.in_graces:
        return Seam("\n", is_closed=True, unfinished=last.text, has_graces=has_graces)
    glue = "\n" if last.kind in _TAKES_THE_REST_OF_ITS_LINE else ""
    if opened.in_graces:
        glue += "}"
    if not glue and not prefix.endswith(last.text):  # A1, which the model reads as A
        glue = " "
    return Seam(glue, is_closed=bool(glue), has_graces=has_graces)


def _last_token(text: str) -> Token | None:
    tokens = [token for token in lex(text) if token.kind not in ("newline", "blank")]
    return tokens[-1] if tokens else None
