"""Parts for transposing instruments: what is drawn moves, what sounds stays. music21 and Verovio are the oracles."""

import io
from itertools import islice
from typing import Any
from xml.etree import ElementTree

import music21
import pytest
from pypdf import PdfReader

from charrnn.corpus.sources import read_tunes
from charrnn.errors import OptionError, RenderError
from charrnn.notation.reading.parser import parse
from charrnn.notation.transpose import transpose_text
from charrnn.notation.tune import Tune
from charrnn.render.export.book import Section, book_pdf
from charrnn.render.export.formats import Options, exported
from charrnn.render.export.musicxml import musicxml
from charrnn.render.fingering import fingered
from charrnn.render.playing.performance import sounding_pitches
from charrnn.render.score.engraving import engrave
from charrnn.render.transposing import NAMES, in_part
from tests.support.tunes import tune_of

PARTS = NAMES[1:]
REEL = """X:1
T:The Cat
R:reel
M:4/4
L:1/8
K:D
|:"D"d2fd "A7/c#"{g}ec^Ac|"G"[GB]2 =F^G (3ABc d2:|
[K:Em]"Em"e4 z4|"slowly"B,8|]
"""
TWO_VOICES = "X:1\nM:4/4\nL:1/8\nK:G\nV:1\nGABc d4|[K:C]c8|]\nV:2\nG,4 ^F,4|[K:C]C8|]\n"


def low(music: str = "D2E2F2G2|", key: str = "D") -> Tune:
    return tune_of(music, key=key)


def keys_drawn(tune: Tune) -> int:
    """Sharps and flats of the first signature in Verovio's picture."""
    svg = ElementTree.fromstring(engrave(tune, 900).svg)
    signature = next(group for group in svg.iter() if group.get("class") == "keySig")
    return sum(group.get("class") == "keyAccid" for group in signature.iter())


def as_read(text: str) -> Any:
    return music21.converter.parseData(text, format="musicxml")


def numbers(score: Any) -> list[int]:
    """MIDI numbers of all notes, graces and chords among them, in the order of the file."""
    return [
        pitch.midi
        for sound in score.recurse().notes
        if not isinstance(sound, music21.harmony.ChordSymbol)
        for pitch in sound.pitches
    ]


def names(score: Any) -> list[str]:
    return [note.pitch.nameWithOctave for note in score.recurse().notes]


@pytest.mark.parametrize(
    ("concert", "part", "written"),
    [
        ("D", "Bb", "E"), ("D", "Eb", "B"), ("D", "F", "A"), ("Bb", "Bb", "C"), ("G", "F", "D"), ("Em", "Bb", "F#m"),
        ("Ador", "Eb", "F#dor"), ("Amix", "Bb", "Bmix"), ("B", "Bb", "Db"), ("E", "Eb", "Db"), ("HP", "Bb", "Bmix"),
        ("none", "F", "G"), ("Dphr ^f", "Bb", "Ephr ^g"), ("D", "C", "D"),
    ],
)  # fmt: skip
def test_keys_are_spelled_with_fewest_signs(concert: str, part: str, written: str) -> None:
    assert str(in_part(low(key=concert), part).key) == written


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("text", [REEL, TWO_VOICES], ids=["reel", "two voices"])
def test_music21_hears_the_concert_pitches(text: str, part: str) -> None:
    tune = parse(text)
    here, there = as_read(musicxml(tune)), as_read(musicxml(in_part(tune, part)))
    assert numbers(there) != numbers(here)
    sounding = there.toSoundingPitch()
    assert numbers(sounding) == numbers(here)
    signatures = [[key.sharps for key in score.recurse().getElementsByClass("KeySignature")] for score in (here, there)]
    assert signatures[0] != signatures[1]
    assert [key.sharps for key in sounding.recurse().getElementsByClass("KeySignature")] == signatures[0]


def test_spelling_survives_the_way_to_sounding_pitch() -> None:
    tune = low("_B^A_AB =c^d_e=f|", "E")  # C sharp major would have seven sharps: the part is in D flat
    part = in_part(tune, "Eb")
    assert str(part.key) == "Db"
    assert names(as_read(musicxml(part)).toSoundingPitch()) == names(as_read(musicxml(tune)))


@pytest.mark.parametrize(("part", "diatonic", "chromatic"), [("Bb", "-1", "-2"), ("Eb", "-5", "-9"), ("F", "-4", "-7")])
def test_musicxml_says_how_a_part_sounds(part: str, diatonic: str, chromatic: str) -> None:
    root = ElementTree.fromstring(musicxml(in_part(low(), part)))
    (transpose,) = root.iter("transpose")
    assert (transpose.findtext("diatonic"), transpose.findtext("chromatic")) == (diatonic, chromatic)
    label = {"Bb": "B flat", "Eb": "E flat", "F": "F"}[part]
    assert root.findtext(".//part-name") == f"Part in {label}"
    assert "<transpose>" not in musicxml(low())


