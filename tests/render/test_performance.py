"""What sounds: pitches, onsets and durations, as a reader would play them. Times here are in eighths."""

from fractions import Fraction

import pytest
from hypothesis import given

from charrnn import limits
from charrnn.errors import AbcError
from charrnn.notation.keys import Key
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Meter, Tempo
from charrnn.render.playing.performance import default_tempo, perform, sounding_pitches
from tests.support.tunes import ANY_TEXT, MUSIC, abc, pitches, played, tune_of

F = Fraction


# -- pitches


def test_middle_c_is_sixty() -> None:
    assert pitches("C, C c c' ^B _C") == [48, 60, 72, 84, 72, 59]


def test_the_key_alters_its_letters_in_every_octave() -> None:
    assert pitches("F f F, C B", key="D") == [66, 78, 54, 61, 71]


def test_an_accidental_holds_all_bar_in_every_octave() -> None:
    assert pitches("^F F f F, | F") == [66, 66, 78, 54, 65]
    assert pitches("=F F|F", key="G") == [65, 65, 66]


def test_the_last_accidental_of_a_bar_holds() -> None:
    assert pitches("^F =F F __B B ^^c c") == [66, 65, 65, 69, 69, 74, 74]


def test_only_a_tie_carries_accidentals_over_bar_lines() -> None:
    assert pitches("^F-|F F") == [66, 65]
    assert pitches("^F-|F2 f") == [66, 77]


def test_a_rest_breaking_a_tie_cancels_its_accidental() -> None:
    assert pitches("^F-|z F") == [66, 65]


def test_grace_notes_obey_and_set_bar_accidentals() -> None:
    assert pitches("^d {d}C {^f}G f") == [75, 75, 60, 78, 67, 78]


def test_a_key_change_takes_effect_where_it_stands() -> None:
    assert pitches("F[K:D]F|\nK:F\nF B") == [65, 66, 65, 70]


def test_accidentals_in_the_key_alter_notes_and_graces() -> None:
    assert pitches("F {f}B", key="D Phr ^f") == [66, 78, 70]


def test_each_written_note_has_its_sounding_pitches() -> None:
    assert sounding_pitches(tune_of("|:^F|F[CE]:|")) == {1: (66,), 3: (65,), 4: (60, 64)}


# -- times


def test_notes_follow_each_other_and_chords_sound_together() -> None:
    assert played("A2 z B [CE]/") == [(0, 2, 69), (3, 1, 71), (4, F(1, 2), 60), (4, F(1, 2), 64)]


def test_ties_join_equal_pitches_across_bar_lines() -> None:
    assert played("A2-|A3 B") == [(0, 5, 69), (5, 1, 71)]
    assert played("A-|A-|A") == [(0, 3, 69)]


def test_chord_ties_join_only_pitches_in_both_chords() -> None:
    assert played("[CE]-[CE]") == [(0, 2, 60), (0, 2, 64)]
    assert played("[C-E]C") == [(0, 2, 60), (0, 1, 64)]


def test_ties_follow_the_playing_order_of_repeats() -> None:
    assert played("|:A-|1A:|2B|]") == [(0, 2, 69), (2, 1, 69), (3, 1, 71)]


def test_a_tie_brings_its_accidental_into_every_ending() -> None:
    assert played("|:cA|B^c-|1 c2:|2 cd|]", unit="1/4", meter="2/4")[3:] == [
        (6, 6, 73), (12, 2, 72), (14, 2, 69), (16, 2, 71), (18, 4, 73), (22, 2, 74),
    ]  # fmt: skip
    assert pitches("|:^c-|1 c:|2 c:|3 c c|]") == [73, 73, 73, 72]


def test_dangling_ties_are_reported_and_their_notes_played() -> None:
    for music in ("A-B", "A-z A", "AA-|", "|:A-B:|"):
        problems = perform(tune_of(music)).problems
        assert [problem.message for problem in problems] == [
            "the tie after this note leads to no note of the same pitch"
        ]
    assert pitches("A-B") == [69, 71]


