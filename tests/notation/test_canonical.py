"""The model's spelling: one for each tune, and it sounds as the tune does."""

from collections.abc import Iterator

import pytest
from hypothesis import assume, given

from charrnn.corpus.sources import read_tunes
from charrnn.notation.reading.parser import parse
from charrnn.notation.writing.canonical import canonical_header, canonical_prefix, canonical_rhythm
from charrnn.notation.writing.writer import canonical
from tests.fuzz.targets import plain
from tests.support.tunes import ANY_TEXT, KEYS, MUSIC, abc, sounding


def music(text: str) -> str:
    return canonical(parse(abc(text))).splitlines()[-1]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("A B  c\td|", "ABcd|]"),
        ("ABcd", "ABcd|]"),
        ("|ABcd|", "ABcd|]"),
        ("[|ABcd||", "ABcd|]"),
        ("A1 B2/1 c/2 d1/2 e4/2 f//|", "AB2c/d/e2f/4|]"),
        ("x2 z1 Z1 Z4 Z12|", "z2zZZ4Z12|]"),
        ('"Am"A {gf}B ~c .d !trill!e (fg)|', "ABcdefg|]"),
        ("[CE]2 [C2E2]A3/B/|", "[CE]2[CE]2A>B|]"),
        ("A>B c << d (3efg a-a|", "A>Bc<<d(3efga-a|]"),
        ("A|\n|:B:|", "A|:B:|"),
        ("A:|\n|:B:|", "|:A::B:|"),
        ("A:|B:|", "|:A::B:|"),
        ("|:A|:B:|", "|:A::B:|"),
        ("|:A|1B:|2C:|", "|:A|1B:|2C|]"),
        ("|:A|[1B:|[2C|]D|", "|:A|1B:|2C||D|]"),
        ("|:A::[1B:|[2C|]", "|:A::[1B:|2C|]"),
        ("A[K: D maj][M:C][L:1/16][Q:1/4=80]B|\nK:Em\nC|", "A[K:D][M:4/4][L:1/16]B|[K:Em]C|]"),
        ("A|% the end\nw:la\nB|", "A|B|]"),
        ("A|[r:here]|:B:|\nw:la", "A|:B:|"),
        ("|A:|", "|:A:|"),
        ("::[Q:1/4=90]:|A", "|:A|]"),
        ("(3:2:3:|", "|:(3:2:3:|"),
    ],
)
def test_music_has_one_spelling(written: str, expected: str) -> None:
    assert music(written) == expected


def test_the_header_has_four_lines_in_one_order() -> None:
    text = "X:3\nT:Title\nC:Composer\nR:Slip-Jig\nK:C\n"
    assert canonical_header(parse(text)) == "M:4/4\nL:1/8\nR:slip jig\nK:C\n"
    assert canonical_header(parse("K:A dorian\nL:1/4")) == "M:4/4\nL:1/8\nK:Ador\n"


def test_a_rhythm_is_lower_case_words() -> None:
    assert [canonical_rhythm(text) for text in ("Reel", " Slip  Jig", "SLIPJIG", "hop-jig", "24", "")] == [
        "reel", "slip jig", "slip jig", "hop jig", "", "",
    ]  # fmt: skip


def test_an_unfinished_canonical_tune_gets_no_end() -> None:
    assert canonical_prefix("K:D\n|: A B * c0 ^^^d e'''''''' | F") == "|:AB|F"
    assert canonical_prefix("") == ""
    assert canonical_prefix("X|X1|X9|Z4 A") == "Z|Z|Z9|Z4A"


@given(ANY_TEXT)
def test_any_text_has_a_single_line_canonical_prefix(text: str) -> None:
    assert "\n" not in canonical_prefix(text)


@given(MUSIC, KEYS)
def test_canonical_form_is_idempotent_and_keeps_the_sound(written: str, key: str) -> None:
    tune = parse(abc(written, key))
    assume(not tune.problems)
    once = canonical(tune)
    assert canonical(parse(once)) == once
    assert sounding(parse(once)) == sounding(tune)


def samples() -> Iterator[str]:
    for number, raw in enumerate(read_tunes(("airdsAirs", "oneills1850"))):
        if number % 50 == 0 and "{" not in raw.text and not parse(raw.text).problems:
            yield raw.text


def test_training_tunes_sound_the_same_in_canonical_form() -> None:
    texts = list(samples())
    assert len(texts) > 20
    for text in texts:
        once = canonical(parse(text))
        assert canonical(parse(once)) == once
        assert sounding(parse(once)) == sounding(plain(parse(text)))  # without its jumps
