"""The key and the bar are followed through any text, in pieces or at once."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from charrnn.model.bearings import BARS, Bearings
from charrnn.model.vocabulary import ALPHABET, Vocabulary

VOCABULARY = Vocabulary.of(ALPHABET)
BEARINGS = Bearings(VOCABULARY)
START = torch.tensor([Bearings.START])
TEXT = st.text(alphabet=list(ALPHABET), max_size=40)


def phases(text: str) -> torch.Tensor:
    return BEARINGS.follow(torch.tensor([VOCABULARY.encode(text)]).view(1, -1), START)[0]


def symbols(text: str) -> list[int]:
    """Degrees as numbers from the tonic; other characters are below -6."""
    ids = torch.tensor(VOCABULARY.encode(text))
    found = BEARINGS.to_symbols(ids, phases(text)[:-1]) - len(VOCABULARY) - 6
    return [int(symbol) for symbol in found]


def bars(text: str) -> list[int]:
    head = "\nM:4/4\nL:1/8\nK:G\n"
    return Bearings.bars(phases(head + text)).tolist()[len(head) + 1 :]


@pytest.mark.parametrize(
    ("key", "music", "degrees"),
    [("D", "Ddfa", [0, 7, 9, 11]), ("G", "Ddg", [-3, 4, 7]), ("C", "CB", [0, 6]), ("Bm", "CBb", [-6, 0, 7])],
)
def test_letters_are_read_as_steps_from_the_tonic(key: str, music: str, degrees: list[int]) -> None:
    assert symbols(f"\nM:6/8\nR:jig\nK:{key}\n{music}")[-len(music) :] == degrees


def test_the_tonic_in_the_header_and_what_stands_before_it_are_only_characters() -> None:
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


def test_many_bars_count_as_the_last_one_that_is_told_apart() -> None:
    assert bars("A|" * 50)[-1] == BARS - 1


@given(TEXT, TEXT)
def test_reading_in_two_pieces_gives_the_same_phases(first: str, second: str) -> None:
    middle = phases(first)[-1:]
    rest = BEARINGS.follow(torch.tensor([VOCABULARY.encode(second)]).long().view(1, -1), middle)[0]
    assert torch.equal(torch.cat([phases(first)[:-1], rest]), phases(first + second))


@given(TEXT)
def test_in_every_phase_each_character_has_a_symbol_of_its_own(text: str) -> None:
    every = torch.arange(len(VOCABULARY))
    found = BEARINGS.to_symbols(every, phases(text)[-1].expand(len(VOCABULARY)))
    assert len(set(found.tolist())) == len(VOCABULARY)
    logits = torch.randn(BEARINGS.symbols)
    torch.testing.assert_close(BEARINGS.to_characters(logits, phases(text)[-1]), logits[found])


def test_without_degrees_characters_are_themselves() -> None:
    plain = Bearings(VOCABULARY, degrees=False)
    ids = torch.arange(len(VOCABULARY))
    assert torch.equal(plain.to_symbols(ids, torch.full_like(ids, 3)), ids)
    assert plain.symbols == len(VOCABULARY)
