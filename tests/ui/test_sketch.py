"""The staff on which a seed is played: what the server draws, and what it refuses."""

import pytest

from charrnn.ui.handlers.desk import Desk
from tests.support.tiny import JIG


@pytest.fixture
def sketch():
    draw = Desk().sketching()
    return lambda sent: draw(sent, None)


@pytest.mark.parametrize("abc", [JIG, "M:6/8\nL:1/8\nK:D\nA|(3:2:1d", "K:C\nc-", "c"])
def test_unfinished_notes_are_drawn(sketch, abc):
    svg = sketch({"abc": abc, "width": 300})["svg"]
    assert svg.startswith("<svg")
    assert 'class="note"' in svg


def test_without_notes_there_is_nothing_to_draw(sketch):
    assert sketch({"abc": "M:6/8\nK:D\n", "width": 300}) == {"svg": ""}


@pytest.mark.parametrize("width", [None, -5, 10**9, "wide", float("nan"), True])
def test_any_width_is_drawn(sketch, width):
    assert sketch({"abc": "K:D\nABc", "width": width})["svg"].startswith("<svg")


@pytest.mark.parametrize("sent", [None, 5, "abc", [], {}, {"abc": None}, {"abc": 5}, {"abc": "x" * 200_000}])
def test_a_sketch_of_anything_else_is_refused(sketch, sent):
    answer = sketch(sent)
    assert answer.keys() == {"error"}
    assert answer["error"].endswith(".")
