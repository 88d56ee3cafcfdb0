"""Whether bars add up. What abc2midi accepts here was tried out with it; tests/notation/test_abc2midi.py asks it
again."""

from fractions import Fraction

import pytest

from charrnn import limits
from charrnn.notation.bars import bar_problems, bars
from charrnn.render.upbeats import counted
from tests.support.tunes import tune_of

RIGHT = {
    "full bars": "ABcd|efga|]",
    "a pick-up before a repeat": "A|:ABcd|efga:|",
    "a pick-up inside a repeat": "|:A|ABcd|efg:|",
    "a pick-up without an opening repeat sign": "A|ABcd|efg:|",
    "each part with its own pick-up": "A|ABcd|efg||A|ABcd|efg|]",
    "a repeat in the middle of a bar": "|:A|ABcd|efg::e|ABcd|efg:|",
    "a double bar in the middle of a bar": "ABcd|ef||ga|ABcd|]",
    "full endings": "|:ABcd|1efga:|2efge|]",
    "endings short by the pick-up": "|:A|ABcd|1efg:|2efg|]",
    "a rest of several bars": "ABcd|Z2|ABcd|]",
    "tuplets, broken rhythm and chords": "(3ABcd2|A>Bcd|[CE]2[DF]2|]",
    "a change of meter": "ABcd|[M:3/8]ABc|ABc|]",
    "an empty bar between two signs": "ABcd||:ABcd:|",
    "free meter": "[M:none]A|ABcdefg|A|]",
    "no bar line at the end": "ABcd|ef",
}
WRONG = {
    "a short bar inside a section": "ABcd|efg|ABcd|]",
    "a long bar at the start": "ABcde|efga|]",
    "a long bar at the end": "ABcd|efgab|]",
    "a long bar before a repeat sign": "|:ABcd|efgab:|",
    "a note beside a rest of a whole bar": "ABcd|AZ|ABcd|]",
    "a bar that ignores its meter": "ABcd|[M:3/8]ABcd|ABc|]",
}


@pytest.mark.parametrize("music", RIGHT.values(), ids=RIGHT)
def test_bars_that_add_up_raise_no_question(music: str) -> None:
    assert bar_problems(tune_of(music, meter="2/4")) == []


@pytest.mark.parametrize("music", WRONG.values(), ids=WRONG)
def test_a_wrong_bar_is_listed_once(music: str) -> None:
    assert len(bar_problems(tune_of(music, meter="2/4"))) == 1


def test_bar_lines_around_a_key_form_one_edge() -> None:
    assert bar_problems(tune_of("ABcd|ef||[K:G]|ga|ABcd|]", meter="2/4")) == []


def test_the_problem_names_place_length_and_meter() -> None:
    (problem,) = bar_problems(tune_of("ABcd|\nefg|ABcd|]", meter="2/4"))
    assert str(problem) == "line 6, column 1: this bar holds 3/8 of a whole note, the meter asks for 1/2"


def test_bars_know_their_elements() -> None:
    tune = tune_of("AB|c2", meter="2/8")
    assert [(bar.first, bar.end, bar.duration) for bar in bars(tune)] == [
        (0, 2, Fraction(1, 4)),
        (3, 4, Fraction(1, 4)),
    ]


def test_at_most_fifty_bars_are_listed() -> None:
    assert len(bar_problems(tune_of("A|" * 500))) == limits.MAX_REPORTED_PROBLEMS


@pytest.mark.parametrize(
    ("music", "numbers"),
    [
        ("A|BcdB|ABcd|]", [0, 1, 2]),
        ("ABcd|BcdB|", [1, 2]),
        ("A|BcdB|ABc:|:d|efga|Bcd|]", [0, 1, 2, 2, 3, 4]),
        ("ABcd|Z3|ABcd|]", [1, 2, 5]),
    ],
)
def test_bars_are_counted_as_musicians_count(music: str, numbers: list[int]) -> None:
    assert counted(tune_of(music, meter="4/8")) == numbers
