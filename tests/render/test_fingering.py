"""Fingerings: each note of an instrument has one, by the stated rule, and scores and files show it under the notes."""

from typing import Any
from xml.etree import ElementTree

import music21
import pytest
from music21.articulations import FretIndication, StringIndication

from charrnn.notation.instruments.layouts import Reeds, Strings, midi
from charrnn.notation.instruments.table import INSTRUMENTS, FolkInstrument, instrument_of
from charrnn.notation.reading.parser import parse
from charrnn.notation.transpose import transpose_text
from charrnn.notation.tune import Note, Syllable
from charrnn.render.export.musicxml import musicxml
from charrnn.render.fingering import (
    MISSING,
    SILENT,
    button,
    fingered,
    fingering,
    fingerings,
    fret_and_string,
    has_fingerings,
    with_fingerings,
)
from charrnn.render.score.engraving import engrave
from charrnn.render.transposing import in_part

PLAYED = [one for one in INSTRUMENTS if has_fingerings(one)]


def named(name: str) -> FolkInstrument:
    found = instrument_of(name)
    assert found is not None
    return found


def told(music: str, name: str, key: str = "D") -> list[tuple[str, ...]]:
    tune = parse(f"X:1\nM:4/4\nL:1/8\nK:{key}\n{music}|\n")
    return list(fingerings(tune, named(name)).values())


@pytest.mark.parametrize(
    ("name", "pitch", "lines"),
    [
        ("whistle", "D4", "●●●●●●"), ("whistle", "F#4", "●●●●○○"), ("whistle", "C5", "○●●○○○"),
        ("whistle", "C#5", "○○○○○○"), ("whistle", "D5", "○●●●●●+"), ("whistle", "G5", "●●●○○○+"),
        ("flute", "A4", "●●○○○○"), ("recorder", "C4", "●●●●●●●●"), ("recorder", "F4", "●●●●●○●●"),
        ("recorder", "G#4", "●●●○●●ø○"), ("recorder", "D5", "○○●○○○○○"), ("recorder", "E5", "ø●●●●●○○"),
        ("recorder", "D6", "ø●○●●○●○"), ("pipes", "G4", "●●●●●●●●"), ("pipes", "C#5", "●●●●●○○●"),
        ("pipes", "F#5", "●●○○●●●○"), ("pipes", "A5", "○○○●●●●○"),
    ],
)  # fmt: skip
def test_finger_holes(name: str, pitch: str, lines: str) -> None:
    assert "".join(fingering(named(name), midi(pitch))) == lines


@pytest.mark.parametrize(
    ("name", "pitch", "fret", "string"),
    [
        ("mandolin", "G3", 0, 4), ("mandolin", "A4", 0, 2), ("mandolin", "B5", 7, 1), ("tenor-banjo", "F#4", 4, 3),
        ("guitar", "D4", 0, 4), ("guitar", "F#4", 4, 4), ("guitar-dadgad", "D5", 0, 1), ("guitar-dadgad", "A4", 0, 2),
        ("ukulele", "G4", 0, 4), ("ukulele", "D4", 2, 3), ("banjo", "G5", 0, 5), ("banjo", "F#5", 4, 1),
    ],
)  # fmt: skip
def test_strings_and_frets(name: str, pitch: str, fret: int, string: int) -> None:
    lines = fingering(named(name), midi(pitch))
    assert {number: line for number, line in enumerate(lines, start=1) if line != SILENT} == {string: str(fret)}
    layout = named(name).layout
    assert isinstance(layout, Strings)
    assert len(lines) == len(layout.open)


@pytest.mark.parametrize(
    ("pitch", "finger", "string"),
    [
        ("G3", "0", "G"), ("A4", "0", "A"), ("C5", "2", "A"), ("C#5", "2", "A"), ("D5", "3", "A"), ("B5", "4", "E"),
        ("F4", "2", "D"), ("D6", "4", "E"),
    ],
)  # fmt: skip
def test_a_fiddles_fingers_and_strings(pitch: str, finger: str, string: str) -> None:
    assert fingering(named("fiddle"), midi(pitch)) == (finger, string)


@pytest.mark.parametrize("name", ["recorder", "pipes"])
def test_no_two_notes_share_a_fingering(name: str) -> None:
    shown = [fingering(named(name), written) for written in named(name).written]
    assert len(set(shown)) == len(shown)


def test_frets_are_counted_from_a_capo() -> None:
    tune = parse("X:1\nM:4/4\nL:1/8\nK:A\nEFAc E,4|\n")
    struck = [one.fret_and_string for one in fingered(tune, "guitar", capo=2).elements if isinstance(one, Note)]
    assert struck == [(0, 4), (2, 4), (0, 3), (0, 2), None]  # the last one lies below the capo
    assert fingered(tune, "fiddle", capo=2) == fingered(tune, "fiddle")
    assert fingered(tune, "guitar", capo=0) == with_fingerings(tune, named("guitar"))


@pytest.mark.parametrize(
    ("name", "pitch", "text"),
    [
        ("harmonica-d", "D4", "+4"), ("harmonica-d", "E4", "-4"), ("harmonica-d", "B4", "-6"),
        ("harmonica-g", "G4", "+4"), ("harmonica-g", "A5", "-8"), ("accordion-bc", "D4", "C-3"),
        ("accordion-bc", "F#4", "B+5"),
        ("accordion-bc", "C#5", "B-7"), ("accordion-dg", "D4", "D+3"), ("accordion-dg", "C5", "G-4"),
        ("concertina", "C4", "C+3"), ("concertina", "F#4", "G-2"), ("concertina", "C#5", "a+6"),
    ],
)  # fmt: skip
def test_buttons_and_bellows(name: str, pitch: str, text: str) -> None:
    assert fingering(named(name), midi(pitch)) == (text,)


