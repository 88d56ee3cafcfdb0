"""What is played again, and in which order."""

import pytest
from hypothesis import given

from charrnn import limits
from charrnn.errors import AbcError
from charrnn.notation.order.repeats import play_order, sections
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Note, Tune
from charrnn.notation.writing.canonical import canonical_prefix
from charrnn.notation.writing.writer import canonical, canonical_music, readable
from charrnn.render.playing.performance import perform
from tests.support.tunes import ANY_TEXT, tune_of


def as_played(music: str) -> str:
    return letters(tune_of(music))


def letters(tune: Tune) -> str:
    """The notes in the order of playing."""
    played = (tune.elements[index] for index in play_order(tune.elements, tune.part_order))
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
        ("|:A:|2B|:C:|", "AABCC"),
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
        ("|::CDEF::|GA|]", "CDEFCDEFCDEFGA"),
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
def test_damaged_repeats_have_a_playing_order(music: str, expected: str) -> None:
    assert as_played(music) == expected


@given(ANY_TEXT)
def test_each_element_has_one_section_and_bounded_repeats(text: str) -> None:
    try:
        elements = parse(text).elements
    except AbcError:
        return
    covered = [index for section in sections(elements) for index in range(section.start, section.end)]
    assert covered == list(range(len(elements)))
    order = list(play_order(elements))
    assert all(order.count(index) <= limits.MAX_ENDING for index in set(order))


@pytest.mark.parametrize("music", [":|1|]Z", "|:A:|1B|]c", "|:A|1B||1c:|d"])
def test_completed_endings_are_complete(music: str) -> None:
    tune = tune_of(music)
    assert parse(readable(tune)) == tune


@pytest.mark.parametrize("music", ["|1||[Q:1/4=90]::", "|1[|1::"])
def test_empty_endings_leave_canonical_music_stable(music: str) -> None:
    written = canonical(tune_of(music))
    assert canonical(parse(written)) == written


@pytest.mark.parametrize("music", ["|::CD|EF::|GA|]", "|:::CD:::|", "|::CD::|::EF::|", "|:CD::|"])
def test_counts_of_repeats_are_written_back(music: str) -> None:
    tune = tune_of(music)
    assert parse(readable(tune)) == tune


def test_the_model_reads_a_counted_repeat_as_one() -> None:
    assert canonical_music(tune_of("|::CD|EF::|GA|]")) == "|:CD|EF:|GA|]"
    assert canonical_prefix("|::CD|EF::|GA") == "|:CD|EF:|GA"


def test_a_repeat_beyond_nine_times_is_reported() -> None:
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


def test_the_model_reads_no_lone_first_ending() -> None:
    assert canonical_music(tune_of("|:A|1B:|")) == "|:A|B:|"
    assert canonical_music(tune_of("|:A|1B:|C|]")) == "|:A|1B:|2C|]"


# -- parts and jumps


def in_parts(order: str, music: str) -> str:
    return letters(parse(f"P:{order}\nL:1/4\nK:C\n{music}"))


@pytest.mark.parametrize(
    ("order", "played"),
    [
        ("ABBA", "cdefefcd"),
        ("A4.B3", "cdcdcdcdefefef"),
        ("((AB)3.A)2", "cdefcdefcdefcd" * 2),
        ("B", "ef"),
        ("A B", "cdef"),
        ("AC", "cdef"),
        ("", "cdef"),
    ],
)
def test_parts_are_played_in_their_order(order: str, played: str) -> None:
    assert in_parts(order, "P:A\ncd|\nP:B\nef|]") == played.upper()


def test_repeats_and_endings_are_played_within_parts() -> None:
    assert in_parts("ABA", "P:A\n|:c|1d:|2e|\nP:B\n|:f:|g|]") == "CDCEFFGCDCE"


def test_music_before_the_first_part_plays_once() -> None:
    assert in_parts("AAB", "g|\nP:A\nc|\nP:B\nd|]") == "GCCD"


def test_key_and_tempo_are_those_of_the_part() -> None:
    tune = parse("P:ABA\nM:4/4\nL:1/4\nK:C\nP:A\nF4|[P:B][K:D]F4|]")
    assert [event.pitch for event in perform(tune).notes] == [65, 66, 65]


@pytest.mark.parametrize(
    ("music", "played"),
    [
        ("c|d!D.C.!|]", "cdcd"),
        ("c|d!dacapo!|]", "cdcd"),
        ("c|!fine!d|e!D.C.!|]", "cdecd"),
        ("c|d!fine!|e|!D.C.alfine!f|]", "cdefcd"),
        ("c|Sd|e!D.S.!|]", "cdede"),
        ("c|!segno!d|e!fine!|f!D.S.alfine!|]", "cdefde"),
        ("c|d!coda!|e!D.C.alcoda!|!coda!f|g|]", "cdecdfg"),
        ("c|d|!dacoda!e|f!D.C.alcoda!|Og|]", "cdefcdg"),
        ("c|dO|e!D.C.!|Og|]", "cdecdg"),
        ("c|de !coda!e|f!D.C.alcoda!|!coda!g|]", "cdeefcdeeg"),
        ("|:c|d:|e!D.C.!|]", "cdcdecde"),
        ("|:c|1d:|2e!fine!|f!D.C.!|]", "cdcefce"),
        ("|:c|d!D.C.!:|]", "cdcdcd"),
        ("|:c:||:d!fine!:|e!D.C.!|]", "ccddecd"),
        ("c|d|!D.C.!\ne|]", "cdcde"),
        ("c!fine!|d|]", "cd"),
    ],
)
def test_jumps_are_taken_once_and_without_repeats(music: str, played: str) -> None:
    assert letters(tune_of(music)) == played.upper()


def test_parts_and_jumps_go_together() -> None:
    assert in_parts("ABA", "P:A\n!segno!c|\nP:B\nd!fine!|!D.S.!e|]") == "CDECD"


@pytest.mark.parametrize(
    "music", ["P:A\n|:c|1d:|2e|\nP:B\n|:f:|", "c|d!segno!|!coda!e|f!D.C.alcoda!|]", "c|!D.C.!\nd|", "H|c!fermata!|:d:|"]
)
def test_parts_and_jumps_are_written_back(music: str) -> None:
    tune = parse(f"P:AB\nK:C\n{music}")
    assert parse(readable(tune)) == tune


def test_the_model_reads_neither_parts_nor_jumps() -> None:
    tune = parse("P:AB\nK:C\nP:A\nc|!D.C.!\nP:B\n|:d:|")
    assert canonical_music(tune) == "c|:d:|"
