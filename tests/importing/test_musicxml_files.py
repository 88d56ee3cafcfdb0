"""MusicXML of other programs, made with music21: parts, voices, compressed files, and documents that do harm."""

import io
import zipfile
from contextlib import suppress
from typing import Any

import music21
import pytest

from charrnn import limits
from charrnn.errors import OpeningError
from charrnn.importing.opened import opened
from charrnn.notation.reading.parser import parse
from charrnn.render.export.musicxml import musicxml
from charrnn.render.transposing import in_part
from tests.support.tunes import tune_of

DOCTYPE = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://a.invalid/partwise.dtd">'
)
TUNE = tune_of("CDEF GABc|c8|]")


def document() -> str:
    return musicxml(TUNE)


def written(*parts: Any, title: str = "Duet") -> bytes:
    """A score as music21 writes it."""
    score = music21.stream.Score(parts)
    score.metadata = music21.metadata.Metadata(title=title)
    data: bytes = music21.musicxml.m21ToXml.GeneralObjectExporter(score).parse()
    return data


def part(text: str, name: str) -> Any:
    made = music21.converter.parse(f"tinynotation: {text}", makeNotation=True)
    made.partName = name
    return made


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def container(path: str) -> bytes:
    return f'<container><rootfiles><rootfile full-path="{path}"/></rootfiles></container>'.encode()


def music_of(abc: str) -> str:
    return abc.split("K:")[1].split("\n", 1)[1].replace("\n", "")


def test_the_highest_part_is_the_default_melody() -> None:
    data = written(part("4/4 C4 E G c", "Cello"), part("4/4 c'8 d' e' f' g' a' b' c''", "Oboe"))
    found = opened("duet.xml", data)
    assert (found.voices, found.voice, found.title) == (("Cello", "Oboe"), 2, "Duet")
    assert music_of(found.abc) == "cdef gabc'|]"
    assert music_of(opened("duet.xml", data, voice=1).abc) == "C,2E,2 G,2C2|]"
    with pytest.raises(OpeningError, match=r"duet\.xml has voices 1 to 2, no voice 3"):
        opened("duet.xml", data, voice=3)


def test_voices_of_one_part_are_told_apart() -> None:
    found = opened("voices.musicxml", musicxml(tune_of("c4 d4 & C8|e8|]")).encode())
    assert found.voices == ("Tune, voice 1", "Tune, voice 2")
    assert music_of(found.abc) == "c4 d4|e8|]"
    assert music_of(opened("v.xml", musicxml(tune_of("c4 d4 & C8|e8|]")).encode(), voice=2).abc) == "C8|z8|]"


@pytest.mark.parametrize("part_name", ["Bb", "Eb", "F"])
def test_a_part_is_opened_as_it_sounds(part_name: str) -> None:
    tune = tune_of('"A7"{g}_B^A_AB "E"=c^d_e=f|[K:Bm]z4 B,4-|B,8|]', key="E")
    opened_part = opened("part.xml", musicxml(in_part(tune, part_name)).encode())
    assert opened_part.abc == opened("part.xml", musicxml(tune).encode()).abc


def test_octaves_are_opened_as_they_are_written() -> None:
    part = musicxml(in_part(TUNE, "Bb"))
    lower = part.replace("</chromatic>", "</chromatic><octave-change>-1</octave-change>")
    assert lower != part
    assert opened("tenor.xml", lower.encode()).abc == opened("tune.xml", document().encode()).abc.replace(
        "tune", "tenor"
    )


@pytest.mark.parametrize("name", ["score.xml", "musicxml/deep.musicxml"])
def test_a_compressed_file_is_unpacked(name: str) -> None:
    data = packed({"META-INF/container.xml": container(name), "other.xml": b"<a/>", name: document().encode()})
    assert music_of(opened("tune.mxl", data).abc) == "CDEF GABc|c8|]"
    assert music_of(opened("tune.mxl", packed({name: document().encode()})).abc) == "CDEF GABc|c8|]"


