"""What a visitor keeps of a tune: files, the link, the list of this visit."""

import io
import random
import wave
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict
from pathlib import Path

import httpx
import mido
import pytest
import soundfile
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from charrnn.errors import OptionError
from charrnn.render.audio.library import CATALOG
from charrnn.render.audio.loudness import TARGET, integrated_loudness
from charrnn.render.audio.samples import cents_off
from charrnn.sampling.options import Request
from charrnn.ui.answers import permalink
from charrnn.ui.answers.permalink import decode, encode
from tests.support.browser import needs_chromium
from tests.support.served import GRADIO_WARNINGS, free_port
from tests.support.started import NOTHING_KEPT, started
from tests.support.tiny import JIG
from tests.support.tunes import EVIL
from tests.support.visitor import ATTACK, choose_form, generate, open_tab, opened, shown_abc, the_page, until_another

pytestmark = pytest.mark.filterwarnings(GRADIO_WARNINGS)


def downloaded(page: Page, name: str) -> tuple[str, bytes]:
    page.locator(".downloads summary").click()
    with page.expect_download() as download:
        menu = page.get_by_role("group", name="Download or print")
        menu.get_by_role("button", name=f"Download {name}", exact=True).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


@needs_chromium
def test_the_tune_is_taken_away_in_every_form(page):
    choose_form(page, "A:")  # short, for it is made into sound five times
    generate(page)
    page.get_by_role("combobox", name="Sound").select_option("fiddle")
    name, content = downloaded(page, "MIDI")
    assert name == "the-page-jig.mid"
    messages = list(mido.MidiFile(file=io.BytesIO(content)))
    assert [one.note for one in messages if one.type == "note_on" and one.channel == 0][:4] == [69, 74, 78, 74]
    assert next(one.program for one in messages if one.type == "program_change") == 110
    assert any(one.type == "note_on" and one.channel == 1 for one in messages)  # the chords
    assert downloaded(page, "ABC") == ("the-page-jig.abc", shown_abc(page).encode())
    name, content = downloaded(page, "WAV")
    assert name == "the-page-jig.wav"
    with wave.open(io.BytesIO(content)) as file:
        assert file.getnframes() / file.getframerate() > the_page(page, "transport.player.seconds")
    for kind in ("MP3", "OGG", "FLAC"):
        name, content = downloaded(page, kind)
        assert name == f"the-page-jig.{kind.lower()}"
        waveform, rate = soundfile.read(io.BytesIO(content))
        assert len(waveform) / rate > the_page(page, "transport.player.seconds")
        assert integrated_loudness(waveform.T, rate) == pytest.approx(TARGET, abs=0.5)
        first = waveform[: round(0.15 * rate)].mean(axis=1)  # the pick-up, alone
        assert abs(cents_off(first, rate, 69)) < 30
    for paper, width in (("A4", 210), ("Letter", 215.9)):
        name, content = downloaded(page, f"PDF ({paper})")
        assert name == "the-page-jig.pdf"
        (sheet,) = PdfReader(io.BytesIO(content)).pages
        assert float(sheet.mediabox.width) == pytest.approx(width / 25.4 * 72, abs=0.2)
        assert "The Page Jig" in sheet.extract_text()
        assert "jig · 6/8 · key of D 1 / 1" in sheet.extract_text()
    name, content = downloaded(page, "MusicXML")
    assert name == "the-page-jig.musicxml"
    assert ElementTree.fromstring(content).findtext(".//movement-title") == "The Page Jig"
    name, content = downloaded(page, "SVG")
    assert name == "the-page-jig.svg"
    assert "The Page Jig" in "".join(ElementTree.fromstring(content).itertext())


@needs_chromium
@pytest.mark.own_page
def test_print_shows_the_title_and_the_score_alone(page):
    generate(page)
    page.evaluate("window.print = () => { window.printed = true; }")
    page.locator(".downloads summary").click()
    page.get_by_role("button", name="Print", exact=True).click()
    page.wait_for_function("window.printed")
    page.emulate_media(media="print")
    expect(page.locator(".paper-copy > svg")).to_be_visible()
    expect(page.locator(".paper-copy > svg .pgHead")).to_contain_text("The Page Jig")
    for hidden in ("#settings", ".heading", ".transport", ".tabs", ".sheet", ".tools", "footer"):
        expect(page.locator(hidden)).to_be_hidden()