@pytest.mark.parametrize("instrument", PLAYED, ids=lambda one: one.name)
def test_every_note_has_a_fingering_that_sounds_it(instrument: FolkInstrument) -> None:
    layout: Any = instrument.layout
    for written in instrument.written:
        sounding = written + instrument.transposition
        assert MISSING not in fingering(instrument, written)
        if isinstance(layout, Strings):
            fret, string = fret_and_string(layout, sounding)
            assert layout.open[len(layout.open) - string] + fret == sounding
        elif isinstance(layout, Reeds):
            text = button(layout, sounding)
            sign = max(text.find("+"), text.find("-"))
            row = next(row for row in layout.rows if row.name == text[:sign])
            pair = row.reeds[int(text[sign + 1 :]) - row.first]
            assert pair["+-".index(text[sign])] == sounding
    assert fingering(instrument, 127) == (MISSING,)


def test_instruments_without_a_fingering_have_none() -> None:
    assert {one.name for one in INSTRUMENTS} - {one.name for one in PLAYED} == {"voice"}
    assert told("DFA", "voice") == []


def test_keys_accidentals_and_ties_count() -> None:
    assert told("F=f^f=c c", "harmonica-d") == [("+5",), (MISSING,), ("+8",), (MISSING,), (MISSING,)]
    assert told("d-d d", "harmonica-d") == [("+7",), ("+7",)]
    assert told("[DA]", "harmonica-d") == [("+6",)]


def test_fingerings_follow_transposition() -> None:
    text = "X:1\nM:4/4\nL:1/8\nK:C\nCDEF|\n"
    moved = parse(transpose_text(text, 2))
    assert list(fingerings(moved, named("harmonica-d")).values()) == [("+4",), ("-4",), ("+5",), ("-5",)]


def test_fingerings_are_verses_below_the_words() -> None:
    tune = parse("X:1\nM:4/4\nL:1/8\nK:D\nDEFG|\nw: la la\n")
    notes = [one for one in with_fingerings(tune, named("harmonica-d")).elements if isinstance(one, Note)]
    assert [note.words for note in notes[1:3]] == [
        (Syllable("la"), Syllable("-4")),
        (Syllable(), Syllable("+5")),
    ]
    assert with_fingerings(tune, named("voice")) == tune


def strings_and_frets(music: str, name: str) -> list[tuple[str, int | None, int | None]]:
    """Pitch, string and fret of each note, as music21 reads them from our MusicXML."""
    text = musicxml(with_fingerings(parse(f"X:1\nM:4/4\nL:1/8\nK:D\n{music}|\n"), named(name)))

    def number(sound: Any, kind: type) -> int | None:
        return next((one.number for one in sound.articulations if isinstance(one, kind)), None)

    return [
        (sound.pitches[-1].nameWithOctave, number(sound, StringIndication), number(sound, FretIndication))
        for sound in music21.converter.parseData(text, format="musicxml").recurse().notes
    ]


def test_music21_reads_strings_and_frets() -> None:
    assert strings_and_frets("DF=fb", "mandolin") == [("D4", 3, 0), ("F#4", 3, 4), ("F5", 1, 1), ("B5", 1, 7)]
    assert strings_and_frets("Dd", "guitar") == [("D4", 4, 0), ("D5", 2, 3)]
    assert strings_and_frets("d-d {a}d'", "mandolin")[1:] == [("D5", None, None), ("A5", None, None), ("D6", 1, 10)]
    assert strings_and_frets("D", "whistle") == [("D4", None, None)]
    assert strings_and_frets("C,", "mandolin") == [("C#3", None, None)]


def test_a_chord_shows_its_highest_notes_fret() -> None:
    tune = with_fingerings(parse("X:1\nM:4/4\nL:1/4\nK:D\n[Ad]4|\n"), named("mandolin"))
    first, second = ElementTree.fromstring(musicxml(tune)).iter("note")
    assert (first.findtext("pitch/step"), first.findtext(".//string"), first.findtext(".//fret")) == ("D", "2", "5")
    assert (second.findtext("pitch/step"), second.find(".//technical")) == ("A", None)


def test_a_part_keeps_the_frets_of_the_sound() -> None:
    tune = with_fingerings(parse("X:1\nM:4/4\nL:1/8\nK:D\nDEFG|\n"), named("mandolin"))
    for drawn in (tune, in_part(tune, "Bb")):
        assert [fret.text for fret in ElementTree.fromstring(musicxml(drawn)).iter("fret")] == ["0", "2", "4", "5"]


@pytest.mark.parametrize(("name", "text"), [("whistle", "●"), ("mandolin", "4"), ("accordion-bc", "B+5")])
def test_score_and_musicxml_show_fingerings(name: str, text: str) -> None:
    tune = with_fingerings(parse("X:1\nM:4/4\nL:1/8\nK:D\nDEFG F8|\n"), named(name))
    assert f">{text}</tspan>" in engrave(tune, 700).svg
    assert f"<text>{text}</text>" in musicxml(tune)
