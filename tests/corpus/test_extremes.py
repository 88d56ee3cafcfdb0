"""The caps beside the music: none of them cuts a tune of the training music, and each leaves it room."""

from itertools import islice

import pytest

from charrnn import limits
from charrnn.corpus.extremes import CAPS, Extremes, extremes, report
from charrnn.corpus.sources import RawTune, read_tunes
from tests.support.tunes import abc

SHARE = 25  # one tune of so many; ``python -m charrnn corpus --extremes`` looks at all
NEAR = {
    "digits in a number",
    "octave marks",
    "number of an ending",
    "divisor of a unit length",
    "divisor of a note length",
    "p of a tuplet",
}


@pytest.fixture(scope="module")
def music() -> Extremes:
    return extremes(islice(read_tunes(), 0, None, SHARE))


def test_no_cap_cuts_a_training_tune(music: Extremes) -> None:
    assert music.cut == []


@pytest.mark.parametrize("name", CAPS)
def test_a_cap_leaves_the_training_music_room(music: Extremes, name: str) -> None:
    """Twice what it needs, but where the notation itself has an end."""
    assert music.greatest.get(name, 0) * (1 if name in NEAR or "tempo" in name else 2) <= CAPS[name]


def test_extremes_are_found_where_they_stand() -> None:
    text = "T:A title\nR:jig\nM:6/8\nL:1/16\nQ:1/4=200\nK:C\nA12 c''' [CEG]/4 (5:2:5ABcde|1 B,, [M:9/4]|\n"
    found = extremes([RawTune(text, "ours"), RawTune(abc("A" * 100), "ours")]).greatest
    expected = {
        "characters in a tune": 121, "lines in a tune": 8, "characters in a title or rhythm": 7,
        "digits in a number": 3, "divisor of a note length": 4, "whole notes in a note": 0.75, "octave marks": 3,
        "notes in a chord": 3, "p of a tuplet": 5, "r of a tuplet": 5, "number of an ending": 1,
        "beats in a meter": 9, "divisor of a unit length": 16, "tempo, quarters a minute": 200,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    assert found["notes played"] == 100
    assert found["notes and rests engraved"] == 100


@pytest.mark.parametrize(
    "music",
    [
        "A99999",
        "A/99",
        "c" + "'" * 6,
        "[CDEFGABcd]",
        "(10ABc",
        "(3:99:3ABc",
        "[10A",
        "[M:99/4]A",
        "[Q:1/4=999]A",
        "A9999",
    ],
)
def test_what_a_cap_cuts_is_told(music: str) -> None:
    (sentence,) = extremes([RawTune(abc(music + "|"), "ours")]).cut
    assert sentence.startswith("ours, '', line 5, column ")


def test_a_tune_that_is_too_long_is_told() -> None:
    found = extremes([RawTune("A" * (limits.MAX_ABC_CHARACTERS + 1), "ours")])
    assert found.cut == ["ours: line 1, column 1: a tune has at most 20,000 characters, this one has 20,001"]


def test_the_report_has_a_line_for_each_cap() -> None:
    text = report(extremes([RawTune(abc("A99999|"), "ours")]))
    for part in (*CAPS, "20,000", "places that a cap has cut: 1", "a number has at most 4 digits, this one has 5"):
        assert part in text
