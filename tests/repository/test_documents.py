"""The documents hold together: every relative link leads to a file, every anchor to a heading, and README is short."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.support.started import ROOT

DOCUMENTS = [ROOT / "checkpoints" / "README.md", *sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
MOST_LINES = 150  # of README
_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"`python (\S+\.py|-m [\w.]+)")


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


@cache
def prose(document: Path) -> str:
    """The text without blocks of code."""
    return _FENCE.sub("", document.read_text(encoding="utf-8"))


def anchor(heading: str) -> str:
    """What GitHub makes of a heading: lower case, no punctuation, a hyphen for each blank."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(document: Path) -> set[str]:
    return {anchor(heading) for heading in re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)}


def is_dead(document: Path, link: str) -> bool:
    path, _, place = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    return not target.exists() or bool(place and place not in anchors(target))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_relative_links_lead_to_files_and_headings(document: Path) -> None:
    links = [link for link in _LINK.findall(prose(document)) if "://" not in link]
    assert [link for link in links if is_dead(document, link)] == []


@pytest.mark.parametrize("link", ["docs/nowhere.md", "docs/abc.md#nowhere", "#nowhere"])
def test_a_dead_link_is_noticed(link: str) -> None:
    assert is_dead(ROOT / "README.md", link)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_commands_name_programs_that_exist(document: Path) -> None:
    places = [
        ROOT / (one if one.endswith(".py") else one[3:].replace(".", "/"))
        for one in set(_COMMAND.findall(prose(document)))
    ]
    ours = [place for place in places if place.relative_to(ROOT).parts[0] in ("charrnn", "benchmarks", "tests", "docs")]
    assert [place for place in ours if not (place.exists() or place.with_suffix(".py").exists())] == []


def test_readme_is_short() -> None:
    assert (ROOT / "README.md").read_text(encoding="utf-8").count("\n") <= MOST_LINES


def test_readme_names_every_document() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    assert [name_of(one) for one in named if one.name != "README.md" and f"({name_of(one)})" not in text] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(document: Path) -> None:
    folders = (ROOT, ROOT / "charrnn", ROOT / "charrnn" / "ui", ROOT / "charrnn" / "render", ROOT / "tests")
    named = re.findall(r"`([\w./]+/\w+\.(?:py|js|html|css|md))`", document.read_text())
    assert [name for name in named if not any((folder / name).exists() for folder in folders)] == []


def test_architecture_names_every_package() -> None:
    """With its parent: ``playing/`` under a table of ``render/``."""
    tables = re.split(r"\n\n", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## Modules")[2])
    folders = [file.parent.relative_to(ROOT / "charrnn") for file in (ROOT / "charrnn").glob("*/**/__init__.py")]
    assert [str(one) for one in folders if not any(_has_row(table, one) for table in tables)] == []


def _has_row(table: str, folder: Path) -> bool:
    return all(f"`{name}/`" in table for name in folder.parts)
