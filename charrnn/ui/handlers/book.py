"""What the page's script asks of the server about a visitor's book: its files, the tunes of a book that is opened, and
the link of a set. The book itself is kept in the browser (``ui/static/panels/book.js``) and nowhere here.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.importing.opened import book_texts, title_of
from charrnn.render.audio.library import Library
from charrnn.sampling.checks import check_abc, check_choice, check_words
from charrnn.ui.answers.book import KINDS, Texts, book_made
from charrnn.ui.answers.permalink import MAX_LINK, encode_set
from charrnn.ui.handlers.desk import Answer, Places, checked_options
from charrnn.ui.handlers.files import checked_file
from charrnn.ui.serving.fairness import Rate
from charrnn.ui.serving.requests import Entry, Journal

_WAIT_SECONDS = 30.0
_MAX_NAME = limits.MAX_FIELD_CHARACTERS

Function = Callable[[Entry, Answer], Answer]


class Books:
    """The functions of the panel "My book" (``server.book_file(...)`` in its scripts)."""

    def __init__(self, library: Library | None = None, journal: Journal | None = None) -> None:
        self._library, self._journal = library, journal or Journal()
        self._rate = Rate(limits.MAX_OPENINGS_A_MINUTE)
        self._places = Places(limits.MAX_BOOKS, limits.MAX_BOOKS_WAITING)

    def functions(self) -> list[Callable[..., Answer]]:
        def book_file(sent: Any, request: gr.Request) -> Answer:
            """{kind, title, sections: [{name, tunes: [abc]}], view, instrument?, accompanied?, paper?}: {name, type,
            base64} of a file."""
            return self._answer("book_file", self._file, sent, request)

        def read_book(sent: Any, request: gr.Request) -> Answer:
            """{name, base64} of a file: {tunes: [{abc, title}], beyond}; ``beyond`` are left out."""
            return self._answer("read_book", _read, sent, request)

        def set_link(sent: Any, request: gr.Request) -> Answer:
            """{name, tunes: [abc]}: {link}, the text of an address."""
            return self._answer("set_link", _link, sent, request)

        return [book_file, read_book, set_link]

    def _answer(self, action: str, function: Function, sent: Any, request: Any) -> Answer:
        def work(entry: Entry) -> Answer:
            self._rate.check(request)
            return function(entry, sent if isinstance(sent, dict) else {})

        return self._journal.answer(action, work)

    def _file(self, entry: Entry, sent: Answer) -> Answer:
        kind = check_choice("Kind", sent.get("kind"), KINDS)
        title, sections = check_words("Title", sent.get("title"), _MAX_NAME), _sections(sent.get("sections"))
        entry.options |= {"kind": kind, "tunes": sum(len(texts) for _, texts in sections)}
        options = checked_options(sent)
        with self._places.one(_WAIT_SECONDS):
            return book_made(kind, title, sections, options, self._library).as_dict()


def _read(entry: Entry, sent: Answer) -> Answer:
    name, data = checked_file(sent)
    entry.options["bytes"] = len(data)
    tunes: list[dict[str, str]] = []
    beyond = 0
    for text in book_texts(name, data):
        if len(tunes) < limits.MAX_BOOK_KEPT and _is_tune(text):
            tunes.append({"abc": text, "title": title_of(text)})
        else:
            beyond += 1
    return {"tunes": tunes, "beyond": beyond}


def _is_tune(text: str) -> bool:
    try:
        check_abc(text)
    except OptionError:
        return False
    return True


def _link(entry: Entry, sent: Answer) -> Answer:
    link = encode_set(check_words("Name", sent.get("name"), _MAX_NAME), _tunes(sent.get("tunes"), least=2))
    if not link:
        raise OptionError(
            f"This set is too long for a link, which has room for {MAX_LINK:,} characters; download the book as ABC"
            " instead."
        )
    return {"link": link}


def _sections(sent: object) -> list[Texts]:
    """Raises OptionError for what is no list of sections, and for more tunes than a book has."""
    if not isinstance(sent, list) or not all(isinstance(section, dict) for section in sent):
        raise OptionError("A book must be a list of tunes and sets.")
    counts = [len(section["tunes"]) if isinstance(section.get("tunes"), list) else 1 for section in sent]
    if not 1 <= sum(counts) <= limits.MAX_BOOK_KEPT:
        raise OptionError(f"A book has 1 to {limits.MAX_BOOK_KEPT} tunes, not {sum(counts):,}.")
    return [(check_words("Name", section.get("name"), _MAX_NAME), _tunes(section.get("tunes"))) for section in sent]


def _tunes(sent: object, least: int = 1) -> list[str]:
    if not isinstance(sent, list) or not least <= len(sent) <= limits.MAX_SET_TUNES:
        raise OptionError(f"A set has 2 to {limits.MAX_SET_TUNES} tunes.")
    return [check_abc(text) for text in sent]
