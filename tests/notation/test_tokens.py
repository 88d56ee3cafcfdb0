"""The lexer: what a symbol is, and where it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.notation.tokens import lex, lex_music, normalise_newlines
from tests.support.tunes import ANY_TEXT


def kinds(line: str) -> list[str]:
    return [token.kind for token in lex_music(line)]


def texts(line: str) -> list[str]:
    return [token.text for token in lex_music(line)]


def test_one_note_token_holds_all_its_parts() -> None:
    (note,) = lex_music("^f'3/2")
    assert (note.kind, note.parts) == ("note", {"accidental": "^", "letter": "f", "octave": "'", "length": "3/2"})


@pytest.mark.parametrize("line", ["|", "||", "|]", "[|", "|:", ":|", "::", ":|:", ".|", ":||:", "[|]", "|::", "::|"])
def test_every_standard_bar_line_is_one_token(line: str) -> None:
    assert kinds(line) == ["bar"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("|1A", ["|", "1", "A"]),
        (":|2A", [":|", "2", "A"]),
        ("|[1A", ["|", "[1", "A"]),
        ("::[1A", ["::", "[1", "A"]),
        ("[1,3A", ["[1,3", "A"]),
        ("[1-3A", ["[1-3", "A"]),
        ("|]2A", ["|]", "2", "A"]),
    ],
)
def test_numbers_after_bars_or_brackets_are_endings(line: str, expected: list[str]) -> None:
    assert texts(line) == expected
    assert "ending" in kinds(line)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("[K:D]", "field"),
        ("[CEG]", "chord open"),
        ('"Am"', "annotation"),
        ("!trill!", "decoration"),
        ("!", "line break"),
        ("(3", "tuplet"),
        ("(", "slur"),
        ("{/", "grace open"),
        (">>", "broken"),
        ("Z4", "bar rest"),
        ("\\  ", "continuation"),
        ("\\ % ends here", "continuation"),
        ("% a remark", "comment"),
        ("[K:G", "open field"),
        ("[M:6/", "open field"),
        ("[r:abc", "open field"),
        ("[K:G|", "chord open"),
        ("[K:G[", "chord open"),
        ("[K:[CE]", "chord open"),
        ("[CEG", "chord open"),
        ('"Am', "open annotation"),
        ('"Am|', "unknown"),
        ("^", "open sign"),
        ("__", "open sign"),
        ("^|", "unknown"),
        (":", "open sign"),
        (":A", "unknown"),
        ("+trill+", "decoration"),
        ("+invertedturnx+", "decoration"),
        ("+D.C.+", "decoration"),
        ("+ceg+", "unknown"),
        ("!>(!", "decoration"),
        ("\u266b", "unknown"),
    ],
)
def test_what_looks_alike_is_told_apart(line: str, kind: str) -> None:
    assert kinds(line)[0] == kind


def test_a_note_before_a_repeat_is_no_field() -> None:
    assert [token.kind for token in lex("A:|")] == ["note", "bar", "newline"]
    assert [token.kind for token in lex("K:D")] == ["field line"]


def test_a_field_keeps_its_value_without_the_comment() -> None:
    (field,) = lex("T: The Cat % a jig")
    assert field.parts == {"name": "T", "value": "The Cat"}


def test_an_escaped_percent_sign_starts_no_comment() -> None:
    (field,) = lex(r"T: 100\% \\ % a jig")
    assert field.parts["value"] == r"100\% \\"  # a text still to be read


def test_directives_are_fields_without_their_text_blocks() -> None:
    lines = [
        "%%begintext",
        "ABC",
        "%%endps",
        "T:x",
        "%%endtext",
        "% a remark",
        "A",
        "%%MIDI program 1",
        "%%beginps",
        "B",
    ]
    found = [(token.kind, token.parts.get("value"), token.line) for token in lex("\n".join(lines))]
    assert found == [
        ("field line", "begintext", 1),
        ("note", None, 7),
        ("newline", None, 7),
        ("field line", "MIDI program 1", 8),
        ("field line", "beginps", 9),
    ]


def test_lines_and_columns_count_from_one() -> None:
    places = [(token.text, token.line, token.column) for token in lex("K:C\nA B\n\n C|")]
    assert places == [
        ("K:C", 1, 1), ("A", 2, 1), (" ", 2, 2), ("B", 2, 3), ("\n", 2, 4),
        (" ", 4, 1), ("C", 4, 2), ("|", 4, 3), ("\n", 4, 4),
    ]  # fmt: skip


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
def test_newlines_are_normalised_without_byte_order_marks(newline: str) -> None:
    assert normalise_newlines(f"\ufeffX:1{newline}K:C") == "X:1\nK:C"


@given(ANY_TEXT)
def test_no_character_of_music_is_lost(text: str) -> None:
    line = text.replace("\n", " ")
    assert "".join(texts(line)) == line


@given(st.text(alphabet="^_=", max_size=12), st.sampled_from("aB"))
def test_accidentals_in_any_number_belong_to_their_note(signs: str, letter: str) -> None:
    (note,) = lex_music(signs + letter)
    assert note.parts["accidental"] == signs


# -- text from web pages and word processors


@pytest.mark.parametrize("blank", [*"\u00a0\u2002\u2009\u202f\u3000\u200b\u00ad", "\u00a0 \t"])
def test_unicode_blanks_are_blanks(blank: str) -> None:
    assert kinds(f"AB{blank}cd") == ["note", "note", "blank", "note", "note"]


@pytest.mark.parametrize("symbol", ["\u201cAm\u201d", "\u201eAm\u201c", '\u201cAm"', '"Am"'])
def test_curly_quotes_around_a_chord_are_quotes(symbol: str) -> None:
    assert texts(f"{symbol}A") == ['"Am"', "A"]


def test_curly_quotes_inside_a_text_stay() -> None:
    assert texts('"^the \u201cold\u201d way"A') == ['"^the \u201cold\u201d way"', "A"]


def test_a_curly_apostrophe_raises_a_note() -> None:
    (note,) = lex_music("c\u20192")
    assert (note.text, note.parts["octave"], note.parts["length"]) == ("c'2", "'", "2")


def test_byte_order_marks_of_joined_files_go() -> None:
    assert normalise_newlines("\ufeffX:1\r\n\ufeff\ufeffX:2") == "X:1\nX:2"
