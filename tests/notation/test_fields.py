"""Values of information fields: what is read, and what is refused before it becomes a number."""

from fractions import Fraction

import pytest
from hypothesis import given

from charrnn.notation.fields import (
    default_unit,
    parse_fraction,
    parse_meter,
    parse_tempo,
    parse_unit,
    quarters_per_minute,
    small_number,
)
from charrnn.notation.tune import Meter, Tempo
from tests.support.tunes import ANY_TEXT

EIGHTH = Fraction(1, 8)


def test_a_number_has_at_most_four_digits() -> None:
    assert small_number("0999") == 999
    with pytest.raises(ValueError, match="at most 4 digits, this one has 5"):
        small_number("10000")


@pytest.mark.parametrize(
    ("text", "numerator", "denominator"),
    [
        ("6/8", 6, 8),
        (" 3 / 4 ", 3, 4),
        ("C", 4, 4),
        ("C|", 2, 2),
        ("2+3/8", 5, 8),
        ("(2+3+2)/8", 7, 8),
        ("none", 0, 1),
        ("", 0, 1),
    ],
)
def test_a_meter_is_read(text: str, numerator: int, denominator: int) -> None:
    assert parse_meter(text) == Meter(numerator, denominator)


@pytest.mark.parametrize(
    "text",
    [
        "4/0",
        "0/4",
        "33/4",
        "4/3",
        "999999999/1",
        "9" * 5_000 + "/4",
        "4/" + "9" * 5_000,
        "x",
        "4",
        "-4/4",
        "1+/4",
        "\u0664/4",
        "1/4/4",
    ],
)
def test_a_meter_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"meter|digits"):
        parse_meter(text)


def test_a_compound_meter_has_beats_of_three() -> None:
    assert [text for text in ("2/4", "3/4", "3/8", "6/8", "9/8", "12/8", "6/4") if parse_meter(text).compound] == [
        "6/8",
        "9/8",
        "12/8",
    ]


@pytest.mark.parametrize(
    ("text", "unit"), [("1/8", EIGHTH), ("1", Fraction(1)), ("1/64", Fraction(1, 64)), (" 1 / 4 ", Fraction(1, 4))]
)
def test_a_unit_length_is_read(text: str, unit: Fraction) -> None:
    assert parse_unit(text) == unit


@pytest.mark.parametrize("text", ["1/0", "0/8", "1/65", "3/2", "2", "", "1/" + "8" * 5_000, "1.5", "1/8/8"])
def test_a_unit_length_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"fraction|zero|outside|digits"):
        parse_unit(text)


@pytest.mark.parametrize(
    ("meter", "unit"),
    [("2/4", "1/16"), ("3/4", "1/8"), ("6/8", "1/8"), ("5/8", "1/16"), ("4/4", "1/8"), ("none", "1/8")],
)
def test_the_meter_gives_the_default_unit_length(meter: str, unit: str) -> None:
    assert default_unit(parse_meter(meter)) == Fraction(unit)


@pytest.mark.parametrize(
    ("text", "tempo"),
    [
        ("1/4=120", Tempo(Fraction(1, 4), 120)),
        ('3/8 = 100 "lively"', Tempo(Fraction(3, 8), 100)),
        ('"Allegro" 1/4=120', Tempo(Fraction(1, 4), 120)),
        ("240", Tempo(EIGHTH, 240)),
        ("C=240", Tempo(EIGHTH, 240)),
        ("C3=80", Tempo(3 * EIGHTH, 80)),
        ("1/4 3/8 1/4 3/8=40", Tempo(Fraction(5, 4), 40)),
    ],
)
def test_a_tempo_is_read(text: str, tempo: Tempo) -> None:
    assert parse_tempo(text, EIGHTH) == tempo


@pytest.mark.parametrize(
    "text",
    ["0", "99999999", "1/4=0", "1/4=401", "1/4=19", "0/4=100", "1/4=", "fast", "1/4=120.5", "-120", "1/97 1/89=99"],
)
def test_a_tempo_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"tempo|digits|zero"):
        parse_tempo(text, EIGHTH)


@given(ANY_TEXT)
def test_any_text_gives_a_valid_value_or_error(text: str) -> None:
    for read in (parse_fraction, parse_meter, parse_unit, lambda words: parse_tempo(words, EIGHTH)):
        try:
            value = read(text)
        except ValueError:
            continue
        if isinstance(value, Tempo):
            assert 20 <= quarters_per_minute(value) <= 400
        elif isinstance(value, Meter):
            assert value.bar is None or 0 < value.bar <= 32
        else:
            assert value > 0
