"""The folder: an index with each tune's first bars, a page for each tune, its files, and all tunes in one ABC file."""

import html
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charrnn.errors import CharrnnError
from charrnn.gallery.bundle import bundle
from charrnn.gallery.sounds import sounds_script
from charrnn.render.audio.library import Library
from charrnn.render.export.formats import Options, exported
from charrnn.render.score.incipit import incipit
from charrnn.sampling.compose import Composition
from charrnn.ui.answers.value import done, file_name
from charrnn.ui.answers.view import View
from charrnn.ui.markup import with_instruments

_HERE = Path(__file__).resolve().parent / "static"
_PAGE = Path(__file__).resolve().parents[1] / "ui" / "static"
_STYLES = (
    _PAGE / "score" / "score.css",
    _PAGE / "score" / "staff.css",
    _PAGE / "player" / "player.css",
    _HERE / "gallery.css",
)
_SHOWN = ("title", "facts", "key", "abc", "picture", "sound", "silence", "swings", "typed")  # what a tune's page needs
_WIDTH = 900  # pixels, of the score
TUNES = "tunes"


class GalleryError(CharrnnError):
    """A gallery cannot be written there."""


@dataclass(frozen=True, slots=True)
class Page:
    """A tune of the gallery."""

    name: str  # of its files, without ending
    title: str
    facts: str
    incipit: str  # SVG, "" where it cannot be drawn


def write_gallery(out: Path, tunes: Iterable[Composition], library: Library) -> int:
    """Write a new folder, as a whole or not at all; how many tunes it has.

    Raises GalleryError where something lies there already, and OSError.
    """
    check_new(out)
    folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        (folder / TUNES).mkdir()
        pages = list(_tunes(folder, tunes))
        _write_shared(folder, pages, library)
        folder.chmod(0o755)
        folder.replace(out)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return len(pages)


def check_new(out: Path) -> None:
    """Raises GalleryError where a gallery cannot be begun."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise GalleryError(f"{out} is there already; name a new folder")
    if not out.absolute().parent.is_dir():
        raise GalleryError(f"{out.absolute().parent} is no folder, so {out.name} cannot be made in it")


def _tunes(folder: Path, tunes: Iterable[Composition]) -> Iterator[Page]:
    books = []
    waiting: list[tuple[Page, dict[str, Any]]] = []
    for number, composition in enumerate(tunes, start=1):
        page, value = _tune(folder, number, composition)
        books.append(composition.numbered_abc(number))
        waiting.append((page, value))
        yield page
    (folder / "tunes.abc").write_text("\n".join(books), encoding="utf-8")
    for place, (page, value) in enumerate(waiting):
        before, after = (waiting[other % len(waiting)][0] for other in (place - 1, place + 1))
        _write_page(folder, page, value, before, after)


def _tune(folder: Path, number: int, composition: Composition) -> tuple[Page, dict[str, Any]]:
    tune = composition.tune
    value = done(composition.abc, tune, view=View(width=_WIDTH))
    page = Page(f"{number:03}-{file_name(tune.title)}", value["title"], value["facts"], incipit(tune, f"c{number}-"))
    beside = folder / TUNES / page.name
    beside.with_suffix(".abc").write_text(composition.abc, encoding="utf-8")
    if value["sound"]:
        beside.with_suffix(".mid").write_bytes(exported("midi", tune, Options()))
    return page, {name: value[name] for name in _SHOWN}


def _write_page(folder: Path, page: Page, value: dict[str, Any], before: Page, after: Page) -> None:
    text = _filled(
        "tune.html",
        title=html.escape(page.title),
        facts=html.escape(page.facts),
        name=page.name,
        before=before.name,
        after=after.name,
        player=player_markup(),
        abc=html.escape(value["abc"]),
        tune=json.dumps(value).replace("</", "<\\/"),
    )
    (folder / TUNES / f"{page.name}.html").write_text(text, encoding="utf-8")


def _write_shared(folder: Path, pages: list[Page], library: Library) -> None:
    items = "\n".join(
        f'<li><a href="{TUNES}/{page.name}.html"><span class="title">{html.escape(page.title)}</span> '
        f'<span class="facts">{html.escape(page.facts)}</span>{page.incipit}</a></li>'
        for page in pages
    )
    (folder / "index.html").write_text(_filled("index.html", count=f"{len(pages):,}", tunes=items), encoding="utf-8")
    (folder / "gallery.js").write_text(bundle(_HERE / "gallery.js"), encoding="utf-8")
    styles = "\n".join(path.read_text(encoding="utf-8") for path in _STYLES)
    (folder / "gallery.css").write_text(styles, encoding="utf-8")
    (folder / "sounds.js").write_text(sounds_script(library), encoding="utf-8")


def player_markup() -> str:
    """The player of the page, as it stands in the score component's template."""
    text = (_PAGE / "score" / "score.html").read_text(encoding="utf-8")
    return with_instruments(text.partition("<!-- player -->")[2].partition("<!-- end of player -->")[0])


def _filled(template: str, /, **values: str) -> str:
    """A template with each ``{{name}}`` replaced once: what is put in is not looked at again."""
    pieces = (_HERE / template).read_text(encoding="utf-8").split("{{")
    filled = [f"{values[key]}{rest}" for key, _, rest in (piece.partition("}}") for piece in pieces[1:])]
    return "".join([pieces[0], *filled])
