"""A staff of tablature below the melody, as MEI has it and as Verovio draws it."""

import re
from xml.etree import ElementTree

import pytest

from charrnn.notation.instruments.layouts import Strings, has_frets
from charrnn.notation.instruments.table import INSTRUMENTS, instrument_of
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Tune
from charrnn.render.fingering import with_fingerings
from charrnn.render.score.engraving import engrave
from charrnn.render.score.mei import mei

MEI = "{http://www.music-encoding.org/ns/mei}"
FRETTED = [one for one in INSTRUMENTS if has_frets(one.layout)]


def fretted(music: str, name: str = "mandolin", header: str = "M:4/4\nL:1/8\nK:D") -> Tune:
    instrument = instrument_of(name)
    assert instrument is not None
    return with_fingerings(parse(f"X:1\n{header}\n{music}\n"), instrument)


def tablature(tune: Tune) -> list[list[str]]:
    """Of each measure, the fret and course of what is struck, and the element's name of everything else."""
    root = ElementTree.fromstring(mei(tune))
    found = []
    for measure in root.iter(f"{MEI}measure"):
        _, staff, *_ = measure.findall(f"{MEI}staff")
        found.append([told(one) for one in staff.find(f"{MEI}layer") or ()])
    return found


def told(element: ElementTree.Element) -> str:
    note = element.find(f"{MEI}note")
    if note is None:
        return element.tag.removeprefix(MEI)
    return f"{note.get('tab.fret')} on {note.get('tab.course')}"


def test_each_note_has_its_fret_and_string() -> None:
    assert tablature(fretted("DF=fb|")) == [["0 on 3", "4 on 3", "1 on 1", "7 on 1"]]


def test_rests_ties_and_missing_notes_leave_room() -> None:
    assert tablature(fretted("D2-D2 z2 C,2|Z|")) == [["0 on 3", "space", "space", "space"], ["mSpace"]]


def test_a_tuplet_is_one_in_both_staffs() -> None:
    root = ElementTree.fromstring(mei(fretted("(3DEF G2 A4|")))
    melody, tab = [staff.find(f".//{MEI}tuplet") for staff in root.iter(f"{MEI}staff")]
    assert melody is not None
    assert tab is not None
    assert [len(list(one)) for one in (melody, tab)] == [1, 3]  # a beam, three frets
    assert tab.get("num.visible") == "false"


@pytest.mark.parametrize("name", [one.name for one in FRETTED])
def test_there_is_a_line_for_each_string(name: str) -> None:
    root = ElementTree.fromstring(mei(fretted("DEFG|", name)))
    _, staff = root.iter(f"{MEI}staffDef")
    layout = instrument_of(name).layout  # type: ignore[union-attr]
    assert isinstance(layout, Strings)
    assert int(staff.get("lines", "")) == len(layout.open)


def test_a_new_key_stands_with_the_melody_alone() -> None:
    svg = engrave(fretted("D8|[K:G]D8|"), 700).svg
    assert len(re.findall('class="keyAccid"', svg)) == 3  # two sharps, then one
    assert len(re.findall('class="tabGrp"', svg)) == 2


def test_verovio_draws_the_frets_as_text() -> None:
    svg = engrave(fretted("|:D2F2 A2d2|1 f8:|2 b8||"), 700).svg
    drawn = re.findall(r'class="tabGrp".*?<tspan[^>]*>(\d+)</tspan>', svg, flags=re.DOTALL)
    assert drawn == ["0", "4", "0", "5", "2", "7"]


def test_other_voices_stand_below_the_tablature() -> None:
    tune = fretted("V:1\nD8|\nV:2\nd8|", header="M:4/4\nL:1/8\nK:D")
    lines = [staff.get("lines") for staff in ElementTree.fromstring(mei(tune)).iter(f"{MEI}staffDef")]
    assert lines == ["5", "4", "5"]
