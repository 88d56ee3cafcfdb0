"""The two songs with a transcriber's chord symbols that music21 brings along (Stephen Foster 1854, Irving Berlin 1911),
as tunes of ours, with their chords beside them. Read where they are; nothing of them is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from charrnn.notation.parser import parse
from charrnn.notation.tune import Tune

SONGS = ("leadSheet/fosterBrownHair", "leadSheet/berlinAlexandersRagtime")
_SIGNS = {0: "=", 1: "^", -1: "_", 2: "^^", -2: "__"}


@dataclass(frozen=True, slots=True)
class LeadSheet:
    tune: Tune
    chords: tuple[tuple[int, Fraction, int], ...]  # (bar, onset in it in whole notes, pitch class of the root)


def lead_sheets() -> Iterator[LeadSheet]:
    from music21 import corpus, harmony

    for name in SONGS:
        score: Any = corpus.parse(name)
        measures = list(score.parts[0].getElementsByClass("Measure"))
        key = score.recurse().getElementsByClass("KeySignature")[0].asKey("major").tonic.name.replace("-", "b")
        meter = score.recurse().getElementsByClass("TimeSignature")[0].ratioString
        music = "|".join("".join(map(_written, _sounds(measure))) for measure in measures)
        chords = (
            (number, Fraction(chord.offset) / 4, chord.root().pitchClass)
            for number, measure in enumerate(measures)
            for chord in measure.getElementsByClass(harmony.ChordSymbol)
        )
        yield LeadSheet(parse(f"T:{name}\nM:{meter}\nL:1/4\nK:{key}\n{music}|]\n"), tuple(chords))


def _sounds(measure: Any) -> Iterator[Any]:
    from music21 import harmony

    for sound in (measure.voices[0] if measure.voices else measure).notesAndRests:
        if not isinstance(sound, harmony.ChordSymbol) and sound.quarterLength:
            yield sound


def _written(sound: Any) -> str:
    """As ABC, with every accidental."""
    length = Fraction(sound.quarterLength).limit_denominator(48)
    if sound.isRest:
        return f"z{length}"
    pitch = sound.pitches[-1]
    letter = pitch.step if pitch.octave < 5 else pitch.step.lower()
    marks = "'" * (pitch.octave - 5) if pitch.octave > 5 else "," * (4 - pitch.octave)
    return f"{_SIGNS[round(pitch.alter)]}{letter}{marks}{length}"
