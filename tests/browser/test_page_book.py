"""A visitor's own book: tunes and sets, played, kept and taken along."""

import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from charrnn.importing.opened import book_texts
from charrnn.notation.reading.parser import parse
from charrnn.ui.answers.permalink import decode_set, encode_set
from tests.browser.test_page_opening import choose
from tests.support.browser import needs_chromium
from tests.support.served import GRADIO_WARNINGS
from tests.support.visitor import generate, open_tab, opened, player, shown_abc, the_page

pytestmark = [needs_chromium, pytest.mark.filterwarnings(GRADIO_WARNINGS), pytest.mark.own_page]

KEY = "charrnn-book-1"


def short(title: str, key: str) -> str:
    """Three seconds of music."""
    return f"X:1\nT:{title}\nR:jig\nM:6/8\nL:1/8\nQ:3/8=120\nK:{key}\ndfd ecA|BGB AFD|d6|]\n"


THREE = "\n".join([short("The Wren", "D"), short("The Stoat", "G"), short("The Owl", "G")])


@pytest.fixture(autouse=True)
def emptied(page: Page):
    """All tests share one browser, and so its storage."""
    yield
    page.evaluate("localStorage.clear()")


def put_three(page: Page) -> None:
    choose(page, "three.abc", THREE.encode())
    expect(page.locator(".title")).to_have_text("The Wren")
    page.get_by_role("button", name="Put all into my book").click()
    expect(page.locator(".remark")).to_have_text("3 tunes of three.abc are in your book now.")
    open_tab(page, "My book")


def expect_titles(page: Page, *wanted: str) -> None:
    expect(page.locator(".book-list .name .plain")).to_have_text(list(wanted))


def titles(page: Page) -> list[str]:
    return page.locator(".book-list .name .plain").all_text_contents()


def made(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.get_by_role("tabpanel", name="My book").get_by_role("button", name=button).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_a_set_of_three_tunes_plays_and_persists(page: Page, address: str) -> None:
    put_three(page)
    page.get_by_label("Make a set of The Stoat and what stands above it").click()
    page.get_by_label("Make a set of The Owl and what stands above it").click()
    page.get_by_label("Name of the set Set of 3").fill("Saturday")
    page.keyboard.press("Enter")
    page.get_by_label("Play the set Saturday").click()
    expect(page.locator(".remark")).to_have_text("1 of 3: The Wren, in D. Next: The Stoat, the key changes to G.")
    page.wait_for_function("document.querySelector('.score').player.state === 'counting'")
    page.wait_for_function("document.querySelector('.score').player.state === 'playing'")
    expect(page.locator(".title")).to_have_text("The Stoat")
    assert player(page, "state") == "playing"
    expect(page.locator(".remark")).to_have_text("2 of 3: The Stoat, in G. Next: The Owl, in G again.")
    page.wait_for_function("document.querySelector('.sheet .sounding')")
    assert page.evaluate("document.querySelector('.score').player.stage.level() > 0.001")
    assert parse(shown_abc(page)).title == "The Stoat"
    expect(page.locator(".remark")).to_have_text("3 of 3: The Owl, in G. It is the last of the set.")
    page.wait_for_function("document.querySelector('.score').player.state === 'stopped'")

    opened(page, address)
    open_tab(page, "My book")
    assert titles(page) == ["The Wren", "The Stoat", "The Owl"]
    expect(page.get_by_label("Name of the set Saturday")).to_have_value("Saturday")
    page.get_by_label("Title of the book").fill("Our tunes")
    page.keyboard.press("Enter")
    name, content = made(page, "Download ABC")
    assert name == "our-tunes.abc"
    assert [parse(text).title for text in book_texts(name, content)] == titles(page)
    name, content = made(page, "Download PDF (A4)")
    assert name == "our-tunes.pdf"
    first, tunes, *_ = [each.extract_text() for each in PdfReader(io.BytesIO(content)).pages]
    assert first.split("\n") == ["Our tunes", "3 tunes, 1 set"]
    assert tunes.startswith("Saturday")


def test_book_tunes_are_renamed_moved_opened_and_removed(page: Page) -> None:
    generate(page, seed="7")
    open_tab(page, "My book")
    page.get_by_role("button", name="Put this tune into my book").click()
    expect(page.locator(".book-said")).to_have_text("The Page Jig is in your book.")
    generate(page, seed="8")
    open_tab(page, "This visit")
    page.get_by_label("Put The Page Jig into my book").first.click()
    open_tab(page, "My book")
    page.get_by_label("Rename The Page Jig").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("New title of The Page Jig")).to_be_focused()
    page.keyboard.type("<b>Mine</b>")
    page.keyboard.press("Enter")
    expect_titles(page, "The Page Jig", "<b>Mine</b>")
    page.get_by_label("Move <b>Mine</b> up").focus()
    page.keyboard.press("Enter")
    assert titles(page) == ["<b>Mine</b>", "The Page Jig"]
    assert page.evaluate("document.activeElement.textContent") == "↓"  # the first tune cannot go up
    page.get_by_role("button", name="<b>Mine</b>", exact=True).click()
    expect(page.locator(".title")).to_have_text("<b>Mine</b>")
    page.get_by_label("Remove The Page Jig from the book").click()
    expect(page.locator(".book-said")).to_have_text("The Page Jig is no longer in your book.")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Clear my book").click()
    assert titles(page) == ["<b>Mine</b>"]
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Clear my book").click()
    assert titles(page) == []
    expect(page.get_by_role("button", name="Download PDF (A4)").last).to_be_disabled()


