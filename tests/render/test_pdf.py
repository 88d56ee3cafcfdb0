"""Tunes as PDF files: their text, their pages and their size, read by pypdf."""

import io
import sys

import pytest
from pypdf import PdfReader

from charrnn.errors import RenderError
from charrnn.notation.reading.parser import parse
from charrnn.render.export.pdf import pdf_bytes
from tests.support.tiny import JIG

MILLIMETRES = 72 / 25.4  # points
LONG = JIG + "dfd ecA|BGB AFD|\n" * 60


def read(*texts: str, paper: str = "a4") -> PdfReader:
    return PdfReader(io.BytesIO(pdf_bytes([parse(text) for text in texts], paper)))


def lines(reader: PdfReader, page: int = 0) -> list[str]:
    return reader.pages[page].extract_text().split("\n")


def test_title_rhythm_key_and_page_number_are_text() -> None:
    reader = read("X:1\nT:Séamus Ó Domhnaill's\nC:Trad.\nR:jig\nM:6/8\nK:Ador\nABc def|A3 A3|]\nW:Sing it ♭ #this\n")
    (text,) = (page.extract_text() for page in reader.pages)
    for wanted in ("Séamus Ó Domhnaill's", "Trad.", "jig · 6/8 · key of Ador", "1 / 1", "Sing it ♭ #this"):
        assert wanted in text
    assert reader.metadata is not None
    assert reader.metadata.title == "Séamus Ó Domhnaill's"


@pytest.mark.parametrize(("paper", "width", "height"), [("a4", 210, 297), ("letter", 215.9, 279.4)])
def test_every_page_has_the_papers_size(paper: str, width: float, height: float) -> None:
    reader = read(LONG, paper=paper)
    assert len(reader.pages) > 1
    for page in reader.pages:
        size = [float(side) / MILLIMETRES for side in (page.mediabox.width, page.mediabox.height)]
        assert size == pytest.approx([width, height], abs=0.1)


def test_pages_are_numbered_and_contain_all_music() -> None:
    reader = read(LONG.replace("dfd ecA|", '"Em"dfd ecA|'))
    pages = [lines(reader, number) for number in range(len(reader.pages))]
    assert all(page[-1].endswith(f" {number} / {len(pages)}") for number, page in enumerate(pages, 1))
    chords = sum(line.split().count("Em") for page in pages for line in page)
    assert chords == LONG.count("dfd ecA|")


def test_each_tune_of_a_book_starts_a_page() -> None:
    reader = read(JIG, JIG.replace("The Test Jig", "Another"))
    assert ["The Test Jig" in page.extract_text() for page in reader.pages] == [True, False]
    assert "Another" in reader.pages[1].extract_text()
    assert lines(reader, 1)[-1].endswith("Another jig · 6/8 · key of D 2 / 2")


@pytest.mark.parametrize("title", ['#panic("x")', "\\ $x$ `y` ]", '"', "*bold* _so_", "\ud800", "x" * 200, "漢字"])
def test_a_title_is_only_text(title: str) -> None:
    text = "".join(page.extract_text() for page in read(f"X:1\nT:{title}\nK:C\nCDEF|]\nW:{title}\n").pages)
    if title.isascii() and len(title) < 50:
        assert text.count(title) == 3  # above the music, after it, and in the footer


def test_the_same_tune_gives_the_same_file() -> None:
    assert pdf_bytes([parse(JIG)]) == pdf_bytes([parse(JIG)])


def test_a_missing_typst_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(RenderError, match="PDF cannot be written, for typst cannot be loaded"):
        pdf_bytes([parse(JIG)])
