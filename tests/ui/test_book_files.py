"""What the server makes of a visitor's book: files, the tunes of an opened book, and links of sets."""

import base64
import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pypdf import PdfReader

from charrnn import limits
from charrnn.errors import OptionError, RenderError
from charrnn.notation.reading.parser import parse
from charrnn.render.export.formats import Options
from charrnn.ui.answers.book import book_made
from charrnn.ui.answers.permalink import MAX_LINK, decode_set, encode, encode_set
from charrnn.ui.handlers.book import Books
from tests.support.asking import Tab
from tests.support.served import GRADIO_WARNINGS

pytestmark = pytest.mark.filterwarnings(GRADIO_WARNINGS)


def tune(title: str) -> str:
    return f"X:1\nT:{title}\nR:jig\nM:6/8\nL:1/8\nK:D\n|:dfd ecA|BGB AFD|d6:|\n"


def section(*titles: str, name: str = "") -> dict[str, Any]:
    return {"name": name, "tunes": [tune(title) for title in titles]}


def book(kind: str, *sections: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": kind, "title": "Our tunes", "sections": list(sections), **more}


@pytest.fixture
def tab(address: str) -> Iterator[Tab]:
    tab = Tab(address, "book")
    yield tab
    tab.client.close()


def content(answer: dict[str, Any]) -> bytes:
    return base64.b64decode(answer["base64"])


def test_a_book_becomes_one_pdf_with_its_sets(tab):
    answer = tab.desk("book_file", book("pdf", section("A", "B", name="Saturday"), section("C"))).json()
    assert (answer["name"], answer["type"]) == ("our-tunes.pdf", "application/pdf")
    first, tunes, index = [page.extract_text() for page in PdfReader(io.BytesIO(content(answer))).pages]
    assert first.split("\n") == ["Our tunes", "3 tunes, 1 set"]
    assert tunes.startswith("Saturday")
    assert all(f"{title} 2" in index for title in "ABC")


@pytest.mark.parametrize(("kind", "ending", "begins"), [("midi", "mid", b"MThd"), ("mp3", "mp3", b"ID3")])
def test_a_book_comes_as_a_zip_of_files(tab, kind, ending, begins):
    asked = book(kind, section("The Wren", "The Stoat", name="Saturday"), section("../x"))
    answer = tab.desk("book_file", asked).json()
    assert (answer["name"], answer["type"]) == (f"our-tunes-{kind}.zip", "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(content(answer)))
    assert archive.namelist() == [f"1-the-wren.{ending}", f"2-the-stoat.{ending}", f"3-x.{ending}"]
    assert all(archive.read(name).startswith(begins) for name in archive.namelist())
    assert tab.desk("book_file", asked).json() == answer


DEEP: Any = None
for _ in range(50):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("function", "sent", "sentence"),
    [
        ("book_file", {**book("exe", section("A"))}, "Kind must be one of pdf, midi, mp3, not 'exe'."),
        ("book_file", book("pdf"), "A book has 1 to 200 tunes, not 0."),
        ("book_file", book("pdf", *[section("A")] * 10_000), "A book has 1 to 200 tunes, not 10,000."),
        ("book_file", book("mp3", *[section("A")] * 21), "A book as MP3 has 1 to 20 tunes, not 21."),
        ("book_file", book("pdf", section(*"ABCDE")), "A set has 2 to 4 tunes."),
        ("book_file", book("pdf", {"name": "", "tunes": 5}), "A set has 2 to 4 tunes."),
        ("book_file", book("pdf", {"name": 5, "tunes": []}, section("A")), "Name must be text of at most 200"),
        ("book_file", {**book("pdf", section("A")), "sections": DEEP}, "A book must be a list of tunes and sets."),
        ("book_file", {**book("pdf", section("A")), "title": None}, "Title must be text of at most 200 characters"),
        ("book_file", book("pdf", {"name": "", "tunes": ["A" * 20_001]}), "A tune has at most 20,000 characters"),
        ("book_file", book("midi", section("A"), {"name": "", "tunes": ["X:1\nT:Rest\nK:C\nz|]"]}), "Tune 2 (Rest): "),
        ("book_file", book("pdf", section("A"), paper="a0"), "Paper must be one of a4, letter, not 'a0'."),
        ("set_link", {"name": "", "tunes": [tune("A")]}, "A set has 2 to 4 tunes."),
        ("set_link", {"name": "", "tunes": [tune("A")] * 5}, "A set has 2 to 4 tunes."),
        ("set_link", None, "Name must be text of at most 200 characters"),
        ("read_book", {"name": "x.mid", "base64": base64.b64encode(b"MThd").decode()}, "X.mid is no ABC file"),
        ("read_book", {"name": "x.abc", "base64": ""}, "X.abc is empty"),
        ("read_book", {"name": "x.abc", "base64": "?"}, "The content of a file must be in base64."),
        ("read_book", 5, "A file must have a name and a content."),
    ],
)  # fmt: skip
def test_a_book_that_is_none_gets_one_sentence(monkeypatch, function, sent, sentence):
    monkeypatch.setattr(limits, "MAX_OPENINGS_A_MINUTE", 1_000)
    functions: dict[str, Callable[..., Any]] = {one.__name__: one for one in Books().functions()}
    answer = functions[function](sent, None)
    assert list(answer) == ["error"]
    assert answer["error"].startswith(sentence)


def test_a_book_over_the_time_limit_is_abandoned():
    seconds = iter([0.0, 1.0, limits.MAX_BOOK_SECONDS + 1.0])
    with pytest.raises(OptionError, match="more than 60 seconds to make; please take fewer tunes"):
        book_made("midi", "Ours", [("", [tune("A")]), ("", [tune("B")])], Options(), clock=lambda: next(seconds))


def test_a_zip_over_the_size_limit_is_abandoned(monkeypatch):
    monkeypatch.setattr(limits, "MAX_BOOK_BYTES", 100)
    with pytest.raises(OptionError, match="more than 100 bytes"):
        book_made("midi", "Ours", [("", [tune("A")])], Options())


def test_a_tune_that_cannot_be_read_is_named():
    with pytest.raises(RenderError, match=r"^tune 2 \(B\): "):
        book_made("pdf", "Ours", [("", [tune("A")]), ("", [tune("B") + "A|\n" * 500])], Options())


def read(tab: Tab, text: str) -> dict[str, Any]:
    answer: dict[str, Any] = tab.desk(
        "read_book", {"name": "b.abc", "base64": base64.b64encode(text.encode()).decode()}
    ).json()
    return answer


def test_opened_book_tunes_inherit_the_files_header(tab):
    answer = read(tab, "M:3/4\nL:1/8\n\nX:1\nT:One\nK:D\nd2f2a2|\n\nX:2\nT:Two\nM:2/4\nK:G\nGABc|\n")
    assert [one["title"] for one in answer["tunes"]] == ["One", "Two"]
    assert [str(parse(one["abc"]).meter) for one in answer["tunes"]] == ["3/4", "2/4"]
    assert answer["beyond"] == 0


def test_two_hundred_of_ten_thousand_tunes_are_read(tab):
    answer = read(tab, "".join(f"X:{number}\nT:Tune {number}\nK:D\nABcd|\n\n" for number in range(10_000)))
    assert (len(answer["tunes"]), answer["beyond"]) == (200, 9_800)


def test_a_set_goes_through_a_link(tab, address):
    link = tab.desk("set_link", {"name": "Saturday", "tunes": [tune("A"), tune("B")]}).json()["link"]
    assert decode_set(link).name == "Saturday"
    assert decode_set(link).tunes == (tune("A"), tune("B"))
    assert len(link) < 300


def test_a_set_too_long_for_links_is_refused(tab):
    import random

    notes = random.Random(1)
    long = [tune("A") + "".join(notes.choices("ABCDEFGabcdefg", k=15_000)) for _ in range(3)]
    answer = tab.desk("set_link", {"name": "", "tunes": long}).json()
    assert answer["error"].startswith(f"This set is too long for a link, which has room for {MAX_LINK:,} characters;")


BAD_LINKS = ["", "1.", "1.x", "9.x", "1." + "A" * 20_000, encode(tune("A"), None), encode_set("", []),
             encode_set("", [tune("A")]), encode_set("", [tune("A")] * 5), encode_set("", [tune("A"), ""]),
             encode_set("", [tune("A"), 5]), encode_set(5, [tune("A")] * 2), encode_set("x" * 201, [tune("A")] * 2)]  # type: ignore[list-item, arg-type] # fmt: skip


@pytest.mark.parametrize("link", BAD_LINKS, ids=range(len(BAD_LINKS)))
def test_a_link_without_a_set_is_refused(link):
    with pytest.raises(OptionError) as refused:
        decode_set(link)
    assert str(refused.value).endswith(".")
