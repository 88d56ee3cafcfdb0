"""Chords chosen from a melody, and the accompaniment that they make."""

from fractions import Fraction
from io import BytesIO

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn import limits
from charrnn.errors import AbcError
from charrnn.notation.chord_symbols import read_chord, transposed_chord
from charrnn.notation.parser import parse
from charrnn.notation.tune import Meter, Tune
from charrnn.notation.writer import canonical
from charrnn.render.accompaniment import accompaniment, pattern
from charrnn.render.chords import with_chords
from charrnn.render.harmony import Chord, is_harmony, parse_chord
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


# Semitones above the root, as chord books spell them.
TYPES = {
    "": "0 4 7", "m": "0 3 7", "-": "0 3 7", "min": "0 3 7", "maj": "0 4 7", "M": "0 4 7",
    "5": "0 7", "6": "0 4 7 9", "m6": "0 3 7 9", "6/9": "0 4 7 9 14", "69": "0 4 7 9 14",
    "7": "0 4 7 10", "m7": "0 3 7 10", "-7": "0 3 7 10", "maj7": "0 4 7 11", "M7": "0 4 7 11", "7M": "0 4 7 11",
    "Δ": "0 4 7 11", "m(maj7)": "0 3 7 11", "mM7": "0 3 7 11", "9": "0 4 7 10 14", "maj9": "0 4 7 11 14",
    "m9": "0 3 7 10 14", "11": "0 4 7 10 14 17", "13": "0 4 7 10 14 17 21",
    "dim": "0 3 6", "o": "0 3 6", "°": "0 3 6", "dim7": "0 3 6 9", "°7": "0 3 6 9", "m7b5": "0 3 6 10",
    "m7♭5": "0 3 6 10", "ø": "0 3 6 10", "m7(b5)": "0 3 6 10", "aug": "0 4 8", "+": "0 4 8", "+7": "0 4 8 10",
    "7#5": "0 4 8 10", "7+": "0 4 8 10", "-5": "0 4 6", "sus": "0 5 7", "sus4": "0 5 7", "sus2": "0 2 7",
    "7sus4": "0 5 7 10", "9sus4": "0 5 7 10 14", "add9": "0 4 7 14", "m(add9)": "0 3 7 14", "add2": "0 2 4 7",
    "7b9": "0 4 7 10 13", "7(b9,#11)": "0 4 7 10 13 18", "7#9": "0 4 7 10 15", "7no3": "0 7 10",
}  # fmt: skip


@pytest.mark.parametrize(("suffix", "intervals"), TYPES.items(), ids=TYPES)
def test_every_type_has_its_tones(suffix: str, intervals: str) -> None:
    symbol = read_chord(f"Eb{suffix}")
    assert symbol is not None
    assert (symbol.root, sorted(semitones for _, semitones in symbol.tones)) == ("Eb", [*map(int, intervals.split())])
    assert symbol.tones[0] == (1, 0)


@pytest.mark.parametrize(
    ("symbol", "chord"),
    [
        ("C", Chord(0, (0, 4, 7), 0, 7)),
        ("F#m", Chord(6, (6, 9, 1), 6, 1)),
        ("F♯m", Chord(6, (6, 9, 1), 6, 1)),
        ("Bb7", Chord(10, (10, 2, 5, 8), 10, 5)),
        ("B♭7", Chord(10, (10, 2, 5, 8), 10, 5)),
        ("Bdim", Chord(11, (11, 2, 5), 11, 5)),
        ("Asus4", Chord(9, (9, 2, 4), 9, 4)),
        ("D/F#", Chord(2, (2, 6, 9), 6, 9)),
        ("D/f#", Chord(2, (2, 6, 9), 6, 9)),
        ("C6/9/e", Chord(0, (0, 4, 7, 9, 2), 4, 7)),
        ("G(Em)", Chord(7, (7, 11, 2), 7, 2)),
        ("G7/B (Em)", Chord(7, (7, 11, 2, 5), 11, 2)),
        ("A5", Chord(9, (9, 4), 9, 4)),
        ("C7(omit5)", Chord(0, (0, 4, 10), 0, 0)),
    ],
)
def test_a_symbol_is_a_chord(symbol: str, chord: Chord) -> None:
    assert parse_chord(symbol) == chord


