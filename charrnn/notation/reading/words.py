"""Reads words: ``w:`` lines to the notes of the line above them, ``W:`` lines as the tune's (section "Lyrics")."""

from dataclasses import replace

from charrnn import limits
from charrnn.notation.reading.lyrics import NEXT_BAR, syllables
from charrnn.notation.reading.state import Reading
from charrnn.notation.texts import read_text
from charrnn.notation.tune import BarLine, Note, Syllable


def words_under_notes(reading: Reading, line: str) -> None:
    """Section "Alignment". The first ``w:`` line below a line of music is its first verse, the next one its second."""
    if reading.verse >= limits.MAX_VERSES:
        reading.remark(f"more than {limits.MAX_VERSES} verses (w:) are left out")
        return
    first, end = reading.music_line
    places, bars = _notes(reading, first, end)
    place, bar = 0, 0
    for syllable in syllables(line):
        if syllable is NEXT_BAR:
            bar += 1
            while place < len(places) and bars[place] < bar:
                place += 1
        elif place == len(places):
            reading.remark("words (w:) that go beyond the notes of their line are left out")
            break
        else:
            _add(reading, places[place], syllable)
            bar = bars[place]
            place += 1
    reading.verse += 1


def _notes(reading: Reading, first: int, end: int) -> tuple[list[int], list[int]]:
    """Indices of the notes, and the bar of the line in which each stands."""
    places, bars, bar = [], [], 0
    for index in range(first, end):
        element = reading.elements[index]
        if isinstance(element, Note):
            places.append(index)
            bars.append(bar)
        elif isinstance(element, BarLine) and places:
            bar += 1
    return places, bars


def _add(reading: Reading, index: int, syllable: Syllable) -> None:
    note = reading.elements[index]
    if syllable == Syllable() or not isinstance(note, Note):
        return
    verses_before = (*note.words, *[Syllable()] * (reading.verse - len(note.words)))
    reading.elements[index] = replace(note, words=(*verses_before, syllable))


def words_after_tune(reading: Reading, line: str) -> None:
    if len(reading.words) < limits.MAX_ABC_LINES:
        reading.words.append(read_text(line)[: limits.MAX_FIELD_CHARACTERS].strip())
