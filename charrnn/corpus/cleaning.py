"""Turns a transcriber's tune into one that the model can learn from, or says why it is left out."""

from dataclasses import dataclass

from charrnn.corpus.sources import RawTune
from charrnn.errors import AbcError
from charrnn.notation.bars import bar_problems
from charrnn.notation.canonical import canonical_header, canonical_music
from charrnn.notation.keys import Key
from charrnn.notation.parser import parse
from charrnn.notation.tune import Tune

MIN_NOTES = 8  # fewer are an exercise, or the rest of a damaged tune


@dataclass(frozen=True, slots=True)
class CleanTune:
    """A canonical tune and where it came from. ``text`` is what the model reads, header and all."""

    header: str  # "M:6/8\nL:1/8\nR:jig\nK:D\n"
    music: str  # one line, no newline at its end
    key: Key
    title: str
    collection: str
    parsed: Tune

    @property
    def text(self) -> str:
        return f"{self.header}{self.music}\n"


class Unusable(Exception):
    """Why a tune is left out; the text is a heading of the corpus report."""


def clean(raw: RawTune) -> CleanTune:
    """The canonical form of a tune. Raises Unusable with the reason for leaving it out."""
    try:
        original = parse(raw.text)
    except AbcError as error:
        raise Unusable("too long") from error
    kinds = {notice.kind for notice in (*original.problems, *original.remarks)}
    if "voices" in kinds:
        raise Unusable("several voices or an overlay")
    if (
        original.problems or "tempo" in kinds
    ):  # the second for the shipped weights' sake: they have not seen these tunes
        raise Unusable("text that is not ABC")
    header = canonical_header(original)
    music = canonical_music(raw.text, original)
    tune = parse(header + music)
    if len(tune.notes) < MIN_NOTES:
        raise Unusable("fewer than eight notes")
    if tune.problems:
        raise Unusable("text that is not ABC")
    if tune.meter.bar is None:
        raise Unusable("free meter")
    if bar_problems(tune):
        raise Unusable("a bar that does not add up")
    return CleanTune(header, music, tune.key, original.title, raw.collection, tune)
