"""Playing the seed in, in the page: computer keys, mouse, touch, MIDI, and what goes wrong with them."""

import re

import pytest
from playwright.sync_api import Page, expect

from charrnn.limits import MAX_SEED_CHARACTERS
from tests.support.browser import needs_chromium
from tests.support.contrast import show_scheme, too_faint
from tests.support.served import GRADIO_WARNINGS
from tests.support.visitor import choose, generate, player, set_seed, shown_abc, the_page

pytestmark = [pytest.mark.filterwarnings(GRADIO_WARNINGS), needs_chromium]

HEADER = "R:jig\nM:6/8\nL:1/8\nK:D\n"
LEVEL = "document.querySelector('.score').player.stage.level()"


@pytest.fixture
def playing(page: Page) -> Page:
    """The page with the panel open, in D."""
    open_panel(page)
    return page


def open_panel(page: Page, seed: str = HEADER) -> None:
    set_seed(page, seed)
    page.get_by_text("Play it in", exact=True).click()
    expect(page.locator(".piano")).to_be_visible()


def seed(page: Page):
    return page.locator("#seed-text textarea")


def key(page: Page, pitch: int):
    return page.locator(f".piano [data-pitch='{pitch}']")


def press(page: Page, name: str) -> None:
    page.locator(".play-in").get_by_role("button", name=name, exact=True).click()


def value(page: Page, name: str) -> None:
    page.get_by_role("radio", name=f"{name} note").check(force=True)


def said(page: Page):
    return page.locator(".play-in .said")


def test_the_computers_keys_write_sound_and_are_drawn(playing):
    key(playing, 74).focus()
    playing.keyboard.down("KeyE")
    expect(key(playing, 76)).to_have_attribute("aria-pressed", "true")
    playing.wait_for_function(f"{LEVEL} > 0.005")
    playing.keyboard.up("KeyE")
    expect(key(playing, 76)).to_have_attribute("aria-pressed", "false")
    playing.wait_for_function(f"{LEVEL} < 0.002")
    for code in ("KeyW", "KeyN", "KeyX", "KeyD"):
        playing.keyboard.press(code)
    expect(seed(playing)).to_have_value(f"{HEADER}edA D^D")
    expect(playing.locator(".sketch .note")).to_have_count(5)
    expect(playing.locator(".sketch")).to_have_attribute("aria-label", re.compile("edA D"))
    playing.keyboard.press("Backspace")
    expect(seed(playing)).to_have_value(f"{HEADER}edA D")
    playing.keyboard.press("Control+Z")
    expect(seed(playing)).to_have_value(f"{HEADER}edA D^D")


def test_arrows_and_space_play_the_keyboard(playing):
    key(playing, 74).focus()
    for name in ("Space", "ArrowRight", "Enter", "ArrowDown", "Space"):
        playing.keyboard.press(name)
    expect(seed(playing)).to_have_value(f"{HEADER}d^d^D")
    for _ in range(4):
        playing.keyboard.press("ArrowDown")
    expect(playing.locator(".range")).to_have_text("C2 to B3")  # and there it ends
    assert not player(playing, "running")


def test_a_screen_reader_click_plays_a_key(playing):
    pressed = key(playing, 74).evaluate(
        """key => new Promise((resolve) => {
            const seen = [];
            new MutationObserver(() => {
                seen.push(key.getAttribute("aria-pressed"));
                if (seen.length === 2) resolve(seen);
            }).observe(key, { attributeFilter: ["aria-pressed"] });
            key.click();
        })"""
    )
    assert pressed == ["true", "false"]
    expect(seed(playing)).to_have_value(f"{HEADER}d")


def test_a_mouse_plays_and_slides_over_the_keys(playing):
    key(playing, 62).click()
    playing.locator(".sketch .note").wait_for()
    playing.locator(".piano").evaluate("piano => piano.scrollIntoView({ block: 'center' })")
    first, last = (key(playing, pitch).bounding_box() for pitch in (66, 62))
    playing.mouse.move(first["x"] + 5, first["y"] + first["height"] - 10)
    playing.mouse.down()
    expect(key(playing, 65)).to_have_attribute("aria-pressed", "false")
    playing.mouse.move(last["x"] + 8, last["y"] + last["height"] - 10, steps=6)
    playing.mouse.up()
    expect(playing.locator(".piano [aria-pressed=true]")).to_have_count(0)
    expect(seed(playing)).to_have_value(f"{HEADER}DF=F ED")


