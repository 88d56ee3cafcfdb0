"""The caps of ``charrnn/limits.py`` beside the extremes of training music: what ``python -m charrnn corpus --extremes``
prints. A cap that the music comes near is too low; one that it stays far below has another reason, which stands there.

Whatever a cap has cut is not in the tune that the parser gives, so numbers are read from the tokens, and the problems
that name a cap are counted.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from charrnn import limits
from charrnn.corpus.sources import RawTune
from charrnn.errors import AbcError
from charrnn.notation.fields import quarters_per_minute
from charrnn.notation.reading.parser import parse
from charrnn.notation.tokens import Token, lex
from charrnn.notation.tune import Change, Meter, Note, Rest, Tempo, Tune
from charrnn.render.playing.performance import perform

# What the parser and the player say where a cap, and not the notation, is the reason.
_OF_A_CAP = re.compile(
    r"at most|outside|is divided by|finer than|which no note can have|are numbered|a tuplet has .* not [0-9]{2}"
)


@dataclass(slots=True)
class Extremes:
    """The greatest of each, over all tunes."""

    greatest: dict[str, float | Fraction] = field(default_factory=dict)
    slowest: Fraction = Fraction(limits.MAX_TEMPO)
    meters: set[int] = field(default_factory=set)  # denominators
    cut: list[str] = field(default_factory=list)  # a sentence for each place that a cap cut

    def see(self, name: str, value: float | Fraction) -> None:
        self.greatest[name] = max(self.greatest.get(name, 0), value)


# What is measured, and the cap that bounds it.
CAPS: dict[str, float] = {
    "characters in a tune": limits.MAX_ABC_CHARACTERS,
    "lines in a tune": limits.MAX_ABC_LINES,
    "characters in a title or rhythm": limits.MAX_FIELD_CHARACTERS,
    "digits in a number": limits.MAX_DIGITS,
    "divisor of a note length": limits.MAX_LENGTH_DENOMINATOR,
    "whole notes in a note": limits.MAX_NOTE_LENGTH,
    "octave marks": limits.MAX_OCTAVE_MARKS,
    "notes in a chord": limits.MAX_CHORD_NOTES,
    "p of a tuplet": limits.MAX_TUPLET,
    "r of a tuplet": limits.MAX_TUPLET_NOTES,
    "number of an ending": limits.MAX_ENDING,
    "beats in a meter": limits.MAX_METER_NUMERATOR,
    "divisor of a unit length": limits.MAX_UNIT_DENOMINATOR,
    "tempo, quarters a minute": limits.MAX_TEMPO,
    "notes played": limits.MAX_EVENTS,
    "seconds played": limits.MAX_SECONDS,
    "notes and rests engraved": limits.MAX_ENGRAVED_NOTES,
}


def extremes(tunes: Iterable[RawTune]) -> Extremes:
    """Over all tunes, those too that are not learnt from."""
    found = Extremes()
    for raw in tunes:
        found.see("characters in a tune", len(raw.text))
        found.see("lines in a tune", raw.text.count("\n") + 1)
        try:
            tune = parse(raw.text)
        except AbcError as error:
            found.cut.append(f"{raw.collection}: {error}")
            continue
        for token in lex(raw.text):
            _see_token(found, token)
        _see_tune(found, tune)
        performance = perform(tune)
        found.see("notes played", len(performance.notes))
        found.see("seconds played", performance.seconds())
        found.cut += [
            f"{raw.collection}, {tune.title!r}, {problem}"
            for problem in (*tune.problems, *performance.problems)
            if _OF_A_CAP.search(problem.message)
        ]
    return found


def _see_token(found: Extremes, token: Token) -> None:
    """As it is written, whether or not a cap lets it through."""
    parts = {name: text or "" for name, text in token.parts.items()}
    if token.kind == "field line":
        if parts["name"] in ("T", "R"):
            found.see("characters in a title or rhythm", len(parts["value"]))
        if parts["name"] not in ("L", "M", "Q"):
            return
    if token.kind in ("annotation", "comment", "newline"):
        return
    for digits in re.findall(r"\d+", token.text):
        found.see("digits in a number", len(digits))
    if token.kind == "note":
        found.see("octave marks", len(parts["octave"]))
    for length in (parts.get("length"), parts.get("rest_length"), parts.get("chord_length")):
        divisor = re.search(r"/(\d+)", length or "")
        if divisor and len(divisor[1]) <= limits.MAX_DIGITS:
            found.see("divisor of a note length", int(divisor[1]))
    for name in ("p", "r"):
        if parts.get(name, "").isdecimal():
            found.see(f"{name} of a tuplet", int(parts[name][: limits.MAX_DIGITS]))
    if token.kind == "ending":
        found.see("number of an ending", max(int(digits[:4]) for digits in re.findall(r"\d+", token.text)))


def _see_tune(found: Extremes, tune: Tune) -> None:
    changes = [element.value for element in tune.elements if isinstance(element, Change)]
    for value in (tune.meter, tune.unit, tune.tempo, *changes):
        if isinstance(value, Meter) and value.numerator:
            found.see("beats in a meter", value.numerator)
            found.meters.add(value.denominator)
        elif isinstance(value, Tempo):
            found.see("tempo, quarters a minute", quarters_per_minute(value))
            found.slowest = min(found.slowest, quarters_per_minute(value))
        elif isinstance(value, Fraction):
            found.see("divisor of a unit length", value.denominator)
    found.see("notes and rests engraved", sum(isinstance(element, Note | Rest) for element in tune.elements))
    for element in tune.elements:
        if isinstance(element, Note):
            found.see("notes in a chord", len(element.pitches))
            found.see("whole notes in a note", element.duration)


def report(found: Extremes) -> str:
    """A table for a terminal: cap, extreme, how many times the one is the other; then what caps have cut."""
    lines = [f"{'':32} {'cap':>8} {'music':>8} {'room':>7}"]
    for name, cap in CAPS.items():
        most = found.greatest.get(name, 0)
        room = f"{cap / float(most):6.1f}x" if most else "-"
        lines.append(f"{name:32} {cap:8,} {float(most):8,g} {room:>7}")
    lines.append(f"{'tempo, the slowest':32} {limits.MIN_TEMPO:8,} {float(found.slowest):8,g}")
    meters, allowed = (", ".join(map(str, sorted(values))) for values in (found.meters, limits.METER_DENOMINATORS))
    lines.append(f"beats of a meter: {meters} in the music; {allowed} are read")
    lines.append(f"places that a cap has cut: {len(found.cut)}")
    return "\n".join([*lines, *(f"  {sentence}" for sentence in found.cut)])
