"""The table of instruments: rows that are possible, and a document that agrees with them."""

import re
from pathlib import Path

import pytest

from charrnn import limits
from charrnn.notation.instruments.layouts import Holes, Range, Reeds, Strings, midi, midis, richter, row
from charrnn.notation.instruments.table import ANY, INSTRUMENTS, FolkInstrument, choices, instrument_of
from charrnn.notation.keys import parse_key
from charrnn.notation.symbols import read_octave
from charrnn.notation.tune import SEMITONES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "instruments.md"

each_instrument = pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda one: one.name)


def named(number: int) -> str:
    return ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")[number % 12] + str(number // 12 - 1)


def test_pitch_names_are_read_as_midi_numbers() -> None:
    assert [midi(name) for name in ("C4", "A4", "F#5", "Bb3")] == [60, 69, 78, 58]


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("fiddle", "G3", "D6"), ("whistle", "D4", "C#6"), ("flute", "D4", "C#6"), ("mandolin", "G3", "E6"),
        ("tenor-banjo", "G3", "E6"), ("banjo", "D4", "D6"), ("guitar", "E3", "E6"), ("guitar-dadgad", "D3", "D6"),
        ("ukulele", "C4", "A5"), ("recorder", "C4", "D6"), ("pipes", "G4", "A5"), ("voice", "A3", "E5"),
        ("harmonica-d", "D3", "D6"), ("harmonica-g", "G3", "G6"), ("concertina", "C3", "B6"),
    ],
)  # fmt: skip
def test_written_ranges(name: str, lowest: str, highest: str) -> None:
    instrument = instrument_of(name)
    assert instrument is not None
    assert (min(instrument.written), max(instrument.written)) == (midi(lowest), midi(highest))


def test_whistle_and_recorder_sound_an_octave_higher() -> None:
    for name in ("whistle", "recorder"):
        instrument = instrument_of(name)
        assert instrument is not None
        assert {pitch - 12 for pitch in instrument.layout.pitches} == instrument.written


def test_the_pipes_have_nine_notes_of_a_mixolydian() -> None:
    assert instrument_of("pipes").written == midis("G4 A4 B4 C#5 D5 E5 F#5 G5 A5")  # type: ignore[union-attr]


def test_the_whistle_has_its_scale_and_flat_seventh() -> None:
    whistle = instrument_of("whistle")
    assert whistle is not None
    assert whistle.written == midis("D4 E4 F#4 G4 A4 B4 C5 C#5 D5 E5 F#5 G5 A5 B5 C6 C#6")
    assert isinstance(whistle.layout, Holes)
    assert whistle.layout.fingerings[midi("G5")] == "xxxooo"
    assert whistle.layout.fingerings[midi("G6")] == "xxxooo+"


def test_a_harmonica_is_complete_from_hole_four() -> None:
    notes = richter(midi("C4")).pitches
    assert notes == midis("C4 D4 E4 G4 B4 C5 D5 E5 F5 G5 A5 B5 C6 D6 E6 F6 G6 A6 C7")


def test_layouts_count_what_they_have() -> None:
    assert Range(60, 64, frozenset({61})).pitches == {60, 62, 63, 64}
    assert Strings((67, 50), 2, drones=1).pitches == {67, 50, 51, 52}
    assert Reeds((row("", "C4 -", "D4 E4"),)).pitches == midis("C4 D4 E4")


@each_instrument
def test_usual_keys_have_all_their_notes(instrument: FolkInstrument) -> None:
    classes = {pitch % 12 for pitch in instrument.written}
    for name in instrument.keys:
        key = parse_key(name)
        assert str(key) == name
        scale = {(SEMITONES[letter] + key.alteration(letter)) % 12 for letter in SEMITONES}
        assert scale <= classes, name


@each_instrument
def test_every_note_can_be_written_by_the_sampler(instrument: FolkInstrument) -> None:
    most = limits.MAX_SAMPLED_OCTAVE_MARKS
    lowest, highest = read_octave("C", "," * most), read_octave("c", "'" * most)
    assert all(lowest <= pitch // 12 - 1 <= highest for pitch in instrument.written)
    assert 0 <= instrument.program <= 127


def test_names_and_labels_are_different() -> None:
    assert len({one.name for one in INSTRUMENTS}) == len({one.label for one in INSTRUMENTS}) == len(INSTRUMENTS) == 17
    assert next(choices()) == ("Any", ANY)
    assert instrument_of(ANY) is None


@each_instrument
def test_the_document_has_the_table(instrument: FolkInstrument) -> None:
    lines = DOCUMENT.read_text().split("\n")
    cells = next(re.split(r" *\| *", line.strip("| ")) for line in lines if line.startswith(f"| `{instrument.name}` |"))
    label, lowest_to_highest, missing, keys, sounds, program = cells[1:]
    assert label == instrument.label
    lowest, highest = min(instrument.written), max(instrument.written)
    assert lowest_to_highest == f"{named(lowest)} to {named(highest)}"
    without = [named(pitch) for pitch in range(lowest, highest) if pitch not in instrument.written]
    assert missing == (" ".join(without) or "none")
    assert keys == ", ".join(instrument.keys)
    assert sounds == {0: "as written", 1: "a semitone higher", 12: "an octave higher", -12: "an octave lower"}[
        instrument.transposition
    ]  # fmt: skip
    assert program == str(instrument.program)
