"""A tune in another key, exactly."""

from collections.abc import Sequence

from charrnn.errors import OptionError
from charrnn.notation.keys import Key, parse_key
from charrnn.notation.reading.parser import parse
from charrnn.notation.tokens import normalise_newlines
from charrnn.notation.transpose import interval, transpose_text
from charrnn.sampling.checks import check_semitones


def transposed(abc: str, semitones: int = 0, key: str | None = None) -> str:
    """The tune so many semitones higher, or in another key of the same mode, the nearer way; signatures, accidentals,
    chord symbols and graces move with it, exactly. Raises OptionError where there are too many semitones, or no
    spelling of it exists."""
    keys = parse(abc).keys
    try:
        fifths, octaves = _by_key(keys, key) if key is not None else interval(keys, check_semitones(semitones))
        return transpose_text(normalise_newlines(abc), fifths, octaves)
    except ValueError as error:
        raise OptionError(f"The tune cannot be transposed so: {error}.") from error


def _by_key(keys: Sequence[Key], wanted: str) -> tuple[int, int]:
    """The interval from the first key to another; only its tonic counts if no mode is given."""
    old = keys[0]
    name = wanted.strip()
    sign = name[1:2] if name[1:2] in ("#", "b") else ""
    # Dbm would need eight flats and is no key, but it names a tonic: the mode is read beside the letter alone.
    new = parse_key(name.replace(sign, "", 1))
    tonic = new.tonic + sign
    if not new.tonic or not old.tonic or (name != tonic and new.mode != old.mode):
        raise ValueError(f"from {old} a tune moves to another key of the same mode, not to {wanted}")
    return interval(keys, None, tonic)
