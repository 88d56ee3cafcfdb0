"""Seeing and hearing a tune in the page: the score, the player, the keys."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import needs_chromium
from tests.support.contrast import show_scheme, too_faint
from tests.support.served import GRADIO_WARNINGS
from tests.support.visitor import TUNE, choose_candidates, generate, open_tab, player, the_page

AHEAD = 0.15  # seconds, at most, from when the first sound is planned to when it is due

pytestmark = [
    pytest.mark.filterwarnings(GRADIO_WARNINGS),
    needs_chromium,
]


def note(page: Page, number: int):
    return page.locator(f".sheet #n{number} .notehead")


def select_bars(page: Page, first: int, last: int) -> None:
    """Drag from one bar into another."""
    page.locator(".sheet").evaluate("sheet => sheet.scrollIntoView({ block: 'start' })")
    page.wait_for_timeout(300)
    start, end = (page.locator(f".sheet #m{bar} .staff").first.bounding_box() for bar in (first, last))
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=5)
    page.mouse.up()


def test_a_tune_plays_pauses_stops_and_is_followed(page):
    generate(page)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('.score').player.stage.level() > 0.005")
    assert player(page, "startedNotes") > 0
    page.wait_for_function("document.querySelector('.sheet .sounding')")
    page.wait_for_function("document.querySelector('.score').player.position > 0.8")
    expect(page.locator(".time")).not_to_contain_text("0:00 /")
    page.get_by_role("button", name="Pause").click()
    position = player(page, "position")
    page.wait_for_timeout(400)
    assert player(page, "position") == position > 0.8
    assert player(page, "stage.level()") < 0.005
    expect(page.locator(".sheet .sounding")).to_have_count(0)
    page.locator(".transport .stop").click()
    assert player(page, "position") == 0
    expect(page.locator(".time")).to_contain_text("0:00 /")


def test_the_first_note_is_sampled_where_samples_are(page, library):
    if library.folder is None:
        pytest.skip("needs pretty_midi and midirenderer (no wheel here?)")
    generate(page)
    page.wait_for_function("document.querySelector('.score').player.stage.samples")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('.score').player.stage.level() > 0.005")
    assert page.evaluate("document.querySelector('.score').player.stage.sampler !== null")


def test_clicks_and_keys_move_the_playing_position(page):
    generate(page)
    note(page, 4).click()
    assert player(page, "position") == pytest.approx(4 / 8)
    expect(page.locator(".where")).to_have_text("Bar 1: E")
    expect(page.locator(".sheet #n4")).to_have_class(re.compile("cursor"))
    page.locator(".sheet").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".where")).to_have_text("Bar 1: C sharp")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".where")).to_have_text("Bar 2: B")
    page.keyboard.press("Home")
    assert player(page, "position") == 0
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('.score').player.position > 0.1")
    page.keyboard.press(" ")
    assert not player(page, "running")


def test_a_new_tune_clears_the_shown_place(page):
    generate(page)
    page.locator(".sheet").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".where")).to_have_text("Bar 1: D")
    generate(page, seed="8")
    expect(page.locator(".where")).to_be_empty()


def test_space_plays_unless_a_key_focused_a_button(page):
    generate(page)
    turn = the_page(page, "turn")
    button = page.get_by_role("button", name="Generate")
    expect(button).to_be_focused()
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('.score').player.running")
    page.keyboard.press(" ")
    assert not player(page, "running")
    page.wait_for_timeout(300)
    assert the_page(page, "turn") == turn
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(button).to_be_focused()
    page.keyboard.press(" ")
    page.wait_for_function(f"document.querySelector('.score').page.turn > {turn}")
    assert not player(page, "running")


def test_dragging_shift_and_keys_select_bars_to_loop(page):
    generate(page)
    select_bars(page, 1, 2)
    expect(page.locator(".selected-bars")).to_have_text("Bars 1 to 2 are selected.")
    expect(page.locator(".sheet .chosen")).to_have_count(2)
    page.get_by_label("Loop").check()
    assert player(page, "section") == {"from": pytest.approx(1 / 8), "to": pytest.approx(1 / 8 + 6 / 4)}
    page.keyboard.down("Shift")
    page.locator(".sheet #m3 .staff").click(force=True)
    page.keyboard.up("Shift")
    expect(page.locator(".selected-bars")).to_have_text("Bars 1 to 3 are selected.")
    page.locator(".sheet").focus()
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator(".selected-bars")).to_have_text("Bars 1 to 2 are selected.")
    page.keyboard.press("Escape")
    expect(page.locator(".sheet .chosen")).to_have_count(0)


@pytest.fixture
def phone(page: Page) -> Page:
    """The page with a tune, in a narrow window that a finger touches."""
    generate(page)
    page.set_viewport_size({"width": 390, "height": 600})
    page.wait_for_function("document.querySelector('.score').page.value.picture.width < 400")
    page.locator(".sheet").evaluate("sheet => sheet.scrollIntoView({ block: 'start' })")
    page.wait_for_timeout(300)
    return page


def swipe(page: Page, bar: int, aside: int, down: int) -> None:
    """Put a finger on a bar, move it by so many pixels, and take it away."""
    box = page.locator(f".sheet #m{bar} .staff").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    browser = page.context.new_cdp_session(page)
    browser.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    for kind, part in [("touchStart", 0.0), *(("touchMove", step / 20) for step in range(1, 21)), ("touchEnd", 1.0)]:
        points = [] if kind == "touchEnd" else [{"x": x + part * aside, "y": y + part * down}]
        browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(10)
    page.wait_for_timeout(300)  # until the page has come to rest
    browser.detach()


@pytest.mark.parametrize("aside", [0, 60])
def test_scrolling_by_finger_leaves_the_selection_alone(phone, aside):
    line = phone.locator(".selected-bars")
    for said in ("Click a note", "Bars 0 to 1 are selected."):
        expect(line).to_contain_text(said)
        before = phone.evaluate("scrollY")
        swipe(phone, 2, aside, -150)
        assert phone.evaluate("scrollY") > before
        expect(line).to_contain_text(said)
        assert player(phone, "position") == 0
        phone.evaluate("document.querySelector('.score').page.select([0, 1])")


def test_sideways_swipes_select_and_taps_seek(phone):
    line = phone.locator(".selected-bars")
    swipe(phone, 1, -60, 0)
    expect(line).to_have_text(re.compile("1 (is|are) selected"))
    said = line.inner_text()
    swipe(phone, 3, 0, 0)
    expect(phone.locator(".where")).to_contain_text("Bar 3: ")
    expect(line).to_have_text(said)


def test_the_player_answers_its_controls(page):
    generate(page, TUNE.replace("R:jig\nM:6/8", "R:hornpipe\nM:4/4").replace("|:A|dfd ecA|", "|:A2|dfed ecAc|"))
    expect(page.get_by_label("Swing")).to_be_checked()
    swung = the_page(page, "value.sound.notes[2].at")
    page.get_by_label("Swing").uncheck()
    page.wait_for_function(f"document.querySelector('.score').page.value.sound.notes[2].at !== {swung}")
    assert the_page(page, "value.sound.notes[2].at") == pytest.approx(3 / 8)
    page.get_by_role("combobox", name="Sound").select_option("flute")
    assert player(page, "stage.name") == "flute"
    page.get_by_role("combobox", name="Sound").select_option("piano")
    page.get_by_label("Tempo of playing, percent").fill("50")
    assert player(page, "rate") == 0.5
    page.get_by_label("Volume, percent").fill("20")
    assert player(page, "stage.loudness") == pytest.approx(0.2)
    assert page.locator(".sheet .harm").count() > 0
    page.get_by_label("Chords").uncheck()
    expect(page.locator(".sheet .harm")).to_have_count(0)
    assert player(page, "stage.muted.has('accompaniment')")
    assert "chords=0" in page.url
    page.get_by_label("Count-in").check()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('.score').player.state === 'counting'")
    page.get_by_role("button", name="Pause").click()
    position = page.get_by_role("slider", name="Position in the tune")
    position.focus()
    page.keyboard.press("End")
    assert player(page, "position") == pytest.approx(player(page, "length"), abs=0.1)
    assert " of " in (position.get_attribute("aria-valuetext") or "")


@pytest.mark.own_page
def test_straight_plays_written_rhythms_and_the_link_remembers(page):
    generate(page)
    lilt = the_page(page, "value.sound.notes[2].at")
    assert lilt == pytest.approx(1 / 8 + 9 / 64, abs=1e-6)  # after a pick-up, the second note of a jig's beat
    assert the_page(page, "value.sound.notes[1].gain") > 1
    page.get_by_label("Straight").check()
    page.wait_for_function(f"document.querySelector('.score').page.value.sound.notes[2].at !== {lilt}")
    assert the_page(page, "value.sound.notes[2].at") == pytest.approx(2 / 8)
    assert the_page(page, "value.sound.notes.every((note) => !note.gain)")
    assert "straight=1" in page.url
    page.goto(page.url)
    page.wait_for_function("document.querySelector('.score')?.page?.value?.sound")
    expect(page.get_by_label("Straight")).to_be_checked()
    assert the_page(page, "value.sound.notes[2].at") == pytest.approx(2 / 8)


def test_the_bent_time_is_highlighted_and_sought(page):
    generate(page)
    note(page, 2).click()
    assert player(page, "position") == pytest.approx(1 / 8 + 9 / 64, abs=1e-6)
    expect(page.locator(".sheet #n2")).to_have_class(re.compile("cursor"))


def test_a_practice_loop_speeds_up_and_shows_tempo(page):
    generate(page, TUNE.replace("K:D", "Q:3/8=240\nK:D"))
    choice = page.get_by_label("Faster each time round")
    expect(choice).to_be_hidden()
    select_bars(page, 1, 2)
    page.get_by_label("Loop").check()
    expect(choice).to_be_visible()
    choice.select_option("10")
    page.get_by_label("Tempo of playing, percent").fill("80")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".tempo-value")).to_have_text("90 %")
    expect(page.locator(".tempo-value")).to_have_text("100 %")
    assert page.get_by_label("Tempo of playing, percent").input_value() == "100"
    page.get_by_role("button", name="Pause").click()


def test_melody_and_chords_are_heard_alone(page):
    generate(page)
    muted = "[...document.querySelector('.score').player.stage.muted].sort()"
    page.get_by_label("Melody").uncheck()
    assert page.evaluate(muted) == ["melody", "voices"]
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('.score').player.position > 0.3")
    page.wait_for_function("document.querySelector('.score').player.stage.level() > 0.002")  # the chords
    page.get_by_label("Chords").uncheck()
    assert page.evaluate(muted) == ["accompaniment", "melody", "voices"]
    page.wait_for_function("document.querySelector('.score').player.stage.level() < 0.001")
    page.get_by_label("Melody").check()
    assert page.evaluate(muted) == ["accompaniment"]
    page.get_by_role("button", name="Pause").click()


@pytest.mark.own_page
def test_the_metronome_is_heard_through_the_tune(page):
    generate(page)
    page.evaluate(LISTEN_IN)
    page.get_by_label("Metronome").check()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        "document.querySelector('.score').player.voices.some((voice) => voice.event.track === 'metronome')"
    )
    page.get_by_label("Metronome").uncheck()
    page.get_by_role("button", name="Pause").click()


def test_the_score_flows_anew_on_a_narrow_page(page):
    generate(page)
    systems = page.locator(".sheet .system")
    wide = systems.count()
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("document.querySelector('.score').page.value.picture.width < 400")
    assert systems.count() > wide
    box = page.locator(".sheet svg").first.bounding_box()
    assert box is not None
    assert 290 < box["width"] <= 390


NOTES_LIKE_WORDS = """() => {
  const { color } = getComputedStyle(document.querySelector(".title"));
  const notes = [...document.querySelectorAll(".sheet .notehead use")];
  return notes.length > 0 && notes.every((note) => getComputedStyle(note).fill === color);
}"""


def test_notes_and_words_contrast_with_the_background(page):
    generate(page)
    for scheme in ("light", "dark"):
        show_scheme(page, scheme)
        page.wait_for_function(NOTES_LIKE_WORDS)
        assert too_faint(page, "#introduction, #settings, #score") == [], scheme


def test_all_panels_contrast_with_the_background(page):
    choose_candidates(page, 3)
    generate(page, "M:6/8\nL:1/8\nK:D\n|:A|dfd|")  # with a mistake, for its list
    for scheme in ("light", "dark"):
        for name in ("Shape it", "ABC", "Is it new?", "Look inside", "This visit", "My book"):
            open_tab(page, name)
            if name == "Look inside" and scheme == "light":
                page.get_by_role("button", name="Look inside this tune").click()
                page.locator(".characters [role=option]").first.wait_for()
            show_scheme(page, scheme)
            assert too_faint(page, ".candidates, .tabs, .panel:not([hidden])") == [], (name, scheme)
    open_tab(page, "ABC")
    page.locator(".problems summary").click()
    page.locator(".downloads summary").click()
    for scheme in ("dark", "light"):
        show_scheme(page, scheme)
        assert too_faint(page, ".problems, .menu") == [], scheme


# What the page asks its audio device for, and what the device's clock showed then.
LISTEN_IN = """() => {
  window.heard = { onsets: [] };
  for (const kind of [AudioBufferSourceNode, OscillatorNode]) {
    const start = kind.prototype.start;
    kind.prototype.start = function (when = 0, ...more) {
      const silent = Boolean(this.buffer) && !this.buffer.getChannelData(0).some(Boolean);
      heard.onsets.push({ when, now: this.context.currentTime, silent });
      return start.call(this, when, ...more);
    };
  }
}"""


@pytest.mark.own_page
@pytest.mark.parametrize("is_linked", [False, True], ids=["composed", "linked"])
def test_the_first_sound_starts_at_once_and_audibly(page, is_linked):
    generate(page)
    if is_linked:  # no click before the one on Play
        page.goto(page.url)
        page.wait_for_function("document.querySelector('.score')?.page?.value?.sound")
    page.evaluate(LISTEN_IN)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("heard.onsets.length")
    heard = page.evaluate("heard")
    first = min(heard["onsets"], key=lambda onset: onset["when"])
    assert not first["silent"]
    assert first["when"] - first["now"] <= AHEAD  # how long after the click that is, benchmarks.page measures


@pytest.mark.own_page
def test_playing_scrolls_the_page_system_by_system(page):
    page.set_viewport_size({"width": 390, "height": 500})
    generate(page, TUNE + "dfd ecA BGB AFD GBG FAF EFE E2A|" * 4)
    page.emulate_media(reduced_motion="reduce")
    page.wait_for_function("document.querySelector('.score').page.value.picture.width < 400")
    page.locator(".transport").evaluate("transport => transport.scrollIntoView()")
    last = the_page(page, "transport.player.notes.length") - 1
    assert not page.locator(".sheet .system").last.evaluate(IS_IN_SIGHT)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('.sheet .sounding')")
    page.evaluate(f"document.querySelector('.score').player.seekNote({last - 4})")
    page.wait_for_function(f"() => ({IS_IN_SIGHT})([...document.querySelectorAll('.sheet .system')].at(-1))")
    page.evaluate("window.scrolled = 0; addEventListener('scroll', () => (scrolled += 1))")
    page.wait_for_function("document.querySelector('.score').player.state === 'stopped'")
    assert page.evaluate("scrolled") <= 1  # not for every note; the scrolling itself may be told of late


IS_IN_SIGHT = """(element) => {
  const box = element?.getBoundingClientRect();
  return Boolean(box) && box.top >= 0 && box.bottom <= innerHeight;
}"""
