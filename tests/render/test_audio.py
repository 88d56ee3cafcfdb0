"""Sampled notes, the folder they are kept in, and whole tunes as WAV: pitch, level and length, measured."""

import io
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from charrnn.errors import OptionError, RenderError
from charrnn.files import cache_folder
from charrnn.notation.reading.parser import parse
from charrnn.render.audio import apart, samples, soundfont
from charrnn.render.audio import library as library_module
from charrnn.render.audio.files import KINDS, audio_file
from charrnn.render.audio.instruments import INSTRUMENTS, instrument_named
from charrnn.render.audio.library import CATALOG, Library
from charrnn.render.audio.loudness import PEAK, TARGET, integrated_loudness, master
from charrnn.render.audio.mixing import MIX_RATE, TAIL, mixed
from charrnn.render.audio.samples import RATE, cents_off, loudness
from charrnn.render.audio.tone import struck_string
from charrnn.render.audio.wav import read_wav, wav_bytes
from charrnn.render.playing.performance import perform

FONT = soundfont.find_font()
needs_font = pytest.mark.skipif(
    FONT is None or soundfont.renderer_version() is None, reason="needs pretty_midi and midirenderer (no wheel here?)"
)
FEW = tuple(instrument_named(name) for name in ("piano", "accordion"))
TUNE = "X:1\nR:jig\nM:6/8\nL:1/8\nQ:3/8=60\nK:D\nd3 f3|A3 D3|"
PITCHES = [74, 78, 69, 62]