@needs_chromium
def test_another_server_opens_a_link_with_its_settings(page, browser, address, checkpoint_path):
    page.get_by_label("number input for Temperature").fill("1.2")
    page.get_by_label("Avoid copying").check()
    generate(page, seed="11")
    page.get_by_role("combobox", name="Sound").select_option("harp")
    abc, link = shown_abc(page), page.url
    assert len(link) < 800
    port = free_port()
    elsewhere = f"http://127.0.0.1:{port}"
    with started("--port", str(port), "--checkpoint", str(checkpoint_path), environment=NOTHING_KEPT):
        visitor = browser.new_page()
        opened(visitor, link.replace(address, elsewhere))
        expect(visitor.locator(".title")).to_have_text("The Page Jig")
        assert shown_abc(visitor) == abc
        expect(visitor.get_by_label("number input for Temperature")).to_have_value("1.2")
        expect(visitor.locator("#seed-used textarea")).to_have_value("11")
        expect(visitor.get_by_label("Random seed")).to_have_value("")  # the next tune is another one
        expect(visitor.get_by_label("Avoid copying")).to_be_checked()
        assert "R:jig" in visitor.locator("#seed-text textarea").input_value()
        assert visitor.get_by_role("combobox", name="Sound").input_value() == "harp"
        assert until_another(visitor, lambda: generate(visitor, seed="12")) != abc
        visitor.close()


@needs_chromium
@pytest.mark.own_page
def test_bad_links_and_markup_do_no_harm(page, browser, address):
    opened(page, f"{address}/?tune=1.AAAA&instrument={ATTACK}")
    expect(page.locator(".remark")).to_contain_text("This link does not hold a tune")
    for text in (ATTACK, "<script>window.PWN=1</script>", "{{constructor}} ${window.PWN=1} `"):
        link = encode(f'X:1\nT:{text}\nK:D\n"{text}"A|', None)
        opened(page, f"{address}/?tune={link}")
        expect(page.locator(".title")).to_have_text(text)
        assert f'"{text}"A' in shown_abc(page)
        open_tab(page, "This visit")
        expect(page.locator(".visited")).to_contain_text(text)
        assert page.locator(".score img, .score script, .score foreignObject").count() == 0
    # Title, composer, rhythm, annotation, chord symbol, decoration, words and lines for other programs.
    everywhere = EVIL["30-script-everywhere"]
    opened(page, f"{address}/?tune={encode(everywhere, None)}")
    expect(page.locator(".title")).to_have_text("<script>window.PWN=1</script>")
    assert shown_abc(page) == everywhere
    assert downloaded(page, "ABC") == ("script-window-pwn-1-script.abc", everywhere.encode())
    page.wait_for_timeout(200)
    assert page.evaluate("window.PWN") is None
    assert page.locator(".score script, .score img, .score svg[onload]").count() == 0


@needs_chromium
@pytest.mark.own_page
def test_visited_tunes_are_listed_reopened_and_forgotten(page):
    generate(page)
    first = shown_abc(page)
    until_another(page, lambda: generate(page, "T:Another\nM:6/8\nL:1/8\nK:D\n", wait=False))
    open_tab(page, "This visit")
    expect(page.locator(".visited li")).to_have_count(2)
    assert (
        until_another(page, page.locator(".visited").get_by_role("button", name="The Page Jig", exact=True).click)
        == first
    )
    page.reload()
    page.wait_for_function("document.querySelector('.score')?.page?.value.state === 'done'")  # the link's tune
    open_tab(page, "This visit")
    expect(page.locator(".visited li")).to_have_count(2)
    page.get_by_role("button", name="Clear the list").click()
    expect(page.locator(".visited li")).to_have_count(0)
    assert page.evaluate("sessionStorage.getItem('charrnn-visit-1')") == "[]"


def test_a_link_decodes_to_tune_and_request():
    request = Request.checked(JIG, 1.1, seed=5, bars=4, parts="AB", repetition=-1, most_shared=12)
    link = decode(encode(JIG, asdict(request)))
    assert link.abc == JIG
    assert link.settings is not None
    assert Request.checked(**link.settings) == request
    assert decode(encode("é🎵", None)) == permalink.Link("é🎵", None)


def test_a_tune_too_long_for_links_gets_none():
    noise = "".join(random.Random(1).choices("ABCDEFGabcdefg|23/", k=40_000))
    assert encode(noise, None) == ""


BOMB = encode("A" * 3_000_000, None)
UNKNOWN = encode(JIG, {"seed": 1, "colour": "red"})
OUT_OF_RANGE = encode(JIG, {"seed": 1, "temperature": 99})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "at most"),
        ("x" * 20_000, "at most"),
        ("", "does not hold a tune"),
        ("1.", "does not hold a tune"),
        ("1.@@@@", "does not hold a tune"),
        (encode(JIG, None)[:-9], "does not hold a tune"),
        (BOMB, "does not hold a tune"),
        ("2" + encode(JIG, None)[1:], "of version 2"),
        (encode("A" * 20_001, None), "at most 20,000 characters"),
        (UNKNOWN, "not those of this page"),
        (OUT_OF_RANGE, "Temperature must be"),
    ],
    ids=range(11),
)
def test_a_bad_link_gets_one_sentence(text, sentence):
    with pytest.raises(OptionError, match=sentence) as caught:
        decode(text)
    assert str(caught.value).endswith(".")


def test_the_server_serves_only_the_sample_files(address, library):
    if library.folder is None:
        pytest.skip("needs pretty_midi and midirenderer (no wheel here?)")
    sounds: Path = library.folder
    (sounds.parent / "secret.txt").write_text("not for visitors")

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
