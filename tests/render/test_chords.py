"""Chords chosen from a melody, and the accompaniment that they make."""

from fractions import Fraction
from io import BytesIO
from itertools import islice

import mido
import pytest
from hypothesis import given

from benchmarks.chords import (
    ChordedBar,
    agreement,
    chorded_bars,
    figures,
    usable,
    without_symbols,
)
from charrnn import limits
from charrnn.corpus.sources import read_tunes
from charrnn.errors import AbcError
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Meter, Tune
from charrnn.notation.writing.writer import canonical
from charrnn.render.export.midi import midi_bytes
from charrnn.render.harmony.accompaniment import accompaniment, pattern
from charrnn.render.harmony.chord import parse_chord, pitch_class
from charrnn.render.harmony.chords import with_chords
from charrnn.render.harmony.harmonisation import harmonised
from charrnn.render.harmony.slots import melody_bars
from charrnn.render.playing.performance import perform
from tests.notation.test_evil import EVIL
from tests.support.tunes import ANY_TEXT, KEYS, MUSIC, tune_of

F = Fraction


def symbols(tune: Tune) -> list[str]:
    """The chord symbol of each note, in the order of the text."""
    return [note.chord_symbol for note in tune.notes]


def chosen(music: str, **header: str) -> list[str]:
    return [symbol for symbol in symbols(with_chords(tune_of(music, **header))) if symbol]


# -- choice


def test_arpeggios_get_their_chords() -> None:
    # C E G holds C; F A c holds F; G B d holds G; each for a bar in 3/4.
    assert chosen("C2E2G2|F2A2c2|G2B2d2|C6|]", meter="3/4") == ["C", "F", "G", "C"]


def test_a_chord_that_stays_is_written_once() -> None:
    assert chosen("C2E2G2|E2G2c2|C6|]", meter="3/4") == ["C"]


def test_a_reels_melody_can_change_chords_mid_bar() -> None:
    assert chosen("CEGc FAcf|GBdB c4|]") == ["C", "F", "G", "C"]


def test_minor_with_raised_seventh_takes_the_major_dominant() -> None:
    assert chosen("A2c2e2|E2^G2B2|A6|]", key="Am", meter="3/4") == ["Am", "E", "Am"]


def test_minor_without_leading_note_takes_the_minor_dominant() -> None:
    assert chosen("A2c2e2|G2B2d2|E2B2E2|A6|]", key="Am", meter="3/4") == ["Am", "G", "Em", "Am"]


def test_mixolydian_and_dorian_tunes_use_the_subtonic_chord() -> None:
    assert chosen("D2F2A2|C2E2G2|D6|]", key="Dmix", meter="3/4") == ["D", "C", "D"]
    assert chosen("E2G2B2|D2F2A2|E6|]", key="Edor", meter="3/4") == ["Em", "D", "Em"]


def test_a_key_change_brings_its_chords() -> None:
    assert chosen("C2E2G2|C6||[K:D]D2F2A2|D6|]", meter="3/4") == ["C", "D"]


def test_a_section_begins_with_its_chord_written() -> None:
    assert chosen("|:C2E2G2|C6:||:E2G2c2|C6:|", meter="3/4") == ["C", "C"]


def test_a_pickup_has_no_chord() -> None:
    assert symbols(with_chords(tune_of("G|:C2E2G2|C5:|", meter="3/4")))[:2] == ["", "C"]


def test_a_phrase_ends_with_dominant_and_tonic() -> None:
    # D and F are in Dm and G7 alike.
    assert chosen("C2E2G2|d2d2F2|A2F2A2|c6|E2G2c2|A2c2A2|d2d2F2|c6|]", meter="3/4")[-2:] == ["G7", "C"]
    assert chosen("C2E2G2|d2d2F2|A2F2A2|c6|E2G2c2|A2c2A2|d2d2F2|c6||C2E2G2|C6|]", meter="3/4")[5:7] == ["G7", "C"]


def test_a_half_phrase_may_end_on_the_dominant() -> None:
    assert chosen("G2B2d2|c2A2F2|B2G2B2|A4D2|G2B2d2|G6|]", key="G", meter="3/4")[:4] == ["G", "D7", "G", "D"]


def test_a_circular_tune_need_not_end_on_tonic() -> None:
    assert chosen("E2B2E2|G2B2E2|d2A2F2|D2F2A2|]", key="Edor", meter="3/4") == ["Em", "D"]