@pytest.fixture(scope="module")
def few() -> Iterator[None]:
    """A library of two instruments is rendered in a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library_module, "INSTRUMENTS", FEW)
        yield


@pytest.fixture(scope="module")
def library(few: None, tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = Library(tmp_path_factory.mktemp("cache"))
    library.prepare()
    return library


def without_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Library:
    monkeypatch.setattr(soundfont, "find_font", lambda: None)
    return Library(tmp_path)


@needs_font
@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda instrument: instrument.name)
def test_instrument_samples_are_tuned_even_and_without_clicks(instrument):
    assert FONT is not None
    notes = samples.make_samples(FONT.read_bytes(), instrument)
    assert [note.pitch for note in notes] == list(range(41, 90, 3))
    assert sum(2 * len(note.waveform) for note in notes) < 1.1e6
    for note in notes:
        heard = note.waveform[: round(samples.LISTEN * RATE)]
        assert abs(cents_off(note.waveform[round(0.03 * RATE) : round(0.4 * RATE)], RATE, note.pitch)) < 3
        assert np.abs(note.waveform).max() <= samples.PEAK + 1e-9
        assert loudness(heard) <= samples.LOUDNESS * 1.001
        assert note.pitch < 62 or loudness(heard) > samples.LOUDNESS * 0.8  # low and pure tones are held back by PEAK
        assert np.abs(note.waveform[:3]).max() < 0.02
        assert note.loop is not None
        assert (note.decay is None) == instrument.sustained


@needs_font
def test_sample_loops_are_seamless_and_keep_their_pitch():
    assert FONT is not None
    for note in samples.make_samples(FONT.read_bytes(), instrument_named("fiddle")):
        assert note.loop is not None
        start, end = note.loop
        turns = np.concatenate([note.waveform[:end], *[note.waveform[start:end]] * 3])
        bends = np.abs(np.diff(turns, 2))
        assert bends[end - 3 : end + 1].max() <= bends[start:end].max() * 1.05
        assert abs(cents_off(turns[start:], RATE, note.pitch)) < 3


@needs_font
@pytest.mark.parametrize("name", ["piano", "guitar", "harp", "banjo"])
def test_a_plucked_note_rings_as_the_soundfonts_does(library, name):
    assert FONT is not None
    (struck,), rate = soundfont.render_notes(FONT.read_bytes(), instrument_named(name).program, [62], 4.0)
    ours = mixed(perform(parse("X:1\nM:4/4\nL:1/1\nQ:1/4=60\nK:C\nD|")), name, library).mean(axis=0)
    for second in (1.0, 1.5, 2.0, 2.5):  # of three, as the piano's last 1.4 s were silent once
        font, mix = (
            20 * np.log10(level(waveform, second, rate) / level(waveform, 0.1, rate))
            for waveform, rate in ((struck, rate), (ours, MIX_RATE))
        )
        assert abs(font - mix) < 6, second  # decibels


def level(waveform: np.ndarray, start: float, rate: int) -> float:
    """Root mean square of a fifth of a second."""
    return float(np.sqrt((waveform[round(start * rate) :][: rate // 5] ** 2).mean()))


@needs_font
def test_the_accordion_is_put_in_tune():
    assert FONT is not None
    font, accordion = FONT.read_bytes(), instrument_named("accordion")
    (as_it_is,), rate = soundfont.render_notes(font, accordion.program, [74], 1.0)
    (retuned,), _ = soundfont.render_notes(soundfont.retuned(font, accordion.program), accordion.program, [74], 1.0)
    assert abs(cents_off(as_it_is, rate, 74)) > 30
    assert abs(cents_off(retuned, rate, 74)) < 5


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF\x00\x00\x00\x00sfbk" + b"x" * 100])
def test_invalid_soundfont_data_raises_a_render_error(data):
    with pytest.raises(RenderError, match="the soundfont cannot be read"):
        soundfont.retuned(data, 21)


@needs_font
def test_a_prepared_library_is_read_from_its_folder(library, monkeypatch):
    assert library.folder is not None
    assert sorted(path.name for path in library.folder.iterdir()) == ["accordion.wav", CATALOG, "piano.wav"]
    catalog = json.loads((library.folder / CATALOG).read_text())
    assert catalog["instruments"]["piano"]["label"] == "Piano"
    again = Library(library.folder.parent)
    monkeypatch.setattr(samples, "make_samples", None)  # nothing is rendered twice
    again.prepare()
    for note in again.samples("accordion"):
        sounding = note.waveform[round(0.03 * RATE) : round(0.4 * RATE)]
        assert abs(cents_off(sounding, RATE, note.pitch)) < 3
        assert note.loop is not None


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@needs_font
@pytest.mark.parametrize("name", ["piano.wav", CATALOG])
@pytest.mark.parametrize("damage", [cut_short, flip_a_byte, Path.unlink, lambda path: path.write_text("[]")])
def test_a_damaged_cache_is_made_anew(few, tmp_path, monkeypatch, name, damage):
    monkeypatch.setattr(samples, "make_samples", lambda font, instrument: [struck_string(60), struck_string(63)])
    first = Library(tmp_path)
    first.prepare()
    assert first.folder is not None
    before = {path.name: path.read_bytes() for path in first.folder.iterdir()}
    damage(first.folder / name)
    Library(tmp_path).prepare()
    assert {path.name: path.read_bytes() for path in first.folder.iterdir()} == before


@needs_font
def test_two_at_once_leave_one_good_library(few, tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "make_samples", lambda font, instrument: [struck_string(60)])
    threads = [threading.Thread(target=lambda: Library(tmp_path).prepare()) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    library = Library(tmp_path)
    assert library.folder is not None
    assert set(json.loads((library.folder / CATALOG).read_text())["instruments"]) == {"piano", "accordion"}
    assert not list(library.folder.glob(".*"))


def all_but_the_piano(root: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A folder in which the other instruments are a single note each, so that little is left to render."""
    with monkeypatch.context() as patch:
        patch.setattr(samples, "make_samples", lambda font, instrument: [struck_string(60)])
        patch.setattr(library_module, "INSTRUMENTS", INSTRUMENTS[1:])
        Library(root).prepare()
    monkeypatch.setattr(library_module, "INSTRUMENTS", INSTRUMENTS)
    return Library(root)


@needs_font
def test_a_separate_process_renders_the_missing_samples(tmp_path, monkeypatch, caplog):
    library = all_but_the_piano(tmp_path, monkeypatch)
    assert not library.is_complete
    worker = apart.prepare_apart(library)
    assert worker is not None
    monkeypatch.setattr(samples, "make_samples", None)  # nothing is rendered here
    worker.join(60)
    assert library.is_complete
    assert len(library.samples("piano")) == 17
    assert not caplog.records
    assert apart.prepare_apart(library) is None


def die(root: Path) -> None:
    os._exit(3)


@needs_font
def test_a_failed_render_process_leaves_the_synthesised_tone(tmp_path, monkeypatch, caplog):
    library = all_but_the_piano(tmp_path, monkeypatch)
    monkeypatch.setattr(apart, "_render", die)
    worker = apart.prepare_apart(library)
    assert worker is not None
    worker.join(60)
    assert [record.getMessage() for record in caplog.records] == [
        "the page plays a synthesised tone for some instruments: rendering them ended with exit code 3"
    ]
    assert "piano" not in json.loads((tmp_path / library.folder.name / CATALOG).read_text())["instruments"]


