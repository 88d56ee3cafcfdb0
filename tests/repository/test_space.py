"""The folder of a Space: what it asks for, and the app from nothing but its files."""

from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement

from tests.support.served import free_port
from tests.support.started import NOTHING_KEPT, started
from tools import space

# Stands in for the package of Spaces: notes which functions are to run on a graphics card.
SPACES = """
from pathlib import Path

def GPU(function):
    Path(__file__).with_name("found.txt").write_text(function.__name__)
    return function
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert space.main([str(tmp_path / "space")]) == 0
    return tmp_path / "space"


def test_the_spaces_requirements_suit_zero_gpu(folder: Path) -> None:
    lines = (folder / "requirements.txt").read_text().splitlines()
    found = {each.name: each for each in (Requirement(line.partition("#")[0].strip()) for line in lines)}
    assert found["torch"].specifier.contains("2.10.0")
    assert found["torch"].specifier.contains("2.11.0")
    assert not found["torch"].specifier.contains("2.13.0")
    assert {"spaces", "gradio", "numba", "verovio"} <= set(found)


def test_the_space_readme_names_python_without_dead_links(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    assert text.startswith("---\ntitle: charrnn\n")
    assert 'python_version: "3.12.12"' in text
    assert "](docs/" not in text


def test_what_else_lies_in_the_folder_stays(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / "charrnn" / "old.py").touch()
    assert space.main([str(folder)]) == 0
    assert (folder / ".git").is_dir()
    assert not (folder / "charrnn" / "old.py").exists()


def test_the_project_folder_is_refused_as_output(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        space.main([str(space.ROOT)])
    assert "OUT must be a folder of its own" in capsys.readouterr().err


def test_the_spaces_app_serves_the_page(folder: Path, tmp_path: Path) -> None:
    (folder / "spaces.py").write_text(SPACES)
    port = free_port()
    environment = {**NOTHING_KEPT, "SPACE_ID": "me/charrnn", "GRADIO_SERVER_PORT": str(port), "TMPDIR": str(tmp_path)}
    with started(environment=environment, folder=folder) as app:
        assert "The model is ready" in app.said
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    assert (folder / "found.txt").read_text() == "unused"
