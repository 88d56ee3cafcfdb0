"""The page's player on its own, in chromium, with a clock that the tests turn: what it plays and tells, and when."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

from charrnn.notation.reading.parser import parse
from charrnn.render.arrangement import arranged
from charrnn.render.playing.performance import perform
from charrnn.ui.answers.sound import sound_of
from charrnn.ui.score import STATIC
from tests.support.browser import needs_chromium, page_with, run

pytestmark = needs_chromium

# A quarter note takes half a second; four notes of half a beat, then one of two beats, a rest of two.
TUNE = "X:1\nM:4/4\nL:1/8\nQ:1/4=120\nK:C\nCDEF G4|z4"
LEAD = 0.06

STAGE = """
const { Player } = await import("/static/player/player.js");
class Stage {
  constructor() { this.now = 0; this.struck = []; this.clicks = []; }
  get heard() { return this.now; }
  async resume() {}
  strike(track, pitch, when, duration, gain) {
    const note = { track, pitch, gain, when: when, end: when + duration, cut: false };
    this.struck.push(note);
    return { release: (at) => { note.end = at; }, cut: () => { note.cut = true; } };
  }
  click(when, accented) {
    this.clicks.push([when, accented]);
    return { cut: () => {} };
  }
}
window.start = (sound) => {
  const stage = new Stage();
  const told = [];
  let tick = () => {};
  const timers = { setInterval: (look) => { tick = look; return 1; }, clearInterval: () => { tick = () => {}; } };
  const on = {
    state: (name) => told.push(name), end: () => told.push("end"),
    note: (note) => told.push(`+${note.index}`), release: (note) => told.push(`-${note.index}`),
  };
  const player = new Player(stage, on, { timers });
  player.load(sound);
  const until = (seconds) => { while (stage.now < seconds - 1e-9) { stage.now += 0.025; tick(); } };
  const heard = () => stage.struck.filter((note) => !note.cut).map((note) => [note.pitch, note.when, note.end]);
  return { player, stage, told, until, heard };
};
"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with page_with({"static": STATIC}) as page:
        run(page, STAGE)
        yield page


def play(page: Page, script: str, abc: str = TUNE, **more: Any) -> Any:
    tune = parse(abc)
    sound = {**sound_of(tune, perform(tune)), **more}
    return run(page, f"const {{ player, stage, told, until, heard }} = window.start(given); {script}", sound)


def pitches(notes: list[list[float]]) -> list[float]:
    return [note[0] for note in notes]


def times(notes: list[list[float]]) -> list[float]:
    return [note[1] for note in notes]


def test_played_notes_have_written_onsets_and_durations(page):
    notes = play(page, "await player.play(); until(4); return heard();")
    assert pitches(notes) == [60, 62, 64, 65, 67]
    assert times(notes) == pytest.approx([LEAD + at for at in (0, 0.25, 0.5, 0.75, 1)], abs=1e-4)
    assert notes[0][2] == pytest.approx(notes[1][1], abs=1e-4)
    assert notes[-1][2] == pytest.approx(LEAD + 2, abs=1e-4)


def test_events_report_every_note_and_the_end(page):
    told = play(page, "await player.play(); until(4); return told;")
    notes = [event for index in range(5) for event in (f"+{index}", f"-{index}")]
    assert told == ["playing", *notes, "stopped", "end"]


def test_a_note_event_fires_when_it_sounds(page):
    assert play(page, "await player.play(); until(0.35); return told;") == ["playing", "+0", "-0", "+1"]


def test_resuming_after_a_pause_continues_the_note(page):
    place, notes, told = play(
        page,
        "await player.play(); until(1.56); player.pause(); const place = player.position; until(3);"
        "await player.play(); until(5); return [place, heard().slice(-1), told.slice(-7)];",
    )
    assert place == pytest.approx(0.75, abs=0.02)  # in the middle of the long note
    assert notes == [[67, pytest.approx(3 + LEAD, abs=0.03), pytest.approx(3.5 + LEAD, abs=0.03)]]
    assert told == ["-4", "paused", "playing", "+4", "-4", "stopped", "end"]


def test_seeking_to_a_note_plays_on_from_it(page):
    notes = play(page, "await player.play(); until(0.2); player.seekNote(3); until(0.5); return heard().slice(-2);")
    assert pitches(notes) == [65, 67]
    assert times(notes) == pytest.approx([0.2 + LEAD, 0.45 + LEAD], abs=0.03)


