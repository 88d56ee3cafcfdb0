"""Chords chosen from a melody, and the accompaniment that they make."""

from fractions import Fraction
from io import BytesIO

import mido
import pytest
from hypothesis import given

from charrnn import limits
from charrnn.errors import AbcError
from charrnn.notation.parser import parse
from charrnn.notation.tune import Meter, Tune
from charrnn.notation.writer import canonical
from charrnn.render.accompaniment import accompaniment, pattern
from charrnn.render.chords import with_chords
from charrnn.render.harmony import Chord, parse_chord
from charrnn.render.midi import midi_bytes
from charrnn.render.performance import perform
from tests.test_evil import EVIL
from tests.tunes import ANY_TEXT, KEYS, MUSIC, tune_of

F = Fraction


def symbols(tune: Tune) -> list[str]:
    """The chord symbol of each note, in the order of the text."""
    return [note.chord_symbol for note in tune.notes]


def chosen(music: str, **header: str) -> list[str]:
    return [symbol for symbol in symbols(with_chords(tune_of(music, **header))) if symbol]


# -- symbols


@pytest.mark.parametrize(
    ("symbol", "chord"),
    [
        ("C", Chord(0, (0, 4, 7), 0)),
        ("F#m", Chord(6, (6, 9, 1), 6)),
        ("Bb7", Chord(10, (10, 2, 5, 8), 10)),
        ("Gmaj7", Chord(7, (7, 11, 2, 6), 7)),
        ("Bdim", Chord(11, (11, 2, 5), 11)),
        ("D/F#", Chord(2, (2, 6, 9), 6)),
        ("Asus4", Chord(9, (9, 2, 4), 9)),
    ],
)
def test_a_symbol_is_a_chord(symbol: str, chord: Chord) -> None:
    assert parse_chord(symbol) == chord


@pytest.mark.parametrize("words", ["", "slowly", "H", "Fine", "D.C.", "A<script>", "C/x"])
def test_words_are_no_chord(words: str) -> None:
    assert parse_chord(words) is None


# -- choice


def test_arpeggios_get_their_chords() -> None:
    # C E G holds C; F A c holds F; G B d holds G; each for a bar in 3/4.
    assert chosen("C2E2G2|F2A2c2|G2B2d2|C6|]", meter="3/4") == ["C", "F", "G", "C"]


def test_a_chord_that_stays_is_written_once() -> None:
    assert chosen("C2E2G2|E2G2c2|C6|]", meter="3/4") == ["C"]


def test_half_bars_change_in_a_reel_when_the_melody_insists() -> None:
    assert chosen("CEGc FAcf|GBdB c4|]") == ["C", "F", "G", "C"]


def test_minor_takes_the_major_dominant_where_the_seventh_is_raised() -> None:
    assert chosen("A2c2e2|E2^G2B2|A6|]", key="Am", meter="3/4") == ["Am", "E", "Am"]


def test_mixolydian_and_dorian_take_the_chord_below_the_tonic() -> None:
    assert chosen("D2F2A2|C2E2G2|D6|]", key="Dmix", meter="3/4") == ["D", "C", "D"]
    assert chosen("E2G2B2|D2F2A2|E6|]", key="Edor", meter="3/4") == ["Em", "D", "Em"]


def test_a_key_change_brings_its_chords() -> None:
    assert chosen("C2E2G2|C6||[K:D]D2F2A2|D6|]", meter="3/4") == ["C", "D"]


def test_a_section_begins_with_its_chord_written() -> None:
    assert chosen("|:C2E2G2|C6:||:E2G2c2|C6:|", meter="3/4") == ["C", "C"]


def test_a_pickup_has_no_chord() -> None:
    assert symbols(with_chords(tune_of("G|:C2E2G2|C5:|", meter="3/4")))[:2] == ["", "C"]


def test_a_tune_that_a_person_chorded_throughout_is_left_as_it_is() -> None:
    tune = tune_of('C2"Am"E2G2|F2A2c2|"G"G2B2d2|C6|]', meter="3/4")
    assert with_chords(tune) == tune


SEED = '"G"GBd "D7/F#"dfa|"Em"e3 e2d|'
REST_OF_JIG = "Ace ecA|GBd dBG|FAd dcA|G3 G3|"


def test_a_persons_chords_hold_where_they_are_given_and_the_tunes_own_behind_them() -> None:
    given = ["G", "D7/F#", "Em"]
    assert chosen(SEED + REST_OF_JIG, meter="6/8", key="G") == [*given, "Am", "G", "D", "G"]


