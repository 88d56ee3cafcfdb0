"""Parts for transposing instruments: the tune as such an instrument reads it, so that it sounds as before.

A clarinet or trumpet in B flat sounds a major second below what is written, a horn in F a fifth, an alto saxophone in E
flat a major sixth. Parts in E flat and F are written an octave lower than that where their notes are then nearer to the
middle line: most tunes would be too high for these two otherwise, which so play them an octave lower.

Only what is drawn is transposed. Chords and fingerings are found before, so that fingerings are those of the sound.
"""

from dataclasses import dataclass, replace
from statistics import fmean

from charrnn.errors import OptionError, RenderError
from charrnn.notation.transpose import interval, steps_and_semitones
from charrnn.notation.transpose_tune import transpose_tune, with_tonic
from charrnn.notation.tune import Note, Transposition, Tune
from charrnn.render.pitches import alterations, midi_number

CONCERT = "C"
_MIDDLE_LINE = 71  # B4


@dataclass(frozen=True, slots=True)
class _Part:
    name: str  # in options and addresses
    label: str  # for a person
    semitones: int  # from sounding to written
    may_be_lower: bool  # by an octave


_PARTS = (_Part("Bb", "B flat", 2, False), _Part("Eb", "E flat", 9, True), _Part("F", "F", 7, True))
NAMES = (CONCERT, *(part.name for part in _PARTS))


def in_part(tune: Tune, name: str) -> Tune:
    """The tune as it is written for an instrument in ``name``, one of ``NAMES``; as it is for ``C``.

    Raises OptionError for another name, RenderError where the part cannot be spelled.
    """
    if name not in NAMES:
        raise OptionError(f"the part must be one of {', '.join(NAMES)}, not {name!r}")
    for part in _PARTS:
        if part.name == name:
            return _written(tune, part)
    return tune


def _written(tune: Tune, part: _Part) -> Tune:
    semitones = part.semitones - 12 * (part.may_be_lower and _is_better_lower(tune, part.semitones))
    try:
        fifths, octaves = interval([with_tonic(key) for key in tune.keys], semitones)
        moved = transpose_tune(tune, fifths, octaves)
    except ValueError as error:
        raise RenderError(f"the part in {part.label} cannot be written: {error}") from error
    return replace(moved, transposition=Transposition(part.label, *steps_and_semitones(fifths, octaves)))


def _is_better_lower(tune: Tune, semitones: int) -> bool:
    """Whether the notes are nearer to the middle line, in the mean, an octave below so many semitones up."""
    pitches = [
        midi_number(pitch, alteration)
        for index, altered in alterations(tune).items()
        if isinstance(note := tune.elements[index], Note)
        for pitch, alteration in zip(note.pitches, altered.pitches, strict=True)
    ]
    above = fmean(pitches) + semitones - _MIDDLE_LINE if pitches else 0
    return abs(above - 12) < abs(above)
