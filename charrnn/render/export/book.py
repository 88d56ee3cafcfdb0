"""A tune book as a PDF: a title page, the tunes, and an index of their first bars with page numbers.

Short tunes share a page. The tunes of a set stand one after another under its name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from charrnn import limits
from charrnn.errors import RenderError
from charrnn.notation.tune import Tune
from charrnn.render.export.pdf import (
    DEFAULT_PAPER,
    PAPERS,
    SCALE,
    WIDTH,
    compiled,
    described,
    page_files,
    plain,
    require,
)
from charrnn.render.score.engraving import engrave_pages
from charrnn.render.score.incipit import incipit


@dataclass(frozen=True, slots=True)
class Section:
    """Tunes that stand together: a set that is played without a gap, with its name, or a tune alone, without one."""

    tunes: tuple[Tune, ...]
    name: str = ""


_DOCUMENT = """
#let book = json("book.json")
#set document(title: book.title, date: none)
#set text(size: 10pt)
#set page(paper: book.paper, margin: (x: 15mm, top: 15mm, bottom: 20mm), footer: none)
#align(center + horizon)[
  #text(size: 30pt)[#book.title] \\
  #v(6mm)
  #text(size: 13pt)[#book.contents]
]
#set page(footer: context grid(
  columns: (1fr, auto, 1fr), align: (left, center, right), book.title, [], counter(page).display("1"),
))
#pagebreak()
#for section in book.sections [
  #if section.name != "" { text(size: 14pt, weight: "bold", section.name) }
  #for tune in section.tunes [
    #metadata(none) #label("tune-" + str(tune.number))
    #for page in range(tune.pages) { image(str(tune.number) + "-" + str(page) + ".svg", width: 100%) }
    #for line in tune.words [#line \\ ]
    #v(6mm)
  ]
]
#pagebreak(weak: true)
#text(size: 18pt)[Index]
#v(4mm)
#columns(2, gutter: 8mm)[
  #for section in book.sections { for tune in section.tunes {
    block(breakable: false, link(label("tune-" + str(tune.number)))[
      #grid(
        columns: (1fr, auto), tune.title,
        context str(counter(page).at(label("tune-" + str(tune.number))).first()),
      )
      #text(size: 8pt, tune.facts)
      #if tune.incipit { image("incipit-" + str(tune.number) + ".svg", width: 100%) }
    ])
  } }
]
"""


def book_pdf(
    sections: Sequence[Section],
    title: str,
    paper: str = DEFAULT_PAPER,
    before_each: Callable[[], None] = lambda: None,
) -> bytes:
    """The book as a file. ``paper`` is one of ``PAPERS``. The same tunes give the same bytes. ``before_each`` is called
    before each tune is drawn, and may raise what ends the work.

    Raises RenderError where there is no tune or there are too many, and where Verovio or Typst is not there.
    """
    tunes = [tune for section in sections for tune in section.tunes]
    check_size(len(tunes))
    require()
    files: dict[str, bytes] = {}
    entries = []
    for number, tune in enumerate(tunes):
        before_each()
        entries.append(_entry(number, tune, PAPERS[paper].height, files))
    left = iter(entries)
    book = {
        "title": plain(title),
        "paper": PAPERS[paper].typst,
        "contents": _contents(sections),
        "sections": [
            {"name": plain(section.name), "tunes": [next(left) for _ in section.tunes]} for section in sections
        ],
    }
    return compiled(_DOCUMENT, book, files)


def check_size(count: int) -> None:
    """Raises RenderError where no book has so many tunes."""
    if not 1 <= count <= limits.MAX_BOOK_TUNES:
        raise RenderError(f"a book has 1 to {limits.MAX_BOOK_TUNES:,} tunes, not {count:,}")


def _entry(number: int, tune: Tune, height: int, files: dict[str, bytes]) -> dict[str, Any]:
    """What the document says of a tune; its pictures go into ``files``."""
    pages = engrave_pages(tune, WIDTH, height, SCALE)
    files.update(page_files(number, pages))
    beginning = incipit(tune, f"i{number}-").replace("currentColor", "black")
    if beginning:
        files[f"incipit-{number}.svg"] = beginning.encode()
    return {
        "number": number,
        "title": plain(tune.title) or "Untitled",
        "incipit": bool(beginning),
        **described(tune, pages),
    }


def _contents(sections: Sequence[Section]) -> str:
    tunes = sum(len(section.tunes) for section in sections)
    sets = sum(len(section.tunes) > 1 for section in sections)
    text = f"{tunes:,} {'tune' if tunes == 1 else 'tunes'}"
    return f"{text}, {sets} {'set' if sets == 1 else 'sets'}" if sets else text
