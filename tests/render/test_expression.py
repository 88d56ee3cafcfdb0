"""How dances are played: accents, lilt, breath, articulation. Times here are in eighths."""

from fractions import Fraction
from io import BytesIO

import mido
import pytest
from hypothesis import given

from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Meter, Tune
from charrnn.render.arrangement import Arrangement, arranged
from charrnn.render.export.midi import midi_bytes
from charrnn.render.harmony.accompaniment import pattern
from charrnn.render.playing.dynamics import DEFAULT_VELOCITY
from charrnn.render.playing.expression import BETWEEN, accent, lilt
from charrnn.render.playing.performance import perform
from charrnn.ui.answers.sound import sound_of
from tests.support.tunes import MUSIC, abc

F = Fraction


def jig(music: str) -> Tune:
    return parse(f"R:jig\nM:6/8\nL:1/8\nK:D\n{music}")


def reel(music: str) -> Tune:
    return parse(f"R:reel\nM:4/4\nL:1/8\nK:D\n{music}")


def times(tune: Tune) -> list[tuple[Fraction, Fraction]]:
    return [(8 * event.onset, 8 * event.duration) for event in arranged(tune).performance.notes]


def onsets(tune: Tune) -> list[Fraction]:
    return [onset for onset, _ in times(tune)]


def accents(tune: Tune) -> list[int]:
    return [event.velocity - DEFAULT_VELOCITY for event in arranged(tune).performance.notes]


def test_a_jig_is_long_short_middle() -> None:
    assert lilt("jig", Meter(6, 8)) == (F(9, 24), F(7, 24), F(8, 24))
    assert onsets(jig("dfd ecA|d6|")) == [0, F(9, 8), 2, 3, F(33, 8), 5, 6]


def test_a_quarter_and_an_eighth_stay_as_written() -> None:
    assert onsets(jig("d2f e2A|d6|")) == [0, 2, 3, 5, 6]


def test_a_jigs_pickup_keeps_its_place() -> None:
    assert onsets(jig("A|dfd ecA|d5|"))[:3] == [0, 1, F(17, 8)]


def test_only_jigs_and_their_kin_have_a_lilt() -> None:
    assert lilt("march", Meter(6, 8)) == lilt("jig", Meter(4, 4)) == ()
    assert (
        lilt("slip jig", Meter(9, 8))
        == lilt("slide", Meter(12, 8))
        == lilt("", Meter(6, 8))
        == lilt("jig", Meter(6, 8))
    )
    assert onsets(reel("dfed cABc|d8|")) == list(range(9))


@pytest.mark.parametrize(
    ("rhythm", "meter", "row"),
    [
        ("jig", Meter(6, 8), [12, -8, -2, 6, -8, -2]),
        ("slip jig", Meter(9, 8), [12, -8, -2, 4, -8, -2, 6, -8, -2]),
        ("reel", Meter(4, 4), [10, -6, 2, -4, 8, -6, 2, -4]),
        ("polka", Meter(2, 4), [8, 0, 6, 2]),
        ("waltz", Meter(3, 4), [12, -8, -2, -8, 0, -8]),
        ("march", Meter(4, 4), [12, -8, 2, -8, 8, -8, 2, -8]),
        ("", Meter(5, 4), [12, BETWEEN, 0, BETWEEN, 0, BETWEEN, 0, BETWEEN, 0, BETWEEN]),
    ],
)
def test_each_place_in_the_bar_has_its_accent(rhythm: str, meter: Meter, row: list[int]) -> None:
    assert [accent(rhythm, meter, F(eighth, 8)) for eighth in range(len(row))] == row


def test_sixteenths_between_eighths_are_weakest() -> None:
    assert accents(reel("d/f/e dc ABcd|d8|"))[:3] == [10, BETWEEN, -6]


def test_free_meter_has_no_accents() -> None:
    assert accents(parse("M:none\nL:1/8\nK:D\ndfe d4|")) == [0, 0, 0, 0]


def test_the_pickup_is_weak_and_the_downbeat_strong() -> None:
    assert accents(jig("A|dfd ecA|d5|"))[:2] == [-2, 12]


def test_a_short_bar_is_counted_from_its_start() -> None:
    assert accents(jig("|:A|dfd ecA|d3 d2:|"))[-1] == 6


def test_a_graced_note_keeps_its_beats_accent() -> None:
    assert accents(jig("{e}dfd ecA|d6|"))[:3] == [12, 12, -8]


def test_accents_are_added_to_what_the_text_says() -> None:
    assert accents(jig("!p!dfd !f!ecA|d6|"))[:4] == [-30 + 12, -30 - 8, -30 - 2, 15 + 6]


def test_repeated_notes_are_apart() -> None:
    assert times(reel("dd d2 f4|d8|"))[:4] == [(0, F(3, 4)), (1, F(3, 4)), (2, 2), (4, 4)]


def test_a_phrase_ends_with_a_breath() -> None:
    tune = reel("d4f4|" * 8 + "|a8|]")
    durations = [duration for _, duration in times(tune)]
    assert durations[:7] == [4] * 7
    assert durations[7] == 4 - F(1, 4)  # half a phrase
    assert durations[15] == 4 - F(1, 2)  # a phrase


def test_the_last_note_is_longer_and_nothing_else() -> None:
    tune = reel("dfed cABc|d4f4|]")
    arrangement = arranged(tune)
    assert times(tune)[-1] == (12, 6)
    assert (8 * arrangement.end, 8 * arrangement.performance.duration) == (16, 18)
    assert 8 * arranged(reel("d4f4|f2z6|]")).performance.duration == 16
    assert times(reel("d4f4|d4dcBA|]"))[-1] == (15, 2)  # a short one by as much again


