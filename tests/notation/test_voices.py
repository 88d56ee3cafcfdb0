"""Several voices and overlays: the first voice is the tune, the others are kept beside it."""

from dataclasses import replace
from fractions import Fraction
from io import BytesIO

import mido
import numpy as np
import pytest

from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import BarLine, Element, Note, Rest, Tune
from charrnn.notation.writing.writer import canonical_music, readable
from charrnn.render.audio.mixing import mixed
from charrnn.render.export.midi import midi_bytes
from charrnn.render.playing.performance import perform
from charrnn.render.playing.swing import swung
from charrnn.ui.answers.sound import sound_of
from tests.support.tunes import sounding

TWO = "X:1\nM:2/4\nL:1/8\nK:G\nV:1\nGABc|d4|]\nV:2\nG,2D2|[K:D]F4|]\n"


def texts(elements: tuple[Element, ...]) -> list[str]:
    """Letters of notes, z for rests with their eighths, bar lines."""
    return [
        e.pitches[0].letter if isinstance(e, Note) else f"z{8 * e.duration}" if isinstance(e, Rest) else str(e)
        for e in elements
        if isinstance(e, Note | Rest | BarLine)
    ]


def music(text: str, header: str = "M:2/4\nL:1/8\nK:C\n") -> Tune:
    return parse(header + text)


def test_the_first_voice_is_the_tune() -> None:
    tune = parse(TWO)
    assert texts(tune.elements) == ["G", "A", "B", "C", "|", "D", "|]"]
    assert [(voice.name, texts(voice.elements)) for voice in tune.voices] == [("2", ["G", "D", "|", "F", "|]"])]
    assert perform(tune).duration == 1


def test_nothing_is_played_after_the_first_voice() -> None:
    assert sounding(parse(TWO)) == sounding(parse(TWO.partition("V:2")[0]))


@pytest.mark.parametrize(
    "text",
    [
        "V:1\nABcd|\nV:2\nCDEF|\nV:1\ne4|]\nV:2\nG4|]",
        "[V:1]ABcd|e4|]\n[V:2]CDEF|G4|]",
        "ABcd|\nV:2\nCDEF|G4|]\nV:1\ne4|]",
    ],
)
def test_voices_may_take_turns(text: str) -> None:
    tune = music(text)
    assert texts(tune.elements) == ["A", "B", "C", "D", "|", "E", "|]"]
    assert texts(tune.voices[0].elements) == ["C", "D", "E", "F", "|", "G", "|]"]


def test_the_first_voice_with_music_is_the_tune() -> None:
    tune = parse("V:1 name=fiddle\nV:2\nK:C\nV:1\nV:2\nAB|\nV:1\ncd|")
    assert (tune.voice, texts(tune.elements)) == ("2", ["A", "B", "|"])


def test_fields_of_a_voice_are_its_own() -> None:
    tune = music("V:1\nAB[L:1/4]c|\nV:2\n[K:D]A2B2|\nV:1\nA2|]")
    assert [8 * note.duration for note in tune.notes] == [1, 1, 2, 4]
    assert [str(key) for key in tune.keys] == ["C", "D"]


def test_an_overlay_becomes_a_full_length_voice() -> None:
    tune = music("ABcd & C4|efga|e2f2 & G2 & E4|a4|]")
    assert texts(tune.elements) == [*"ABCD", "|", *"EFGA", "|", "E", "F", "|", "A", "|]"]
    assert [texts(voice.elements) for voice in tune.voices] == [
        ["C", "|", "z4", "|", "G", "z2", "|", "z4", "|]"],
        ["z4", "|", "z4", "|", "E", "|", "z4", "|]"],
    ]
    assert tune.problems == ()


def test_the_end_of_an_overlay_closes_everything() -> None:
    tune = music("ABcd & (3CDE|efga & [CE|A4 & C4|]")
    assert [8 * e.duration for e in tune.voices[0].elements if isinstance(e, Note)] == [*[Fraction(2, 3)] * 3, 4]
    assert [problem.message for problem in tune.problems if problem.kind == "notation"] == [
        "a bar line stands inside a chord"
    ]


def test_voice_properties_get_a_remark_names_do_not() -> None:
    assert music("V:1\nC4|\nV:2\nE4|").remarks == ()
    (remark,) = music("V:1 clef=bass\nC4|\nV:2\nE4|").remarks
    assert remark.message == "names, clefs and other properties of voices (V:) are left out"