def test_a_natural_gets_no_chord_with_the_sharp() -> None:
    assert chosen("B2GB2G|A2=FA2=F|A2=FcBA|G3G3|]", key="G", meter="6/8") == ["G", "F", "D7", "G"]


def test_a_sharp_fourth_brings_the_secondary_dominant() -> None:
    assert chosen("C2E2G2|^F2A2d2|G2B2d2|c6|]", meter="3/4") == ["C", "D", "G", "C"]


def test_bars_that_come_again_have_the_same_chords() -> None:
    music = "c2eg c2A2|f2ed c2B2|c2eg c2A2|d2B2 G4|c2eg c2A2|f2ed c2B2|f2d2 G2B2|c8|]"
    found = [[symbol for _, symbol in bar.chords] for bar in chorded_bars(with_chords(tune_of(music)))]
    assert found[0] == found[2] == found[4]
    assert found[1] == found[5]


def test_a_persons_chords_come_again_with_their_bars() -> None:
    given_first = '"Am"C2E2G2|"F"c2A2F2|G2B2d2|G6|C2E2G2|c2A2F2|G2B2d2|c6|]'
    assert chosen(given_first, meter="3/4") == ["Am", "F", "G", "Am", "F", "G", "C"]


def test_unknown_chords_are_not_copied_to_other_bars() -> None:
    assert chosen('"C7alt"C2E2G2|"G"G2B2d2|C2E2G2|G2B2d2|C6|]', meter="3/4") == ["C7alt", "G", "C", "G", "C"]


def test_chord_statistics_match_a_count_by_hand() -> None:
    """C | G | C || C | G: a bar comes again, the first section ends V-I, the second on V with a foreign E."""
    tune = tune_of('"C"c4 e4|"G"d4 B4|"C"c8||"C"c4 e4|"G"e4 d4|]')
    found = figures([tune])
    assert found["tunes"] == 1
    assert found["tunes with one or two chords"] == 1
    assert found["different chords a tune"] == 2
    assert found["changes a bar"] == 3 / 5
    assert found["repeated bars with the same chords"] == 1
    assert found["phrases that end on I"] == 0.5
    assert found["phrases that end V-I or bVII-I"] == 0.5
    assert found["phrases that end on V"] == 0.5
    assert found["first notes of a bar in the chord"] == 0.8
    assert found["notes on a beat in the chord"] == round(8 / 9, 4)


def chorded_corpus() -> list[tuple[Tune, list[ChordedBar]]]:
    tunes = (usable(raw.text) for raw in islice(read_tunes(), 11, None, 150))
    dressed = [with_chords(without_symbols(tune)) for tune in tunes if tune]
    return [(tune, chorded_bars(tune)) for tune in dressed]


def test_every_corpus_bar_gets_chords_of_its_key() -> None:
    for tune, found in chorded_corpus():
        for bar in found:
            assert bar.chords, tune.title
            scale = {(pitch_class(letter) + bar.key.alteration(letter)) % 12 for letter in "CDEFGAB"}
            leading = (pitch_class(bar.key.tonic or "A") - 1) % 12
            melody = {pitch % 12 for *_, pitches in bar.notes for pitch in pitches}
            for _, symbol in bar.chords:
                chord = parse_chord(symbol)
                assert chord is not None
                assert set(chord.pitch_classes) <= scale | melody | {leading}, (tune.title, symbol)


def test_equal_bars_in_the_corpus_get_equal_chords() -> None:
    for tune, found in chorded_corpus():
        earlier: dict[object, object] = {}
        for bar in found:
            assert earlier.setdefault((bar.notes, bar.key), bar.chords) == bar.chords, tune.title


@given(MUSIC, KEYS)
def test_equal_bars_get_equal_chords_in_any_music(music: str, key: str) -> None:
    found = melody_bars(tune_of(music, key=key))
    answers: dict[object, object] = {}
    for bar, chording in zip(found, harmonised(found), strict=True):
        assert len(chording) == len(bar.slots)
        assert answers.setdefault(bar.melody, chording) == chording


def test_our_chords_are_those_of_dance_bands() -> None:
    """Roots, half a bar at a time; 0.68 before there were cadences."""
    shares = agreement()
    assert len(shares) == 18
    assert shares["mean"] >= 0.8


def test_a_fully_chorded_tune_is_left_unchanged() -> None:
    tune = tune_of('C2"Am"E2G2|F2A2c2|"G"G2B2d2|C6|]', meter="3/4")
    assert with_chords(tune) == tune


SEED = '"G"GBd "D7/F#"dfa|"Em"e3 e2d|'
REST_OF_JIG = "Ace ecA|GBd dBG|FAd dcA|G3 G3|"


