"""Text strings: what their escapes stand for, and that they are written back so that they read the same."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.notation.reading.parser import parse
from charrnn.notation.texts import read_text, spell_text, without_comment
from charrnn.notation.writing.writer import readable
from tests.support.tunes import tune_of

TEXTS = st.text(max_size=40) | st.lists(
    st.sampled_from(["\\", "%", "&", "&amp;", "\\'e", "u00e9", "#233;", "A", "c", "AA", "/o", ";", '"', " "])
).map("".join)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\AA ja, Caf\'e", "Å ja, Café"),
        (r"\`a \'e \^i \~n \"o \cc \uA \vS \HO \/O \/o", "à é î ñ ö ç Ă Š Ő Ø ø"),
        (r"\AE\ae \OE\oe \ss \DH\dh \TH\th \aa", "Ææ Œœ ß Ðð Þþ å"),
        ("K&ouml;ln &copy; &amp; &quot;", 'Köln © & "'),
        ("&#233; &#xe9; \\u00e9 \\U0001f3bb", "é é é 🎻"),
        (r"100\% \& \\", r"100% & \\"[:-1]),
        (
            r"\q \'q & &; &nothing; AT&T &amp \u12 \u000a &#0; \ud800",
            r"\q \'q & &; &nothing; AT&T &amp \u12 \u000a &#0; \ud800",
        ),
    ],
)
def test_escapes_are_read(written: str, read: str) -> None:
    assert read_text(written) == read
    assert parse(f"T:{written}\nK:C\n").title == read


@pytest.mark.parametrize(
    ("line", "text"),
    [(r"100\% wool % a jig", r"100\% wool "), (r"a \\% b", "a \\\\"), ("%", ""), ("a", "a"), ("\\", "\\")],
)
def test_comments_begin_at_a_bare_percent_sign(line: str, text: str) -> None:
    assert without_comment(line) == text


@given(TEXTS)
def test_texts_are_written_back_as_they_read(text: str) -> None:
    assert read_text(spell_text(text)) == text
    assert without_comment(spell_text(text)) == spell_text(text)


@given(TEXTS)
def test_titles_and_chord_symbols_read_the_same_again(text: str) -> None:
    line = " ".join(text.split())
    tune = tune_of("A")
    note = replace(tune.notes[0], chord_symbol=line)
    tune = replace(tune, title=line, elements=(note,))
    assert parse(readable(tune)) == tune


@pytest.mark.parametrize("before", ["", "% a remark\n"])
def test_a_title_may_continue_on_the_next_line(before: str) -> None:
    tune = parse(f"T:The long\n{before}+:way home\nR:reel\nK:C\nA")
    assert (tune.title, tune.rhythm) == ("The long way home", "reel")
    assert tune.problems == ()
    assert "T:The long way home\n" in readable(tune)


def test_a_key_may_continue_on_the_next_line() -> None:
    assert parse("K:D\n+:exp _b\nB").key == parse("K:D exp _b\nB").key


def test_escapes_of_a_chord_symbol_are_read() -> None:
    assert parse('K:C\n"&lt;Caf\\\'e"A').notes[0].chord_symbol == "<Café"