def come_to_rest(page):
    """The piano in the middle of the window, where no bar at the edge covers it, once nothing moves any more."""
    page.evaluate(
        """async () => {
            const piano = document.querySelector(".piano");
            const frame = () => new Promise((resolve) => setTimeout(resolve, 100));
            for (let top = null, still = 0; still < 3; still += 1) {
                piano.scrollIntoView({ block: "center", behavior: "instant" });
                await frame();
                if (piano.getBoundingClientRect().top !== top) still = 0;
                top = piano.getBoundingClientRect().top;
            }
        }"""
    )


def test_fingers_play_each_its_own_note(playing):
    playing.set_viewport_size({"width": 360, "height": 760})
    come_to_rest(playing)
    browser = playing.context.new_cdp_session(playing)
    browser.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    points = []
    for number, pitch in enumerate((62, 67)):
        box = key(playing, pitch).bounding_box()
        assert box["width"] >= 44
        points.append({"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] - 12, "id": number})
    browser.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    browser.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
    expect(playing.locator(".piano [aria-pressed=true]")).to_have_count(2)
    browser.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(playing.locator(".piano [aria-pressed=true]")).to_have_count(0)
    browser.detach()
    expect(seed(playing)).to_have_value(f"{HEADER}DG")


def test_values_dots_triplets_ties_rests_and_bar_lines(playing):
    key(playing, 69).click()
    press(playing, "Bar line")
    value(playing, "quarter")
    press(playing, "Dot")
    key(playing, 74).click()
    press(playing, "Tie")
    press(playing, "Dot")
    key(playing, 74).click()
    value(playing, "eighth")
    press(playing, "Rest")
    expect(seed(playing)).to_have_value(f"{HEADER}A|d3- d2z|")
    press(playing, "Triplet")
    for pitch in (74, 76, 78):
        key(playing, pitch).click()
    expect(seed(playing)).to_have_value(f"{HEADER}A|d3- d2z|(3def")
    for text in ("A|d3- d2z|(3:2:2de", "A|d3- d2z|(3:2:1d", "A|d3- d2z|", "A|d3- d2"):
        press(playing, "Undo")
        expect(seed(playing)).to_have_value(HEADER + text)
    press(playing, "Delete")
    expect(seed(playing)).to_have_value(f"{HEADER}A|d3")
    press(playing, "Clear")
    expect(seed(playing)).to_have_value(HEADER)
    press(playing, "Undo")
    expect(seed(playing)).to_have_value(f"{HEADER}A|d3")


def test_played_notes_follow_typed_text_and_key_menu(playing):
    set_seed(playing, f"{HEADER}|:A|d2f a")
    key(playing, 78).click()
    key(playing, 74).click()
    expect(seed(playing)).to_have_value(f"{HEADER}|:A|d2f a fd|")
    choose(playing, "Key", "C")
    expect(seed(playing)).to_have_value("R:jig\nM:6/8\nL:1/8\nK:C\n|:A|d2f a ^fd|")
    seed(playing).fill(f"{HEADER}ABc ")
    key(playing, 74).click()
    expect(seed(playing)).to_have_value(f"{HEADER}ABc d")


def test_the_first_note_gives_the_seed_a_header(page):
    open_panel(page, "")
    key(page, 72).click()
    expect(seed(page)).to_have_value("M:4/4\nL:1/8\nK:C\nc")
    for pitch in (67, 71, 78, 79):
        key(page, pitch).click()
    expect(seed(page)).to_have_value("M:4/4\nL:1/8\nK:G\ncGBf g")
    choose(page, "Key", "D")
    key(page, 77).click()
    expect(seed(page)).to_have_value("M:4/4\nL:1/8\nK:D\n=cGBf g=f")


def test_played_notes_become_the_start_of_a_tune(playing):
    for pitch in (74, 78, 81, 79, 78, 76):
        key(playing, pitch).click()
    playing.wait_for_timeout(300)
    text = seed(playing).input_value()
    assert text == f"{HEADER}dfa gfe|"
    generate(playing, text)
    assert "dfa gfe|" in shown_abc(playing)
    assert [note["pitch"] for note in the_page(playing, "value.sound.notes")][:6] == [74, 78, 81, 79, 78, 76]


def test_a_full_seed_refuses_further_notes(page):
    open_panel(page, HEADER + "ABc def|" * 246)
    before = seed(page).input_value()
    assert MAX_SEED_CHARACTERS - len(before) < 20
    for _ in range(12):
        key(page, 61).click()
    expect(said(page)).to_have_text("A seed has at most 2,000 characters.")
    assert len(seed(page).input_value()) <= MAX_SEED_CHARACTERS


# A keyboard that sends what the tests say, in place of the browser's interface.
STAND_IN = """() => {
  const port = (id, name) => ({ id, name, type: "input", state: "connected", onmidimessage: null });
  const inputs = new Map([["one", port("one", "Test Keys")]]);
  const access = { inputs, outputs: new Map(), onstatechange: null };
  navigator.requestMIDIAccess = async () => access;
  window.send = (...data) => inputs.get("one").onmidimessage({ data: new Uint8Array(data) });
  window.pullOut = () => {
    const gone = inputs.get("one");
    gone.state = "disconnected";
    inputs.delete("one");
    access.onstatechange({ port: gone });
  };
  window.plugIn = () => {
    inputs.set("one", port("one", "Test Keys"));
    access.onstatechange({ port: inputs.get("one") });
  };
}"""


@pytest.fixture
def midi(playing: Page) -> Page:
    playing.evaluate(STAND_IN)
    press(playing, "MIDI keyboard")
    expect(said(playing)).to_have_text("Connected: Test Keys.")
    return playing


@pytest.mark.own_page
def test_a_midi_keyboard_plays(midi):
    midi.evaluate("send(0x90, 74, 90)")
    midi.wait_for_function(f"{LEVEL} > 0.005")
    midi.evaluate("send(0x80, 74, 0)")
    midi.evaluate("send(0xf8)")  # its clock, which is no note
    midi.evaluate("send(0x93, 66, 40), send(0x93, 66, 0)")  # another channel; velocity 0 lets go
    midi.evaluate("send(0xb0, 64, 127)")  # a pedal
    expect(seed(midi)).to_have_value(f"{HEADER}dF")
    midi.wait_for_function(f"{LEVEL} < 0.002")


@pytest.mark.own_page
def test_unplugging_the_keyboard_ends_a_held_note(midi):
    midi.evaluate("send(0x90, 74, 90)")
    midi.wait_for_function(f"{LEVEL} > 0.005")
    midi.evaluate("pullOut()")
    expect(said(midi)).to_have_text("Test Keys was disconnected.")
    midi.wait_for_function(f"{LEVEL} < 0.002")
    midi.evaluate("plugIn()")
    expect(said(midi)).to_have_text("Connected: Test Keys.")
    midi.evaluate("send(0x90, 76, 90), send(0x80, 76, 0)")
    expect(seed(midi)).to_have_value(f"{HEADER}de")


@pytest.mark.own_page
@pytest.mark.parametrize(
    ("stand_in", "sentence"),
    [
        ("navigator.requestMIDIAccess = undefined",
         "This browser cannot read MIDI keyboards. Chrome, Edge and Firefox can."),
        ("navigator.requestMIDIAccess = () => Promise.reject(new DOMException('no', 'NotAllowedError'))",
         "The browser did not allow access to MIDI keyboards."),
        ("navigator.requestMIDIAccess = async () => ({ inputs: new Map(), onstatechange: null })",
         "No MIDI keyboard found. Plug one in."),
    ],
)  # fmt: skip
def test_without_midi_a_sentence_says_why(playing, stand_in, sentence):
    playing.evaluate(f"() => {{ {stand_in}; }}")
    press(playing, "MIDI keyboard")
    expect(said(playing)).to_have_text(sentence)
    key(playing, 74).click()
    expect(seed(playing)).to_have_value(f"{HEADER}d")


def test_midi_is_allowed_by_the_pages_own_headers(page):
    assert page.evaluate("document.featurePolicy?.allowsFeature('midi') ?? true")


@pytest.mark.own_page
def test_without_sound_notes_are_written_all_the_same(page):
    page.evaluate("() => { window.AudioContext = undefined; }")
    open_panel(page)
    key(page, 74).click()
    expect(said(page)).to_have_text("This browser cannot play sound. Your notes are written all the same.")
    expect(seed(page)).to_have_value(f"{HEADER}d")
    generate(page, HEADER)
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".score .remark")).to_have_text("This browser cannot play sound.")


