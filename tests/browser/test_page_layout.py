"""How the page is laid out: reading order, what stays within reach, and a phone."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from charrnn.ui.score import STATIC
from charrnn.ui.serving.installing import NAME, SIZES
from tests.support.browser import needs_chromium, page_with, run
from tests.support.served import GRADIO_WARNINGS
from tests.support.visitor import TUNE, choose_length, generate, open_tab, set_seed, the_page

pytestmark = [pytest.mark.filterwarnings(GRADIO_WARNINGS), needs_chromium]

THUMB = 44  # pixels, the least that a finger hits with certainty
WIDTHS = (360, 390, 768)


@pytest.fixture
def fresh(own_page: Page) -> Page:
    """The page as it comes, with the rest of the settings folded away."""
    own_page.get_by_role("button", name="More settings").click()
    expect(own_page.get_by_label("Random seed")).to_be_hidden()
    return own_page


def make_narrow(page: Page, width: int, height: int = 640) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(300)


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).first.bounding_box()
    assert found is not None, selector
    return found  # type: ignore[return-value]


def press_generate(page: Page) -> None:
    turn = the_page(page, "turn")
    page.get_by_role("button", name="Generate").click()
    page.wait_for_function(f"document.querySelector('.score').page.turn > {turn}")
    expect(page.locator(".score[data-state=done]")).to_be_visible()


def test_settings_come_in_reading_order(page):
    controls = ["Seed: the start of the tune", "number input for Length", "number input for Temperature", "Generate",
                "Rhythm", "Key", "Form", "More settings", "number input for Candidates"]  # fmt: skip
    for width in (360, 1280):
        make_narrow(page, width, 3000)  # nothing scrolls, nothing sticks
        found = page.evaluate(IN_ORDER)
        assert [name for name in found["names"] if name in controls] == controls
        assert found["tops"] == sorted(found["tops"])


# The controls in the order of the document, which the tab key follows, and where they stand.
IN_ORDER = """() => {
  const all = [...document.querySelectorAll("#settings :is(textarea, input[type=number], button, [role=combobox])")]
    .filter((one) => one.checkVisibility());
  const text = (one) => (one.labels?.[0] ?? one).textContent.replace("▼", "").trim();
  const name = (one) => one.getAttribute("aria-label") || text(one);
  const main = all.filter((one) => one.matches("#seed-text *, .either *, #generate, #form *, #more > button"));
  return { names: all.map(name), tops: main.map((one) => one.getBoundingClientRect().top) };
}"""


def test_generate_stays_visible_while_the_settings_scroll(page):
    for width in (360, 1280):
        make_narrow(page, width, 500)
        last = page.evaluate("document.querySelector('#settings').getBoundingClientRect().bottom + scrollY - 200")
        for down in (0, 150, 300, 600, last):
            page.evaluate(f"scrollTo({{ top: {down}, behavior: 'instant' }})")
            page.wait_for_timeout(50)
            button = box(page, "#generate")
            assert 0 <= button["y"] <= 500 - button["height"], (width, down)
            assert page.evaluate(IS_ON_TOP), (width, down)


# Nothing of what scrolls under Generate shows through it.
IS_ON_TOP = """() => {
  const button = document.querySelector("#generate");
  const { left, top, width, height } = button.getBoundingClientRect();
  return [0.1, 0.3, 0.5, 0.7, 0.9].every((part) =>
    button.contains(document.elementFromPoint(left + part * width, top + height / 2)));
}"""


def test_the_player_stays_visible_on_a_desktop(page):
    page.set_viewport_size({"width": 1280, "height": 500})
    generate(page)
    page.evaluate("scrollTo({ top: 400, behavior: 'instant' })")
    page.wait_for_timeout(100)
    assert abs(box(page, ".transport")["y"]) < 1


def test_a_phone_brings_the_new_tune_into_view(fresh):
    set_seed(fresh, TUNE)
    for width in WIDTHS:
        make_narrow(fresh, width)
        press_generate(fresh)
        expect(fresh.locator("#summary .asked")).to_have_text("Jig in D, AABB, 1")
        fresh.wait_for_timeout(300)
        assert 0 <= box(fresh, ".score")["y"] < 200
        assert box(fresh, ".sheet svg")["y"] < 640 / 2
        player = box(fresh, ".transport")
        assert player["y"] + player["height"] == pytest.approx(640, abs=1)
        assert box(fresh, ".play")["height"] >= THUMB
        expect(fresh.locator("#seed-text")).to_be_hidden()
        expect(fresh.get_by_role("button", name="Generate")).to_be_visible()


def test_the_summary_opens_and_folds_the_settings(fresh):
    make_narrow(fresh, 360)
    expect(fresh.locator("#summary")).to_be_hidden()
    set_seed(fresh, TUNE)
    press_generate(fresh)
    line = fresh.get_by_role("button", name="Jig in D, AABB, 1")
    expect(line).to_have_attribute("aria-expanded", "false")
    assert box(fresh, "#summary .summary")["height"] >= THUMB
    line.click()
    expect(line).to_have_attribute("aria-expanded", "true")
    expect(fresh.locator("#seed-text")).to_be_visible()
    choose_length(fresh, 50)
    set_seed(fresh, "R:reel\nM:4/4\nK:Ador\n")
    fresh.wait_for_timeout(500)
    press_generate(fresh)
    expect(fresh.locator("#summary .asked")).to_have_text("Reel in A dorian, free form, 1")
    expect(fresh.locator("#seed-text")).to_be_hidden()
    make_narrow(fresh, 1280)
    expect(fresh.locator("#seed-text")).to_be_visible()
    expect(fresh.locator("#summary")).to_be_hidden()


def test_a_linked_tune_folds_the_settings_on_phones(fresh):
    make_narrow(fresh, 360)
    set_seed(fresh, TUNE)
    press_generate(fresh)
    fresh.goto(fresh.url)
    fresh.wait_for_function("document.querySelector('.score')?.page?.value?.sound")
    expect(fresh.locator("#summary .asked")).to_have_text("Jig in D, AABB, 1")
    expect(fresh.locator("#seed-text")).to_be_hidden()


def test_phone_sound_settings_open_above_the_player(page):
    make_narrow(page, 360)
    generate(page)
    button = page.get_by_role("button", name="Sound settings")
    expect(page.get_by_label("Metronome")).to_be_hidden()
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    page.get_by_label("Metronome").check()
    assert box(page, ".sound-controls")["y"] < box(page, ".play")["y"]
    button.click()
    expect(page.get_by_label("Metronome")).to_be_hidden()


# What a finger works, with the label or the cell that it belongs to.
SMALL = """(least) => [...document.querySelectorAll(
  "#settings button, #settings input, #settings textarea, .score button, .score select, .score summary, .score input"
)].map((one) => one.matches("[type=checkbox]") ? one.closest("label") : one)
  .filter((one) => one.checkVisibility() && one.getClientRects().length && !one.matches(".candidates *, .plain"))
  .map((one) => [one.getAttribute("aria-label") || one.textContent || one.className, one.getBoundingClientRect()])
  .filter(([, { width, height }]) => Math.min(width, height) < least - 0.5)
  .map(([name, { width, height }]) => `${name}: ${Math.round(width)} x ${Math.round(height)}`)"""


TABS = ("Shape it", "ABC", "Is it new?", "Look inside", "This visit", "My book")


def test_a_thumb_hits_every_control(page):
    for width in reversed(WIDTHS):
        make_narrow(page, width, 800)
        assert page.evaluate(SMALL, THUMB) == [], width
    generate(page)
    page.get_by_role("button", name="Sound settings").click()
    for width in WIDTHS:
        make_narrow(page, width, 800)
        for tab in TABS:
            open_tab(page, tab)
            assert page.evaluate(SMALL, THUMB) == [], (width, tab)


def test_nothing_scrolls_sideways(page):
    widths = (320, *WIDTHS, 1280)
    for width in reversed(widths):
        make_narrow(page, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    generate(page, TUNE + "dfd ecA BGB AFD GBG FAF EFE E2A dfd ecA BGB AFD|")
    page.get_by_role("button", name="Sound settings").click()
    page.locator("#summary .summary").click()
    for width in widths:
        make_narrow(page, width)
        for tab in TABS:
            open_tab(page, tab)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, tab)
        page.locator(".downloads summary").click()
        for name in ("Generate", "Play", "Download MIDI", "Print"):
            button = page.get_by_role("button", name=name, exact=True).bounding_box()
            assert button is not None
            assert 0 <= button["x"] < button["x"] + button["width"] <= width, (width, name)
        page.keyboard.press("Escape")


def test_the_page_can_be_installed(page, address):
    browser = page.context.new_cdp_session(page)
    found = browser.send("Page.getAppManifest")
    assert found["url"] == f"{address}/manifest.json"
    assert found["errors"] == []
    manifest = httpx.get(found["url"])
    assert manifest.headers["content-type"] == "application/manifest+json"
    assert manifest.json()["name"] == NAME
    errors = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {error["errorId"] for error in errors} <= {"in-incognito"}  # as this browser's contexts are
    for icon, size in zip(manifest.json()["icons"], SIZES, strict=True):
        answer = httpx.get(f"{address}/{icon['src']}")
        assert answer.headers["content-type"] == "image/png"
        assert int.from_bytes(answer.content[16:20]) == int.from_bytes(answer.content[20:24]) == size  # its IHDR
    browser.detach()


def test_icons_of_any_size_are_not_drawn(address):
    for path in ("pwa_icon", "pwa_icon/192", "pwa_icon/100000"):
        assert httpx.get(f"{address}/{path}").status_code == 403


@pytest.fixture(scope="module")
def modules() -> Iterator[Page]:
    with page_with({"static": STATIC}) as page:
        yield page


@pytest.mark.parametrize(
    ("seed_text", "parts", "temperature", "line"),
    [
        ("R:jig\nK:D\n", "AABB", 0.9, "Jig in D, AABB, 0.9"),
        ("R:slip jig\nK:Amix\nABc", "AB", "1", "Slip jig in A mixolydian, AB, 1"),
        ("R:reel\n", None, 0, "Reel, free form, 0"),
        ("K:Em\n", "A", 1.25, "Tune in E minor, A, 1.25"),
        ("", "AABB", 0.9, "Any tune, AABB, 0.9"),
    ],
)
def test_one_line_says_what_was_asked_for(modules, seed_text, parts, temperature, line):
    asked = {"seed_text": seed_text, "parts": parts, "temperature": temperature}
    assert run(modules, 'return (await import("/static/settings/summary.js")).summary(given);', asked) == line