def test_given_chords_are_kept_and_automatic_chords_follow() -> None:
    given = ["G", "D7/F#", "Em"]
    assert chosen(SEED + REST_OF_JIG, meter="6/8", key="G") == [*given, "Am", "G", "D7", "G"]


def test_bars_before_the_first_given_chord_are_harmonised() -> None:
    found = chosen('C2E2G2|F2A2c2|"Am"A2c2e2|G2B2d2|C6|]', meter="3/4")
    assert found == ["C", "F", "Am", "G", "C"]


def test_automatic_chords_do_not_repeat_the_given_chord() -> None:
    assert chosen('"C"C2E2G2|E2G2c2|F2A2c2|C6|]', meter="3/4") == ["C", "F", "C"]


def test_a_pickup_chord_holds_through_the_next_bar() -> None:
    assert chosen('"Am"E2|C2E2G2|F2A2c2|C6|]', meter="3/4") == ["Am", "F", "C"]


def test_the_last_given_chord_does_not_drone_on() -> None:
    tune = with_chords(tune_of(SEED + REST_OF_JIG, meter="6/8", key="G"))
    basses = [strum.pitch % 12 for strum in accompaniment(tune, perform(tune)) if strum.is_bass]
    on_the_bar = basses[::2]
    assert on_the_bar == [7, 4, 9, 7, 2, 7]  # G, E as given, then A, G, D, G


def test_a_persons_words_are_kept_beside_chords() -> None:
    tune = with_chords(tune_of('"slowly"C2E2G2|F2A2c2|C6|]', meter="3/4"))
    assert symbols(tune) == ["slowly", "C", "", "F", "", "", "C"]


@given(MUSIC, KEYS)
def test_chords_leave_melody_and_given_chords_alone(music: str, key: str) -> None:
    tune = tune_of(music, key=key)
    dressed = with_chords(tune)
    assert canonical(dressed) == canonical(tune)
    assert perform(dressed) == perform(tune)
    for before, after in zip(symbols(tune), symbols(dressed), strict=True):
        assert before in ("", after)
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


def basses(tune: Tune) -> str:
    """The names of the basses, one after another."""
    names = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
    return " ".join(names[strum.pitch % 12] for strum in accompaniment(tune, perform(tune)) if strum.is_bass)


def test_a_mid_bar_chord_begins_with_its_bass() -> None:
    assert basses(tune_of('"C"CE "G/B"GB|"Am"Ac "D7/F#"^Fd|', unit="1/4")) == "C B A F#"


def test_automatic_mid_bar_chords_begin_with_their_bass() -> None:
    assert basses(with_chords(tune_of("CEGc FAcf|GBdB c4|]"))) == "C F G C"


def test_a_chord_that_is_written_again_goes_on() -> None:
    assert basses(tune_of('"C"CE "C"GB|"Am"Ac "Am"ce|', unit="1/4")) == "C G A E"


def test_a_chord_between_two_basses_brings_its_own() -> None:
    assert basses(tune_of('"C"C"F"F FC|"C"CE G"G"B|', unit="1/4")) == "C F C C G G"
    assert basses(tune_of('"C"cBA G"F"FE|', meter="6/8")) == "C G F"
    assert basses(tune_of('"C"c2 "F"A2 "G"B2|', meter="3/4")) == "C F G"


def test_unknown_chords_are_silent_and_words_are_ignored() -> None:
    assert basses(tune_of('"C"c4c4|"C7alt"c4c4|"F"c4c4|')) == "C G F C"
    assert basses(tune_of('"C"c4c4|"N.C."c4c4|"F"c4c4|')) == "C G F C"
    assert basses(tune_of('"C"c4c4|"Fine"c4c4|"F"c4c4|')) == "C G C G F C"


def test_a_power_chord_has_no_third() -> None:
    assert strums('"A5"c6|', meter="3/4") == [(0, 45), (2, 57), (2, 52), (4, 57), (4, 52)]


def test_a_second_track_plays_the_chords() -> None:
    tune = tune_of('"C"c6|', meter="3/4")
    tracks = mido.MidiFile(file=BytesIO(midi_bytes(tune, is_accompanied=True))).tracks
    struck = [[message.note for message in track if message.type == "note_on"] for track in tracks]
    assert [sorted(track) for track in struck] == [[], [72], [48, 52, 52, 55, 55, 60, 60]]
    assert midi_bytes(tune) == midi_bytes(tune, is_accompanied=False)
