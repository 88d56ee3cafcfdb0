"""Canonical music in lines for people: the music stays, only newlines come in."""

from hypothesis import given

from charrnn.notation.canonical import canonical_music
from charrnn.notation.parser import parse
from charrnn.notation.writer import broken_into_lines
from tests.tunes import MUSIC, abc, tune_of


def test_four_bars_stand_on_a_line() -> None:
    assert broken_into_lines("AB|cd|ef|ga|AB|cd|]") == "AB|cd|ef|ga|\nAB|cd|]"


def test_a_section_starts_a_line() -> None:
    assert broken_into_lines("|:AB|cd:|ef|ga|]") == "|:AB|cd:|\nef|ga|]"
    assert broken_into_lines("|:AB|cd::ef|ga:|") == "|:AB|cd::\nef|ga:|"


def test_an_ending_stays_beside_its_bar_line() -> None:
    assert broken_into_lines("|:AB|cd|ef|1ga:|2AB|]", bars_a_line=3) == "|:AB|cd|ef|1ga:|2AB|]"


def test_bars_that_stand_on_the_first_line_already_are_counted() -> None:
    assert broken_into_lines("AB|cd|ef|ga|]", bars_before=2) == "AB|cd|\nef|ga|]"


def test_no_music_is_no_line() -> None:
    assert broken_into_lines("") == ""


@given(MUSIC)
def test_lines_change_nothing_but_newlines(written: str) -> None:
    music = canonical_music(abc(written), tune_of(written))
    lines = broken_into_lines(music)
    assert lines.replace("\n", "") == music
    assert parse(f"K:C\n{lines}").elements == parse(f"K:C\n{music}").elements
