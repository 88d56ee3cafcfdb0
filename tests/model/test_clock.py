"""The place in the bar is followed through any text, as the parser adds it up."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.model.position.clock import Clock, Reading
from charrnn.model.vocabulary import ALPHABET, Vocabulary
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import BarLine, Note, Rest
from tests.support.tiny import JIG

VOCABULARY = Vocabulary.of(ALPHABET)
CLOCK = Clock(VOCABULARY.characters)
TEXT = st.text(alphabet=list(ALPHABET), max_size=60)


def reading(text: str) -> Reading:
    node = CLOCK.start
    for index in VOCABULARY.encode(text):
        node = CLOCK.step(node, index)
    return node.reading


@pytest.mark.parametrize(
    ("music", "eighths"),
    [
        ("A", "1"),
        ("A3", "3"),
        ("A3/", "3/2"),
        ("A/4B", "5/4"),
        ("^A,2z", "3"),
        ("A>B", "2"),
        ("A>>B2", "9/4"),
        ("A<B", "2"),
        ("(3ABc", "2"),
        ("(3AB", "4/3"),
        ("(5:4ABcdeA", "5"),
        ("(3:2:4A2BcB2d", "5"),
        ("[CE]2", "2"),
        ("[C2E2]", "2"),
        ("[C2E]A", "3"),
        ("A4-|A2", "2"),
        ("A|", "0"),
        ("A|1B", "1"),
        ("A|[M:3/4]B", "1"),
        ("A|[L:1/4]B", "2"),
    ],
)
def test_note_lengths_add_up(music: str, eighths: str) -> None:
    found = reading(f"M:4/4\nL:1/8\nK:G\n{music}")
    assert found.moment == Fraction(eighths) / 8


@given(text=TEXT, character=st.sampled_from(ALPHABET))
def test_characters_alike_lead_to_one_node(text: str, character: str) -> None:
    node = CLOCK.start
    for one in f"M:4/4\nL:1/8\nK:G\n{text}":
        node = CLOCK.after(node, one)
    assert len({id(CLOCK.after(node, other)) for other in CLOCK.alike(node, character)}) == 1


def test_letters_are_alike_in_music_alone() -> None:
    music = CLOCK.after(CLOCK.node(Reading(field=None, in_header=False)), "A")
    assert CLOCK.alike(music, "c") == "ABCDEFGabcdefg"
    assert CLOCK.alike(music, "2") == "2"
    assert CLOCK.alike(CLOCK.start, "K") == "K"
    assert CLOCK.alike(CLOCK.start, "A") == "A"


def test_the_header_s_meter_tells_what_is_missing() -> None:
    moments, _ = CLOCK.follow(np.array([VOCABULARY.encode("M:3/8\nL:1/16\nR:jig\nK:Am\nA3")]), [CLOCK.start])
    assert moments[0, -2:].tolist() == [[2, 10], [6, 6]]
    assert (moments[0, :-3] == moments[0, 0]).all()


@pytest.mark.parametrize("music", [JIG.split("K:D\n")[1].replace("\n", "").replace(" ", ""), "A>B(3cde|f2-[fa]2|"])
def test_clock_and_parser_agree_on_bar_lengths(music: str) -> None:
    header = "M:6/8\nL:1/8\nK:D\n"
    text, tune = header + music, parse(header + music)
    lines = [index for index, element in enumerate(tune.elements) if isinstance(element, BarLine)]
    for first, last in pairwise([-1, *lines]):
        sounding = [e for e in tune.elements[first + 1 : last] if isinstance(e, Note | Rest)]
        line = tune.elements[last]
        assert isinstance(line, BarLine)
        before = text.split("\n")[line.place.line - 1][: line.place.column - 1]
        assert reading(header + before).moment == sum(element.duration for element in sounding)


@given(TEXT, TEXT)
def test_any_text_can_be_followed_in_two_pieces(first: str, second: str) -> None:
    ids = [np.array([VOCABULARY.encode(text)], dtype=np.int64).reshape(1, -1) for text in (first, second)]
    start, middle = CLOCK.follow(ids[0], [CLOCK.start])
    rest, end = CLOCK.follow(ids[1], middle)
    whole, other_end = CLOCK.follow(np.concatenate(ids, axis=1), [CLOCK.start])
    assert np.array_equal(np.concatenate([start, rest], axis=1), whole)
    assert end == other_end
    assert 0 <= whole.min(initial=0) <= whole.max(initial=0) <= 64


def test_what_was_forgotten_is_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charrnn.model.position.clock._MAX_KEPT", 3)
    clock, ids = Clock(VOCABULARY.characters), np.array([VOCABULARY.encode("K:D\nA2B3|cd>e|")])
    moments, (end,) = clock.follow(ids, [clock.start])
    expected, (other,) = CLOCK.follow(ids, [CLOCK.start])
    assert np.array_equal(moments, expected)
    assert end.reading == other.reading
