"""Tunes as a PDF to print: pages of music from Verovio, set with footers and page numbers by Typst.

The text stays text, so that a PDF can be searched. Typst comes in one wheel with its own fonts, reads nothing but the
files that it is handed here, and asks no network.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from charrnn.errors import RenderError
from charrnn.notation.tune import Tune
from charrnn.render.score.engraving import engrave_pages
from charrnn.render.score.heading import NOT_XML, facts

WIDTH = 800  # pixels between the margins of a sheet, at a size that musicians read from a stand
SCALE = 50


@dataclass(frozen=True, slots=True)
class Paper:
    typst: str  # Typst's own name
    height: int  # pixels of music on a page, where WIDTH is the width between the margins


PAPERS = {"a4": Paper("a4", 1_150), "letter": Paper("us-letter", 1_040)}
DEFAULT_PAPER = "a4"

_DOCUMENT = """
#let book = json("book.json")
#set document(title: book.title, date: none)
#set text(size: 10pt)
#for (number, tune) in book.tunes.enumerate() [
  #set page(
    paper: book.paper,
    margin: (x: 15mm, top: 15mm, bottom: 20mm),
    footer: context grid(
      columns: (1fr, auto, 1fr),
      column-gutter: 4mm,
      align: (left, center, right),
      tune.title, tune.facts, counter(page).display("1 / 1", both: true),
    ),
  )
  #for page in range(tune.pages) {
    if page > 0 { pagebreak(weak: true) }
    image(str(number) + "-" + str(page) + ".svg", width: 100%)
  }
  #for line in tune.words [#line \\ ]
]
"""


def pdf_bytes(tunes: Sequence[Tune], paper: str = DEFAULT_PAPER, as_typed: bool = False) -> bytes:
    """One tune or more, each from a new page on. ``paper`` is one of ``PAPERS``; ``as_typed`` draws beams and ends
    lines where the text does. The same tunes give the same bytes.

    Raises RenderError where Verovio or Typst is not there.
    """
    require()
    size = PAPERS[paper]
    pages = [engrave_pages(tune, WIDTH, size.height, SCALE, as_typed) for tune in tunes]
    book = {
        "title": plain(tunes[0].title) if len(tunes) == 1 else "Tunes",
        "paper": size.typst,
        "tunes": [
            {"title": plain(tune.title), **described(tune, svgs)} for tune, svgs in zip(tunes, pages, strict=True)
        ],
    }
    files = {name: svg for number, svgs in enumerate(pages) for name, svg in page_files(number, svgs).items()}
    return compiled(_DOCUMENT, book, files)


def described(tune: Tune, pages: Sequence[str]) -> dict[str, Any]:
    """What a document says of a tune beside its title."""
    return {"facts": plain(facts(tune)), "pages": len(pages), "words": [plain(line) for line in tune.words]}


def page_files(number: int, pages: Sequence[str]) -> dict[str, bytes]:
    """The pictures of a tune's pages, by the names under which the documents look for them."""
    return {f"{number}-{page}.svg": svg.encode() for page, svg in enumerate(pages)}


def require() -> ModuleType:
    """Typst. Raises RenderError where it is not there."""
    try:
        import typst
    except ImportError as error:
        raise RenderError(f"PDF cannot be written, for typst cannot be loaded: {error}") from error
    return typst


def compiled(document: str, book: dict[str, Any], files: dict[str, bytes]) -> bytes:
    """A PDF of a Typst document that reads ``book.json`` and the files. Raises RenderError."""
    typst = require()
    source: Any = {"main": document.encode(), "book.json": json.dumps(book).encode(), **files}
    try:  # several files, as its documentation has it and its types do not
        return bytes(typst.compile(source))
    except RuntimeError as error:
        raise RenderError("the PDF could not be set") from error


def plain(text: str) -> str:
    """Without what Typst's fonts cannot show."""
    return NOT_XML.sub("", text)
