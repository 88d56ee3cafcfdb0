"""How the tests start the system's chromium, and how they give it our modules without any server."""

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
needs_chromium = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"needs chromium at {CHROMIUM} (Debian package chromium)"
)
ORIGIN = "http://modules.test"


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

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.route("**/*", answer)
        page.goto(f"{ORIGIN}/")
        yield page
        browser.close()
    assert faults == []


def run(page: Page, script: str, argument: Any = None) -> Any:
    """The value of an asynchronous function's body; the argument is called ``given``."""
    return page.evaluate(f"async (given) => {{ {script} }}", argument)
