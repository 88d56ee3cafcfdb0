"""The settings in the page, without any tune: the header's menus, tempo, form and length."""

from itertools import product

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import needs_chromium
from tests.support.served import GRADIO_WARNINGS
from tests.support.visitor import choose, choose_form

pytestmark = [pytest.mark.filterwarnings(GRADIO_WARNINGS), needs_chromium]


@pytest.fixture
def page(shared_page: Page) -> Page:
    shared_page.set_viewport_size({"width": 1280, "height": 2400})  # nothing scrolls
    return shared_page


def test_the_controls_write_the_header_and_follow_it(page):
    for label, choice in (("Rhythm", "slip jig"), ("Key", "E"), ("Mode", "dorian")):
        choose(page, label, choice)
    seed = page.locator("#seed-text textarea")
    expect(seed).to_have_value("R:slip jig\nM:9/8\nK:Edor\n")
    page.wait_for_timeout(300)  # until the controls have followed
    page.get_by_label("Tempo", exact=True).first.fill("90")
    page.keyboard.press("Tab")
    expect(seed).to_have_value("R:slip jig\nM:9/8\nQ:3/8=90\nK:Edor\n")
    seed.fill("R:polka\nK:Am\nABc")
    expect(page.get_by_label("Rhythm", exact=True)).to_have_value("polka")
    expect(page.get_by_label("Key", exact=True)).to_have_value("A")
    expect(page.get_by_label("Mode", exact=True)).to_have_value("minor")
    expect(page.get_by_label("Tempo", exact=True).first).to_have_value("")
    choose(page, "Key", "D")
    expect(seed).to_have_value("R:polka\nK:Dm\nABc")


def test_menus_change_only_their_field_of_pasted_headers(page):
    seed = page.locator("#seed-text textarea")
    key, mode = page.get_by_label("Key", exact=True), page.get_by_label("Mode", exact=True)
    seed.fill("\n% pasted\nX:1\nT:One\nT:Two\nR:jig\nK:Ab Lydian\nABc")
    expect(key).to_have_value("Ab")
    expect(mode).to_have_value("lydian")
    choose(page, "Key", "F")
    expect(seed).to_have_value("\n% pasted\nX:1\nT:One\nT:Two\nR:jig\nK:F Lydian\nABc")
    choose(page, "Mode", "minor")
    expect(seed).to_have_value("\n% pasted\nX:1\nT:One\nT:Two\nR:jig\nK:Fm\nABc")
    mode.click()
    expect(page.locator("li[role=option]")).to_have_count(4)  # lydian is gone with the text that said so


def test_choosing_a_mode_without_a_key_adds_one(page):
    seed = page.locator("#seed-text textarea")
    key, mode = page.get_by_label("Key", exact=True), page.get_by_label("Mode", exact=True)
    choose(page, "Mode", "dorian")
    expect(seed).to_have_value("K:Ador\n")
    expect(key).to_have_value("A")
    choose(page, "Key", "E")
    expect(seed).to_have_value("K:Edor\n")
    choose(page, "Key", "any")
    expect(seed).to_have_value("")
    expect(mode).to_have_value("major")
    choose(page, "Mode", "major")  # though the menu stands there already
    expect(seed).to_have_value("K:G\n")
    expect(key).to_have_value("G")


def test_an_unplayable_tempo_is_reported_but_not_written(page):
    seed, tempo = page.locator("#seed-text textarea"), page.locator("#tempo").locator("input, textarea")
    seed.fill("K:D\n")
    for typed, came in (("1000", "1000"), ("120.5", "120.5"), ("5", "5"), ("abc", "'abc'"), ("-60", "-60")):
        tempo.press_sequentially(typed)
        tempo.press("Tab")
        sentence = page.get_by_text(f"Tempo must be a whole number from 20 to 400, not {came}.")
        expect(sentence).to_be_visible()
        expect(tempo).to_have_value(typed)
        expect(seed).to_have_value("K:D\n")
        choose(page, "Rhythm", "reel")  # what is told stays until it is mended
        expect(sentence).to_be_visible()
        expect(tempo).to_have_value(typed)
        choose(page, "Rhythm", "any")
        tempo.fill("")
    tempo.press_sequentially("120")
    tempo.press("Enter")
    expect(seed).to_have_value("Q:1/4=120\nK:D\n")
    expect(page.get_by_text("Tempo must be")).to_have_count(0)


def test_tabbing_past_a_menu_closes_it(page):
    for way, label in product(("Tab", "Shift+Tab"), ("Rhythm", "Key", "Mode", "Form")):
        menu = page.get_by_label(label, exact=True)
        menu.focus()
        expect(menu).to_have_attribute("aria-expanded", "true")
        page.keyboard.press(way)
        page.wait_for_timeout(300)  # gradio answers a key late
        expect(menu).not_to_be_focused()
        expect(menu).to_have_attribute("aria-expanded", "false")
    menu.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(menu).not_to_have_value("AABB: two parts, each twice")


def test_an_example_fills_the_seed(page):
    page.get_by_role("button", name="Reel in G").click()
    expect(page.locator("#seed-text textarea")).to_have_value("R:reel\nM:4/4\nL:1/8\nK:G\n|:G2BG dGBG|")


def test_length_is_always_there_under_one_name(page):
    length = page.get_by_label("number input for Length")
    expect(length).to_have_count(1)
    expect(page.locator(".either")).to_contain_text("In bars, for each part.")
    before = page.locator(".either").bounding_box()
    choose_form(page, "Free")
    expect(page.locator(".either")).to_contain_text("In characters, at most.")
    expect(length).to_have_count(1)
    assert page.locator(".either").bounding_box() == before


def test_form_sets_the_length_unit_without_layout_shift(page):
    form, keep = page.locator("#form input"), page.get_by_label("Grammar")
    length = page.get_by_label("number input for Length")

    def seen() -> tuple[bool, str | None]:
        page.wait_for_timeout(200)
        assert [keep.bounding_box(), page.get_by_role("button", name="Generate").bounding_box()] == places
        return form.is_enabled(), length.get_attribute("max")

    bars, characters = "16", "4000"
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 2400})
        places = [keep.bounding_box(), page.get_by_role("button", name="Generate").bounding_box()]
        assert seen() == (True, bars)
        keep.uncheck()
        assert seen() == (False, characters)
        keep.check()
        assert seen() == (True, bars)
        choose_form(page, "Free")
        assert seen() == (True, characters)
        keep.uncheck()
        assert seen() == (False, characters)
        keep.check()
        assert seen() == (True, characters)
        choose_form(page, "AA:")
        assert seen() == (True, bars)