WORDS = ["", "slowly", "H", "Fine", "Bridge", "Coda", "Dance", "Chorus", "D.C.", "D.S. al Fine", "A<script>", "A part"]
WORDS += ["Coda 2", "Bb clarinet", "C" * 100, "G" + 50 * " " + "(", "a", "6", "Add"]


@pytest.mark.parametrize("words", WORDS)
def test_words_are_no_chord(words: str) -> None:
    assert not is_harmony(words)
    assert parse_chord(words) is None
    assert transposed_chord(words, 2) == words


UNKNOWN = ["C7alt", "Am7x", "A1", "C/x", "Gm/h", "Bbb7", "em", "d7", "Hm", "G D", "G, D7/F#", "Am slowly", "Em(hold)"]


@pytest.mark.parametrize("symbol", UNKNOWN)
def test_a_chord_of_no_known_type_is_told(symbol: str) -> None:
    tune = tune_of(f'"C"c4 "{symbol}"d4|')
    assert [str(remark.message) for remark in tune.remarks] == [
        f'the chord "{symbol}" is not known, and no chord sounds from there to the next'
    ]
    assert not tune.problems


@pytest.mark.parametrize("symbol", [*(f"C{suffix}" for suffix in TYPES), *WORDS, "N.C."])
def test_known_chords_and_words_need_no_remark(symbol: str) -> None:
    assert tune_of(f'"{symbol}"c4|').remarks == ()


def test_of_a_chord_and_words_on_one_note_the_chord_is_kept() -> None:
    for texts in ('"G""Fine"', '"Fine""G"'):
        tune = tune_of(f"{texts}G8|")
        assert symbols(tune) == ["G"]
        assert [remark.message for remark in tune.remarks] == [
            "of several texts before a note, one is kept: a chord, if there is one"
        ]


def test_remarks_on_chords_do_not_grow_without_end() -> None:
    music = "".join(f'"C{number}x"c' for number in range(100, 900))
    assert len(tune_of(music).remarks) == limits.MAX_REPORTED_PROBLEMS


@given(st.text("ABCDEFGHabcdefgmMajdinusor0123456789#b♯♭°øΔ+-(),/ .", max_size=24), st.integers(-11, 11))
def test_any_text_in_quotes_is_read_and_moved_and_back(text: str, fifths: int) -> None:
    moved = transposed_chord(text, fifths)
    before, after = read_chord(text), read_chord(moved)
    assert (before is None) == (after is None)
    chord, moved_chord = parse_chord(text), parse_chord(moved)
    if chord and moved_chord:
        assert [(pitch - 7 * fifths) % 12 for pitch in moved_chord.pitch_classes] == list(chord.pitch_classes)
        assert (moved_chord.bass - 7 * fifths) % 12 == chord.bass
        back = parse_chord(transposed_chord(moved, -fifths))
        assert back == chord


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
    assert chosen(SEED + REST_OF_JIG, meter="6/8", key="G") == [*given, "Am", "G", "D7", "G"]


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
    assert symbols(tune) == ["slowly", "C", "", "F", "", "", "C"]


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


def basses(tune: Tune) -> str:
    """The names of the basses, one after another."""
    names = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
    return " ".join(names[strum.pitch % 12] for strum in accompaniment(tune, perform(tune)) if strum.is_bass)


def test_a_chord_in_mid_bar_sounds_its_own_bass_first() -> None:
    assert basses(tune_of('"C"CE "G/B"GB|"Am"Ac "D7/F#"^Fd|', unit="1/4")) == "C B A F#"


def test_an_automatic_chord_in_mid_bar_sounds_its_own_bass_first() -> None:
    assert basses(with_chords(tune_of("CEGc FAcf|GBdB c4|]"))) == "C F G C"


def test_a_chord_that_is_written_again_goes_on() -> None:
    assert basses(tune_of('"C"CE "C"GB|"Am"Ac "Am"ce|', unit="1/4")) == "C G A E"


def test_a_chord_between_two_basses_brings_its_own() -> None:
    assert basses(tune_of('"C"C"F"F FC|"C"CE G"G"B|', unit="1/4")) == "C F C C G G"
    assert basses(tune_of('"C"cBA G"F"FE|', meter="6/8")) == "C G F"
    assert basses(tune_of('"C"c2 "F"A2 "G"B2|', meter="3/4")) == "C F G"


def test_an_unknown_chord_is_silent_and_words_are_not() -> None:
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
