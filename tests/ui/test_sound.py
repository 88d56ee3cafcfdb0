"""What the page's player and a MIDI file are told of tempo and meter: one rule, that of the performance."""

from io import BytesIO

import mido

from charrnn.notation.reading.parser import parse
from charrnn.render.arrangement import arranged
from charrnn.render.export.midi import midi_bytes
from charrnn.render.playing.performance import perform
from charrnn.ui.answers.sound import sound_of

FASTER = parse("M:4/4\nL:1/4\nQ:1/4=60\nK:C\n|:CDEF|[Q:1/4=120]GABc:|")
SHORTER = parse("M:4/4\nL:1/4\nQ:1/4=60\nK:C\n|:CDEF|[M:3/4][K:D]FGA:|")


def test_the_page_goes_back_to_the_first_tempo() -> None:
    assert sound_of(FASTER, perform(FASTER))["tempo"] == [[0, 4], [1, 2], [2, 4], [3, 2]]
    assert perform(FASTER).seconds() == 12


def test_the_metronome_goes_back_to_the_first_meter() -> None:
    assert sound_of(SHORTER, perform(SHORTER))["meter"] == [
        [0, 0.25, 4],
        [1, 0.25, 3],
        [1.75, 0.25, 4],
        [2.75, 0.25, 3],
    ]


def test_a_repeated_pickup_is_not_a_first_beat() -> None:
    tune = parse("M:4/4\nL:1/4\nK:C\n|:C|DEFG|[M:3/4]FGA|GAB:|")
    assert [place for place, *_ in sound_of(tune, perform(tune))["meter"]] == [0.25, 1.25, 3, 4]


def test_a_file_goes_back_to_the_first_tempo() -> None:
    now, tempos = 0, []
    for message in mido.MidiFile(file=BytesIO(midi_bytes(FASTER))).tracks[0]:
        now += message.time
        if message.type == "set_tempo":
            tempos.append((now // 3840, round(mido.tempo2bpm(message.tempo))))
    assert tempos == [(0, 60), (1, 120), (2, 60), (3, 120)]


def test_other_voices_are_sent_to_the_page() -> None:
    tune = parse("M:2/4\nL:1/8\nK:C\nV:1\nc4|\nV:2\nC4|")
    arrangement = arranged(tune, is_straight=True)
    sound = sound_of(tune, arrangement.performance, arrangement.accompaniment)
    assert [note["pitch"] for note in sound["notes"]] == [72]
    assert {"at": 0, "duration": 0.5, "pitch": 60, "id": -1, "notes": []} in sound["voices"]


def test_other_voices_follow_the_texts_dynamics() -> None:
    tune = parse("M:4/4\nL:1/8\nK:C\nV:1\n!p!C8|\nV:2\nE4 !f!E4|\n")
    sound = sound_of(tune, perform(tune))
    assert [note.get("gain") for note in sound["notes"]] == [0.444444]
    assert [note.get("gain") for note in sound["voices"]] == [None, 1.361111]
