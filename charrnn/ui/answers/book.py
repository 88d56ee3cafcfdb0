"""A visitor's book as one file: a PDF, or a zip of a MIDI or MP3 file for each tune."""

import io
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count

from charrnn import limits
from charrnn.errors import AbcError, OptionError, RenderError
from charrnn.importing.opened import title_of
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Tune
from charrnn.render.audio.library import Library
from charrnn.render.export.book import Section, book_pdf
from charrnn.render.export.formats import Options
from charrnn.render.harmony.chords import with_chords
from charrnn.render.transposing import in_part
from charrnn.ui.answers.export import Made, made
from charrnn.ui.answers.value import file_name

KINDS = ("pdf", "midi", "mp3")
_AUDIO = "mp3"
_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the same tunes give the same bytes

Clock = Callable[[], float]  # seconds
Texts = tuple[str, Sequence[str]]  # the name of a set and the ABC of its tunes, or "" and one tune


def book_made(
    kind: str,
    title: str,
    sections: Sequence[Texts],
    options: Options,
    library: Library | None = None,
    clock: Clock = time.monotonic,
) -> Made:
    """``kind`` is one of ``KINDS``. Raises OptionError where the book is too large for such a file or takes more than
    ``limits.MAX_BOOK_SECONDS``, RenderError where a tune cannot become one."""
    _check_count(kind, sum(len(texts) for _, texts in sections))
    end = clock() + limits.MAX_BOOK_SECONDS

    def check_time() -> None:
        if clock() > end:
            raise OptionError(
                f"This book takes more than {limits.MAX_BOOK_SECONDS} seconds to make; please take fewer tunes."
            )

    name = file_name(title)
    if kind == "pdf":
        content = _pdf(title, sections, options, check_time)
        return Made(f"{name}.pdf", "application/pdf", content)
    return Made(f"{name}-{kind}.zip", "application/zip", _zipped(kind, sections, options, library, check_time))


def _check_count(kind: str, count: int) -> None:
    most = limits.MAX_BOOK_AUDIO if kind == _AUDIO else limits.MAX_BOOK_KEPT
    if not 1 <= count <= most:
        of = " as MP3" if kind == _AUDIO else ""
        raise OptionError(f"A book{of} has 1 to {most} tunes, not {count:,}.")


def _pdf(title: str, sections: Sequence[Texts], options: Options, check_time: Callable[[], None]) -> bytes:
    numbers = count(1)

    def drawn(text: str) -> Tune:
        check_time()
        with _named(next(numbers), text):
            tune = parse(text)
            return in_part(with_chords(tune) if options.chords else tune, options.part)

    book = [Section(tuple(map(drawn, texts)), name) for name, texts in sections]
    return book_pdf(book, title, options.paper, check_time)


def _zipped(
    kind: str, sections: Sequence[Texts], options: Options, library: Library | None, check_time: Callable[[], None]
) -> bytes:
    texts = [text for _, tunes in sections for text in tunes]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number, text in enumerate(texts, start=1):
            check_time()
            with _named(number, text):
                file = made(kind, parse(text), text, options, library)
            name = f"{number:0{len(str(len(texts)))}}-{file.name}"
            archive.writestr(zipfile.ZipInfo(name, _NO_DATE), file.content)
            if content.tell() > limits.MAX_BOOK_BYTES:
                raise OptionError(
                    f"The files of this book have more than {limits.MAX_BOOK_BYTES:,} bytes; please take fewer tunes."
                )
    return content.getvalue()


@contextmanager
def _named(number: int, text: str) -> Iterator[None]:
    """An error of a tune says which one."""
    try:
        yield
    except (AbcError, RenderError) as error:
        raise RenderError(f"tune {number} ({title_of(text) or 'Untitled'}): {error}") from error
