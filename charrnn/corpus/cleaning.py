"""Turns a transcriber's tune into one that the model can learn from, or says why it is left out."""

from dataclasses import dataclass, replace
from itertools import zip_longest

from charrnn import limits
from charrnn.corpus.sources import RawTune
from charrnn.errors import AbcError
from charrnn.notation.bars import bar_problems
from charrnn.notation.keys import Key
from charrnn.notation.order.endings import implied_ends
from charrnn.notation.order.repeats import sections
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import BarLine, Note, Pitch, Place, Rest, Tune, TupletStart
from charrnn.notation.writing.canonical import canonical_header
from charrnn.notation.writing.writer import canonical_music

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


def clean(raw: RawTune, is_anew: bool = False) -> CleanTune:
    """The canonical form of a tune: as the shipped model learnt it, or, ``is_anew``, as it is read today, the first
    voice of several too. Raises Unusable with the reason for leaving it out."""
    try:
        original = parse(raw.text)
    except AbcError as error:
        raise Unusable("too long") from error
    if original.has_several_voices and not is_anew:
        raise Unusable("several voices or an overlay")
    if original.problems or (_is_newly_read(original) and not is_anew):
        raise Unusable("text that is not ABC")
    original = without_loose_ties(original if is_anew else _as_learnt(original))
    header, music = canonical_header(original), canonical_music(original)
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


def _is_newly_read(tune: Tune) -> bool:
    """Whether the tune was not read when the shipped model was trained. The next training run takes such tunes in:
    then this function goes, and with it what ``python -m charrnn corpus`` drops for it."""
    return any(isinstance(element, TupletStart) and element.p > limits.MAX_TUPLET for element in tune.elements)


def _as_learnt(tune: Tune) -> Tune:
    """The tune as the shipped model learnt it: a first ending without a second was played once, and the second turn
    left out. The next training run takes the repeat in: then this function goes."""
    elements = list(tune.elements)
    for index in reversed(implied_ends(elements)):
        del elements[index]
        line = elements[index - 1]
        elements[index - 1] = BarLine(line.place, style="double")
        start = next(section.start for section in sections(elements) if section.end > index - 1)
        before = elements[start - 1] if start else None
        if isinstance(before, BarLine):
            elements[start - 1] = replace(before, opens_repeat=1)
        else:
            elements.insert(0, BarLine(Place(1, 1), opens_repeat=1))
    return replace(tune, elements=tuple(elements))


def without_loose_ties(tune: Tune) -> Tune:
    """The tune without ties that lead to another pitch: slurs, miswritten. They sound like no tie at all."""
    elements = list(tune.elements)
    sounds = [index for index, element in enumerate(elements) if isinstance(element, Note | Rest)]
    for index, following in zip_longest(sounds, sounds[1:]):
        note, then = elements[index], elements[following] if following is not None else None
        if isinstance(note, Note) and any(pitch.tied for pitch in note.pitches):
            reached = {_place(pitch) for pitch in then.pitches} if isinstance(then, Note) else set()
            pitches = (replace(pitch, tied=pitch.tied and _place(pitch) in reached) for pitch in note.pitches)
            elements[index] = replace(note, pitches=tuple(pitches))
    return replace(tune, elements=tuple(elements))


def _place(pitch: Pitch) -> tuple[str, int]:
    """Where it stands on the staff."""
    return pitch.letter, pitch.octave
