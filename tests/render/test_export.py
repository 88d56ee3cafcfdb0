"""Files from the command line, of every kind, read back."""

import io
import wave
from pathlib import Path

import mido
import pytest
import soundfile
from pypdf import PdfReader

from charrnn.notation.reading.parser import parse
from charrnn.render.arrangement import arranged
from charrnn.render.audio.mixing import TAIL
from charrnn.render.export.formats import KINDS, Options, exported
from charrnn.ui.answers import export
from tests.support.command_line import Done, run_apart, run_here
from tests.support.tiny import JIG
from tests.support.without_packages import FILES

BEGINNINGS = {
    "mp3": b"ID3", "ogg": b"OggS", "flac": b"fLaC", "wav": b"RIFF", "pdf": b"%PDF", "musicxml": b"<?xml",
    "svg": b"<svg", "mid": b"MThd",
}  # fmt: skip


SHORT = "".join(JIG.splitlines(keepends=True)[:7])  # four bars: sound takes its time


def run(*arguments: object) -> Done:
    return run_here("export", *arguments)


@pytest.fixture
def jig(tmp_path: Path) -> Path:
    path = tmp_path / "jig.abc"
    path.write_text(JIG)
    return path


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_the_ending_says_the_kind(jig: Path, tmp_path: Path, kind: str) -> None:
    jig.write_text(SHORT)
    done = run(jig, tmp_path / f"out.{kind}", "--instrument", "fiddle", "--chords")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == 1
    assert (tmp_path / f"out.{kind}").read_bytes().startswith(BEGINNINGS[kind])


def test_a_book_becomes_a_folder_of_files(jig: Path, tmp_path: Path) -> None:
    jig.write_text(f"{JIG}\n{JIG}")
    done = run_apart("export", jig, tmp_path / "new", "--kind", "svg")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["jig-001.svg", "jig-002.svg"]


def test_a_book_becomes_one_pdf(jig: Path, tmp_path: Path) -> None:
    jig.write_text(f"{JIG}\n{JIG}")
    assert run(jig, tmp_path / "book.pdf", "--paper", "letter").returncode == 0
    pages = PdfReader(tmp_path / "book.pdf").pages
    assert [round(float(page.mediabox.width)) for page in pages] == [612, 612]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["out"], 2, "name a file that ends with one of mp3, ogg"),
        (["out.exe"], 2, "name a file that ends with one of mp3, ogg"),
        (["out.mp3", "--kind", "pdf"], 2, "is no pdf file"),
        (["no/folder/out.svg"], 1, "out.svg: no/folder/out.svg cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_said(jig: Path, arguments: list[str], code: int, said: str) -> None:
    done = run(jig, *arguments)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_tune_without_a_note_is_named(jig: Path, tmp_path: Path) -> None:
    jig.write_text(f"{SHORT}\nX:2\nK:C\nz8|]\n")
    done = run(jig, tmp_path / "out", "--kind", "mp3")
    assert done.returncode == 1
    assert "jig-002.mp3: there is no note to play in this tune" in done.stderr
    assert "wrote 1 of 2 mp3 files" in done.stderr


def test_straight_files_are_as_they_were() -> None:
    tune = parse(JIG)
    messages = mido.MidiFile(file=io.BytesIO(exported("midi", tune, Options(straight=True)))).tracks[1]
    assert {message.velocity for message in messages if message.type == "note_on"} == {90}


@pytest.mark.parametrize("straight", [False, True])
def test_audio_lasts_as_long_as_the_performance(straight: bool) -> None:
    tune = parse(SHORT)
    with wave.open(io.BytesIO(exported("wav", tune, Options(straight=straight)))) as file:
        seconds = file.getnframes() / file.getframerate()
    assert seconds == pytest.approx(arranged(tune, is_straight=straight).performance.seconds() + TAIL, abs=1e-3)


def test_the_page_offers_what_the_command_line_does() -> None:
    assert set(export.KINDS) == {*KINDS, "abc"} == set(FILES)
    assert {"midi" if kind == "mid" else kind for kind in BEGINNINGS} == set(KINDS)


def test_sound_is_read_by_libsndfile() -> None:
    for kind in ("wav", "flac", "ogg", "mp3"):
        info = soundfile.info(io.BytesIO(exported(kind, parse("K:C\nC|"), Options())))
        assert (info.samplerate, info.channels) == (44_100, 2)