def test_a_link_carries_a_set(page: Page, address: str) -> None:
    tunes = [short("The Wren", "D"), short("The Stoat", "G")]
    link = encode_set("Saturday", tunes)
    opened(page, f"{address}/?set={link}")
    expect(page.locator(".title")).to_have_text("The Wren")
    open_tab(page, "My book")
    expect(page.locator(".linked-words")).to_have_text("The link holds a set (Saturday): The Wren, The Stoat.")
    page.get_by_role("button", name="Put it into my book").click()
    assert titles(page) == ["The Wren", "The Stoat"]
    assert f"set={link}" in page.url
    page.locator(".linked-play").click()
    expect(page.locator(".title")).to_have_text("The Stoat")
    assert f"set={link}" in page.url
    page.get_by_label("Copy a link to the set Saturday").click()
    expect(page.locator(".book-said")).to_contain_text("It contains the tunes of the set.")
    page.get_by_role("button", name="The Wren", exact=True).click()
    expect(page.locator(".linked-set")).to_be_hidden()
    page.wait_for_function("!location.search.includes('set=') && location.search.includes('tune=')")
    opened(page, f"{address}/?set=1.AAAA")
    expect(page.locator(".remark")).to_contain_text("This link does not hold a tune")
    assert decode_set(link).tunes == tuple(tunes)


def test_a_playing_set_follows_score_and_controls(page: Page) -> None:
    put_three(page)
    page.get_by_label("Make a set of The Stoat and what stands above it").click()
    page.get_by_label("Play the set Set of 2").click()
    expect(page.locator(".title")).to_have_text("The Stoat")
    page.get_by_role("button", name="Pause").click()
    start = the_page(page, "sets.values.length")
    assert start == 2
    page.evaluate("document.querySelector('.score').page.transport.seekWritten(0)")
    begins = player(page, "notes.find(({ piece }) => piece === 1).at")
    assert player(page, "position") == begins > 1
    page.evaluate(
        "document.querySelector('.score').page.tell(document.querySelector('.score').page.transport.step(-1))"
    )
    expect(page.locator(".title")).to_have_text("The Wren")
    assert player(page, "length") == 2 * 2.25 + 0.375  # bars of 6/8; the last note is held for a beat more
    page.get_by_label("Straight").check()
    page.wait_for_function("document.querySelector('.score').player.length === 4.5")  # it is the set still
    generate(page)
    assert the_page(page, "sets.isLoaded") is False


def test_a_damaged_or_full_storage_gets_a_sentence(page: Page, address: str) -> None:
    kept = {"title": "Ours", "sections": [{"tunes": [{"abc": short("The Wren", "D"), "title": "The Wren"}]}, 5]}
    page.evaluate(f"text => localStorage.setItem('{KEY}', text)", json.dumps(kept))
    opened(page, address)
    open_tab(page, "My book")
    expect(page.locator(".book-said")).to_contain_text("could not be read in this browser and was left out")
    assert titles(page) == ["The Wren"]
    page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    generate(page)
    page.get_by_role("button", name="Put this tune into my book").click()
    expect(page.locator(".book-said")).to_contain_text("This browser has no room for your book")
    assert titles(page) == ["The Wren", "The Page Jig"]
