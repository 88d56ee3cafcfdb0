"""A whistle player's path through the page: from the menu of instruments to a set that is taken along."""

import io

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from charrnn.importing.opened import book_texts
from charrnn.notation.instruments.table import instrument_of
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Tune
from charrnn.render.playing.performance import sounding_pitches
from tests.browser.test_page_book import made, titles
from tests.browser.test_page_keeping import downloaded
from tests.support.browser import needs_chromium
from tests.support.served import GRADIO_WARNINGS
from tests.support.visitor import choose, choose_form, generate, open_tab, opened, shown_tune, until_another

pytestmark = [needs_chromium, pytest.mark.filterwarnings(GRADIO_WARNINGS), pytest.mark.own_page]

SEED = "T:{}\nR:jig\nM:6/8\nL:1/8\nQ:3/8=200\nK:D\n|:A|dfd ecA|"
TUNES = ("The Wren", "The Stoat", "The Owl")
WHISTLE = instrument_of("whistle")


def notes_of(tune: Tune) -> set[int]:
    return {pitch for pitches in sounding_pitches(tune).values() for pitch in pitches}


@pytest.fixture(autouse=True)
def emptied(page: Page):
    yield
    page.evaluate("localStorage.clear()")


def test_a_whistle_player_takes_a_set_along(page: Page, address: str) -> None:
    choose(page, "Instrument", "D whistle")
    choose_form(page, "A:")
    page.locator(".fingering").check()
    for number, title in enumerate(TUNES):
        generate(page, SEED.format(title), seed=str(number))
        assert notes_of(shown_tune(page)) <= WHISTLE.written
        signs = "".join(page.locator(".sheet svg .verse").all_text_contents())
        assert set(signs) >= {"●", "○"}
        if title == "The Stoat":
            open_tab(page, "Shape")
            page.get_by_label("Transpose to").select_option("Eb")
            until_another(page, page.get_by_role("button", name="Transpose", exact=True).click)
            expect(page.locator(".remark")).to_contain_text("is not on this instrument: D whistle")
            page.get_by_label("or by").select_option("instrument")
            until_another(page, page.get_by_role("button", name="Transpose", exact=True).click)
        assert notes_of(shown_tune(page)) <= WHISTLE.written
        open_tab(page, "My book")
        page.get_by_role("button", name="Put this tune into my book").click()
    _, content = downloaded(page, "PDF (A4)")
    assert "●" in PdfReader(io.BytesIO(content)).pages[0].extract_text()
    open_tab(page, "My book")

    page.get_by_label("Make a set of The Stoat and what stands above it").click()
    page.get_by_label("Make a set of The Owl and what stands above it").click()
    page.get_by_label("Play the set Set of 3").click()
    expect(page.locator(".remark")).to_contain_text("1 of 3: The Wren, in D. Next: The Stoat")
    page.wait_for_function("document.querySelector('.score').player.state === 'playing'")
    expect(page.locator(".title")).to_have_text("The Stoat")
    assert page.evaluate("document.querySelector('.score').player.state") == "playing"
    page.locator(".transport .stop").click()

    opened(page, address)
    open_tab(page, "My book")
    assert titles(page) == list(TUNES)
    name, content = made(page, "Download ABC")
    taken = [parse(text) for text in book_texts(name, content)]
    assert [tune.title for tune in taken] == list(TUNES)
    assert all(notes_of(tune) <= WHISTLE.written for tune in taken)
