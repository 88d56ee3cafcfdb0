"""The folder of tunes: what lies in it, and that a browser shows and plays it from disk."""

import base64
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import mido
import pytest

from charrnn.gallery.bundle import bundle
from charrnn.gallery.sounds import sounds_script
from charrnn.notation import parse, split_book
from charrnn.notation.instruments.table import instrument_of
from charrnn.render.audio.library import Library
from charrnn.render.beyond import beyond
from tests.support.command_line import run_here

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

HEADER = "M:6/8\nL:1/8\nR:jig\nK:D\n"
SETTINGS = ("--seed-text", HEADER, "--parts", "A", "--bars", 2, "--candidates", 2)


@pytest.fixture(scope="module")
def gallery(checkpoint_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("galleries") / "new"
    done = run_here("gallery", out, "--count", 3, *SETTINGS, "--checkpoint", checkpoint_path)
    assert done.stderr.endswith(f"wrote 3 tunes to {out / 'index.html'}\n")
    assert [path.name for path in out.parent.iterdir()] == ["new"]
    return out


def test_each_tune_has_a_page_and_files(gallery: Path) -> None:
    book = list(split_book((gallery / "tunes.abc").read_text()))
    pages = sorted((gallery / "tunes").glob("*.html"))
    links = re.findall(r'href="(tunes/[^"]+)"', (gallery / "index.html").read_text())
    assert links == [f"tunes/{page.name}" for page in pages]
    assert len(pages) == len(book) == 3
    for page, text in zip(pages, book, strict=True):
        tune = parse(page.with_suffix(".abc").read_text())
        assert tune.elements == parse(text).elements
        assert tune.title in page.read_text()
        assert any(message.type == "note_on" for message in mido.MidiFile(page.with_suffix(".mid")))


def test_its_tunes_keep_to_an_instrument(tmp_path: Path, checkpoint_path: Path) -> None:
    arguments = ("gallery", tmp_path / "new", "--count", 1, *SETTINGS, "--checkpoint", checkpoint_path, "--instrument")
    assert run_here(*arguments, "tuba").stderr.startswith("charrnn gallery: Instrument must be one of any, fiddle,")
    assert run_here(*arguments, "whistle").returncode == 0
    whistle = instrument_of("whistle")
    assert whistle
    assert beyond((tmp_path / "new" / "tunes.abc").read_text(), whistle) == []


def test_nothing_in_it_leads_to_another_host(gallery: Path) -> None:
    for path in gallery.rglob("*.html"):
        addresses = re.findall(r'(?:href|src)="([^"]*)"', path.read_text())
        assert [address for address in addresses if "//" in address or address.startswith("/")] == []


def test_a_browser_plays_it_from_disk(gallery: Path, browser: "BrowserContext") -> None:
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto((gallery / "index.html").as_uri())
    page.locator(".tunes a").first.click()
    page.locator(".sheet svg .notehead").first.wait_for()
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('.score').player.position > 0.2")
    page.get_by_role("link", name="Next").click()
    page.locator(".sheet svg .notehead").first.wait_for()
    assert page.evaluate("document.querySelector('.score').player.length") > 0
    page.close()
    assert faults == []


def test_the_instruments_come_along(library: Library) -> None:
    text = sounds_script(library)
    sounds = json.loads(text.partition(" = ")[2].rstrip(";\n"))
    assert set(sounds["files"]) == {"piano.wav"}
    assert base64.b64decode(sounds["files"]["piano.wav"])[:4] == b"fLaC"


def test_without_samples_a_synthesised_tone_plays(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "folder", None)
    assert sounds_script(library) == "window.charrnnSounds = null;\n"


def test_a_folder_with_something_in_it_is_kept(gallery: Path, checkpoint_path: Path) -> None:
    before = sorted(gallery.rglob("*"))
    done = run_here("gallery", gallery, "--count", 1, *SETTINGS, "--checkpoint", checkpoint_path)
    assert done.returncode == 1
    assert done.stderr == f"charrnn gallery: {gallery} is there already; name a new folder\n"
    assert sorted(gallery.rglob("*")) == before


def test_a_fault_on_the_way_leaves_nothing(
    tmp_path: Path, checkpoint_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from charrnn.gallery import site

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(site, "_write_shared", full)
    done = run_here("gallery", tmp_path / "new", "--count", 1, *SETTINGS, "--checkpoint", checkpoint_path)
    assert done.stderr.endswith(f"{tmp_path / 'new'} cannot be written: No space left on device\n")
    assert list(tmp_path.iterdir()) == []


def test_an_import_over_several_lines_is_bundled(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import {\n  one,\n  two as second,\n} from "./b.js";\none(second);\n')
    (tmp_path / "b.js").write_text("export const one = () => {};\nexport const two = 2;\n")
    assert f'const {{ one, two: second }} = modules["{tmp_path.name}/b.js"];' in bundle(tmp_path / "a.js")


def test_a_module_that_cannot_be_bundled_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nb();\n')
    (tmp_path / "b.js").write_text("export default 1;\n")
    with pytest.raises(ValueError, match=r"b\.js cannot be bundled: export default 1;"):
        bundle(tmp_path / "a.js")
    (tmp_path / "b.js").write_text('import { a } from "./a.js";\nexport const b = a;\n')
    with pytest.raises(ValueError, match=r"a\.js imports itself, by way of others"):
        bundle(tmp_path / "a.js")