def test_a_tie_before_its_note_is_struck_again() -> None:
    assert played("CDEF|-FGAB|") == played("CDEF|FGAB|")


def test_a_tie_may_lead_into_only_one_ending() -> None:
    assert perform(tune_of("|:A-|1A:|2B|]")).problems == ()


def test_a_unison_in_a_chord_sounds_once() -> None:
    assert played("[CC]2 C") == [(0, 2, 60), (2, 1, 60)]
    assert played("C-[CC]C") == [(0, 2, 60), (2, 1, 60)]


def test_graces_take_at_most_half_their_main_note() -> None:
    assert played("A{b}c2d") == [(0, 1, 69), (1, F(1, 4), 83), (F(5, 4), F(7, 4), 72), (3, 1, 74)]
    assert played("{abab}c") == [(F(i, 8), F(1, 8), pitch) for i, pitch in enumerate((81, 83, 81, 83))] + [
        (F(1, 2), F(1, 2), 72)
    ]


def test_repeats_are_written_out() -> None:
    assert pitches("|:A|1B:|2c|]") == [69, 71, 69, 72]
    assert perform(tune_of("|:A z:|")).duration == F(1, 2)


def test_each_event_knows_its_element_in_the_text() -> None:
    assert [event.element for event in perform(tune_of("|:A B:|")).notes] == [1, 2, 1, 2]


# -- changes and seconds


def test_changes_are_timed_and_begin_with_the_header() -> None:
    performance = perform(tune_of("A8[M:3/4][K:D]A6", key="G"))
    assert performance.changes == (
        (0, Tempo(F(1, 4), 160)), (0, Meter(4, 4)), (0, Key("G")), (1, Meter(3, 4)), (1, Key("D")),
    )  # fmt: skip


def test_seconds_follow_the_tempos() -> None:
    performance = perform(parse("Q:1/4=60\nL:1/4\nK:C\nAA[Q:1/4=120]AA[Q:1/2=120]AA"))
    assert [performance.seconds(event.onset) for event in performance.notes] == [0, 1, 2, 2.5, 3, 3.25]
    assert performance.seconds() == 3.5


def test_default_tempo_comes_from_tune_rhythm_or_meter() -> None:
    assert default_tempo(parse("Q:1/4=90\nR:jig\nK:C\n")) == Tempo(F(1, 4), 90)
    assert default_tempo(parse("R: Jig \nM:6/8\nK:C\n")) == Tempo(F(3, 8), 112)
    assert default_tempo(parse("M:9/8\nK:C\n")) == Tempo(F(3, 8), 112)
    assert default_tempo(parse("M:3/4\nK:C\n")) == Tempo(F(1, 4), 120)


@pytest.mark.parametrize(
    ("header", "tempo"),
    [
        ("M:2/4\nL:1/16\nR:reel", Tempo(F(1, 4), 100)),
        ("M:2/4\nL:1/16\nR:hornpipe", Tempo(F(1, 4), 80)),
        ("M:2/4\nL:1/16\nR:strathspey", Tempo(F(1, 4), 60)),
        ("M:2/4\nL:1/16\nR:polka", Tempo(F(1, 4), 100)),
        ("M:2/4\nL:1/16", Tempo(F(1, 4), 90)),
        ("M:4/4\nL:1/16", Tempo(F(1, 4), 90)),
        ("M:4/4\nL:1/16\nR:reel", Tempo(F(1, 4), 100)),
        ("M:2/4\nL:1/16\nR:air", Tempo(F(1, 4), 80)),
        ("M:2/4\nL:1/16\nQ:1/4=150\nR:reel", Tempo(F(1, 4), 150)),
        ("M:2/4\nL:1/8\nR:reel", Tempo(F(1, 2), 100)),
        ("M:6/16\nL:1/16\nR:jig", Tempo(F(3, 16), 112)),
        ("M:9/16\nL:1/16\nR:slip jig", Tempo(F(3, 16), 120)),
        ("M:12/16\nL:1/16", Tempo(F(3, 16), 112)),
    ],
)
def test_tunes_in_sixteenths_have_slower_beats(header: str, tempo: Tempo) -> None:
    assert default_tempo(parse(f"{header}\nK:D\nd2AF dfaf|d2")) == tempo