def test_graces_ties_and_chords_keep_their_order() -> None:
    tune = jig("{a}dfd [ec]-[ec]A|d3-d2A|d6|]")
    assert onsets(tune) == sorted(onsets(tune))
    assert all(duration > 0 for _, duration in times(tune))


def test_other_voices_are_played_alike() -> None:
    tune = parse("R:jig\nM:6/8\nL:1/8\nK:C\nV:1\ncde cde|c6|]\nV:2\nCDE CDE|C6|]")
    performance = arranged(tune).performance
    first, second = (
        [(event.onset, event.duration, event.velocity) for event in events]
        for events in (performance.notes, performance.beside)
    )
    assert first == second


def test_straight_is_exactly_what_is_written() -> None:
    tune = jig('A|"D"dfd "A"ecA|!f!d2d {e}d3|]')
    straight = arranged(tune, is_straight=True)
    assert straight.performance == perform(tune)
    assert {event.velocity for event in straight.performance.notes} == {90, 105}
    assert {event.velocity for event in straight.accompaniment} == {90}
    assert straight.end == straight.performance.duration


def sound(arrangement: Arrangement, tune: Tune) -> dict:
    return sound_of(tune, arrangement.performance, arrangement.accompaniment, arrangement.end)


def test_the_page_gets_performed_bar_and_note_times() -> None:
    tune = jig("A|dfd ecA|d5|]")
    told = sound(arranged(tune), tune)
    assert told["bars"] == [[0, 0], [0.125, 1], [0.875, 2]]
    assert [note["at"] for note in told["notes"][:3]] == pytest.approx([0, 1 / 8, 17 / 64], abs=1e-6)
    assert told["notes"][1]["gain"] == pytest.approx((102 / 90) ** 2, abs=1e-6)
    assert told["end"] == 1.5
    assert told["length"] == 1.875


def struck(data: bytes, track: int = 1) -> list[tuple[int, int, int]]:
    """Time in ticks, pitch and velocity of each stroke and release."""
    now, found = 0, []
    for message in mido.MidiFile(file=BytesIO(data)).tracks[track]:
        now += message.time
        if message.type in ("note_on", "note_off"):
            found.append((now, message.note, message.velocity if message.type == "note_on" else 0))
    return found


def test_midi_files_have_accents_but_straight_timing() -> None:
    tune = jig("A|dfd ecA|ddd d2|]")
    played, straight = struck(midi_bytes(tune)), struck(midi_bytes(tune, is_straight=True))
    assert [stroke[:2] for stroke in played] == [stroke[:2] for stroke in straight]
    assert {velocity for _, _, velocity in straight if velocity} == {90}
    assert [velocity for _, _, velocity in played if velocity][:4] == [88, 102, 82, 88]


@pytest.mark.parametrize(
    ("rhythm", "meter", "expected"),
    [
        ("jig", Meter(6, 8), "0 root, 2 chord, 3 fifth, 5 chord"),
        ("reel", Meter(4, 4), "0 root, 2 chord, 3 chord, 4 fifth, 6 chord, 7 chord"),
        ("waltz", Meter(3, 4), "0 root, 2 chord, 4 chord"),
        ("march", Meter(4, 4), "0 root, 2 chord, 4 fifth, 6 chord"),
        ("polka", Meter(2, 4), "0 root, 1 chord, 2 fifth, 3 chord"),
        ("slip jig", Meter(9, 8), "0 root, 1 chord, 2 chord, 3 fifth, 4 chord, 5 chord, 6 root, 7 chord, 8 chord"),
    ],
)
def test_each_rhythm_has_its_strum(rhythm: str, meter: Meter, expected: str) -> None:
    assert meter.bar is not None
    strokes = list(pattern(meter, meter.bar, rhythm))
    assert ", ".join(f"{8 * stroke.onset} {stroke.kind}" for stroke in strokes) == expected


def test_march_strums_are_short_and_reel_basses_ring() -> None:
    durations = [[8 * stroke.duration for stroke in pattern(Meter(4, 4), F(1), name)] for name in ("march", "reel")]
    assert durations == [[1, 1, 1, 1], [2, 1, 1, 2, 1, 1]]


def test_a_strummed_chord_sounds_string_by_string() -> None:
    tune = parse('R:waltz\nM:3/4\nL:1/4\nK:C\n"C"cde|c3|]')
    chord = [event for event in arranged(tune).accompaniment if F(1, 4) <= event.onset < F(1, 2)]
    assert [event.pitch for event in chord] == sorted(event.pitch for event in chord)
    assert [128 * (event.onset - F(1, 4)) for event in chord] == [0, 1, 2]
    assert {event.onset + event.duration for event in chord} == {F(1, 2)}


@given(MUSIC)
def test_expression_keeps_the_notes_and_their_order(music: str) -> None:
    for rhythm, meter in (("jig", "6/8"), ("reel", "4/4")):
        tune = parse(f"R:{rhythm}\n{abc(music, meter=meter)}")
        straight, played = perform(tune), arranged(tune).performance
        assert [event.pitch for event in played.notes] == [event.pitch for event in straight.notes]
        assert [event.onset for event in played.notes] == sorted(event.onset for event in played.notes)
        assert all(event.duration > 0 and 1 <= event.velocity <= 127 for event in played.notes)
        assert played.duration >= straight.duration
