"""Beams, compared with abcm2ps: it draws those of our readable text as our engraving has them.

In two places they differ, and no beam there is compared: we draw a tuplet under a beam of its own, abcm2ps under that
of its neighbours; and we end a beam at a rest, abcm2ps goes on over one in the middle of a group.
"""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

import pytest

from charrnn.corpus.sources import read_tunes
from charrnn.notation.bars import bars
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Note, Rest, Tune, TupletStart
from charrnn.notation.writing.writer import readable
from charrnn.render.score.mei import mei

pytestmark = pytest.mark.skipif(not shutil.which("abcm2ps"), reason="abcm2ps is not installed (Debian package abcm2ps)")

_MEI = "{http://www.music-encoding.org/ns/mei}"
_ID = "{http://www.w3.org/XML/1998/namespace}id"
_TUNES = 70
Mark = tuple[int, int, str]  # line, column, and whether a beam begins or ends there


def theirs(text: str, folder: Path) -> list[Mark]:
    """abcm2ps tells, when asked for annotations, where in the text each beam begins and ends."""
    book, out = folder / "tune.abc", folder / "tune.ps"
    book.write_text(text, encoding="utf-8")
    subprocess.run(["abcm2ps", "-A", "-q", "-O", out, book], capture_output=True, check=False, timeout=30)
    found = re.findall(r"^%A ([be]) (\d+) (\d+)", out.read_text(errors="replace"), re.MULTILINE)
    return [(int(line), int(column) + 1, kind) for kind, line, column in found]


def ours(tune: Tune) -> Iterator[Mark]:
    notes = tune.notes
    for beam in ElementTree.fromstring(mei(tune)).iter(f"{_MEI}beam"):
        ids = [re.fullmatch(r"n(\d+)(-\d+)?", element.get(_ID, "")) for element in beam.iter()]
        numbers = [int(found[1]) for found in ids if found]
        if numbers:  # else it is a beam of graces
            for number, kind in ((numbers[0], "b"), (numbers[-1], "e")):
                yield notes[number].place.line, notes[number].place.column, kind


def compared(tune: Tune) -> set[tuple[int, int]]:
    """Places of the notes in bars without tuplets and rests."""
    plain = [
        tune.elements[bar.first : bar.end]
        for bar in bars(tune)
        if not any(isinstance(element, TupletStart | Rest) for element in tune.elements[bar.first : bar.end])
    ]
    return {(note.place.line, note.place.column) for bar in plain for note in bar if isinstance(note, Note)}


def test_abcm2ps_draws_the_beams_that_we_engrave(tmp_path: Path) -> None:
    meters: Counter[str] = Counter()
    marks = 0
    for raw in islice(read_tunes(), 5, None, 60):
        tune = parse(readable(parse(raw.text)))
        places = compared(tune)
        drawn, engraved = (
            [mark for mark in found if mark[:2] in places] for found in (theirs(readable(tune), tmp_path), ours(tune))
        )
        assert engraved == drawn, raw.text
        marks += len(drawn)
        meters[str(tune.meter)] += 1
        if meters.total() == _TUNES:
            break
    assert meters.total() == _TUNES
    assert {"6/8", "9/8", "2/4", "3/4", "4/4", "2/2"} <= set(meters)
    assert marks > 40 * _TUNES / 2
