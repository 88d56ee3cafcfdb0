"""What a visitor of the page does and sees, for the tests that drive it in a browser (fixtures: ``conftest``)."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import BrowserContext, Frame, Page, expect

from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Tune

TUNE = "T:The Page Jig\nR:jig\nM:6/8\nL:1/8\nK:D\n|:A|dfd ecA|BGB AFD|GBG FAF|EFE E2A|"
ATTACK = "<img src=x onerror=window.PWN=1>"
SLOW = 30_000  # milliseconds: these machines may have other work, too
OFTEN = 50  # milliseconds between two looks at a tune that is being made; looking at every frame has them drawn


@contextmanager
def visit(browser: BrowserContext, address: str) -> Iterator[Page]:
    """The page, ready. Afterwards: nothing went wrong in it (``watched``)."""
    page = browser.new_page()
    with watched(page, address):
        opened(page, address)
        yield page
        page.close()


@contextmanager
def watched(page: Page, address: str) -> Iterator[Callable[[], None]]:
    """A check that nothing went wrong in the console so far, and that no other host was asked for anything. It is made
    afterwards, too."""
    faults: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))

    def left(frame: Frame) -> None:
        """gradio ends its own stream as a page is left for another, and reports that it was ended."""
        if frame == page.main_frame:
            faults[:] = [fault for fault in faults if not ("AbortError" in fault or "errored out" in fault)]

    def check() -> None:
        assert faults == []
        assert [url for url in requests if not url.startswith((f"{address}/", "data:", "blob:"))] == []

    page.on("framenavigated", left)
    page.on("request", lambda request: requests.append(request.url))
    yield check
    check()


def opened(page: Page, address: str) -> None:
    """Opens the page, which will make short tunes, and one at a time: most tests need no more."""
    page.goto(address)
    page.wait_for_function("document.querySelector('.score')?.page")
    show_more(page)
    choose_candidates(page, 1)
    choose_bars(page, 4)


def show_more(page: Page) -> None:
    """All settings, of which some are folded away at first."""
    more, within = page.get_by_role("button", name="More settings"), page.get_by_label("Random seed")
    more.click()
    try:
        expect(within).to_be_visible(timeout=5_000)
    except AssertionError:  # gradio can miss a click that comes as soon as the button: close, open again
        more.click()
        more.click()
        expect(within).to_be_visible()
    page.wait_for_timeout(300)  # gradio mounts them now, and loses what is typed meanwhile


def choose_candidates(page: Page, count: int) -> None:
    page.get_by_label("number input for Candidates").fill(str(count))


def choose_bars(page: Page, count: int) -> None:
    page.get_by_label("number input for Length").fill(str(count))


def set_seed(page: Page, text: str) -> None:
    page.locator("#seed-text textarea").fill(text)


def generate(page: Page, text: str = TUNE, seed: str = "7", wait: bool = True) -> None:
    set_seed(page, text)
    page.get_by_label("Random seed").fill(seed)
    turn = the_page(page, "turn")
    page.get_by_role("button", name="Generate").click()
    if wait:
        page.wait_for_function(f"document.querySelector('.score').page.turn > {turn}", polling=OFTEN)
        expect(page.locator(".score[data-state=done]")).to_be_visible()


def choose(page: Page, menu: str, choice: str) -> None:
    page.get_by_label(menu, exact=True).click()
    page.locator(f'li[role=option][aria-label="{choice}"]').click()


def choose_form(page: Page, name: str) -> None:
    page.get_by_label("Form", exact=True).click()
    page.get_by_role("option", name=re.compile(f"^{name}")).click()


def choose_length(page: Page, length: int) -> None:
    choose_form(page, "Free")
    page.get_by_label("number input for Length").fill(str(length))


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def shown_abc(page: Page) -> str:
    return page.locator(".score .abc").input_value()


def shown_tune(page: Page) -> Tune:
    return parse(shown_abc(page))


def the_page(page: Page, what: str) -> Any:
    return page.evaluate(f"document.querySelector('.score').page.{what}")


def player(page: Page, what: str) -> Any:
    return page.evaluate(f"document.querySelector('.score').player.{what}")


def until_another(page: Page, act: Callable[[], None]) -> str:
    """Do something that leads to another tune; its text."""
    before = shown_abc(page)
    turn = the_page(page, "turn")
    act()
    page.wait_for_function(f"document.querySelector('.score').page.turn > {turn}", polling=OFTEN)
    page.wait_for_function(
        "(before) => document.querySelector('.score').page.value.state === 'done'"
        " && !document.querySelector('.score').page.busy"
        " && document.querySelector('.score').page.value.abc !== before",
        arg=before,
        polling=OFTEN,
    )
    return shown_abc(page)


def wait_until(condition: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
