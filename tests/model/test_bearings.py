"""The key and the bar are followed through any text, in pieces or at once."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from charrnn.model.position.bearings import BARS, Bearings, Places
from charrnn.model.vocabulary import ALPHABET, Vocabulary

VOCABULARY = Vocabulary.of(ALPHABET)
BEARINGS = Bearings(VOCABULARY)
START = torch.tensor([Bearings.START])
TEXT = st.text(alphabet=list(ALPHABET), max_size=40)


def phases(text: str) -> torch.Tensor:
    return BEARINGS.phases(torch.tensor([VOCABULARY.encode(text)]).long().view(1, -1), START)[0]


def places(text: str) -> Places:
    ids = torch.tensor([VOCABULARY.encode(text)]).long().view(1, -1)
    return BEARINGS.follow(ids, START, [BEARINGS.clock.start])[0]


def symbols(text: str) -> list[int]:
    """Degrees as numbers from the tonic; other characters are below -6."""
    return [int(symbol) - len(VOCABULARY) - 6 for symbol in places(text).symbols[0]]


def intervals(text: str) -> list[int | None]:
    """Steps from the last letter; None for characters that are themselves."""
    found = places(text).intervals[0] - len(VOCABULARY) - 13
    return [int(interval) if interval >= -13 else None for interval in found]


def bars(text: str) -> list[int]:
    head = "\nM:4/4\nL:1/8\nK:G\n"
    return Bearings.bars(phases(head + text)).tolist()[len(head) + 1 :]


@pytest.mark.parametrize(
    ("key", "music", "degrees"),
    [("D", "Ddfa", [0, 7, 9, 11]), ("G", "Ddg", [-3, 4, 7]), ("C", "CB", [0, 6]), ("Bm", "CBb", [-6, 0, 7])],
)
def test_letters_are_read_as_steps_from_the_tonic(key: str, music: str, degrees: list[int]) -> None:
    assert symbols(f"\nM:6/8\nR:jig\nK:{key}\n{music}")[-len(music) :] == degrees


def test_header_letters_are_read_as_plain_characters() -> None:
    assert all(symbol < -6 for symbol in symbols("\nM:4/4\nR:a b c\nK:D"))


def test_a_key_in_the_middle_moves_the_degrees() -> None:
    assert symbols("K:D\nd|[K:A]a")[-1] == 7


@pytest.mark.parametrize(
    ("music", "numbers"),
    [
        ("|:A|B|c", [1, 0, 0, 1, 1, 2, 2]),
        ("A|B:|c|", [0, 1, 1, 0, 0, 0, 1]),
        ("A|B::c|", [0, 1, 1, 0, 0, 0, 1]),
        ("A|B||c|", [0, 1, 1, 2, 0, 0, 1]),
        ("A|1B:|2c|]", [0, 1, 1, 1, 0, 0, 0, 0, 1, 1]),
        ("A|[M:3/4]B", [0, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
        ("A|(3:2:3B", [0, 1, 1, 1, 1, 1, 1, 1, 1]),
    ],
)
def test_bars_are_counted_from_the_section_s_start(music: str, numbers: list[int]) -> None:
    assert bars(music) == numbers


def test_the_bar_number_stops_at_its_maximum() -> None:
    assert bars("A|" * 50)[-1] == BARS - 1


@given(TEXT, TEXT)
def test_reading_in_two_pieces_gives_the_same_phases(first: str, second: str) -> None:
    middle = phases(first)[-1:]
    rest = BEARINGS.phases(torch.tensor([VOCABULARY.encode(second)]).long().view(1, -1), middle)[0]
    assert torch.equal(torch.cat([phases(first)[:-1], rest]), phases(first + second))


@given(TEXT)
def test_each_character_has_its_own_symbol_and_interval(text: str) -> None:
    found = places("\n" + text)
    for readings in (found.symbol_of_next, found.interval_of_next):
        assert len(set(readings[0, -1].tolist())) == len(VOCABULARY)
    values = torch.randn(1, len(text) + 1, BEARINGS.symbols)
    last = values[0, -1][found.symbol_of_next[0, -1]]
    torch.testing.assert_close(found.from_symbols(values)[0, -1], last)


def test_intervals_count_steps_from_the_last_letter() -> None:
    assert intervals("K:D\nA2dc|[K:A]A")[-10:] == [None, 3, -1, None, None, None, None, -2, None, -2]
    assert intervals("R:a b c\nK:D\nA") == [None] * 13


def test_hints_give_tonic_bar_and_bar_position() -> None:
    hints = places("M:3/4\nL:1/4\nK:D\nA|B2c|").hints
    assert hints["tonic"][0, -1] == "CDEFGAB".index("D")
    assert hints["bar"][0, -6:].tolist() == [0, 1, 1, 1, 1, 2]
    assert hints["filled"][0, -6:].tolist() == [8, 0, 8, 16, 24, 0]
    assert hints["missing"][0, -6:].tolist() == [16, 24, 16, 8, 0, 24]


def test_without_degrees_characters_are_themselves() -> None:
    plain = Bearings(VOCABULARY, degrees=False)
    ids = torch.arange(len(VOCABULARY))
    assert torch.equal(plain.symbol_of, ids.repeat(len(plain.symbol_of), 1))
    assert plain.symbols == len(VOCABULARY)
