"""MusicXML: music21 reads back what we play."""

from dataclasses import replace
from fractions import Fraction
from itertools import islice
from xml.etree import ElementTree

import music21
import pytest

from charrnn.corpus.sources import music21_folder, read_tunes
from charrnn.errors import AbcError, RenderError
from charrnn.notation.parser import parse
from charrnn.notation.tune import BarLine, Note, Rest, Tune
from charrnn.render.musicxml import beam_marks, musicxml
from charrnn.render.performance import perform
from charrnn.render.written import written
from tests import fuzz
from tests.test_chord_symbols import TYPES
from tests.tunes import EVIL, tune_of


def read_back(text: str) -> list[tuple[Fraction, Fraction, int]]:
    """Onset and duration in quarter notes, and MIDI number, repeats played out."""
    part = music21.converter.parseData(text, format="musicxml").parts[0].expandRepeats().stripTies()
    notes = [
        (Fraction(sound.offset), Fraction(sound.quarterLength), pitch.midi)
        for sound in part.flatten().notes
        if not isinstance(sound, music21.harmony.ChordSymbol)
        for pitch in sound.pitches
    ]
    return sorted(notes, key=lambda note: (note[0], note[2]))


def plain(tune: Tune) -> Tune:
    """Without graces, and without words that music21 would jump at ("D.C.")."""
    elements = (
        replace(element, graces=(), chord_symbol="", decorations=())
        if isinstance(element, Note)
        else replace(element, chord_symbol="")
        if isinstance(element, Rest)
        else replace(element, decorations=())
        if isinstance(element, BarLine)
        else element
        for element in tune.elements
    )
    return replace(tune, elements=tuple(elements), part_order="")


def assert_read_back(tune: Tune) -> None:
    ours = [(4 * event.onset, 4 * event.duration, event.pitch) for event in perform(tune).notes]
    theirs = read_back(musicxml(tune))
    assert [pitch for *_, pitch in theirs] == [pitch for *_, pitch in ours], tune.title
    for our, their in zip(ours, theirs, strict=True):
        assert abs(our[0] - their[0]) < Fraction(1, 1000)
        assert abs(our[1] - their[1]) < Fraction(1, 1000)


def test_a_repeat_of_three_times_is_counted() -> None:
    assert '<repeat direction="backward" times="3"' in musicxml(tune_of("|::CD EF GA Bc|cdef gabc'::|"))


@pytest.mark.parametrize(
    "music",
    [
        "AB|:c2 d2 e2 f2|1 g4 e2 AB:|2 g6||a8|]",
        "(3ABc (5defga [CEG]4-|[CEG]2 A2 z4|",
        "^F2 f2 =F2-F2|Z3|A5 B3|A/3B/3c/3 d7|",
        "A4 [K:Bb]B4|[M:6/8]ABc def|[K:D Phr ^f]f3 e3|",
        "|:A8|1,2 B8:|3 c8:|]",
        "|::A8|B8::|c8|]",
        "|:A8|1 B8|2 c8|]",
        "|:A8|1 B8:|c8|d8|]",
        "|:A8|1 B8:|",
        "|:A8|1 B8::c8:|",
        "|:c4 A4|B4 ^c4-|1 c8:|2 c4 d4|]",
        "|:CDEF GABc|[M:3/4][K:D]FGA FGA:|",
        "|:F8|[K:D]F8:|F8|]",
        "(10:8:10CDEFGABcde c8|",
    ],
)
def test_music21_reads_back_what_we_play(music: str) -> None:
    assert_read_back(tune_of(music))


def test_music21_reads_back_the_training_music() -> None:
    for raw in islice(read_tunes(), 7, None, 600):
        assert_read_back(plain(parse(raw.text)))


def test_the_spelling_is_kept() -> None:
    part = music21.converter.parseData(musicxml(tune_of("_B ^A __c F f", key="D")), format="musicxml").parts[0]
    notes = list(part.flatten().notes)
    assert [note.pitch.nameWithOctave for note in notes] == ["B-4", "A#4", "C--5", "F#4", "F#5"]


def test_accidentals_are_shown_as_they_are_engraved() -> None:
    root = ElementTree.fromstring(musicxml(tune_of("^F f F|F", key="C")))
    shown = [note.findtext("accidental") for note in root.iter("note")]
    assert shown == ["sharp", "sharp", None, None]


def test_chord_symbols_key_and_tempo_are_there() -> None:
    tune = parse('M:6/8\nL:1/8\nQ:3/8=100\nT:A & <B>\nK:Ador\n"Am"A3 "F#m7"B3|"Bb"c3 "slowly"d3|')
    text = musicxml(tune)
    root = ElementTree.fromstring(text)
    kinds = [
        (h.findtext("root/root-step"), h.findtext("root/root-alter"), h.findtext("kind")) for h in root.iter("harmony")
    ]
    assert kinds == [("A", None, "minor"), ("F", "1", "minor-seventh"), ("B", "-1", "major")]
    assert [words.text for words in root.iter("words")] == ["slowly"]
    assert root.findtext(".//key/mode") == "dorian"
    assert (root.findtext(".//metronome/beat-unit"), root.findtext(".//metronome/per-minute")) == ("quarter", "100")
    assert root.findtext("work/work-title") == "A & <B>"


