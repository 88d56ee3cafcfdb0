"""How the notes of a tune are played on an instrument: finger holes, strings and frets, or buttons and bellows.

Where a note can be had in several ways, it is the usual one by a plain rule: on strings the lowest fret, or the lowest
finger; on reeds the first row of the table that has it, there the lowest button, and closing the bellows (or blowing)
before opening them. Of a chord the highest note is told. A note that is held over a tie has its fingering once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from charrnn.notation.instruments.layouts import Holes, Layout, Range, Reeds, Strings, has_frets
from charrnn.notation.instruments.table import FolkInstrument, instrument_of
from charrnn.notation.tune import Note, Syllable, Tune
from charrnn.render.pitches import alterations, midi_number

MISSING = "?"  # a note that the instrument does not have
SILENT = "·"  # a string that is not played: so each keeps its line
_HOLES = {"x": "●", "h": "ø", "o": "○", "+": "+"}
_NAMES = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"]  # of open strings

Lines = tuple[str, ...]  # of text under a note, the top one first; "" where a line has nothing there


def has_fingerings(instrument: FolkInstrument) -> bool:
    """Whether there is something to tell: not of a voice."""
    return not isinstance(instrument.layout, Range)


def fingering(instrument: FolkInstrument, written: int) -> Lines:
    """Of a written pitch (MIDI number): for wind instruments the holes from the mouth down, the thumb first, and +
    where it is overblown; for frets a line a string, string 1 first, with the fret on one of them and dots on the
    others; for a fiddle the finger and its string; for reeds the row, ``+`` or ``-``, and the button."""
    sounding = written + instrument.transposition
    if sounding not in instrument.layout.pitches:
        return (MISSING,)
    return _of_layout(instrument.layout, sounding)


def _of_layout(layout: Layout, pitch: int) -> Lines:
    if isinstance(layout, Holes):
        return tuple(_HOLES[sign] for sign in layout.fingerings[pitch])
    if isinstance(layout, Strings):
        fret, string = fret_and_string(layout, pitch)
        return _string_lines(fret, string, len(layout.open)) if layout.is_fretted else _finger(layout, fret, string)
    return (button(layout, pitch),) if isinstance(layout, Reeds) else ()


def fret_and_string(layout: Strings, pitch: int) -> tuple[int, int]:
    """The lowest fret, and the number of its string. Raises ValueError where no string has the pitch."""
    numbered = [(pitch - lowest, len(layout.open) - place, place) for place, lowest in enumerate(layout.open)]
    return min(
        (fret, string)
        for fret, string, place in numbered
        if fret == 0 or (0 < fret <= layout.frets and place >= layout.drones)
    )


def _finger(layout: Strings, semitones: int, string: int) -> Lines:
    """In first position, where a finger has two semitones; the fourth reaches for what is beyond."""
    finger = min((semitones + 1) // 2, 4)
    return str(finger), _NAMES[layout.open[len(layout.open) - string] % 12]


def button(layout: Reeds, pitch: int) -> str:
    """``+4`` blown or closing, ``-4`` drawn or opening, after the name of the row where there are several."""
    for row in layout.rows:
        for number, pair in enumerate(row.reeds, start=row.first):
            if pitch in pair:
                return f"{row.name}{'+' if pitch == pair[0] else '-'}{number}"
    raise ValueError(f"no reed has the pitch {pitch}")


def fingerings(tune: Tune, instrument: FolkInstrument) -> dict[int, Lines]:
    """For each note element that is struck anew, by its index, the lines under it."""
    if not has_fingerings(instrument):
        return {}
    return {index: fingering(instrument, written) for index, written in _struck(tune)}


def frets_and_strings(tune: Tune, instrument: FolkInstrument) -> dict[int, tuple[int, int]]:
    """For each of those notes that a fretted instrument has, by its index."""
    layout = instrument.layout
    if not has_frets(layout):
        return {}
    sounding = {index: written + instrument.transposition for index, written in _struck(tune)}
    return {index: fret_and_string(layout, pitch) for index, pitch in sounding.items() if pitch in layout.pitches}


def _struck(tune: Tune) -> Iterator[tuple[int, int]]:
    """The index of each note element that is struck anew, and its highest written pitch (MIDI number)."""
    held: set[tuple[str, int]] = set()
    for index, altered in alterations(tune).items():
        note = tune.elements[index]
        assert isinstance(note, Note)
        pairs = list(zip(note.pitches, altered.pitches, strict=True))
        pitch, alteration = max(pairs, key=lambda pair: midi_number(*pair))
        if pitch.accidental is not None or (pitch.letter, pitch.octave) not in held:
            yield index, midi_number(pitch, alteration)
        held = {(one.letter, one.octave) for one in note.pitches if one.tied}


def with_fingerings(tune: Tune, instrument: FolkInstrument) -> Tune:
    """The tune with its fingerings: for frets a tablature, for all others the last verses under the notes, below words
    that it has: so they are drawn and written wherever words are."""
    layout = instrument.layout
    if not has_frets(layout):
        return _with_verses(tune, fingerings(tune, instrument))
    frets = frets_and_strings(tune, instrument)
    elements = [
        replace(element, fret_and_string=frets.get(index)) if isinstance(element, Note) else element
        for index, element in enumerate(tune.elements)
    ]
    return replace(tune, elements=tuple(elements), strings=len(layout.open))


def with_string_lines(tune: Tune) -> Tune:
    """The tune with its tablature as verses, a line for each string, for formats without such a staff."""
    frets = {
        index: element.fret_and_string
        for index, element in enumerate(tune.elements)
        if isinstance(element, Note) and element.fret_and_string
    }
    return _with_verses(tune, {index: _string_lines(*pair, tune.strings) for index, pair in frets.items()})


def _string_lines(fret: int, string: int, strings: int) -> Lines:
    return tuple(str(fret) if number == string else SILENT for number in range(1, strings + 1))


def _with_verses(tune: Tune, found: Mapping[int, Lines]) -> Tune:
    if not found:
        return tune
    verses = max((len(element.words) for element in tune.elements if isinstance(element, Note)), default=0)
    elements = list(tune.elements)
    for index, lines in found.items():
        note = elements[index]
        assert isinstance(note, Note)
        words = (*note.words, *[Syllable()] * (verses - len(note.words)), *(Syllable(line) for line in lines))
        while words and words[-1] == Syllable():
            words = words[:-1]
        elements[index] = replace(note, words=words)
    return replace(tune, elements=tuple(elements))


def fingered(tune: Tune, name: str, capo: int = 0) -> Tune:
    """The same for the name of an instrument; the tune as it is for ``any``. Frets are counted from a capo, whose own
    fret is given; 0 for none, and it matters to fretted instruments alone. Raises OptionError for an unknown name."""
    instrument = instrument_of(name)
    if instrument is None:
        return tune
    layout = instrument.layout
    if capo and has_frets(layout):
        instrument = replace(instrument, layout=layout.with_capo(capo))
    return with_fingerings(tune, instrument)
