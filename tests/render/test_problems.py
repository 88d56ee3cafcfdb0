"""What is wrong with a tune is told once, in the order of the text, whoever notices it."""

from charrnn import limits
from charrnn.notation.reading.parser import parse
from charrnn.render.problems import problems
from charrnn.ui.answers.remarks import left_out
from tests.support.tiny import JIG


def test_a_right_tune_has_no_problems() -> None:
    assert problems(parse(JIG)) == []


def test_problems_of_all_kinds_follow_text_order() -> None:
    tune = parse("M:4/4\nL:1/4\nK:C\nABc|A5cd|C,,,,,Bcd-|efga|]")
    places = [problem.place for problem in problems(tune)]
    assert str(places[0]) == "line 4, column 5"
    assert places == sorted(places)
    messages = " ".join(problem.message for problem in problems(tune))
    assert "this bar holds" in messages
    assert "tie" in messages


def test_no_more_problems_are_listed_than_anyone_reads() -> None:
    assert len(problems(parse("M:4/4\nL:1/4\nK:C\n" + "A5|" * 300))) == limits.MAX_REPORTED_PROBLEMS


def test_omissions_from_an_opened_tune_are_reported() -> None:
    tune = parse('K:C\n"C"C4 "C7alt"D4|(EF) G6|]')
    assert problems(tune) == []
    assert left_out(tune) == ('The chord "C7alt" is not known, and no chord sounds from there to the next.')
    assert left_out(parse(JIG)) == ""