@pytest.mark.parametrize("rhythm", ["reel", "hornpipe", "", "polka", "march"])
@pytest.mark.parametrize("meter", ["2/4", "4/4", "2/2"])
def test_no_tune_plays_nine_notes_a_second(rhythm: str, meter: str) -> None:
    for unit in (F(1, 8), F(1, 16)):
        performance = perform(parse(f"R:{rhythm}\nM:{meter}\nL:{unit}\nK:D\n" + "dfaf" * 8))
        assert performance.seconds(unit) > 1 / 9


def tempos(music: str) -> list[tuple[int, int]]:
    """When, in quarters, each tempo begins in 4/4 with L:1/4."""
    changes = perform(parse(f"M:4/4\nL:1/4\nQ:1/4=60\nK:C\n{music}")).changes
    return [(int(4 * onset), value.per_minute) for onset, value in changes if isinstance(value, Tempo)]


def test_a_tempo_goes_back_with_a_repeat() -> None:
    assert tempos("|:CDEF|[Q:1/4=120]GABc:|") == [(0, 60), (4, 120), (8, 60), (12, 120)]


def test_a_second_turn_begins_at_the_first_tempo() -> None:
    assert tempos("|:CD|1 [Q:1/4=120]EF:|2 GA|]") == [(0, 60), (2, 120), (4, 60), (6, 120)]


def test_meter_and_key_go_back_with_a_repeat() -> None:
    performance = perform(parse("M:4/4\nL:1/4\nQ:1/4=60\nK:C\n|:CDEF|[M:3/4][K:D]FGA:|"))
    assert performance.changes[3:] == (
        (1, Meter(3, 4)), (1, Key("D")), (F(7, 4), Meter(4, 4)), (F(7, 4), Key("C")),
        (F(11, 4), Meter(3, 4)), (F(11, 4), Key("D")),
    )  # fmt: skip
    assert [event.pitch for event in performance.notes] == [60, 62, 64, 65, 66, 67, 69] * 2


def test_the_written_order_decides_key_and_tempo() -> None:
    assert pitches("|:F[K:D]F|1F:|2F|]") == [65, 66, 66, 65, 66, 66]
    assert tempos("|:CDEF|GABc:|") == [(0, 60)]


# -- limits


@pytest.mark.parametrize("music", ["_C,,,,,", "^g''''", "{^g''''}A"])
def test_pitches_beyond_midi_are_skipped_and_reported_once(music: str) -> None:
    performance = perform(tune_of(f"|:A{music}A:|"))
    assert {event.pitch for event in performance.notes} == {69}
    assert [problem.message for problem in performance.problems] == [
        "this note is off the MIDI keyboard and is not played"
    ]


def test_playback_stops_at_max_events_and_reports_it() -> None:
    performance = perform(tune_of(f"|:{'A/' * 2_000}|1-9A:|"))
    assert len(performance.notes) == limits.MAX_EVENTS
    assert "at most 10,000 notes" in performance.problems[0].message


@given(ANY_TEXT)
def test_any_text_gives_a_valid_performance(text: str) -> None:
    try:
        performance = perform(parse(text))
    except AbcError:
        return
    assert len(performance.notes) <= limits.MAX_EVENTS
    assert all(event.duration > 0 and 0 <= event.pitch <= 127 for event in performance.notes)
    assert all(event.onset >= 0 and event.onset + event.duration <= performance.duration for event in performance.notes)
    assert performance.seconds() >= 0


@given(MUSIC)
def test_notes_of_one_pitch_never_overlap(written: str) -> None:
    ends: dict[int, Fraction] = {}
    for event in perform(parse(abc(written))).notes:
        assert event.onset >= ends.get(event.pitch, 0)
        ends[event.pitch] = event.onset + event.duration
