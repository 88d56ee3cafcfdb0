"""music21's key signatures, meters and tempos as ours."""

from fractions import Fraction
from typing import Any

from charrnn import limits
from charrnn.notation.keys import EXPLICIT, MAX_FIFTHS, Key, tonic_at
from charrnn.notation.tune import Meter, Tempo

_MODES = {
    "major": "maj", "minor": "min", "ionian": "maj", "aeolian": "min", "dorian": "dor", "mixolydian": "mix",
    "phrygian": "phr", "lydian": "lyd", "locrian": "loc",
}  # fmt: skip
_SIGNS = {"common": "C", "cut": "C|"}


def key_of(signature: Any) -> Key | None:
    """None for more than seven sharps or flats. A signature without a mode counts as major."""
    mode = _MODES.get(getattr(signature, "mode", None) or "major", "maj")
    if signature.sharps is None or signature.isNonTraditional:
        pitches = [(pitch.step, round(pitch.alter)) for pitch in signature.alteredPitches]
        return Key("C", EXPLICIT, tuple((letter, change) for letter, change in pitches if abs(change) <= 2))
    if abs(signature.sharps) > MAX_FIFTHS:
        return None
    tonic = getattr(signature, "tonic", None)
    return Key(tonic.name.replace("-", "b") if tonic is not None else tonic_at(signature.sharps), mode)


def meter_of(signature: Any) -> Meter | None:
    """None for one that ABC cannot write."""
    if type(signature).__name__ == "SenzaMisuraTimeSignature":
        return Meter(0, 1)
    numerator, denominator = signature.numerator, signature.denominator
    if not 0 < numerator <= limits.MAX_METER_NUMERATOR or denominator not in limits.METER_DENOMINATORS:
        return None
    return Meter(numerator, denominator, _SIGNS.get(signature.symbol, ""))


def tempo_of(mark: Any) -> Tempo | None:
    """None where it stands in words alone, or is for players alone."""
    if mark.number is None or not mark.referent.quarterLength:
        return None
    beat = Fraction(mark.referent.quarterLength).limit_denominator(64) / 4
    a_minute = round(mark.number)
    return Tempo(beat, a_minute) if limits.MIN_TEMPO <= 4 * beat * a_minute <= limits.MAX_TEMPO else None