def test_chord_symbols_are_those_of_the_part() -> None:
    root = ElementTree.fromstring(musicxml(in_part(parse(REEL), "Bb")))
    roots = [symbol.findtext("root/root-step") for symbol in root.iter("harmony")]
    assert roots == ["E", "B", "A", "F"]
    svg = engrave(in_part(parse(REEL), "Bb"), 900).svg
    assert "B7/d#" in svg
    assert "slowly" in svg


@pytest.mark.parametrize(("part", "signs"), [("C", 2), ("Bb", 4), ("Eb", 5), ("F", 3)])
def test_verovio_draws_the_written_key(part: str, signs: int) -> None:
    assert keys_drawn(in_part(parse(REEL), part)) == signs


@pytest.mark.parametrize("part", PARTS)
def test_drawn_notes_keep_ids_and_bars(part: str) -> None:
    tune = parse(REEL)
    here, there = engrave(tune, 900), engrave(in_part(tune, part), 900)
    assert there.note_ids() == here.note_ids()
    assert [(one.id, one.bar, one.notes) for one in there.segments] == [
        (one.id, one.bar, one.notes) for one in here.segments
    ]


def test_the_middle_line_decides_the_octave() -> None:
    def higher(music: str, part: str) -> int:
        moved = in_part(tune_of(music), part).transposition
        assert moved is not None
        return moved.semitones

    assert [higher("E8|", part) for part in PARTS] == [2, 9, 7]
    assert [higher("d8|", part) for part in PARTS] == [2, -3, -5]
    assert [higher("^G8|", "Eb"), higher("=G8|", "Eb")] == [9, 9]  # G sharp is as near either way
    assert higher("A8|", "Eb") == -3
    assert higher("z8|", "Eb") == 9


@pytest.mark.parametrize("part", PARTS)
def test_training_music_sounds_as_before(part: str) -> None:
    for raw in islice(read_tunes(), 11, None, 150):
        tune = parse(raw.text)
        moved = in_part(tune, part)
        assert moved.transposition is not None
        by = moved.transposition.semitones
        before, after = sounding_pitches(tune), sounding_pitches(moved)
        assert {index: tuple(pitch - by for pitch in found) for index, found in after.items()} == before
        assert [note.place for note in moved.notes] == [note.place for note in tune.notes]


def test_a_tune_moves_as_its_text_does() -> None:
    for text in (REEL, TWO_VOICES):
        moved, read = in_part(parse(text), "Bb"), parse(transpose_text(text, 2))
        assert (moved.key, moved.elements, moved.voices) == (read.key, read.elements, read.voices)


def test_files_name_the_part_and_sound_stays() -> None:
    tune = parse(REEL)
    concert, part = Options(chords=True), Options(chords=True, part="Bb")
    assert "Part in B flat" in exported("svg", tune, part).decode()
    assert "Part in" not in exported("svg", tune, concert).decode()
    assert exported("midi", tune, part) == exported("midi", tune, concert)
    assert exported("pdf", tune, part) != exported("pdf", tune, concert)


def test_a_book_is_set_in_the_part() -> None:
    book = book_pdf([Section((in_part(parse(REEL), "Bb"),))], "Ours")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(book)).pages)
    assert "key of E · part in B flat" in text


@pytest.mark.parametrize("name", ["harmonica-d", "mandolin"])
def test_fingerings_stay_those_of_the_sound(name: str) -> None:
    told = fingered(tune_of("DEFG|", key="D"), name)
    drawn = in_part(told, "Bb")
    assert [(note.words, note.fret_and_string) for note in drawn.notes] == [
        (note.words, note.fret_and_string) for note in told.notes
    ]
    assert told.notes[0].words or told.notes[0].fret_and_string
    assert ('class="tabGrp"' if name == "mandolin" else ">+4</tspan>") in engrave(drawn, 700).svg


def test_an_unknown_part_gets_one_sentence() -> None:
    with pytest.raises(OptionError, match=r"the part must be one of C, Bb, Eb, F, not 'H'"):
        in_part(low(), "H")


def test_a_part_that_cannot_be_spelled_says_so() -> None:
    with pytest.raises(RenderError, match="the part in B flat cannot be written: the note E4 would need"):
        in_part(tune_of("^^E8|", key="C"), "Bb")