def test_bars_before_a_persons_first_chord_get_the_tunes_own() -> None:
    found = chosen('C2E2G2|F2A2c2|"Am"A2c2e2|G2B2d2|C6|]', meter="3/4")
    assert found == ["C", "F", "Am", "G", "C"]


def test_a_persons_last_chord_is_not_written_again_where_the_tunes_own_is_the_same() -> None:
    assert chosen('"C"C2E2G2|E2G2c2|F2A2c2|C6|]', meter="3/4") == ["C", "F", "C"]


def test_a_chord_on_a_pickup_holds_through_the_bar_to_which_it_leads() -> None:
    assert chosen('"Am"E2|C2E2G2|F2A2c2|C6|]', meter="3/4") == ["Am", "F", "C"]


def test_a_persons_last_chord_is_not_droned_under_the_rest_of_the_tune() -> None:
    tune = with_chords(tune_of(SEED + REST_OF_JIG, meter="6/8", key="G"))
    basses = [strum.pitch % 12 for strum in accompaniment(tune, perform(tune)) if strum.is_bass]
    on_the_bar = basses[::2]
    assert on_the_bar == [7, 4, 9, 7, 2, 7]  # G, E as given, then A, G, D, G


def test_a_persons_words_are_kept_beside_chords() -> None:
    tune = with_chords(tune_of('"slowly"C2E2G2|F2A2c2|C6|]', meter="3/4"))
    assert symbols(tune) == ["slowly", "", "", "F", "", "", "C"]


@given(MUSIC, KEYS)
def test_chords_leave_the_melody_alone(music: str, key: str) -> None:
    tune = tune_of(music, key=key)
    dressed = with_chords(tune)
    assert canonical(dressed) == canonical(tune)
    assert perform(dressed) == perform(tune)
    assert all(parse_chord(symbol) for symbol in symbols(dressed) if symbol)


@given(ANY_TEXT)
def test_any_text_is_accompanied(text: str) -> None:
    tune = with_chords(parse(text))
    performance = perform(tune)
    for strum in accompaniment(tune, performance):
        assert 0 <= strum.pitch <= 127
        assert strum.duration > 0
        assert strum.onset + strum.duration <= performance.duration


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_an_evil_file_is_accompanied(text: str) -> None:
    try:
        tune = with_chords(parse(text))
    except AbcError:
        return
    assert len(accompaniment(tune, perform(tune))) < 2 * limits.MAX_EVENTS + 100_000


# -- accompaniment


def strums(music: str, **header: str) -> list[tuple[Fraction, int]]:
    tune = tune_of(music, **header)
    return [(8 * strum.onset, strum.pitch) for strum in accompaniment(tune, perform(tune))]


@pytest.mark.parametrize(
    ("meter", "expected"),
    [
        (Meter(6, 8), "0 root, 1 chord, 2 chord, 3 fifth, 4 chord, 5 chord"),
        (Meter(3, 4), "0 root, 2 chord, 4 chord"),
        (Meter(4, 4), "0 root, 2 chord, 4 fifth, 6 chord"),
        (Meter(2, 4), "0 root, 1 chord, 2 fifth, 3 chord"),
    ],
)
def test_each_meter_has_its_pattern(meter: Meter, expected: str) -> None:
    assert meter.bar is not None
    assert ", ".join(f"{8 * stroke.onset} {stroke.kind}" for stroke in pattern(meter, meter.bar)) == expected


def test_a_waltz_goes_bass_chord_chord() -> None:
    assert strums('"C"c6|', meter="3/4") == [(0, 48), (2, 60), (2, 52), (2, 55), (4, 60), (4, 52), (4, 55)]


def test_a_chord_holds_until_the_next_through_repeats() -> None:
    found = strums('|:"C"c6|d6|"G"d6:|', meter="3/4")
    assert [pitch for onset, pitch in found if onset % 6 == 0] == [48, 48, 43, 48, 48, 43]


def test_the_bass_is_the_one_that_is_written() -> None:
    assert strums('"C/E"c6|', meter="3/4")[0] == (0, 40)


def test_a_second_track_plays_the_chords() -> None:
    tune = tune_of('"C"c6|', meter="3/4")
    tracks = mido.MidiFile(file=BytesIO(midi_bytes(tune, is_accompanied=True))).tracks
    struck = [[message.note for message in track if message.type == "note_on"] for track in tracks]
    assert [sorted(track) for track in struck] == [[], [72], [48, 52, 52, 55, 55, 60, 60]]
    assert midi_bytes(tune) == midi_bytes(tune, is_accompanied=False)
