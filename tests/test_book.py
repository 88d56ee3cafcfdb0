"""Files of several tunes: the header of the file, and where a tune ends."""

from fractions import Fraction

import pytest

from charrnn.corpus.cleaning import clean
from charrnn.corpus.sources import RawTune
from charrnn.notation.book import book_tunes, split_book
from charrnn.notation.parser import parse
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
