"""The page with sampled instruments, in a real browser: what is heard, and what the server gives out."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from charrnn.model.checkpoint import save_checkpoint
from charrnn.render.audio import library as library_module
from charrnn.render.audio import soundfont
from charrnn.render.audio.instruments import instrument_named
from charrnn.render.audio.library import CATALOG, Library
from tests.browser import CHROMIUM, FLAGS, needs_chromium
from tests.served import GRADIO_WARNINGS, served
from tests.tiny import tiny_checkpoint

pytestmark = [
    pytest.mark.filterwarnings(GRADIO_WARNINGS),
    needs_chromium,
    pytest.mark.skipif(
        soundfont.find_font() is None or soundfont.renderer_version() is None,
        reason="needs pretty_midi and midirenderer (no wheel here?)",
    ),
]
TUNE = "T:The Page Jig\nM:6/8\nL:1/8\nK:D\n|:A|dfd ecA|BGB AFD|GBG FAF|EFE E2A|"


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library_module, "INSTRUMENTS", (instrument_named("piano"),))
        library = Library(tmp_path_factory.mktemp("cache"))
        library.prepare()
    assert library.folder is not None
    (library.folder.parent / "secret.txt").write_text("not for visitors")
    return library.folder


@pytest.fixture(scope="module")
def address(sounds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    save_checkpoint(tiny_checkpoint(), path)
    with served(str(path), sounds) as address:
        yield address


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: faults.append(request.url) if address not in request.url else None)
        page.goto(address)
        yield page
        browser.close()
    assert [fault for fault in faults if not fault.startswith(("data:", "blob:"))] == []


def test_the_first_note_is_sampled_already(page):
    expect(page.locator(".score[data-state=empty]")).to_be_visible()
    page.locator("#seed-text textarea").fill(TUNE)
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".score[data-state=done]")).to_be_visible(timeout=20_000)
    page.wait_for_function("document.querySelector('.score').player.stage.samples")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('.score').player.stage.level() > 0.005")
    assert page.evaluate("document.querySelector('.score').player.stage.sampler !== null")


def test_the_server_gives_out_the_samples_and_nothing_beside_them(address, sounds):
    def ask(path: str) -> int:
        return httpx.get(f"{address}/gradio_api/file={path}").status_code

    assert ask(f"{sounds}/{CATALOG}") == ask(f"{sounds}/piano.wav") == 200
    for elsewhere in (sounds, sounds.parent, sounds / "nothing.wav", sounds.parent / "secret.txt"):
        assert ask(str(elsewhere)) == 403
    assert ask(f"{sounds}/%2e%2e/secret.txt") == 403
    before = {path.name: path.stat().st_mtime_ns for path in sounds.iterdir()}
    for method in ("POST", "PUT", "DELETE"):
        assert httpx.request(method, f"{address}/gradio_api/file={sounds}/piano.wav").status_code == 405
    assert {path.name: path.stat().st_mtime_ns for path in sounds.iterdir()} == before