@needs_font
def test_servers_reuse_and_keep_each_others_rendered_samples(few, tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(
        samples, "make_samples", lambda font, instrument: made.append(instrument.name) or [struck_string(60)]
    )
    early, late = Library(tmp_path), Library(tmp_path)  # both find an empty folder
    late.prepare()
    early.prepare()
    assert made == ["piano", "accordion"]
    assert Library(tmp_path).is_complete


@needs_font
def test_an_unusable_cache_folder_logs_one_warning(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        library = Library(tmp_path / "file")
        library.prepare()
    assert library.folder is None
    assert len(caplog.records) == 1
    assert len(library.samples("piano")) == 17  # rendered in memory


def test_without_the_packages_a_synthesised_tone_plays(monkeypatch, tmp_path, caplog):
    library = without_packages(monkeypatch, tmp_path)
    library.prepare()
    assert library.folder is None
    assert "a synthesised tone: TimGM6mb.sf2, which comes with the package pretty_midi, cannot" in caplog.text
    assert apart.prepare_apart(library) is None
    assert not list(tmp_path.iterdir())
    waveform, rate = read_wav(audio_file("wav", perform(parse(TUNE)), "fiddle", library))
    assert_plays(waveform, rate)


@needs_font
@pytest.mark.parametrize("name", ["piano", "accordion"])
def test_a_tunes_pitch_timing_and_level_are_right(library, name):
    waveform, rate = read_wav(audio_file("wav", perform(parse(TUNE)), name, library))
    assert_plays(waveform, rate)


def assert_plays(waveform: np.ndarray, rate: int) -> None:
    """TUNE: four notes of a second each."""
    assert rate == MIX_RATE == 44_100
    assert waveform.shape == (2, round((4 + TAIL) * rate))
    assert integrated_loudness(waveform, rate) == pytest.approx(TARGET, abs=0.3)
    assert np.abs(waveform).max() <= PEAK + 1e-3
    assert np.abs(waveform[:, -rate // 10 :]).max() < 0.02
    for index, pitch in enumerate(PITCHES):
        note = waveform[:, round((index + 0.05) * rate) : round((index + 0.9) * rate)].mean(axis=0)
        assert abs(cents_off(note, rate, pitch)) < 10
    loud = np.flatnonzero(np.abs(waveform[0]) > 0.1)
    assert loud[0] < 0.03 * rate


def test_room_reverb_is_stereo_and_deterministic(monkeypatch, tmp_path):
    library = without_packages(monkeypatch, tmp_path)
    left, right = mixed(perform(parse(TUNE)), "piano", library)
    assert 0.8 < np.corrcoef(left, right)[0, 1] < 0.999
    assert level(left, 0, MIX_RATE) == pytest.approx(level(right, 0, MIX_RATE), rel=0.5)
    assert np.array_equal(mixed(perform(parse(TUNE)), "piano", library), [left, right])


def test_dynamics_in_the_text_set_note_loudness(monkeypatch, tmp_path):
    library = without_packages(monkeypatch, tmp_path)
    tune = parse("M:4/4\nL:1/4\nQ:1/4=60\nK:C\nc!p!cz2|")
    waveform = mixed(perform(tune), "flute", library)[0]
    loud, soft = (np.abs(waveform[start : start + MIX_RATE // 4]).max() for start in (MIX_RATE // 2, 3 * MIX_RATE // 2))
    assert soft / loud == pytest.approx(4 / 9, abs=0.1)


def test_a_second_track_sounds_along(monkeypatch, tmp_path):
    library = without_packages(monkeypatch, tmp_path)
    performance = perform(parse("X:1\nM:4/4\nL:1/1\nQ:1/4=60\nK:C\nc|"))
    bass = [replace(performance.notes[0], pitch=48)]
    waveform = mixed(performance, "piano", library, bass)[1]
    assert abs(cents_off(waveform[:MIX_RATE], MIX_RATE, 48)) < 10


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "wav"])
def test_a_compressed_file_is_decoded_to_the_tune(monkeypatch, tmp_path, kind):
    library = without_packages(monkeypatch, tmp_path)
    data = audio_file(kind, perform(parse(TUNE)), "fiddle", library)
    waveform, rate = soundfile.read(io.BytesIO(data))
    assert soundfile.info(io.BytesIO(data)).format == {"mp3": "MP3", "ogg": "OGG", "flac": "FLAC"}[kind]
    assert (rate, waveform.shape[1]) == (44_100, 2)
    assert len(waveform) / rate == pytest.approx(4 + TAIL, abs=0.1)
    assert integrated_loudness(waveform.T, rate) == pytest.approx(TARGET, abs=0.5)
    assert len(data) < 400_000
    for index, pitch in enumerate(PITCHES):
        note = waveform[round((index + 0.1) * rate) : round((index + 0.9) * rate)].mean(axis=1)
        assert abs(cents_off(note, rate, pitch)) < 10


@pytest.mark.parametrize("kind", ["mp3", "ogg", "flac"])
def test_a_player_shows_the_title(monkeypatch, tmp_path, kind):
    library = without_packages(monkeypatch, tmp_path)
    data = audio_file(kind, perform(parse(TUNE)), "piano", library, title="Séamus's \n Jig ♭")
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        assert file.title == "Séamus's Jig ♭"
    for title in ("", "\0", "\ud800", "x" * 200):
        soundfile.read(io.BytesIO(audio_file(kind, perform(parse("K:C\nC|")), "piano", library, title=title)))


@pytest.mark.parametrize(("kind", "package"), [("mp3", "lameenc"), ("ogg", "soundfile"), ("flac", "soundfile")])
def test_a_missing_encoder_is_named(monkeypatch, tmp_path, kind, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(RenderError, match=f"cannot be written, for {package} cannot be loaded"):
        audio_file(kind, perform(parse(TUNE)), "piano", without_packages(monkeypatch, tmp_path))


def sine(decibels: float, seconds: float, rate: int = 48_000) -> np.ndarray:
    """A tone of 1 kHz in both channels, so many decibels under full scale."""
    time = np.arange(round(seconds * rate)) / rate
    return np.tile(10 ** (decibels / 20) * np.sin(2 * np.pi * 1000 * time), (2, 1))


@pytest.mark.parametrize(
    ("parts", "loudness"),
    [
        ([(-23, 20)], -23),
        ([(-33, 20)], -33),
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ],
)
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_loudness_is_that_of_ebu_tech_3341(parts, loudness, rate):
    signal = np.concatenate([sine(*part, rate) for part in parts], axis=1)
    assert integrated_loudness(signal, rate) == pytest.approx(loudness, abs=0.1)


def test_the_limiter_holds_peaks_and_spares_quiet_passages():
    clicks = 0.05 * sine(0, 3, 44_100).astype(np.float32)
    clicks[:, 50_000:50_010] = 1
    out = clicks.copy()
    master(out, 44_100)
    gain = out[0, :40_000].max() / clicks[0, :40_000].max()
    assert gain > 1
    assert np.abs(out).max() == pytest.approx(PEAK, abs=1e-3)
    assert np.allclose(out[:, :48_000], gain * clicks[:, :48_000], atol=1e-4)


def test_silence_stays_silent():
    silence = np.zeros((2, 44_100), np.float32)
    master(silence, 44_100)
    assert not silence.any()


def test_long_tunes_silence_and_unknown_instruments_are_refused(monkeypatch, tmp_path):
    library = without_packages(monkeypatch, tmp_path)
    with pytest.raises(RenderError, match="no note to play"):
        audio_file("wav", perform(parse("X:1\nK:C\nz4|")), "piano", library)
    with pytest.raises(RenderError, match="at most 600"):
        audio_file("wav", perform(parse("X:1\nL:1/1\nQ:1/4=20\nK:C\n" + "c16|" * 4)), "piano", library)
    with pytest.raises(OptionError, match="must be one of piano, fiddle"):
        audio_file("wav", perform(parse(TUNE)), "kazoo", library)


def test_wav_files_round_trip_and_clip_loud_samples():
    waveform = np.array([0.0, 0.5, -0.5, 1.5, -1.5])
    for written in (waveform, np.stack([waveform, -waveform])):
        back, rate = read_wav(wav_bytes(written, 8000))
        assert rate == 8000
        assert back == pytest.approx(np.clip(written, -1, 1), abs=1e-4)


def test_the_cache_is_in_the_systems_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "charrnn"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder().is_absolute()
    assert os.fspath(cache_folder()).endswith("charrnn")
