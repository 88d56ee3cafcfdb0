"""The MIDI file, re-read by mido: exactly the performance, and nothing a player could choke on."""

import errno
import os
import stat
import tempfile
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import mido
import pytest
from hypothesis import assume, given

from charrnn.errors import RenderError
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Note, Pitch, Place, Tune
from charrnn.render.export.midi import midi_bytes, ticks_per_quarter, track_name, write_midi
from charrnn.render.playing.performance import perform
from tests.support.tunes import ANY_TEXT, KEYS, MUSIC, abc, tune_of

C_NOTE = Note((Pitch("C", 4),), Fraction(1, 4), Place(1, 1))


def reread(tune: Tune) -> mido.MidiFile:
    return mido.MidiFile(file=BytesIO(midi_bytes(tune)))


def strokes(file: mido.MidiFile) -> list[tuple[Fraction, Fraction, int]]:
    """Onset and duration in whole notes, and pitch, of each note; every key must be free when it is pressed."""
    now, pressed, found = 0, {}, []
    whole = 4 * file.ticks_per_beat
    for message in mido.merge_tracks(file.tracks):
        now += message.time
        if message.type == "note_on" and message.velocity:
            assert message.note not in pressed
            pressed[message.note] = now
        elif message.type in ("note_on", "note_off"):
            start = pressed.pop(message.note)
            found.append((Fraction(start, whole), Fraction(now - start, whole), message.note))
    assert not pressed
    return sorted(found)


def meta(tune: Tune, kind: str) -> list[mido.MetaMessage]:
    return [message for message in mido.merge_tracks(reread(tune).tracks) if message.type == kind]


@given(MUSIC, KEYS)
def test_mido_reads_exactly_the_events_of_the_performance(written: str, key: str) -> None:
    tune = parse(abc(written, key))
    assume(tune.notes)
    assert strokes(reread(tune)) == sorted((event.onset, event.duration, event.pitch) for event in perform(tune).notes)


@pytest.mark.parametrize(
    "music", ["(3ABc", "(5ABcde", "(7ABcdefg", "(9ABcdefgab", "(7A/B/c/d/e/f/g/(9ABcdefgab", "A///", "{gab}A/"]
)
def test_tuplets_and_small_notes_fall_on_whole_ticks(music: str) -> None:
    tune = tune_of(music)
    ticks = 4 * ticks_per_quarter(perform(tune))
    assert all(
        (event.onset * ticks).denominator == 1 == (event.duration * ticks).denominator for event in perform(tune).notes
    )


def test_too_fine_rhythms_are_rounded_without_losing_notes() -> None:
    tune = tune_of("".join(f"A/{below}B/{below}" for below in range(50, 65)))
    assert ticks_per_quarter(perform(tune)) == 960
    assert len(strokes(reread(tune))) == 30


def test_midi_metadata_matches_the_tunes_header() -> None:
    tune = parse("T:The Cat\nM:6/8\nL:1/8\nQ:3/8=80\nK:Em\nABc def|")
    assert [message.tempo for message in meta(tune, "set_tempo")] == [500_000]
    assert [(message.numerator, message.denominator) for message in meta(tune, "time_signature")] == [(6, 8)]
    assert [message.key for message in meta(tune, "key_signature")] == ["Em"]
    assert [message.name for message in meta(tune, "track_name")] == ["The Cat"] * 2  # the sequence and the melody
    assert [message.program for message in meta(tune, "program_change")] == [0]


@pytest.mark.parametrize(
    ("key", "written"),
    [("G", "G"), ("Bb", "Bb"), ("Cb", "Cb"), ("C#", "C#"), ("Ador", "G"), ("F#m", "F#m"), ("Ebm", "Ebm")],
)
def test_the_key_signature_has_the_keys_accidentals(key: str, written: str) -> None:
    assert [message.key for message in meta(tune_of("A", key=key), "key_signature")] == [written]


