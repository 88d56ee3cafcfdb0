"""Where bars stand in their sections."""

import pytest
from hypothesis import given

from charrnn.notation.bars import bars
from charrnn.notation.reading.parser import parse
from charrnn.render.playing.phrases import phrase_positions
from tests.support.tunes import ANY_TEXT, tune_of


@pytest.mark.parametrize(
    ("music", "numbers", "before"),
    [
        ("c8|d8|e8|]", {0: 0, 1: 1, 2: 2}, [None, 0, 1]),
        ("G|:c8|d7:|G|:e8|c7:|", {1: 0, 2: 1, 4: 0, 5: 1}, [None, 1, 2, 4]),
        ("c8||d8|e8|]", {0: 0, 1: 0, 2: 1}, [None, 0, 1]),
        ("|:c8|d8|1e8|f8:|2g8|a8|]", {0: 0, 1: 1, 2: 2, 3: 3, 4: 2, 5: 3}, [None, 0, 1, 2, 1, 4]),
    ],
)
def test_bars_are_counted_in_their_section(music: str, numbers: dict[int, int], before: list[int | None]) -> None:
    found = phrase_positions(tune_of(music))
    assert {number: place.bar for number, place in found.items()} == numbers
    assert [place.before for place in found.values()] == before


def test_phrases_end_after_eight_bars_or_a_section() -> None:
    found = phrase_positions(tune_of(10 * "c8|" + "|" + 4 * "d8|" + "]"))
    assert [number for number, place in found.items() if place.ends_phrase] == [7, 9, 13]
    assert [number for number, place in found.items() if place.ends_half] == [3, 7, 9, 13]
    assert [number for number, place in found.items() if place.begins_section] == [0, 10]


def test_both_endings_end_their_section() -> None:
    found = phrase_positions(tune_of("|:c8|1d8:|2e8||f8|]"))
    assert [number for number, place in found.items() if place.ends_section] == [1, 2, 3]


@given(ANY_TEXT)
def test_any_text_has_places(text: str) -> None:
    tune = parse(text)
    assert set(phrase_positions(tune)) <= set(range(len(bars(tune))))