@pytest.mark.parametrize("text", ["c&[M:3/4]c|d&Z", "c&[K:D]c|d&f|e|", "c&[L:1/4]c/|d&c|", "F|(9&::&a", "(3ABcd|d&e|"])
def test_an_overlay_with_changes_is_read_back(text: str) -> None:
    tune = music(text)
    again = parse(readable(tune))
    assert again == tune
    assert perform(again).sounding == perform(tune).sounding


def test_repeats_of_the_first_voice_hold_for_all() -> None:
    tune = music("V:1\n|:C4|1D4:|2E4|]\nV:2\nc4|d4|e4|]")
    assert beside(tune) == [(0, 4, 72), (4, 4, 74), (8, 4, 72), (12, 4, 76)]


@pytest.mark.parametrize("second", ["|:c4:|d4|]", "c4|!segno!d4|]", "c4|[P:B]d4|]", "c4|[Q:1/4=90]d4|]", "c4|1d4|]"])
def test_signs_that_only_another_voice_has_are_told(second: str) -> None:
    (remark,) = music(f"V:1\nC4|D4|]\nV:2\n{second}").remarks
    assert remark.message == (
        "repeats, parts, jumps, meters and tempos that V:2 has and the first voice has not are left out"
    )


def test_signs_that_both_voices_have_need_no_remark() -> None:
    text = "[P:A]{0}4|1[M:3/4][Q:1/4=90]{0}6:|2[M:2/4]{0}4!D.C.!|]"
    assert music(f"V:1\n{text.format('C')}\nV:2\n{text.format('E')}").remarks == ()


def test_voices_without_music_are_told_once_each() -> None:
    tune = parse("X:1\nK:C\nV:1\nG4|\nV:2\nV:1\nG4|]\nV:2\n")
    assert [remark.message for remark in tune.remarks if remark.kind == "empty voice"] == ["the voice V:2 has no music"]
    assert tune.problems == ()


@pytest.mark.parametrize("text", [TWO, "K:C\nAB & CD|ef|]", "K:C\nV:a\n|:AB:|\nV:b\n|:CD:|\nV:c\n|:EF:|"])
def test_voices_are_written_back(text: str) -> None:
    tune = parse(text)
    assert tune.voices
    assert parse(readable(tune)).voices
    assert [texts(voice.elements) for voice in parse(readable(tune)).voices] == [
        texts(voice.elements) for voice in tune.voices
    ]


def test_the_model_reads_the_first_voice() -> None:
    assert canonical_music(parse(TWO)) == "GABc|d4|]"


# -- played together


def beside(tune: Tune) -> list[tuple[Fraction, Fraction, int]]:
    """Onset and duration in eighths, and MIDI number, of the notes of other voices."""
    return [(8 * event.onset, 8 * event.duration, event.pitch) for event in perform(tune).beside]


def test_voices_that_add_up_are_played_together() -> None:
    assert beside(parse(TWO)) == [(0, 2, 55), (2, 2, 62), (4, 4, 66)]
    assert len(mido_notes(parse(TWO))) == 8
    assert [note["pitch"] for note in sound_of(parse(TWO), perform(parse(TWO)))["voices"]] == [55, 62, 66]


def test_other_voices_sound_in_wav_files() -> None:
    assert not np.array_equal(mixed(perform(parse(TWO))), mixed(perform(replace(parse(TWO), voices=()))))


def test_overlays_are_played_in_each_turn() -> None:
    assert beside(music("|:AB cd & C4:|e4|]")) == [(0, 4, 60), (4, 4, 60)]


def test_a_voice_of_wrong_length_is_not_played() -> None:
    performance = perform(music("V:1\nABcd|\nV:2\nCDE|"))
    assert performance.beside == ()
    assert [str(problem) for problem in performance.problems] == [
        "line 7, column 1: V:2 lasts 3/8 of a whole note, the first voice 1/2;"
        " it is neither played nor drawn nor written to MusicXML"
    ]


def test_other_voices_swing_with_the_tune() -> None:
    tune = parse("M:4/4\nL:1/8\nR:hornpipe\nK:C\nV:1\nAB c2 d4|\nV:2\nCD E2 F4|")
    assert [4 * event.onset for event in swung(perform(tune), tune, Fraction(2)).beside] == [0, Fraction(2, 3), 1, 2]


def mido_notes(tune: Tune) -> list[int]:
    tracks = mido.MidiFile(file=BytesIO(midi_bytes(tune))).tracks
    return [message.note for track in tracks for message in track if message.type == "note_on"]