def record(page: Page, *pitches: int) -> None:
    """Press a key on each beat, after a bar is counted in, by a clock that waits for nobody."""
    page.evaluate(
        """async (pitches) => {
          const panel = document.querySelector(".play-in").panel;
          let now = panel.sound.now;
          Object.defineProperty(panel.sound, "now", { get: () => now, configurable: true });
          document.querySelector("[data-act=record]").click();
          const { recording } = panel;
          for (const [place, pitch] of pitches.entries()) {
            now = recording.timeOf(place) + 0.03;
            panel.keyboard.press(pitch, "test");
            now = recording.timeOf(place + 1) - 0.05;
            panel.keyboard.let("test");
          }
          delete panel.sound.now;
        }""",
        list(pitches),
    )
    press(page, "Stop")


def test_the_metronome_counts_in_and_keeps_clicking(playing):
    playing.get_by_label("Beats a minute").fill("120")
    press(playing, "Record in time")
    recording = "document.querySelector('.play-in').panel.recording"
    assert playing.evaluate(f"{recording}.isCountingIn")
    key(playing, 74).click()  # too early
    playing.wait_for_function(f"{LEVEL} > 0.005")
    playing.wait_for_function(f"!{recording}.isCountingIn")
    key(playing, 78).click()
    playing.wait_for_function(f"{recording}.next > 2")
    press(playing, "Stop")
    expect(playing.get_by_role("button", name="Keep it")).to_be_visible()
    pitches = "document.querySelector('.play-in').panel.recorded.map(({ pitch }) => pitch).filter(Number.isInteger)"
    assert playing.evaluate(pitches) == [78]


