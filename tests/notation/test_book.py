"""Files of several tunes: the header of the file, and where a tune ends."""

from fractions import Fraction

import pytest

from charrnn.corpus.cleaning import clean
from charrnn.corpus.sources import RawTune
from charrnn.notation.reading.book import book_tunes, split_book
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Meter, Tempo, Tune

F = Fraction


def tunes_of(book: str) -> list[Tune]:
    return [parse(text) for text in split_book(book)]


WALTZES = "M:3/4\nL:1/4\nR:waltz\nQ:1/4=150\n\nX:1\nK:D\nDFA|dAF|]\n\nX:2\nL:1/8\nK:G\nG2B2d2|\n"


def test_file_header_holds_for_every_tune() -> None:
    first, second = tunes_of(WALTZES)
    assert (first.meter, first.unit, first.rhythm, first.tempo) == (Meter(3, 4), F(1, 4), "waltz", Tempo(F(1, 4), 150))
    assert (second.meter, second.rhythm) == (Meter(3, 4), "waltz")


def test_tune_overrides_its_file_header() -> None:
    assert [tune.unit for tune in tunes_of(WALTZES)] == [F(1, 4), F(1, 8)]
    assert [note.duration for note in tunes_of(WALTZES)[1].notes] == [F(1, 4)] * 3


def test_file_header_stands_after_number_and_titles() -> None:
    book = "%abc-2.1\n% ours\nM:3/4\nC:Anna\nN:a note\n\nX:1\nT:One\nT:Two\nC:Bela\nK:D\nD"
    assert list(split_book(book)) == ["X:1\nT:One\nT:Two\nM:3/4\nC:Bela\nK:D\nD"]


@pytest.mark.parametrize("start", ["M:3/4\nSome words\n\n", "Some words\n\nM:3/4\n\n", "% ours\n\nM:3/4\n\n", "A:|\n"])
def test_only_fields_at_the_start_are_a_header(start: str) -> None:
    assert list(split_book(f"{start}X:1\nK:D\nD")) == ["X:1\nK:D\nD"]


def test_training_takes_tunes_under_a_file_header() -> None:
    text = next(split_book("M:3/4\nL:1/4\nR:waltz\n\nX:1\nK:D\nDFA|dAF|DFA|d3|]"))
    assert clean(RawTune(text, "ours")).text == "M:3/4\nL:1/4\nR:waltz\nK:D\nDFA|dAF|DFA|d3|]\n"


def test_places_are_those_in_the_file() -> None:
    tune = next(book_tunes("M:3/4\nL:1/4\n\nX:1\nT:One\nK:D\nD*"))
    assert tune.text == "X:1\nT:One\nM:3/4\nL:1/4\nK:D\nD*"
    assert [tune.file_line(line) for line in range(1, 7)] == [4, 5, 5, 5, 6, 7]


# -- where a tune ends

OLD_BAND = "X:1\nL:1/4\nM:2/4\nK:C\nCD|EF|]\n\nThe next one was a great favourite of the old band.\n\n"


def test_an_empty_line_ends_a_tune() -> None:
    first, second = tunes_of(OLD_BAND + "X:2\nK:D\nDFA|\n")
    assert (len(first.notes), len(second.notes)) == (4, 3)
    assert (first.problems, second.problems, second.remarks) == ((), (), ())
    assert list(map(str, first.remarks)) == [
        "line 7, column 1: the text after the empty line that ends the tune is left out"
    ]


@pytest.mark.parametrize("line", [" ", "\t", "\u00a0", "\r"])
def test_a_line_of_blanks_is_empty(line: str) -> None:
    assert len(parse(f"X:1\nK:C\nCD|\n{line}\nEF|").notes) == 2


def test_comments_after_a_tune_are_not_told() -> None:
    assert parse("X:1\nK:C\nCD|\n\n% more below\n%%newpage\n\n").remarks == ()


def test_a_comment_line_does_not_end_a_tune() -> None:
    assert len(parse("X:1\nK:C\nCD|\n%\nEF|").notes) == 4


def test_an_empty_line_may_stand_in_a_header() -> None:
    tune = parse("X:1\n\nM:3/4\n\nK:D\nDFA|")
    assert (tune.meter, len(tune.notes), tune.problems) == (Meter(3, 4), 3, ())


def test_typeset_text_may_hold_empty_lines() -> None:
    assert len(parse("X:1\nK:C\nCD|\n%%begintext\n\nText\n\n%%endtext\nEF|").notes) == 4


def test_an_empty_line_before_the_notes_is_reported() -> None:
    tune = parse("X:1\nK:C\n\nCDEF|")
    assert tune.notes == ()
    assert list(map(str, tune.problems)) == [
        "line 4, column 1: an empty line ends the tune before its first note; what follows is not read"
    ]


def test_parsing_reads_only_the_first_tune() -> None:
    tune = parse("X:1\nK:C\nCD|\n\nX:2\nK:D\nEF|")
    assert len(tune.notes) == 2
    assert list(map(str, tune.problems)) == ["line 5, column 1: a second tune begins here (X:); only the first is read"]


def test_empty_lines_do_not_end_unnumbered_text() -> None:
    tune = parse("K:D\n\nDFA|\n\ndAF|")
    assert (len(tune.notes), tune.problems, tune.remarks) == (6, (), ())
