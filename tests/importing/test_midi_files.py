"""MIDI files of other programs, made with mido: tracks, performances, and what a file does not say."""

import random
from io import BytesIO
from typing import Any

import mido
import pytest

from charrnn.errors import OpeningError
from charrnn.importing.opened import opened
from charrnn.notation.reading.parser import parse

TICKS = 480
SCALE = (60, 62, 64, 65, 67, 69, 71, 72)
Notes = list[tuple[float, float, int]]  # onset and length in quarters, pitch


def midi(
    *tracks: Notes, channels: tuple[int, ...] = (), names: tuple[str, ...] = (), meta: tuple[Any, ...] = ()
) -> bytes:
    """A file of these tracks; ``meta`` messages stand at its start."""
    file = mido.MidiFile(ticks_per_beat=TICKS)
    file.tracks.append(mido.MidiTrack(meta))
    for index, notes in enumerate(tracks):
        channel = channels[index] if channels else index
        events = []
        for onset, length, pitch in notes:
            events.append((round(onset * TICKS), 1, mido.Message("note_on", note=pitch, channel=channel)))
            events.append((round((onset + length) * TICKS), 0, mido.Message("note_off", note=pitch, channel=channel)))
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=names[index])] if names else [])
        before = 0
        for tick, _, message in sorted(events, key=lambda event: event[:2]):
            track.append(message.copy(time=tick - before))
            before = tick
        file.tracks.append(track)
    content = BytesIO()
    file.save(file=content)
    return content.getvalue()


def meter(numerator: int, denominator: int) -> mido.MetaMessage:
    return mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator)


def in_row(pitches: tuple[int, ...], length: float = 0.5, start: float = 0.0) -> Notes:
    return [(start + length * index, length, pitch) for index, pitch in enumerate(pitches)]


def music_of(abc: str) -> str:
    return abc.partition("K:")[2].partition("\n")[2].replace("\n", "")


def test_the_highest_busy_track_is_the_melody() -> None:
    melody, bass, bell = in_row(SCALE * 2), in_row((36, 43) * 4, 1.0), [(0.0, 1.0, 108)]
    data = midi(bass, melody, bell, names=("Bass", "Flute", "Bell"), meta=(meter(4, 4),))
    found = opened("trio.mid", data)
    assert found.voices == ("Bass (channel 1)", "Flute (channel 2)", "Bell (channel 3)")
    assert found.voice == 2
    assert "Flute (channel 2) (voice 2 of 3)" in found.sentence
    assert music_of(found.abc) == "CDEF GABc|CDEF GABc|]"
    assert music_of(opened("trio.mid", data, voice=1).abc) == "C,,2G,,2 C,,2G,,2|C,,2G,,2 C,,2G,,2|]"


def test_drums_are_never_the_melody() -> None:
    data = midi(in_row(SCALE), in_row((100,) * 8), channels=(0, 9), meta=(meter(4, 4),))
    assert opened("beat.mid", data).voices == ("Track 1 (channel 1)",)
    with pytest.raises(OpeningError, match=r"beat\.mid holds drums alone, no melody"):
        opened("beat.mid", midi(in_row((40,) * 8), channels=(9,)))


def test_each_channel_of_one_track_is_a_voice() -> None:
    file = mido.MidiFile(file=BytesIO(midi(in_row(SCALE), in_row((40, 43) * 4), meta=(meter(4, 4),))))
    single = mido.MidiFile(type=0, ticks_per_beat=TICKS)
    single.tracks.append(mido.merge_tracks(file.tracks))
    content = BytesIO()
    single.save(file=content)
    assert len(opened("single.mid", content.getvalue()).voices) == 2


@pytest.mark.parametrize("seed", range(5))
def test_a_played_scale_is_quantised(seed: int) -> None:
    source = random.Random(seed)
    rows = (
        (0, 0.5),
        (0.5, 0.5),
        (1, 1 / 3),
        (4 / 3, 1 / 3),
        (5 / 3, 1 / 3),
        (2, 1),
        (3, 0.25),
        (3.25, 0.25),
        (3.5, 0.5),
    )
    played = [
        (max(bar * 4 + onset + source.uniform(-0.04, 0.04), 0), length * source.uniform(0.6, 1.1), SCALE[place % 8])
        for bar in range(2)
        for place, (onset, length) in enumerate(rows)
    ]
    found = opened("played.mid", midi(played, meta=(meter(4, 4), mido.MetaMessage("key_signature", key="C"))))
    assert music_of(found.abc) == "CD (3EFG A2 B/c/C|CD (3EFG A2 B/c/C|]"
    assert found.remarks == ("quantised to sixteenths and triplet eighths",)


def test_shortened_notes_are_extended_to_the_next_note() -> None:
    played = [(onset, 0.95 * length, pitch) for onset, length, pitch in in_row(SCALE)]
    found = opened("gated.mid", midi(played, meta=(meter(4, 4),)))
    assert music_of(found.abc) == "CDEF GABc|]"


def test_missing_key_and_meter_are_estimated() -> None:
    waltz = [(3.0 * bar + onset, length, pitch) for bar in range(8) for onset, length, pitch in (
        (0.0, 2.0, (62, 66, 69, 74)[bar % 4]), (2.0, 0.5, 69), (2.5, 0.5, 73 if bar % 2 else 66))]  # fmt: skip
    found = opened("waltz.mid", midi(waltz))
    tune = parse(found.abc)
    assert (str(tune.key), str(tune.meter)) == ("D", "3/4")
    assert found.remarks == ("the key, D, is estimated", "the meter, 3/4, is estimated")
    assert found.sentence == "Opened from MIDI; the key, D, is estimated; the meter, 3/4, is estimated."


def test_silence_before_a_pickup_is_left_out() -> None:
    data = midi(in_row((67, *SCALE), start=3.5 + 8), meta=(meter(4, 4),))
    assert music_of(opened("late.mid", data).abc) == "G|CDEF GABc|]"


def test_a_change_of_meter_and_key_is_written() -> None:
    later = (mido.MetaMessage("time_signature", numerator=3, denominator=4, time=1920),
             mido.MetaMessage("key_signature", key="D"))  # fmt: skip
    data = midi(in_row((60, 62, 64, 65, 66, 67, 69), 1.0), meta=(meter(4, 4), *later))
    assert music_of(opened("change.mid", data).abc) == "C2D2 E2F2|[M:3/4][K:D]F2 G2 A2|]"


def test_tempo_and_title_come_from_the_file() -> None:
    meta = (
        mido.MetaMessage("track_name", name="Fran\xe7ois"),
        mido.MetaMessage("set_tempo", tempo=400_000),
        meter(6, 8),
    )
    found = opened("x.mid", midi(in_row(SCALE[:6]), meta=meta))
    assert (found.title, str(parse(found.abc).tempo and parse(found.abc).tempo.per_minute)) == ("Fran\xe7ois", "100")
    assert opened("my waltz.mid", midi(in_row(SCALE))).title == "my waltz"


def test_a_note_left_on_ends_with_its_track() -> None:
    file = mido.MidiFile(ticks_per_beat=TICKS)
    track = [
        mido.Message("note_on", note=60),
        mido.Message("note_on", note=62, time=480),
        mido.Message("note_off", note=62, time=480),
    ]
    file.tracks.append(mido.MidiTrack(track))
    content = BytesIO()
    file.save(file=content)
    assert len(parse(opened("open.mid", content.getvalue()).abc).notes) == 2