def test_a_timewise_document_is_read() -> None:
    by_measure = """<score-timewise><part-list><score-part id="P1"><part-name>A</part-name></score-part></part-list>
    <measure number="1"><part id="P1"><attributes><divisions>1</divisions><time><beats>2</beats><beat-type>4</beat-type>
    </time></attributes><note><pitch><step>C</step><octave>4</octave></pitch><duration>2</duration></note></part></measure>
    <measure number="2"><part id="P1"><note><pitch><step>D</step><octave>4</octave></pitch><duration>2</duration></note>
    </part></measure></score-timewise>"""
    assert music_of(opened("a.xml", by_measure.encode()).abc) == "C4|D4|"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_any_encoding_of_xml_is_read(encoding: str) -> None:
    name = {"utf-8-sig": "utf-8", "latin-1": "iso-8859-1"}.get(encoding, encoding)
    text = document().replace('encoding="utf-8"', f'encoding="{name}"').replace("<work-title>Tune", "<work-title>\xe9")
    assert music_of(opened("a.xml", text.encode(encoding)).abc) == "CDEF GABc|c8|]"


def test_a_doctype_is_accepted_and_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("nothing may be fetched"))
    assert "<!DOCTYPE" in document()
    lines = document().splitlines()
    lines[1] = DOCTYPE
    assert music_of(opened("a.musicxml", "\n".join(lines).encode()).abc) == "CDEF GABc|c8|]"


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><score-partwise>&c;</score-partwise>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><score-partwise>&b;</score-partwise>'


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, BOMB.replace("&c;", ""), "<!DOCTYPE a []><score-partwise/>"])
def test_a_document_that_declares_entities_is_refused(text: str) -> None:
    with pytest.raises(OpeningError, match=r"^a\.musicxml is XML whose DOCTYPE declares things itself"):
        opened("a.musicxml", text.encode())
    with pytest.raises(OpeningError, match="whose DOCTYPE declares things itself"):
        opened("a.mxl", packed({"META-INF/container.xml": text.encode(), "a.xml": document().encode()}))


def test_a_zip_bomb_is_refused() -> None:
    with pytest.raises(OpeningError, match="holds a document of more than 4,000,000 bytes"):
        opened("bomb.mxl", packed({"a.xml": b" " * (limits.MAX_UNPACKED_BYTES * 50)}))
    many = {f"{number}.txt": b"" for number in range(limits.MAX_ARCHIVE_MEMBERS + 1)}
    with pytest.raises(OpeningError, match="holds 101 files; at most 100 are looked at"):
        opened("many.mxl", packed(many))


def test_deep_xml_is_refused() -> None:
    with pytest.raises(OpeningError, match="is XML of more than 64 levels"):
        opened("deep.xml", b"<a>" * 100_000)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"<html><body/></html>", "is XML, but no MusicXML: it begins with <html>"),
        (b"<score-partwise>", "is no well-formed XML"),
        (b"<score-partwise/>", "holds no notes|cannot be read"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "is no well-formed XML"),
        (packed({"a.txt": b"words"}), "is a compressed file without a MusicXML document"),
        (packed({"a.xml": document().encode()})[:-30], "is a damaged compressed file"),
        (packed({"META-INF/container.xml": b"<a>", "a.xml": b""}), "is no well-formed XML"),
    ],
)
def test_a_bad_document_is_one_sentence(data: bytes, cause: str) -> None:
    with pytest.raises(OpeningError, match=f"^a file\\.mxl ({cause})"):
        opened("/tmp/a file.mxl", data)


def test_music21_s_own_errors_are_one_sentence() -> None:
    broken = document().replace("<duration>", "<duration>x")
    with pytest.raises(OpeningError, match=r"a\.xml is MusicXML that cannot be read"):
        opened("a.xml", broken.encode())


def test_out_of_range_numbers_are_read_or_refused() -> None:
    for old, new in (("<beats>4", "<beats>40"), ("<fifths>0", "<fifths>40"), ("<octave>4", "<octave>99"),
                     ("<beat-type>4", "<beat-type>3"), ("<alter>", "<alter>7")):  # fmt: skip
        with suppress(OpeningError):
            assert parse(opened("a.xml", document().replace(old, new).encode()).abc).notes