def test_meter_and_key_changes_stand_at_their_time() -> None:
    """Free meter and the bagpipe key have no signature in MIDI."""
    file = reread(tune_of("A8[M:3/4][K:D][Q:1/4=60]A6[M:none][K:HP]A2"))
    now, found = 0, []
    for message in mido.merge_tracks(file.tracks):
        now += message.time
        if message.type in ("time_signature", "key_signature", "set_tempo"):
            found.append((now / file.ticks_per_beat, message.type))
    assert sorted(found) == sorted(
        (at, kind) for at in (0, 4) for kind in ("time_signature", "key_signature", "set_tempo")
    )


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("The Cat \U0001f3b5", "The Cat \U0001f3b5"),
        ("Caf\u00e9", "Caf\u00e9"),
        ("two\nlines\r\x00", "two lines \x00"),
        ("", "Tune"),
        (" ", "Tune"),
        ("\ud800", "?"),
        ("t" * 200_000, "t" * 200),
    ],
    ids=["emoji", "accent", "newline", "empty", "blank", "surrogate", "200,000 characters"],
)
def test_any_title_is_written_and_read_back(title: str, name: str) -> None:
    assert track_name(title) == name.replace("?", "\ud800")
    names = [message.name for message in meta(Tune((C_NOTE,), title=title), "track_name")]
    assert [_decoded(written) for written in names] == [name, name]