def test_seeking_before_it_plays_decides_where_it_starts(page):
    assert pitches(play(page, "player.seek(0.25); await player.play(); until(1); return heard();")) == [64, 65, 67]


def test_a_loop_repeats_without_gaps_until_removed(page):
    notes, told = play(
        page,
        "player.loop(0.125, 0.375); await player.play(); until(1.4); player.loop(null); until(5);"
        "return [heard(), told.at(-1)];",
    )
    assert pitches(notes) == [62, 64, 62, 64, 62, 64, 65, 67]
    assert times(notes) == pytest.approx([LEAD + 0.25 * index for index in range(8)], abs=1e-3)
    assert told == "end"


def test_the_position_and_last_note_respect_the_loop(page):
    position, ends = play(
        page,
        "player.loop(0.25, 0.625); await player.play(); until(1.06);"
        "return [player.position, stage.struck.slice(0, 3).map((x) => x.end)];",
    )
    assert position == pytest.approx(0.25 + 0.125, abs=0.02)
    assert ends[-1] == pytest.approx(0.75 + LEAD, abs=1e-4)


def test_another_tempo_holds_from_the_moment_on(page):
    notes, seconds, place = play(
        page,
        "await player.play(); until(0.56); const before = player.position; player.rate = 2;"
        "const jump = player.position - before; until(3); return [heard(), player.seconds, jump];",
    )
    assert pitches(notes) == [60, 62, 64, 65, 67]
    assert times(notes)[:3] == pytest.approx([LEAD, LEAD + 0.25, LEAD + 0.5], abs=1e-4)
    assert notes[3][1] - notes[2][1] == pytest.approx(0.125, abs=0.04)  # it changed within the note
    assert notes[4][1] - notes[3][1] == pytest.approx(0.125, abs=1e-4)
    assert notes[4][2] - notes[4][1] == pytest.approx(0.5, abs=1e-4)
    assert (seconds, place) == (pytest.approx(1.5), pytest.approx(0, abs=1e-9))


def test_a_tempo_of_the_tunes_own_is_followed(page):
    abc = "X:1\nM:4/4\nL:1/4\nQ:1/4=120\nK:C\nCD[Q:1/4=60]EF|"
    assert times(play(page, "await player.play(); until(6); return heard();", abc)) == pytest.approx(
        [LEAD, LEAD + 0.5, LEAD + 1, LEAD + 2], abs=1e-4
    )


def test_the_count_in_accents_its_first_beat(page):
    clicks, first, told = play(
        page, "await player.play({ countIn: true }); until(2.1); return [stage.clicks, heard()[0], told];"
    )
    assert clicks == [[pytest.approx(LEAD + 0.5 * beat), beat == 0] for beat in range(4)]
    assert first[1] == pytest.approx(LEAD + 2)
    assert told[:3] == ["counting", "playing", "+0"]


def test_a_pick_up_falls_within_the_count_in(page):
    abc = "X:1\nM:6/8\nL:1/8\nQ:3/8=60\nK:D\nA|dfd ecA|BGB AFD|"
    clicks, first = play(
        page, "await player.play({ countIn: true }); until(3); return [stage.clicks, heard()[0]];", abc
    )
    assert [click[0] for click in clicks] == pytest.approx([LEAD, LEAD + 1], abs=1e-4)
    assert first[1] == pytest.approx(LEAD + 2 - 1 / 3, abs=1e-4)


@pytest.mark.parametrize("track", ["voices", "accompaniment"])
def test_accompanying_tracks_play_without_note_events(page, track):
    chord = [{"at": 0, "duration": 0.5, "pitch": pitch, "id": 0} for pitch in (48, 52)]
    struck, told = play(
        page,
        "await player.play(); until(4); return [stage.struck.map((x) => [x.track, x.pitch]), told];",
        **{track: chord},
    )
    assert sorted(name for name in struck if name[0] == track) == [[track, 48], [track, 52]]
    assert sum(event.startswith("+") for event in told) == 5


def test_a_new_instrument_sounds_from_the_next_note(page):
    cut, heard = play(
        page,
        "await player.play(); until(0.4); stage.onChange(); until(4);"
        "return [stage.struck.filter((x) => x.cut).length, heard()];",
    )
    assert cut > 0
    assert pitches(heard) == [60, 62, 64, 65, 67]
    assert times(heard) == pytest.approx([LEAD + at for at in (0, 0.25, 0.5, 0.75, 1)], abs=1e-4)


