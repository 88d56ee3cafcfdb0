"""A visitor of the page who is not let in is told so, and the page goes on working."""

import pytest
from playwright.sync_api import expect

from charrnn import limits
from tests.support.browser import needs_chromium
from tests.support.served import GRADIO_WARNINGS
from tests.support.visitor import SLOW, generate, open_tab, opened, shown_abc, the_page, until_another, wait_until

pytestmark = [needs_chromium, pytest.mark.filterwarnings(GRADIO_WARNINGS)]


def test_a_visitor_can_retry_after_a_full_queue(browser, address, monkeypatch):
    expect.set_options(timeout=SLOW)
    page = browser.new_page()
    opened(page, address)
    generate(page)
    before = shown_abc(page)
    open_tab(page, "Shape it")
    vary = page.locator("[data-rework=vary]")
    with monkeypatch.context() as patch:
        patch.setattr(limits, "MAX_QUEUE", 0)
        generate(page, seed="8", wait=False)
        expect(page.get_by_text("currently busy. Please try again.").first).to_be_visible()  # gradio's own words
        vary.click()
        wait_until(lambda: not the_page(page, "busy"))
        expect(page.locator(".score .remark")).not_to_have_text("Working …")
    assert shown_abc(page) == before
    expect(vary).to_be_enabled()
    assert until_another(page, vary.click) != before
    page.close()
