"""Where the person's text ends and the model's begins."""

from dataclasses import dataclass

from charrnn.notation.parser import parse_open
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
    if last.kind in _TAKES_THE_REST_OF_ITS_LINE:
        return Seam("\n", is_closed=True)
    if parse_open(f"K:C\n{typed}")[1].in_graces:
        return Seam("}", is_closed=True, has_graces=True)
    if last.kind == "grace close":
        return Seam(" ", is_closed=True, has_graces=True)
    if last.kind in _UNFINISHED:
        return Seam("\n", is_closed=True, unfinished=last.text)
    is_spelled_alike = prefix.endswith(last.text)  # not A1, which is A
    return Seam("", is_closed=False) if is_spelled_alike else Seam(" ", is_closed=True)


def _last_token(text: str) -> Token | None:
    tokens = [token for token in lex(text) if token.kind not in ("newline", "blank")]
    return tokens[-1] if tokens else None
