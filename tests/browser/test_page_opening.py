"""A visitor opens a file of their own, by the button and by dropping it."""

import base64
from io import BytesIO

import mido
import pytest
from playwright.sync_api import Page, expect

from charrnn import limits
from charrnn.notation.reading.parser import parse
from charrnn.render.export.midi import midi_bytes
from charrnn.render.export.musicxml import musicxml
from tests.support.browser import needs_chromium
from tests.support.served import GRADIO_WARNINGS
from tests.support.visitor import generate, open_tab, shown_abc

pytestmark = [needs_chromium, pytest.mark.filterwarnings(GRADIO_WARNINGS)]

REEL = "X:1\nT:My Reel\nM:4/4\nL:1/8\nR:reel\nK:G\n|:GABc dedB|c2ec B2dB|GABc dedB|cAFA G4:|\n"
DROP = """async ([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name));
  const target = document.querySelector("#seed-text textarea");
  for (const kind of ["dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


def choose(page: Page, name: str, content: bytes) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open a file").click()
    chooser.value.set_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})


def drop(page: Page, name: str, content: bytes) -> None:
    page.evaluate(DROP, [name, base64.b64encode(content).decode()])


def test_an_opened_file_can_become_the_seed(page: Page) -> None:
    choose(page, "my reel.musicxml", musicxml(parse(REEL)).encode())
    expect(page.locator(".title")).to_have_text("My Reel")
    expect(page.locator(".opened-sentence")).to_have_text("my reel.musicxml: Opened from MusicXML.")
    assert parse(shown_abc(page)).elements == parse(REEL).elements
    expect(page.locator(".sheet svg .note").first).to_be_visible()
    expect(page.get_by_label("Play", exact=True)).to_be_enabled()
    open_tab(page, "Shape it")
    expect(page.locator("[data-rework=vary]")).to_be_enabled()
    page.get_by_role("button", name="Use its first bars as the seed").click()
    expect(page.locator("#seed-text textarea")).to_have_value("R:reel\nM:4/4\nL:1/8\nK:G\n|:GABc dedB|c2ec B2dB|\n")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".title")).not_to_have_text("My Reel")
    expect(page.locator(".score[data-state=done]")).to_be_visible()
    assert "|:GABc dedB|c2ec B2dB|" in shown_abc(page)
    expect(page.locator(".opened")).to_be_hidden()


def test_a_dropped_file_offers_its_other_tracks(page: Page) -> None:
    generate(page)
    before = shown_abc(page)
    file = mido.MidiFile(file=BytesIO(midi_bytes(parse(REEL))))
    bass = mido.MidiTrack([mido.MetaMessage("track_name", name="Bass")])
    for pitch in (43, 48, 43, 50):
        bass += [mido.Message("note_on", note=pitch, channel=2), mido.Message("note_off", note=pitch, time=3840)]
    file.tracks.append(bass)
    content = BytesIO()
    file.save(file=content)
    drop(page, "my reel.mid", content.getvalue())
    expect(page.locator(".title")).to_have_text("My Reel")
    expect(page.locator(".opened-sentence")).to_contain_text("My Reel (channel 1) (voice 1 of 2)")
    assert page.locator("#seed-text textarea").input_value() != ""
    page.get_by_label("Voice of the file").select_option("2")
    expect(page.locator(".opened-sentence")).to_contain_text("Bass (channel 3) (voice 2 of 2)")
    assert "G,,8|C,8|G,,8|D,8|" in shown_abc(page)
    page.get_by_label("Undo").click()
    page.get_by_label("Undo").click()
    assert shown_abc(page) == before


def test_of_a_book_of_tunes_one_is_chosen(page: Page) -> None:
    choose(page, "book.abc", f"{REEL}\n{REEL.replace('My Reel', 'Another').replace('X:1', 'X:2')}".encode())
    expect(page.locator(".title")).to_have_text("My Reel")
    page.get_by_label("Tune of the file").select_option("2")
    expect(page.locator(".title")).to_have_text("Another")
    expect(page.locator(".opened-sentence")).to_contain_text("tune 2 of 2")


def test_a_bad_file_gets_a_sentence_without_loss(page: Page) -> None:
    generate(page)
    before = shown_abc(page)
    for name, content, sentence in (
        ("broken.mid", b"MThd\0\0\0\6", "broken.mid is a damaged MIDI file"),
        ("empty.mxl", b"", "empty.mxl is empty"),
        ("page.pdf", b"%PDF-1.7 \0", "page.pdf is neither ABC, MIDI nor MusicXML"),
        ("large.abc", b"A" * (limits.MAX_OPENED_BYTES + 1), "large.abc has 1,000,001 bytes; at most 1,000,000"),
    ):
        drop(page, name, content)
        expect(page.locator(".remark")).to_contain_text(sentence)
        assert shown_abc(page) == before
    expect(page.locator(".opened")).to_be_hidden()
