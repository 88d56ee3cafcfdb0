"""The seed: a person's own header lines and notes, as they were typed, and as the model reads them."""

from dataclasses import dataclass

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.grammar.start import takes
from charrnn.inference.guides import masks_for
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.vocabulary import unknown_sentence
from charrnn.notation.fields import is_plain_unit, parse_unit
from charrnn.notation.reading.parser import parse
from charrnn.notation.tokens import is_blank, lex, line_after_tune, lines_of_tune
from charrnn.sampling.options import Request
from charrnn.sampling.start.seam import seam


@dataclass(frozen=True, slots=True)
class Seed:
    """The seed's music as it was typed, with what has to stand after it; and as the model reads it."""

    typed: str
    prefix: str
    is_closed: bool  # its last symbol takes no more characters
    has_graces: bool = False  # that wait for their note


def joined(checkpoint: Checkpoint, request: Request, header: str, typed: str, prefix: str) -> Seed:
    at = seam(typed, prefix)
    if request.form and prefix and ":" not in prefix and request.form.plan()[0].opens:
        typed, prefix = "|:" + typed, "|:" + prefix  # the first part is repeated: so the person's bars are
    if at.unfinished and _leads_on(checkpoint, request, header, prefix, at.unfinished):
        return Seed(typed, prefix + at.unfinished, is_closed=False, has_graces=at.has_graces)
    return Seed(typed + at.glue, prefix, at.is_closed, at.has_graces)


def _leads_on(checkpoint: Checkpoint, request: Request, header: str, prefix: str, unfinished: str) -> bool:
    """Whether the symbol that the seed begins can be finished."""
    characters = checkpoint.vocabulary.characters
    if not set(unfinished) <= set(characters):
        return False
    parts = request.form.plan() if request.form else None
    return not request.grammar or takes(masks_for(characters).grammar, header, prefix, unfinished, parts)


def refuse_unreadable(checkpoint: Checkpoint, request: Request) -> None:
    """Raises OptionError when the seed holds what no tune of this model can go on from."""
    _refuse_text_after_the_tune(request.seed_text)
    _refuse_several_voices(request.seed_text)
    _refuse_unknown_characters(checkpoint, request.seed_text)
    if request.grammar:
        _refuse_odd_units(request.seed_text)
        _refuse_large_tuplets(request.seed_text)


def _refuse_text_after_the_tune(text: str) -> None:
    """With an X: line, a tune ends at an empty line; the model cannot go on from what stands after it."""
    line = line_after_tune(text)
    if line:
        raise OptionError(
            f"In a seed with an X: line, the tune ends at its first empty line; line {line} is no longer part of it."
            " Remove the empty line or X:."
        )


def _refuse_several_voices(text: str) -> None:
    """What the model writes would go on in the last of them."""
    if parse(text).has_several_voices or any(token.kind == "overlay" for token in lex(text)):
        raise OptionError("A seed must have one voice: no second V: and no overlay &.")


def _refuse_unknown_characters(checkpoint: Checkpoint, text: str) -> None:
    """Symbols without a meaning in ABC may stand in a seed if the model knows their characters; others are refused."""
    known = checkpoint.vocabulary.index_of
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    unknown = [
        (starts[token.line - 1] + token.column, token.text)
        for token in lex(text)
        if token.kind == "unknown" and token.text not in known
    ]
    if unknown:
        raise OptionError(unknown_sentence(unknown, "of the seed "))


def _refuse_odd_units(text: str) -> None:
    """In sevenths of a whole note, no meter's bar can be filled."""
    for token in lex(text):
        inline = token.kind == "field" and token.text[1] == "L"
        if not (inline or (token.kind == "field line" and token.parts["name"] == "L")):
            continue
        value = token.text[3:-1] if inline else str(token.parts["value"])
        try:
            unit = parse_unit(value)
        except ValueError:
            continue  # the parser lists it
        if not is_plain_unit(unit):
            raise OptionError(f"The unit length L: of a seed must be 1, 1/2, 1/4, 1/8 and so on, not {value.strip()}.")


def _refuse_large_tuplets(text: str) -> None:
    """The model has read no larger ones, and the grammar's clock does not divide by eleven."""
    for token in lex(text):
        p = str(token.parts.get("p") or "")
        if p.isdigit() and token.parts.get("q") and (len(p) > limits.MAX_DIGITS or int(p) > limits.MAX_TUPLET):
            raise OptionError(f"A tuplet of a seed must have 2 to {limits.MAX_TUPLET} notes, not {p[:12]}.")


def typed_music(text: str) -> str:
    """The seed without its header lines, as it was typed."""
    return header_and_music(text)[1]


def header_and_music(text: str) -> tuple[str, str]:
    """The header's lines, each with its newline, and the music without blanks at its end, both as they were typed.
    What stands after the end of the tune is left out, and so are empty lines in the music: in a tune with a number,
    they end it."""
    lines = lines_of_tune(text)
    first_music = next((token.line for token in lex(text) if token.kind != "field line"), len(lines) + 1)
    header = "".join(line + "\n" for line in lines[: first_music - 1])
    return header, "\n".join(line for line in lines[first_music - 1 :] if not is_blank(line)).rstrip()
