"""Tune books as PDF files, read by pypdf, and the command that makes them."""

import io
from pathlib import Path

import pytest
from pypdf import PdfReader

from charrnn import limits
from charrnn.errors import RenderError
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Tune
from charrnn.render.export.book import Section, book_pdf
from tests.support.command_line import run_here


def tune_named(title: str) -> Tune:
    return parse(f"X:1\nT:{title}\nR:jig\nM:6/8\nL:1/8\nK:D\n|:" + "dfd ecA|BGB AFD|" * 4 + "d6:|\n")


def texts_of(*sections: Section, title: str = "Our book", paper: str = "a4") -> list[str]:
    reader = PdfReader(io.BytesIO(book_pdf(sections, title, paper)))
    return [page.extract_text() for page in reader.pages]


def test_title_page_tunes_and_index_follow_one_another() -> None:
    title, tunes, index = texts_of(Section((tune_named("The Wren"),)), Section((tune_named("The Stoat"),)))
    assert title.split("\n") == ["Our book", "2 tunes"]
    assert all(name in tunes and name in index for name in ("The Wren", "The Stoat"))
    assert "Index" in index
    assert "jig · 6/8 · key of D" in index


def test_the_index_names_the_page_of_each_tune() -> None:
    names = [f"Tune number {number}" for number in range(7)]
    pages = texts_of(*(Section((tune_named(name),)) for name in names))
    index = pages[-1].split("\n")
    for name in names:
        (page,) = [number for number, text in enumerate(pages[:-1], start=1) if name in text]
        assert f"{name} {page}" in index


def test_a_set_stands_under_its_name() -> None:
    title, tunes, _ = texts_of(Section((tune_named("A"), tune_named("B")), name="Saturday"))
    assert title.split("\n")[1] == "2 tunes, 1 set"
    assert tunes.startswith("Saturday")


def test_the_same_tunes_give_the_same_bytes() -> None:
    section = Section((tune_named("The Wren"),))
    assert book_pdf([section], "Book") == book_pdf([section], "Book")


def test_an_empty_or_too_long_book_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RenderError, match="a book has 1 to 1,000 tunes, not 0"):
        book_pdf([], "Book")
    monkeypatch.setattr(limits, "MAX_BOOK_TUNES", 1)
    with pytest.raises(RenderError, match="a book has 1 to 1 tunes, not 2"):
        book_pdf([Section((tune_named("A"), tune_named("B")))], "Book")


def test_text_of_any_kind_is_only_text() -> None:
    title, *_ = texts_of(Section((tune_named('#panic() "$x$" *b*'),)), title='#import "x" \x00 $')
    assert title.startswith('#import "x" ')


def test_the_command_sets_a_book(tmp_path: Path) -> None:
    (tmp_path / "Tunes.abc").write_text("X:1\nT:One\nK:C\nCDEF|\n\nX:2\nK:G\nGABc|\n")
    done = run_here("book", tmp_path / "Tunes.abc", tmp_path / "book.pdf", "--paper", "letter", "--chords")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, f"wrote 2 tunes to {tmp_path / 'book.pdf'}")
    pages = [page.extract_text() for page in PdfReader(tmp_path / "book.pdf").pages]
    assert pages[0].startswith("Tunes")
    assert "Untitled" in pages[-1]


def test_the_command_refuses_books_of_too_many_tunes(tmp_path: Path) -> None:
    (tmp_path / "many.abc").write_text("X:1\nK:C\nC|\n\n" * 1_001)
    done = run_here("book", tmp_path / "many.abc", tmp_path / "book.pdf")
    assert (done.returncode, done.stderr) == (1, "charrnn book: a book has 1 to 1,000 tunes, not 1,001\n")
    assert not (tmp_path / "book.pdf").exists()
