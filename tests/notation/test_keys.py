"""Key signatures, compared with the circle of fifths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.notation.keys import MODE_FIFTHS, Key, parse_key, tonic_at, tonic_fifths
from tests.support.tunes import ANY_TEXT, pitches

# A table out of a music theory book: sharps (flats negative) of each signature's major key.
SHARPS = {
    "Cb": -7, "Gb": -6, "Db": -5, "Ab": -4, "Eb": -3, "Bb": -2, "F": -1,
    "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F#": 6, "C#": 7,
}  # fmt: skip


@pytest.mark.parametrize(("tonic", "sharps"), SHARPS.items())
def test_major_keys_have_the_signatures_of_the_book(tonic: str, sharps: int) -> None:
    assert parse_key(tonic).fifths == sharps


@pytest.mark.parametrize(
    "text", ["C", "G mix", "D dor", "A m", "Am", "A minor", "A AEOLIAN", "E phr", "F lydian", "B loc", "C ionian"]
)
def test_white_key_modes_have_no_accidentals(text: str) -> None:
    key = parse_key(text)
    assert key.fifths == 0
    assert [key.alteration(letter) for letter in "ABCDEFG"] == [0] * 7


def test_sharps_and_flats_enter_in_their_order() -> None:
    assert [letter for letter in "FCGDAEB" if parse_key("A").alteration(letter) == 1] == ["F", "C", "G"]
    assert [letter for letter in "BEADGCF" if parse_key("Eb").alteration(letter) == -1] == ["B", "E", "A"]


@pytest.mark.parametrize(
    ("text", "explicit"),
    [
        ("D Phr ^f", (("F", 1),)),
        ("D ^g_b", (("G", 1), ("B", -1))),
        ("D=c", (("C", 0),)),
        ("C __b ^^f", (("B", -2), ("F", 2))),
        ("C ^f ^f _f", (("F", 1),)),
        ("G clef=bass middle=d", ()),
    ],
)
def test_accidentals_after_the_mode_belong_to_the_key(text: str, explicit: tuple[tuple[str, int], ...]) -> None:
    assert parse_key(text).explicit == explicit


@pytest.mark.parametrize("text", ["D exp _b _e ^f", "Dexp_b_e^f", "D EXP _b _e ^f"])
def test_exp_leaves_only_what_is_written_out(text: str) -> None:
    key = parse_key(text)
    assert {letter: key.alteration(letter) for letter in "ABCDEFG"} == {
        "A": 0, "B": -1, "C": 0, "D": 0, "E": -1, "F": 1, "G": 0,
    }  # fmt: skip
    assert (key.tonic, str(key)) == ("D", "D exp _b _e ^f")


def test_exp_needs_no_tonic() -> None:
    assert parse_key("exp ^f").alteration("F") == 1
    assert parse_key("exp ^f").tonic == ""


@pytest.mark.parametrize("text", ["C ^F _B", "C ^f _b", "Dphr ^f", "D exp ^F _b", "none ^F", "G =F __b ^^c"])
def test_explicit_accidentals_are_written_back_as_typed(text: str) -> None:
    assert str(parse_key(text)) == text


def test_explicit_accidentals_hold_in_all_octaves() -> None:
    assert pitches("F f F, B, b'", key="C ^F _B") == [66, 78, 54, 58, 94]


@pytest.mark.parametrize("text", ["HP", "Hp"])
def test_pipe_keys_sharpen_only_c_and_f(text: str) -> None:
    assert [letter for letter in "ABCDEFG" if parse_key(text).alteration(letter)] == ["C", "F"]


@pytest.mark.parametrize("text", ["", "none", "clef=bass", "treble"])
def test_no_key_is_a_key_without_tonic(text: str) -> None:
    assert (parse_key(text).special, parse_key(text).fifths) == ("none", 0)


@pytest.mark.parametrize("text", ["G treble", "G clef=treble", "Gmaj octave=-1", "G staff=2"])
def test_clefs_and_other_properties_are_passed_over(text: str) -> None:
    assert parse_key(text) == Key("G")


@pytest.mark.parametrize(
    ("text", "said"), [("H", "letter from A to G"), ("Gfoo", "mode 'foo'"), ("G#", "8 sharps or flats")]
)
def test_a_key_that_does_not_exist_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_key(text)


@given(st.sampled_from("ABCDEFG"), st.sampled_from(["", "#", "b"]), st.sampled_from(sorted(MODE_FIFTHS)))
def test_a_key_survives_being_written(letter: str, sign: str, mode: str) -> None:
    try:
        key = parse_key(letter + sign + mode)
    except ValueError:  # more than seven sharps
        return
    assert parse_key(str(key)) == key


@given(st.integers(-8, 12))
def test_tonic_names_and_fifths_convert_both_ways(fifths: int) -> None:
    assert tonic_fifths(tonic_at(fifths)) == fifths


@given(ANY_TEXT)
def test_any_text_gives_a_key_or_value_error(text: str) -> None:
    try:
        key = parse_key(text)
    except ValueError:
        return
    assert all(-2 <= key.alteration(letter) <= 2 for letter in "ABCDEFG")
    assert len(key.explicit) <= 7
