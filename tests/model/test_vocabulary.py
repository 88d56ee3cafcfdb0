import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.errors import VocabularyError
from charrnn.model.vocabulary import ALPHABET, START, Vocabulary

VOCABULARY = Vocabulary.of(ALPHABET)


@given(st.text(alphabet=ALPHABET))
def test_decoding_what_was_encoded_gives_the_text_back(text: str) -> None:
    assert VOCABULARY.decode(VOCABULARY.encode(text)) == text


def test_each_index_stands_for_one_character() -> None:
    assert [VOCABULARY.encode(character) for character in VOCABULARY.characters] == [
        [i] for i in range(len(VOCABULARY))
    ]


def test_unknown_characters_are_named_with_their_positions() -> None:
    with pytest.raises(VocabularyError) as caught:
        VOCABULARY.encode("AB🎵c ñ\x00")
    assert str(caught.value) == "These characters are not known to the model: 🎵, ñ, U+0000 (positions 3, 6, 7)."


def test_a_long_list_of_unknown_characters_is_cut() -> None:
    with pytest.raises(VocabularyError, match=r"positions 1, 2, 3, 4, 5, 6, 7, 8, \.\.\.\)"):
        VOCABULARY.encode("ñ" * 1000)


def test_a_character_cannot_have_two_indices() -> None:
    with pytest.raises(VocabularyError, match="each character once"):
        Vocabulary("ABA")


def test_the_start_character_is_known() -> None:
    assert START in VOCABULARY.index_of
