"""Mixer, sampler and synthesised tone in chromium, rendered offline and measured: pitch, onset, level."""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from charrnn.notation.reading.parser import parse
from charrnn.render.audio import library as library_module
from charrnn.render.audio import soundfont
from charrnn.render.audio.instruments import instrument_named
from charrnn.render.audio.library import CATALOG, Library
from charrnn.render.audio.samples import cents_off, loudness
from charrnn.render.playing.performance import perform
from charrnn.ui.answers.sound import sound_of
from charrnn.ui.score import STATIC
from tests.support.browser import ORIGIN, needs_chromium, page_with, run

pytestmark = [
    needs_chromium,
    pytest.mark.skipif(
        soundfont.find_font() is None or soundfont.renderer_version() is None,
        reason="needs pretty_midi and midirenderer (no wheel here?)",
    ),
]
NAMES = ("piano", "fiddle")
TUNE = "X:1\nR:jig\nM:6/8\nL:1/8\nQ:3/8=60\nK:D\nd3 f3|A3 D3|"
PITCHES = [74, 78, 69, 62]
LEAD = 0.06  # seconds before the first note
RATE = 44_100

RENDER = """
window.render = async (sound, { catalog = null, instrument = "piano", seconds = 5, prepare = () => {} } = {}) => {
  const { Mixer } = await import("/static/player/mixer.js");
  const { Player } = await import("/static/player/player.js");
  const context = new OfflineAudioContext(1, seconds * 44100, 44100);
  const mixer = new Mixer(catalog && new URL(catalog, document.baseURI), context);
  const sampled = await mixer.setInstrument(instrument);
  const timers = { setInterval: () => 0, clearInterval: () => {} };
  const player = new Player(mixer, {}, { timers, lookAhead: Infinity });
  player.load(sound);
  prepare(mixer, player);
  await player.play({ countIn: Boolean(sound.countIn) });
  const samples = (await context.startRendering()).getChannelData(0);
  let text = "";
  for (const byte of new Uint8Array(samples.buffer)) text += String.fromCharCode(byte);
  return { sampled, samples: btoa(text) };
};
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library_module, "INSTRUMENTS", tuple(instrument_named(name) for name in NAMES))
        library = Library(tmp_path_factory.mktemp("cache"))
        library.prepare()
    assert library.folder is not None
    with page_with({"static": STATIC, "sounds": library.folder}) as page:
        run(page, RENDER)
        yield page


def rendered(page: Page, options: str, abc: str = TUNE, **more: Any) -> tuple[np.ndarray, bool]:
    tune = parse(abc)
    sound = {**sound_of(tune, perform(tune)), **more}
    out = run(page, f"return await window.render(given, {{ {options} }});", sound)
    return np.frombuffer(base64.b64decode(out["samples"]), "<f4").astype(float), out["sampled"]


def assert_plays(waveform: np.ndarray, start: float = LEAD) -> None:
    """TUNE: four notes of a second each."""
    for index, pitch in enumerate(PITCHES):
        first = start + index
        note = waveform[round((first + 0.05) * RATE) : round((first + 0.9) * RATE)]
        assert abs(cents_off(note, RATE, pitch)) < 10
        assert loudness(note, RATE) > 0.01
    assert np.abs(waveform[: round(start * RATE)]).max(initial=0) < 1e-4
    onset = np.flatnonzero(np.abs(waveform) > 0.1 * np.abs(waveform).max())[0] / RATE
    assert onset == pytest.approx(start, abs=0.03)
    assert np.abs(waveform).max() < 1


@pytest.mark.parametrize("name", NAMES)
def test_samples_play_in_tune_and_in_time(page, name):
    waveform, sampled = rendered(page, f"catalog: '/sounds/{CATALOG}', instrument: '{name}'")
    assert sampled
    assert_plays(waveform)


def test_a_synthesised_tone_replaces_missing_samples(page):
    waveform, sampled = rendered(page, "catalog: null")
    assert not sampled
    assert_plays(waveform)


def test_tone_and_samples_are_about_as_loud(page):
    tone, _ = rendered(page, "catalog: null")
    for name in NAMES:
        waveform, _ = rendered(page, f"catalog: '/sounds/{CATALOG}', instrument: '{name}'")
        assert 20 * abs(np.log10(loudness(waveform, RATE) / loudness(tone, RATE))) < 6  # decibels


def test_a_held_fiddle_note_lasts_to_its_end(page):
    abc = "X:1\nM:4/4\nL:1/1\nQ:1/4=60\nK:C\nc|"  # four seconds; the sample has one
    fiddle, _ = rendered(page, f"catalog: '/sounds/{CATALOG}', instrument: 'fiddle', seconds: 6", abc)
    levels = [loudness(fiddle[round(at * RATE) :][: RATE // 2], RATE) for at in (0.5, 2, 3.4, 5)]
    assert min(levels[:3]) > 0.7 * max(levels[:3])
    assert levels[3] < 0.01 * levels[0]


def test_a_held_piano_note_decays_until_its_end(page):
    abc = "X:1\nM:4/4\nL:1/1\nQ:1/4=60\nK:C\nc|"  # four seconds; the sample has 1.4
    piano, _ = rendered(page, f"catalog: '/sounds/{CATALOG}', instrument: 'piano', seconds: 6", abc)
    levels = [20 * np.log10(loudness(piano[round(at * RATE) :][: RATE // 4], RATE)) for at in (0.1, 1, 2, 3, 3.7, 5)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] - levels[3] < 40  # decibels, after three seconds
    assert levels[4] - levels[5] > 15  # it was let go


def test_notes_that_follow_each_other_do_not_click(page):
    fiddle, _ = rendered(page, f"catalog: '/sounds/{CATALOG}', instrument: 'fiddle'")
    bends = np.abs(np.diff(fiddle, 2))
    borders = np.zeros(len(bends), bool)
    for index in range(5):
        borders[round((LEAD + index) * RATE) - 50 :][:100] = True
    assert bends[borders].max() < bends[~borders].max()


def test_each_track_is_muted_for_itself(page):
    chord = [{"at": 0, "duration": 1.5, "pitch": 50, "id": 0}]
    both, _ = rendered(page, "catalog: null", accompaniment=chord)
    melody, _ = rendered(page, "catalog: null, prepare: (m) => m.setMuted('accompaniment', true)", accompaniment=chord)
    bass = 440 * 2 ** ((50 - 69) / 12)

    def strength(waveform: np.ndarray, frequency: float) -> float:
        note = waveform[: RATE // 2] * np.hanning(RATE // 2)
        return float(np.abs(np.fft.rfft(note, RATE)[round(frequency) - 2 : round(frequency) + 3]).max())

    assert strength(both, bass) > 5 * strength(melody, bass)
    assert strength(melody, 587.3) > 0.5 * strength(both, 587.3)


def test_a_count_in_is_heard_before_the_music(page):
    waveform, _ = rendered(page, "catalog: null, seconds: 7", countIn=True)
    loud = np.flatnonzero(np.abs(waveform) > 0.02)
    assert loud[0] / RATE == pytest.approx(LEAD, abs=0.01)
    between = waveform[round((LEAD + 0.3) * RATE) : round((LEAD + 0.9) * RATE)]
    assert np.abs(between).max() < 0.01
    note = waveform[round((LEAD + 2.05) * RATE) : round((LEAD + 2.9) * RATE)]
    assert abs(cents_off(note, RATE, PITCHES[0])) < 10


def test_damaged_samples_fall_back_to_the_tone(page):
    page.route(f"{ORIGIN}/sounds/piano.wav*", lambda route: route.fulfill(body=b"RIFF, or so it says"))
    waveform, sampled = rendered(page, f"catalog: '/sounds/{CATALOG}'")
    page.unroute(f"{ORIGIN}/sounds/piano.wav*")
    assert not sampled
    assert_plays(waveform)


def test_late_samples_are_used_once_they_arrive(page):
    catalogs = iter([b'{"instruments": {}}'])

    def not_yet(route: Any) -> None:
        body = next(catalogs, None)
        route.fulfill(body=body, content_type="application/json") if body else route.fallback()

    page.route(f"{ORIGIN}/sounds/{CATALOG}", not_yet)
    before, told, after = run(
        page,
        f"""const {{ Mixer }} = await import("/static/player/mixer.js");
        const mixer = new Mixer(new URL("/sounds/{CATALOG}", document.baseURI), new OfflineAudioContext(1, 100, 44100));
        let told = 0;
        mixer.onChange = () => {{ told += 1; }};
        const waiting = mixer.setInstrument("fiddle");
        const before = Boolean(mixer.sampler);
        told = 0;
        await waiting;
        return [before, told, Boolean(mixer.sampler)];""",
    )
    page.unroute(f"{ORIGIN}/sounds/{CATALOG}")
    assert (before, told, after) == (False, 1, True)
