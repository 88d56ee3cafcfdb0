"""How the tests start the system's chromium, and how they give it our modules without any server."""

import atexit
import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from benchmarks.page import FLAGS

CHROMIUM = Path("/usr/bin/chromium")
needs_chromium = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"needs chromium at {CHROMIUM} (Debian package chromium)"
)
ORIGIN = "http://modules.test"


@lru_cache(maxsize=1)
def chromium() -> Browser:
    """One for the whole run: playwright's synchronous interface can be started once in a thread. Pages of one address
    share a process, which compiles gradio's scripts once, as long as one of them is open."""
    playwright = sync_playwright().start()
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--process-per-site"])
    atexit.register(playwright.stop)
    atexit.register(browser.close)
    return browser


@contextmanager
def page_with(folders: dict[str, Path]) -> Iterator[Page]:
    """An empty page whose addresses /NAME/... are the files of folders. Afterwards: no error, no other request."""
    faults: list[str] = []

    def answer(route: Route) -> None:
        _, name, *rest = route.request.url.removeprefix(ORIGIN).partition("?")[0].split("/")
        path = folders.get(name, Path("/nowhere")).joinpath(*rest)
        if route.request.url == f"{ORIGIN}/":
            route.fulfill(body="<!doctype html>", content_type="text/html")
        elif route.request.url.startswith(ORIGIN) and path.is_file():
            route.fulfill(body=path.read_bytes(), content_type=mimetypes.guess_type(path.name)[0] or "text/plain")
        else:
            faults.append(f"request for {route.request.url}")
            route.abort()

    page = chromium().new_page()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.route("**/*", answer)
    page.goto(f"{ORIGIN}/")
    yield page
    page.close()
    assert faults == []


def run(page: Page, script: str, argument: Any = None) -> Any:
    """The value of an asynchronous function's body; the argument is called ``given``."""
    return page.evaluate(f"async (given) => {{ {script} }}", argument)