def test_a_recorded_take_is_shown_before_keeping(playing):
    record(playing, 74, 78, 81)
    expect(said(playing)).to_have_text("This is what was heard, to the nearest sixteenth. Keep it?")
    expect(playing.locator(".sketch .note")).to_have_count(3)
    expect(seed(playing)).to_have_value(HEADER)
    press(playing, "Keep it")
    expect(seed(playing)).to_have_value(f"{HEADER}d3 f3|a3")
    expect(playing.get_by_role("button", name="Keep it")).to_be_hidden()
    press(playing, "Undo")
    expect(seed(playing)).to_have_value(HEADER)


def test_takes_can_be_discarded_and_silence_is_reported(playing):
    record(playing, 74)
    press(playing, "Discard it")
    expect(playing.get_by_role("button", name="Keep it")).to_be_hidden()
    expect(seed(playing)).to_have_value(HEADER)
    record(playing)
    expect(said(playing)).to_have_text("No notes were played after the count-in.")
    playing.get_by_label("Beats a minute").fill("1000")
    press(playing, "Record in time")
    expect(said(playing)).to_have_text("Beats a minute must be a number from 30 to 240.")


def test_closing_the_panel_ends_a_recording(playing):
    playing.get_by_label("Beats a minute").fill("60")
    press(playing, "Record in time")
    playing.get_by_text("Play it in", exact=True).click()
    expect(playing.locator(".piano")).to_be_hidden()
    playing.get_by_text("Play it in", exact=True).click()
    expect(playing.get_by_role("button", name="Record in time")).to_be_visible()
    assert playing.evaluate("document.querySelector('.play-in').panel.recording === null")


def test_the_panel_is_readable_and_fits_phones(playing):
    key(playing, 74).click()
    for scheme in ("light", "dark"):
        show_scheme(playing, scheme)
        assert too_faint(playing, ".play-in") == [], scheme
    playing.set_viewport_size({"width": 360, "height": 760})
    assert playing.evaluate("document.documentElement.scrollWidth") <= 360
    small = playing.evaluate(
        "[...document.querySelectorAll('.play-in button:not(.black), .play-in summary, .beats, .values label')]"
        ".filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect())"
        ".filter(({ width, height }) => Math.min(width, height) < 43.5).length"
    )
    assert small == 0
