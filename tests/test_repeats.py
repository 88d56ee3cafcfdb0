"""What is played again, and in which order."""

import pytest
from hypothesis import given

from charrnn import limits
from charrnn.errors import AbcError
from charrnn.notation.canonical import canonical_prefix
from charrnn.notation.parser import parse
from charrnn.notation.repeats import play_order, sections
from charrnn.notation.tune import Note
from charrnn.notation.writer import canonical_music, readable
from tests.tunes import ANY_TEXT, tune_of


def as_played(music: str) -> str:
    elements = tune_of(music).elements
    played = (elements[index] for index in play_order(elements))
    return "".join(element.pitches[0].letter for element in played if isinstance(element, Note))


@pytest.mark.parametrize(
    ("music", "expected"),
    [
        ("A|B|]", "AB"),
        ("|:A|B:|", "ABAB"),
        ("|:A|1B|2C|]", "ABAC"),
        ("|:A|1B||2C|D|]", "ABACD"),
        ("A[1B [2C|]", "ABAC"),
        ("|:A|1B|2C|3D|]", "ABACAD"),
        ("|:A|1B:|C|]", "ABAC"),
        ("|:A|1B:|C|D|]", "ABACD"),
        ("|:A|1-3B:|C|]", "ABABABAC"),
        ("|:A|1B:|[K:D]C|]", "ABAC"),
        ("|:A|1B:|", "ABAB"),
        ("|:A|1B::C:|", "ABABCC"),
        ("|:A|1B:|C|D:|", "ABABCDCD"),
        ("|:A|1B:|C|1D:|2E|]", "ABABCDCE"),
        ("A|B:|", "ABAB"),
        ("|:A:|B|]", "AAB"),
        ("|:A:|B:|", "AABB"),
        ("|:A::B:|", "AABB"),
        ("A|:B:|", "ABB"),
        ("|:A|1B:|2C|]", "ABAC"),
        ("|:A|1B:|2C||D|]", "ABACD"),
        ("|:A|1B:|2C|:D:|", "ABACDD"),
        ("A|1B:|2C|]", "ABAC"),
        ("|:A|[1B:|[2C:|", "ABAC"),
        ("|:A|1B|C:|2D|E|]", "ABCADE"),
        ("|:A|1,3B:|2,4C:|", "ABACABAC"),
        ("|:A|1-3B:|4C|]", "ABABABAC"),
        ("A||B:|", "ABB"),
        ("|:A||B:|", "ABAB"),
        ("|:A|:B:|", "AABB"),
        ("|::A|B::|C|]", "ABABABC"),
        ("|:::A:::|", "AAAA"),
        ("|::A::|", "AAA"),
        ("A::|B|]", "AAAB"),
        ("|::A|:B:|", "AAABB"),
        ("|:A::|::B:|", "AAABBB"),
        ("|::A|1B:|2C|]", "ABAC"),
    ],
)
def test_repeats_and_endings_are_played_out(music: str, expected: str) -> None:
    assert as_played(music) == expected


@pytest.mark.parametrize(
    ("music", "expected"),
    [
        (":|A|]", "A"),
        ("|:A|B|]", "AB"),
        ("|:A|2B:|1C|]", "ACAB"),
        ("|:|:|:A:|:|:|", "AA"),
        ("A|1B|]", "AB"),
        ("::::::", ""),
    ],
)
def test_damaged_repeats_have_an_order_too(music: str, expected: str) -> None:
    assert as_played(music) == expected


@given(ANY_TEXT)
def test_sections_hold_every_element_once_and_none_is_played_more_than_nine_times(text: str) -> None:
    try:
        elements = parse(text).elements
    except AbcError:
        return
    covered = [index for section in sections(elements) for index in range(section.start, section.end)]
    assert covered == list(range(len(elements)))
    order = list(play_order(elements))
    assert all(order.count(index) <= limits.MAX_ENDING for index in set(order))


@pytest.mark.parametrize("music", ["|::CD|EF::|GA|]", "|:::CD:::|", "|::CD::|::EF::|", "|:CD::|"])
def test_counts_of_repeats_are_written_back(music: str) -> None:
    tune = tune_of(music)
    assert parse(readable(tune)) == tune


def test_the_model_reads_a_counted_repeat_as_one() -> None:
    assert canonical_music(tune_of("|::CD|EF::|GA|]")) == "|:CD|EF:|GA|]"
    assert canonical_prefix("|::CD|EF::|GA") == "|:CD|EF:|GA"


def test_a_repeat_of_more_than_nine_times_is_told() -> None:
    tune = tune_of("|" + ":" * 9 + "A:|")
    assert [problem.message for problem in tune.problems] == ["a repeat is played at most 9 times"]
    assert as_played("|" + ":" * 9 + "A:|") == "A" * 9


@pytest.mark.parametrize(
    ("music", "written", "said"),
    [
        ("|:AB|1 cd|2 ef|]", "|:AB|1 cd:|2 ef|]", "an ending without a repeat sign"),
        ("|:CDEF|1GABc:|cBAG|]", "|:CDEF|1 GABc:|2 cBAG|]", "after a first ending without a second"),
    ],
)
def test_endings_with_a_sign_left_out_are_completed(music: str, written: str, said: str) -> None:
    tune = tune_of(music, meter="none")
    assert readable(tune).splitlines()[-1].replace(" ", "") == written.replace(" ", "")
    assert [remark.message.startswith(said) for remark in tune.remarks] == [True]
    assert tune.problems == ()


def test_completed_endings_sound_as_they_are_drawn() -> None:
    assert as_played("|:AB|1 cd|2 ef|]") == as_played("|:AB|1 cd:|2 ef|]") == "ABCDABEF"
    assert as_played("|:CDEF|1GABc:|cBAG|]") == "CDEFGABCCDEFCBAG"


def test_the_model_reads_no_bracket_without_a_second_ending() -> None:
    assert canonical_music(tune_of("|:A|1B:|")) == "|:A|B:|"
    assert canonical_music(tune_of("|:A|1B:|C|]")) == "|:A|1B:|2C|]"
