"""What the page does where a package is missing: it loads, and what cannot be had says so in a sentence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from charrnn.errors import RenderError
from charrnn.notation.reading.parser import parse
from charrnn.render.export.musicxml import musicxml
from charrnn.render.score import drawing
from charrnn.render.score.engraving import engrave
from tests.support.tiny import JIG

ROOT = Path(__file__).resolve().parents[2]
BLOCKED = ("verovio", "pretty_midi", "midirenderer", "music21", "matplotlib", "soundfile", "lameenc", "typst")
WITHOUT = """
import json, pathlib, sys
for package in sys.argv[2:]:
    sys.modules[package] = None  # whoever imports it is told that it cannot be found
from tests.support.without_packages import main
json.dump(main(pathlib.Path(sys.argv[1])), sys.stdout)
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What ``tests/support/without_packages.py`` tells of a page whose packages are missing."""
    folder = tmp_path_factory.mktemp("without")
    command = [sys.executable, "-c", WITHOUT, str(folder), *BLOCKED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    answers: dict[str, object] = json.loads(done.stdout)
    return answers


def test_the_page_loads_and_its_function_composes(answers: dict[str, object]) -> None:
    assert answers["page"] == 200
    assert answers["generate"] == "complete"


def test_an_undrawable_tune_keeps_its_text_and_sound(answers: dict[str, object]) -> None:
    assert answers["shown"] == {
        "state": "done",
        "has abc": True,
        "has sound": True,
        "has picture": False,
        "unseen": "The score cannot be drawn, for verovio cannot be loaded: "
        "import of verovio halted; None in sys.modules.",
    }


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("abc", "tune.abc"),
        ("midi", "tune.mid"),
        ("wav", "tune.wav"),  # in the synthesised tone
        ("mp3", "MP3 cannot be written, for lameenc cannot be loaded"),
        ("ogg", "OGG cannot be written, for soundfile cannot be loaded"),
        ("flac", "FLAC cannot be written, for soundfile cannot be loaded"),
        ("pdf", "PDF cannot be written, for typst cannot be loaded"),
        ("svg", "The score cannot be drawn, for verovio cannot be loaded"),
        ("musicxml", "MusicXML cannot be written, for music21 cannot be loaded"),
    ],
)
def test_files_are_made_or_refused_in_one_sentence(answers: dict[str, object], kind: str, answer: str) -> None:
    assert str(answers[kind]).startswith(answer)


def test_unavailable_samples_are_logged_in_one_line(answers: dict[str, object]) -> None:
    assert answers["log"] == [
        "the page plays a synthesised tone: TimGM6mb.sf2, which comes with the package pretty_midi, cannot be found,"
        " so no instrument can be sampled"
    ]


@pytest.mark.parametrize(
    ("package", "work", "said"),
    [
        ("verovio", lambda: engrave(parse(JIG), 500), "the score cannot be drawn, for verovio cannot be loaded"),
        ("music21", lambda: musicxml(parse(JIG)), "MusicXML cannot be written, for music21 cannot be loaded"),
    ],
)
def test_a_missing_renderer_package_raises_a_render_error(
    monkeypatch: pytest.MonkeyPatch, package: str, work: object, said: str
) -> None:
    for name in [package, *(name for name in sys.modules if name.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(drawing, "_local", type("Fresh", (), {})())
    assert callable(work)
    with pytest.raises(RenderError, match=said):
        work()