def _decoded(name: str) -> str:
    """What mido took for Latin-1."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return name


def test_the_sequence_has_the_tunes_name() -> None:
    tune = parse("T:Caf\u00e9 \u0160koda\nK:C\nAB")
    file = mido.MidiFile(file=BytesIO(midi_bytes(tune)), charset="utf-8")
    assert [track.name for track in file.tracks] == ["Caf\u00e9 \u0160koda"] * 2


@pytest.mark.parametrize(
    ("meter", "clocks"),  # a quarter note is 24 MIDI clocks
    [
        *(("4/4", 24), ("2/4", 24), ("2/2", 48), ("C|", 48), ("3/8", 12), ("5/8", 12), ("7/8", 12), ("6/8", 36)),
        *(("9/8", 36), ("12/8", 36), ("6/16", 18), ("9/16", 18), ("12/16", 18), ("6/4", 72), ("9/4", 72)),
    ],
)
def test_a_metronome_clicks_on_the_beat(meter: str, clocks: int) -> None:
    assert meta(tune_of("A", meter=meter), "time_signature")[0].clocks_per_click == clocks


def signatures(tune: Tune) -> list[tuple[int, str]]:
    """Tick and meter of each time signature."""
    file = reread(tune)
    now, found = 0, []
    for message in mido.merge_tracks(file.tracks):
        now += message.time
        if message.type == "time_signature":
            found.append((now, f"{message.numerator}/{message.denominator}"))
    return found


def test_a_pickup_has_a_meter_of_its_length() -> None:
    assert signatures(parse("M:4/4\nL:1/8\nK:G\nD2|:G2Bd g4|d8:|")) == [(0, "1/4"), (960, "4/4")]


@pytest.mark.parametrize(
    ("music", "expected"),
    [
        ("A8|B8|]", [(0, "4/4")]),
        ("A8|B6|]", [(0, "4/4")]),  # no bar follows
        ("A2|B8|c6|]", [(0, "1/4"), (960, "4/4")]),
        ("|:A2|B8|c6:|", [(0, "1/4"), (960, "4/4")]),  # the pick-up completes the last bar
        ("A2|:B8|c6:|", [(0, "1/4"), (960, "4/4"), (4800, "3/4"), (7680, "4/4")]),
        ("A8|B8||c2|d8|e6|]", [(0, "4/4"), (7680, "1/4"), (8640, "4/4")]),
        ("A3|B8|c5||d3|e8|]", [(0, "3/8"), (1440, "4/4")]),
        ("|:A8|1B6:|2c6||d2|e8|]", [(0, "4/4"), (3840, "3/4"), (6720, "4/4")]),
        ("A8|B5|c8|]", [(0, "4/4"), (3840, "5/8"), (6240, "4/4")]),
        ("A8|[M:3/4]B6|c6|]", [(0, "4/4"), (3840, "3/4")]),
        ("A2|(3ABc d2|e8|]", [(0, "1/4"), (960, "2/4"), (2880, "4/4")]),
        ("A/3|B8|]", [(0, "4/4")]),  # no meter is a third of an eighth long
    ],
)
def test_bar_lines_fall_where_the_tune_has_them(music: str, expected: list[tuple[int, str]]) -> None:
    assert signatures(tune_of(music)) == expected


@pytest.mark.parametrize(
    ("music", "expected"),
    [
        ("AB", [90, 90]),
        ("A!p!Bc!ff!d", [90, 60, 60, 120]),
        ("!p!A!sfz!Bc", [60, 120, 60]),
        ("|:A!f!B:|", [90, 105, 90, 105]),
        ("!pp!z[CE]", [45, 45]),
        ("V:1\n!f!A|\nV:2\n!p!z|\nV:3\n!pp!C|", [45, 105]),
        ("!p!A & C|!ff!B & !pp!D|c & E|", [90, 60, 45, 120, 45, 120]),
    ],
)
def test_notes_are_as_loud_as_the_text_says(music: str, expected: list[int]) -> None:
    data = midi_bytes(tune_of(music), is_straight=True)
    messages = mido.merge_tracks(mido.MidiFile(file=BytesIO(data)).tracks)
    assert [message.velocity for message in messages if message.type == "note_on"] == expected


def test_a_sounding_pitch_ends_before_it_restarts() -> None:
    assert strokes(reread(tune_of("A4-{A}A4"))) == [(0, Fraction(1, 2), 69), (Fraction(1, 2), Fraction(1, 32), 69)]


def test_repeated_notes_restrike_and_unisons_sound_once() -> None:
    assert [pitch for *_, pitch in strokes(reread(tune_of("AA[AA]A-[AA]")))] == [69] * 4


@pytest.mark.parametrize(
    ("music", "program", "said"),
    [
        ("z4|", 0, "no note to play"),
        ("c'''''''", 0, "no note to play"),
        ("^^c'''''", 0, "no note to play"),
        ("A", 128, "0 to 127, not 128"),
        ("A", -1, "0 to 127, not -1"),
    ],
)
def test_what_cannot_be_written_is_said(music: str, program: int, said: str) -> None:
    with pytest.raises(RenderError, match=said):
        midi_bytes(tune_of(music), program)


def test_music_longer_than_ten_minutes_is_refused() -> None:
    with pytest.raises(RenderError, match="at most 600"):
        midi_bytes(parse("Q:1/4=20\nL:1\nK:C\n" + "A16|" * 20))


@given(ANY_TEXT)
def test_any_text_gives_readable_midi_or_render_error(text: str) -> None:
    try:
        file = reread(parse(text))
    except RenderError:
        return
    assert strokes(file)


# -- on disk


def test_writing_leaves_one_world_readable_file(tmp_path: Path) -> None:
    path = tmp_path / "tune.mid"
    write_midi(tune_of("ABc"), path, program=73)
    assert [message.program for message in mido.MidiFile(path) if message.type == "program_change"] == [73]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("module", "call"), [(os, "fsync"), (os, "fdopen"), (os, "replace"), (tempfile, "mkstemp"), (os, "chmod")]
)
def test_a_full_disk_leaves_only_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, call: str
) -> None:
    path = tmp_path / "tune.mid"
    path.write_bytes(b"old")

    def full(*arguments: Any, **_: object) -> None:
        if call == "fdopen":
            os.close(arguments[0])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, call, full)
    with pytest.raises(RenderError, match=r"tune\.mid cannot be written: No space left on device"):
        write_midi(tune_of("ABc"), path)
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_data_is_synced_before_the_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, fsync = tmp_path / "tune.mid", os.fsync
    seen: list[tuple[int, bool]] = []

    def watched(handle: int) -> None:
        seen.append((os.fstat(handle).st_size, path.exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    write_midi(tune_of("ABc"), path)
    assert seen == [(path.stat().st_size, False)]


def test_a_missing_folder_or_directory_target_is_reported(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="cannot be written: No such file"):
        write_midi(tune_of("ABc"), tmp_path / "missing" / "tune.mid")
    with pytest.raises(RenderError, match="cannot be written: Is a directory"):
        write_midi(tune_of("ABc"), tmp_path)
    assert list(tmp_path.iterdir()) == []
