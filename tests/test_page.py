"""The page in a real browser: what a visitor sees, hears and takes away."""

import io
import re
import time
from collections.abc import Iterator
from typing import Any

import mido
import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from charrnn.model.checkpoint import save_checkpoint
from charrnn.notation.parser import parse
from charrnn.notation.repeats import sections
from charrnn.notation.tune import Tune
from charrnn.render.performance import perform
from charrnn.sampling import compose
from tests.browser import CHROMIUM, FLAGS, needs_chromium
from tests.served import GRADIO_WARNINGS, served
from tests.test_app_http import call
from tests.tiny import tiny_checkpoint

pytestmark = [
    pytest.mark.filterwarnings(GRADIO_WARNINGS),
    needs_chromium,
]
TUNE = "T:The Page Jig\nM:6/8\nL:1/8\nK:D\n|:A|dfd ecA|BGB AFD|GBG FAF|EFE E2A|"
ATTACK = "<img src=x onerror=window.PWN=1>"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    save_checkpoint(tiny_checkpoint(), path)
    with served(str(path)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    """One context for all, so that gradio's scripts are fetched once."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_context(viewport={"width": 1280, "height": 900})
        browser.close()


@pytest.fixture
def page(browser: BrowserContext, address: str) -> Iterator[Page]:
    """The page, ready. Afterwards: nothing went wrong in the console, and no other host was asked for anything."""
    page = browser.new_page()
    faults: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address)
    expect(page.locator(".score[data-state=empty]")).to_be_visible()
    yield page
    page.close()
    assert faults == []
    assert [url for url in requests if not url.startswith((f"{address}/", "data:", "blob:"))] == []


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tunes come at a hundred characters a second. The list holds "ended" once their work has come to an end."""
    real, events = compose.stream, []

    def slow(*arguments: Any) -> Iterator[compose.Composition]:
        try:
            for composition in real(*arguments):
                time.sleep(0.01)
                yield composition
        finally:
            events.append("ended")

    monkeypatch.setattr(compose, "stream", slow)
    return events


def set_seed(page: Page, text: str) -> None:
    page.locator("#seed-text textarea").fill(text)


def generate(page: Page, text: str = TUNE, seed: str = "7", wait: bool = True) -> None:
    set_seed(page, text)
    page.get_by_label("Random seed").fill(seed)
    page.wait_for_timeout(400)  # a click is ignored until the page has put the last event away
    page.get_by_role("button", name="Generate").click()
    if wait:
        expect(page.locator(".score[data-state=done]")).to_be_visible(timeout=20_000)


def choose_form(page: Page, name: str) -> None:
    page.get_by_label("Form").click()
    page.get_by_role("option", name=re.compile(f"^{name}")).click()


def choose_length(page: Page, length: int) -> None:
    choose_form(page, "Free")
    page.get_by_label("number input for Length").fill(str(length))


def shown_tune(page: Page) -> Tune:
    return parse(page.locator(".abc").text_content() or "")


def player(page: Page, what: str) -> Any:
    return page.evaluate(f"document.querySelector('.score').player.{what}")


def test_the_abc_streams_in_and_becomes_a_tune(page, slowly):
    choose_length(page, 150)
    generate(page, wait=False)
    abc = page.locator(".abc")
    expect(page.locator(".score[data-state=writing]")).to_be_visible()
    expect(abc).to_contain_text("EFE E2A|")
    lengths = set()
    while page.locator(".score[data-state=writing]").count() and len(lengths) < 5:
        lengths.add(len(abc.text_content() or ""))
        page.wait_for_timeout(30)
    assert len(lengths) == 5
    expect(page.locator(".score[data-state=done]")).to_be_visible(timeout=20_000)
    expect(page.locator(".title")).to_have_text("The Page Jig")
    expect(page.locator(".facts")).to_have_text(re.compile("6/8 · key of D$"))


def test_a_tune_is_heard_and_followed_paused_and_stopped(page):
    generate(page)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('.score').player.stage.level() > 0.005")
    assert player(page, "startedNotes") > 0
    page.wait_for_function("document.querySelector('.score').player.position > 0.8")
    expect(page.locator(".time")).not_to_contain_text("0:00 /")
    page.get_by_role("button", name="Pause").click()
    position = player(page, "position")
    page.wait_for_timeout(400)
    assert player(page, "position") == position > 0.8
    assert player(page, "stage.level()") < 0.005
    page.locator(".score .stop").click()
    assert player(page, "position") == 0
    expect(page.locator(".time")).to_contain_text("0:00 /")


def test_the_player_answers_the_keyboard(page):
    generate(page)
    page.get_by_role("button", name="Play", exact=True).focus()
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('.score').player.position > 0.1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_focused()
    position = page.get_by_role("slider", name="Position in the tune")
    position.focus()
    page.keyboard.press("End")
    assert player(page, "position") == pytest.approx(player(page, "length"), abs=0.1)
    assert " of " in (position.get_attribute("aria-valuetext") or "")


def test_stop_ends_the_work_and_leaves_what_is_there_to_hear(page, address, slowly):
    choose_length(page, 4000)
    generate(page, wait=False)
    stop = page.get_by_role("button", name="Stop").first
    expect(stop).to_be_enabled()
    expect(page.locator(".abc")).to_contain_text("E2A|")
    stop.click()
    expect(page.locator(".score[data-state=done]")).to_be_visible()
    expect(page.locator(".note")).to_have_text("You stopped it here.")
    expect(stop).to_be_disabled()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    wait_until(lambda: "ended" in slowly)
    assert call(address, length=5)[0] == "complete"


def test_closing_the_tab_frees_the_slot(browser, address, slowly):
    visitor = browser.new_page()
    visitor.goto(address)
    choose_length(visitor, 4000)
    generate(visitor, wait=False)
    expect(visitor.locator(".abc")).to_contain_text("E2A|")
    visitor.close()
    wait_until(lambda: "ended" in slowly, seconds=8)
    assert call(address, length=5)[0] == "complete"


def test_the_tune_is_taken_away_as_midi_and_as_abc(page):
    generate(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download MIDI").click()
    assert download.value.suggested_filename == "the-page-jig.mid"
    midi = mido.MidiFile(file=io.BytesIO(download.value.path().read_bytes()))
    pitches = [message.note for message in midi if message.type == "note_on" and message.velocity]
    assert pitches[:4] == [69, 74, 78, 74]
    with page.expect_download() as download:
        page.get_by_role("button", name="Download ABC").click()
    assert download.value.suggested_filename == "the-page-jig.abc"
    assert download.value.path().read_text(encoding="utf-8") == page.locator(".abc").text_content()


def test_the_seed_that_was_used_can_be_used_again(page):
    generate(page, seed="")
    used = page.locator("#seed-used textarea").input_value()
    first = page.locator(".abc").text_content()
    page.get_by_role("button", name="Use again").click()
    expect(page.get_by_label("Random seed")).to_have_value(used)
    generate(page, seed=used)
    assert used.isdecimal()
    assert page.locator(".abc").text_content() == first


def test_an_example_fills_the_seed(page):
    page.get_by_role("button", name="Reel in G").click()
    expect(page.locator("#seed-text textarea")).to_have_value("R:reel\nM:4/4\nL:1/8\nK:G\n|:G2BG dGBG|")


def test_what_is_not_right_is_listed_with_its_place(page):
    generate(page, "M:6/8\nL:1/8\nK:D\n|:A|dfd|")
    problems = page.locator(".problems")
    expect(problems.locator("summary")).to_have_text(
        "This tune is not right in one place. Your own bars are kept as you typed them:"
    )
    problems.locator("summary").click()
    expect(problems.locator("li").first).to_contain_text("line ")
    expect(page.locator(".clean")).to_be_hidden()


BAD_INPUT = [
    ("GAB🎵", "7", "🎵"),
    ("x" * 2_001, "7", "Seed must have at most 2,000 characters, not 2,001."),
    ("", "-1", "Random seed must be a whole number from 0 to 2,147,483,647, not -1."),
    ("", "seven", "Random seed must be a whole number from 0 to 2,147,483,647, not 'seven'."),
    ("", ATTACK, "Random seed must be a whole number from 0 to 2,147,483,647, not '<img src=x onerror="),
]


def test_bad_input_gets_its_sentence_and_the_next_tune_is_written(page):
    for seed, random_seed, sentence in BAD_INPUT:
        generate(page, seed, random_seed, wait=False)
        toast = page.get_by_test_id("toast-body").filter(has_text=sentence)
        for _ in range(20):  # a click is ignored until the page has put the last event away
            page.wait_for_timeout(500)
            if toast.count():
                break
            page.get_by_role("button", name="Generate").click()
        expect(toast.first).to_be_visible()
        page.wait_for_timeout(300)
        expect(page.locator(".score[data-state=empty]")).to_be_visible()
    generate(page)
    assert page.evaluate("window.PWN") is None


def test_a_refused_request_leaves_the_tune_that_is_shown(page):
    generate(page)
    before = page.locator(".abc").text_content()
    generate(page, "K:D\nABc \N{MUSICAL NOTE}", wait=False)
    expect(page.get_by_test_id("toast-body").filter(has_text="not known to the model")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.locator(".abc").text_content() == before
    expect(page.locator(".score[data-state=done]")).to_be_visible()


def test_markup_in_a_title_or_an_annotation_stays_text(page):
    for attack in (ATTACK, "{{constructor}} ${window.PWN=1} `", "<script>window.PWN=1</script>"):
        generate(page, f'T:{attack}\nM:6/8\nL:1/8\nK:D\n|:A|"{attack}"dfd ecA|')
        expect(page.locator(".title")).to_have_text(attack)
        expect(page.locator(".abc")).to_contain_text(f'"{attack}"dfd')
    page.wait_for_timeout(200)
    assert page.evaluate("window.PWN") is None
    assert page.locator(".score img, .score script").count() == 0


def test_a_form_decides_what_is_written(page):
    seed = "M:6/8\nL:1/8\nK:D\nABc def|"
    generate(page, seed)  # two parts of eight bars, each twice, is what the page starts with
    tune = shown_tune(page)
    assert sum(section.repeats for section in sections(tune.elements)) == 2
    assert perform(tune).duration == 32 * tune.meter.bar
    expect(page.locator(".clean")).to_be_visible()
    choose_form(page, "A:")
    page.get_by_label("number input for Bars in a part").fill("3")
    generate(page, seed, "8")
    expect(page.locator(".title")).to_have_text("Tune 8")
    tune = shown_tune(page)
    assert sum(section.repeats for section in sections(tune.elements)) == 0
    assert perform(tune).duration == 3 * tune.meter.bar


def test_without_the_grammar_the_model_writes_what_it_likes(page):
    page.get_by_label("Keep every bar right").uncheck()
    page.get_by_label("number input for Length").fill("50")
    generate(page)
    expect(page.locator(".note")).to_contain_text("It reached 50 characters before it ended")
    summary = page.locator(".problems summary")
    expect(summary).to_contain_text("This tune is not right in ")
    expect(summary).not_to_contain_text("Your own bars")


@pytest.mark.parametrize("width", [390, 1280])
def test_bars_and_length_take_turns_and_nothing_else_moves(page, width):
    page.set_viewport_size({"width": width, "height": 860})
    form, keep = page.locator("#form input"), page.get_by_label("Keep every bar right")
    bars, length = page.get_by_label("number input for Bars in a part"), page.get_by_label("number input for Length")

    def seen() -> tuple[bool, bool, bool]:
        page.wait_for_timeout(200)
        assert [keep.bounding_box(), page.get_by_role("button", name="Generate").bounding_box()] == places
        return form.is_enabled(), bars.is_visible(), length.is_visible()

    places = [keep.bounding_box(), page.get_by_role("button", name="Generate").bounding_box()]
    assert seen() == (True, True, False)
    keep.uncheck()
    assert seen() == (False, False, True)
    keep.check()
    assert seen() == (True, True, False)
    choose_form(page, "Free")
    assert seen() == (True, False, True)
    keep.uncheck()
    assert seen() == (False, False, True)
    keep.check()
    assert seen() == (True, False, True)
    choose_form(page, "AA:")
    assert seen() == (True, True, False)


def test_a_phone_shows_all_without_scrolling_sideways(page):
    page.set_viewport_size({"width": 390, "height": 800})
    generate(page, TUNE + "dfd ecA BGB AFD GBG FAF EFE E2A dfd ecA BGB AFD|" * 3)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for name in ("Generate", "Download MIDI", "Download ABC"):
            box = page.get_by_role("button", name=name).bounding_box()
            assert box is not None
            assert 0 <= box["x"] < box["x"] + box["width"] <= 390


def wait_until(condition: Any, seconds: float = 3.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
