"""Swing: even pairs of eighths, bent exactly; everything else as written. Times here are in quarter notes."""

from fractions import Fraction
from io import BytesIO

import mido
from hypothesis import given

from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Tune
from charrnn.render.export.midi import midi_bytes
from charrnn.render.playing.performance import perform
from charrnn.render.playing.swing import HORNPIPE, default_swing, swung
from tests.support.tunes import MUSIC, tune_of

F = Fraction
TRIPLET = F(2)  # to 1


def times(tune: Tune, ratio: Fraction = TRIPLET) -> list[tuple[Fraction, Fraction]]:
    return [(4 * event.onset, 4 * event.duration) for event in swung(perform(tune), tune, ratio).notes]


def onsets(music: str, ratio: Fraction = TRIPLET, meter: str = "4/4") -> list[Fraction]:
    return [onset for onset, _ in times(tune_of(music, meter=meter), ratio)]


def test_an_even_pair_is_played_long_and_short() -> None:
    assert times(tune_of("AB")) == [(F(0), F(2, 3)), (F(2, 3), F(1, 3))]
    assert times(tune_of("AB"), F(3, 2)) == [(F(0), F(3, 5)), (F(3, 5), F(2, 5))]


def test_written_dots_sixteenths_and_triplets_stay() -> None:
    music = "A>B c/d/e f2 (3gab"
    assert onsets(music) == [4 * event.onset for event in perform(tune_of(music)).notes]


def test_a_dotted_quarter_and_its_eighth_stay() -> None:
    assert onsets("A3B") == [F(0), F(3, 2)]


def test_a_pickup_is_counted_from_the_bars_end() -> None:
    assert onsets("A|BcdefgaB|") == [F(0), F(1, 2), F(7, 6), F(3, 2), F(13, 6), F(5, 2), F(19, 6), F(7, 2), F(25, 6)]


def test_pickups_before_repeats_count_from_the_bars_end() -> None:
    assert onsets("A|:Bc d2 e4:|")[:3] == [F(0), F(1, 2), F(7, 6)]


def test_an_eighth_rest_is_half_of_a_pair() -> None:
    assert onsets("zB c2") == [F(2, 3), F(1)]


def test_eighths_across_a_beat_are_no_pair() -> None:
    assert onsets("A/BcB/") == [F(0), F(1, 4), F(3, 4), F(5, 4)]


def test_graces_move_with_their_note() -> None:
    assert times(tune_of("A{g}B")) == [(F(0), F(2, 3)), (F(2, 3), F(1, 12)), (F(3, 4), F(1, 4))]


def test_a_tie_into_a_pair_follows_the_swing() -> None:
    assert times(tune_of("A2-AB")) == [(F(0), F(5, 3)), (F(5, 3), F(1, 3))]


def test_every_turn_of_a_repeat_swings() -> None:
    assert onsets("|:AB c2 d4:|") == [F(0), F(2, 3), F(1), F(2), F(4), F(14, 3), F(5), F(6)]


def test_hornpipes_swing_by_default_and_nothing_else() -> None:
    assert default_swing(parse("M:C|\nR: Hornpipe\nK:D\nA")) == HORNPIPE
    assert default_swing(parse("M:3/2\nR:hornpipe\nK:D\nA")) is None
    assert default_swing(parse("M:4/4\nR:reel\nK:D\nA")) is None


def test_a_hornpipe_in_sixteenths_swings_those() -> None:
    for meter in ("2/4", "4/4"):
        tune = parse(f"M:{meter}\nL:1/16\nR:hornpipe\nK:D\nABcd e2f2|")
        assert default_swing(tune) == HORNPIPE
        assert times(tune)[:5] == [
            (F(0), F(1, 3)), (F(1, 3), F(1, 6)), (F(1, 2), F(1, 3)), (F(5, 6), F(1, 6)), (F(1), F(1, 2)),
        ]  # fmt: skip
    assert default_swing(parse("M:2/4\nL:1/8\nR:hornpipe\nK:D\nABcd|")) is None


def test_a_file_is_straight_unless_asked() -> None:
    tune = parse("M:4/4\nL:1/8\nR:hornpipe\nK:D\nAB")

    def ticks(data: bytes) -> list[int]:
        return [message.time for message in mido.MidiFile(file=BytesIO(data)).tracks[1] if message.type == "note_off"]

    assert ticks(midi_bytes(tune)) == [480, 480]
    assert ticks(midi_bytes(tune, swing=HORNPIPE)) == [600, 360]


@given(MUSIC)
def test_swing_keeps_note_order_pitches_and_total_length(music: str) -> None:
    tune = tune_of(music)
    straight = perform(tune)
    bent = swung(straight, tune, HORNPIPE)
    assert bent.duration == straight.duration
    assert [event.pitch for event in bent.notes] == [event.pitch for event in straight.notes]
    assert [event.onset for event in bent.notes] == sorted(event.onset for event in bent.notes)
    assert all(event.duration > 0 for event in bent.notes)
