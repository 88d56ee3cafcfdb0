"""Another key for a tune: the nearest in which an instrument has all of its notes."""

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.notation.instruments.table import FolkInstrument
from charrnn.notation.keys import Key, parse_key
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Tune
from charrnn.render.harmony.chord import pitch_class
from charrnn.render.pitches import alterations, midi_number
from charrnn.sampling.editing.transposition import transposed


def transposed_for(abc: str, instrument: FolkInstrument) -> str:
    """The tune in the nearest key in which the instrument has all of its notes, a usual key if there is one. Where no
    key has all of them, in the one in which the fewest are missing. Raises OptionError where it has no spelling."""
    tune = parse(abc)
    pitches = written_pitches(tune)

    def rank(semitones: int) -> tuple[int, bool, int, int]:
        missing = sum(pitch + semitones not in instrument.written for pitch in pitches)
        return missing, not _is_usual(tune.key, semitones, instrument), abs(semitones), semitones

    most = limits.MAX_SEMITONES
    for semitones in sorted(range(-most, most + 1), key=rank):
        try:
            return transposed(abc, semitones)
        except OptionError:
            continue
    raise OptionError("The tune cannot be transposed to any key of this instrument.")


def written_pitches(tune: Tune) -> list[int]:
    """MIDI numbers of all notes, graces and those in chords too, as they are written."""
    found: list[int] = []
    for index, altered in alterations(tune).items():
        element = tune.elements[index]
        found += map(midi_number, element.pitches, altered.pitches)  # type: ignore[union-attr]
        found += map(midi_number, element.graces, altered.graces)  # type: ignore[union-attr]
    return found


def _is_usual(key: Key, semitones: int, instrument: FolkInstrument) -> bool:
    """Whether the key, so many semitones higher, is usual under one of its names."""
    if not key.tonic or key.explicit:
        return False
    usual = {(pitch_class(one.tonic), one.mode) for one in map(parse_key, instrument.keys)}
    return ((pitch_class(key.tonic) + semitones) % 12, key.mode) in usual