def test_nothing_is_left_behind_by_stopping(page):
    state, position, left = play(
        page,
        "await player.play(); until(0.4); player.stop(); until(1);"
        "return [player.state, player.position, stage.struck.every((x) => x.cut || x.end <= 0.4)];",
    )
    assert (state, position, left) == ("stopped", 0, True)


def test_dynamics_in_the_text_set_the_loudness(page: Page) -> None:
    abc = "L:1/4\nK:C\nC!p!DE!mf!F|"
    gains = play(page, "await player.play(); until(9); return stage.struck.map(({ gain }) => gain ?? 1);", abc)
    assert gains == pytest.approx([1, 4 / 9, 4 / 9, 1])


# -- practice


def test_a_practice_loop_speeds_up_to_full_tempo(page: Page) -> None:
    notes, rates, rate = play(
        page,
        "const rates = []; player.on.rate = (rate) => rates.push(rate); player.rate = 0.5; player.faster = 0.2;"
        "player.loop(0, 0.25); await player.play(); until(4.2); return [heard(), rates, player.rate];",
    )
    starts = times(notes)[::2]
    rounds = [later - start for start, later in pairwise(starts)]
    assert rounds[:5] == pytest.approx([0.5 / rate for rate in (0.5, 0.7, 0.9, 1, 1)], abs=1e-3)
    assert rates == pytest.approx([0.7, 0.9, 1])
    assert rate == 1


def test_the_position_follows_the_current_loop_tempo(page: Page) -> None:
    place = play(
        page,
        "player.rate = 0.5; player.faster = 0.5; player.loop(0, 0.25); await player.play(); until(1.06 + 0.25);"
        "return player.position;",
    )
    assert place == pytest.approx(0.125, abs=0.02)  # in the second round, at the full tempo


def test_a_loop_above_full_tempo_keeps_its_tempo(page: Page) -> None:
    rate = play(page, "player.rate = 1.5; player.faster = 0.1; player.loop(0, 0.25); await player.play(); until(3);"
                      "return player.rate;")  # fmt: skip
    assert rate == 1.5


def test_the_metronome_clicks_each_beat_through_the_tune(page: Page) -> None:
    abc = "X:1\nM:6/8\nL:1/8\nQ:3/8=60\nK:D\nA|dfd ecA|d3 d2|"
    clicks = play(page, "player.metronome = true; await player.play(); until(9); return stage.clicks;", abc)
    assert [click[0] for click in clicks] == pytest.approx([LEAD + 1 / 3 + beat for beat in range(4)], abs=1e-3)
    assert [click[1] for click in clicks] == [True, False, True, False]


def test_the_metronome_is_switched_while_it_plays(page: Page) -> None:
    clicks, notes = play(
        page,
        "await player.play(); until(0.7); player.metronome = true; until(1.7); player.metronome = false; until(4);"
        "return [stage.clicks.map(([when]) => when), heard()];",
    )
    assert pitches(notes) == [60, 62, 64, 65, 67]
    assert [when for when in clicks if when < 1.7] == pytest.approx([LEAD + 1, LEAD + 1.5], abs=1e-3)


def test_the_loop_restarts_before_the_last_note_fades(page: Page) -> None:
    turn, length, notes = play(
        page,
        "player.loop(0, player.turn); await player.play(); until(4); return [player.turn, player.length, heard()];",
        "X:1\nM:4/4\nL:1/2\nQ:1/4=120\nK:C\nCD|", length=1.5, end=1,
    )  # fmt: skip
    assert (turn, length) == (1, 1.5)
    assert times(notes)[:3] == pytest.approx([LEAD, LEAD + 1, LEAD + 2], abs=1e-3)


def test_lilt_is_followed_by_notes_and_seeking(page: Page) -> None:
    tune = parse("X:1\nR:jig\nM:6/8\nL:1/8\nQ:3/8=60\nK:D\ndfd ecA|d6|]")
    arrangement = arranged(tune)
    sound = sound_of(tune, arrangement.performance, arrangement.accompaniment, arrangement.end)
    script = """const { player, told, until, heard } = window.start(given);
    await player.play(); until(0.2); player.seekNote(4); until(0.3); const place = player.position; until(6);
    return [heard().slice(-3), place, told];"""
    notes, place, told = run(page, script, {**sound, "accompaniment": []})
    assert times(notes)[1] - times(notes)[0] == pytest.approx(7 / 24, abs=1e-3)  # the short one of long, short, middle
    assert place == pytest.approx(3 / 8 + 9 / 64, abs=0.03)
    assert told.count("+4") == 1