KINDS = {
    "C-7": "minor-seventh", "E-": "minor", "A5": "power", "Bm7b5": "half-diminished", "Bdim7": "diminished-seventh",
    "C+": "augmented", "C7#5": "augmented-seventh", "Cmaj9": "major-ninth", "Cm(maj7)": "major-minor", "G(Em)": "major",
    "A7sus4": "suspended-fourth add 7 0", "Cadd9": "major add 9 0", "C7b9": "dominant add 9 -1",
    "C6/9": "major-sixth add 9 0", "C7b5": "dominant alter 5 -1", "C7no3": "power add 7 0",
    "C(no5)": "major subtract 5 0", "C13": "dominant-13th", "C7alt": "other", "N.C.": "none",
}  # fmt: skip


@pytest.mark.parametrize(("symbol", "kind"), KINDS.items(), ids=KINDS)
def test_a_chord_has_its_kind(symbol: str, kind: str) -> None:
    root = ElementTree.fromstring(musicxml(tune_of(f'"{symbol}"c8|')))
    (harmony,) = root.iter("harmony")
    degrees = [
        " ".join(str(degree.findtext(f"degree-{part}")) for part in ("type", "value", "alter"))
        for degree in harmony.iter("degree")
    ]
    assert " ".join([str(harmony.findtext("kind")), *degrees]) == kind
    (shown,) = harmony.iter("kind")
    assert shown.get("text") == (symbol if symbol == "N.C." else symbol[1:])


def kinds_of_the_schema() -> set[str | None]:
    """Of MusicXML 4.0."""
    schema = ElementTree.parse(music21_folder() / "musicxml" / "musicxml.xsd")
    name = "{http://www.w3.org/2001/XMLSchema}"
    (kinds,) = (each for each in schema.iter(f"{name}simpleType") if each.get("name") == "kind-value")
    return {value.get("value") for value in kinds.iter(f"{name}enumeration")}


@pytest.mark.parametrize("suffix", [*TYPES, "7alt", "/F#", "m/e", "(Em)"])
def test_every_chord_is_valid_by_the_schema_and_read_back(suffix: str) -> None:
    text = musicxml(tune_of(f'"Eb{suffix}"c4 "F#{suffix}"c4|'))
    found = [kind.text for kind in ElementTree.fromstring(text).iter("kind")]
    assert len(found) == 2
    assert set(found) <= kinds_of_the_schema()
    read = music21.converter.parseData(text, format="musicxml").flatten()
    assert [chord.root().name for chord in read.getElementsByClass(music21.harmony.ChordSymbol)] == ["E-", "F#"]


def test_words_are_words() -> None:
    root = ElementTree.fromstring(musicxml(tune_of('"Fine"c4 "Bridge"c4|')))
    assert [words.text for words in root.iter("words")] == ["Fine", "Bridge"]
    assert not list(root.iter("harmony"))


def test_a_pickup_is_bar_nought_and_is_not_counted() -> None:
    root = ElementTree.fromstring(musicxml(tune_of("AB|c8|d8|]")))
    measures = [(measure.get("number"), measure.get("implicit")) for measure in root.iter("measure")]
    assert measures == [("0", "yes"), ("1", "no"), ("2", "no")]


def test_the_part_has_a_name() -> None:
    names = [
        ElementTree.fromstring(text).findtext("part-list/score-part/part-name")
        for text in (musicxml(tune_of("c8|")), musicxml(tune_of("c8|"), "Fiddle"))
    ]
    assert names == ["Tune", "Fiddle"]


def test_the_same_tune_is_the_same_file() -> None:
    tune = tune_of("|:(3ABc d2 [CE]4:|")
    assert musicxml(tune) == musicxml(tune)
    assert "music21" not in musicxml(tune).lower()
    assert "encoding-date" not in musicxml(tune)


def test_beams_are_written_level_by_level() -> None:
    (measure,) = written(tune_of("A>B c/d/e f4|"))
    assert beam_marks(measure.symbols) == [
        [("start",)],
        [("stop",), ("partial", "left")],
        [("start",), ("start",)],
        [("continue",), ("stop",)],
        [("stop",)],
        [],
    ]


def test_a_tune_without_notes_is_refused() -> None:
    with pytest.raises(RenderError, match="no note"):
        musicxml(tune_of("|"))


def test_rests_without_end_are_refused() -> None:
    with pytest.raises(RenderError, match="at most"):
        musicxml(tune_of("Z400|" * 30))


@pytest.mark.parametrize("text", [*EVIL.values(), *islice(fuzz.texts(3), 12)], ids=lambda text: repr(text[:20]))
def test_what_is_broken_is_written_too(text: str) -> None:
    try:
        tune = parse(text)
    except AbcError:
        return
    tune = replace(tune, elements=tune.elements[:150])  # music21's time is not ours
    sounds = [element for element in tune.elements if isinstance(element, Note | Rest)]
    if any(isinstance(sound, Rest) and sound.whole_bars > 1 for sound in sounds) or not sounds:
        return  # refused: see above
    assert ElementTree.fromstring(musicxml(tune)).tag == "score-partwise"
