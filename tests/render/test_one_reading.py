"""One reading of a tune: what is performed, drawn, and written to MIDI and MusicXML has the same notes in the same
order."""

from itertools import islice

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from charrnn.corpus.sources import read_tunes
from charrnn.notation.reading.parser import parse
from charrnn.render.playing.performance import perform
from tests.render.test_musicxml import plain
from tests.support.one_reading import (
    assert_agree,
    assert_voices_agree,
    disagreement,
    likely,
    performed,
    texts_of_corpus,
    tunes_in_parts,
)
from tests.support.tunes import JUMPS, KEYS, MUSIC, VOICED_BARS, tune_of


@pytest.mark.parametrize(
    "music",
    [
        "|:D2|G2Bd g4|c6:|\n|:d2|g4 f4|G6:|",
        "A8||B8|c8:|d8|]",
        "|:A8|1,2 B8:|3 c8:|d8|]",
        "AB|:c6 (3def|1 g8:|2 g6||e2|a8-|a4 z4|]",
        "|:A8|:[K:D][M:3/4]F6|(3ABc [CEG]4:|",
        "A8|::c8|d8::|:::e8:::|f8|]",
        "|:A8|1 c8|2 e8|]",
        "|:A8|1G8:|c8|]",
        "|:A8|1G8:|:c8:|",
        "|:A8:|1B8|2c8|]",
        "|::A8|1B8::|2c8|]",
        "|:A8|1,2B8:|3c8|]",
        "|:A8|[Q:1/4=200][M:3/4][K:D]F6|1F6|2[Q:1/4=90]c6|]",
        "|:A8:|2B8|c8|]",
        "|:c4A4|B4^c4-|1c8:|2c4d4|]",
        "|:c4A4|B4^c4-|1c8:|2c4d4:|3c8|]",
        "|:c8|d8-|1d8-:|2d8|]",
        "A8|:A8:|2B8|:C8:|",
        "|:d8|^c8-:|3c8|]",
        "c8-|:c8|d8:|",
        "|:A8|3B8|c8|]",
        "|:A8|2B8:|1C8|]",
        "|:A8|1B8|]c8|:d8:|",
    ],
)
def test_all_forms_of_a_tune_agree(music: str) -> None:
    assert_agree(tune_of(music))


@pytest.mark.parametrize(
    "music",
    [
        "c8|d8!D.C.!|]",
        "c8|d8!dacapo!|e8|]",
        "c8|!fine!d8|e8!D.C.!|]",
        "c8|d6!fine!||e2|!D.C.alfine!f6|]",
        "c8|d8!fine!|e8!D.C.alfine!|]",
        "c8|Sd8|e8!D.S.!|]",
        "c8|!segno!d8|e4!fine!e4|f8!D.S.alfine!|]",
        "c8|d8!coda!|e8!D.C.alcoda!|!coda!f8|g8|]",
        "c8|d8|!dacoda!e8|f8!D.C.alcoda!|Og8|]",
        "c8|d4O d4|e8!D.C.!|Og8|]",
        "c8|d4 e4 !coda!|f8!D.C.alcoda!|!coda!g8|]",
        "c4 !segno!d4|e4!dacoda!e4|f8!D.S.alcoda!|g4 !coda!a4|]",
        "|:c8|d8:|e8!D.C.!|]",
        "|:c8|d8!D.C.!:|",
        "|:c8:||:d8!fine!:|e8!D.C.!|]",
        "c8|d8|!D.C.!\ne8|]",
        "c8!fine!|d8|]",
        "c8-|!segno!c8|d8!D.S.!|]",
        "[Q:1/4=90]c8|!segno!d8|[Q:1/4=120][K:D]f8!D.S.!|]",
    ],
)
def test_all_forms_of_a_tune_with_jumps_agree(music: str) -> None:
    assert_agree(tune_of(music))


@pytest.mark.parametrize(
    "music",
    ["|:c8|1d8:|2e8!fine!|f8!D.C.!|]", "|:c8|1d8:|2e8|f8!D.C.!|]", "|:c8!D.C.!|d8:|", "!segno!c8|Sd8|e8!D.S.!|]"],
)
def test_jumps_over_endings_agree_but_for_music21(music: str) -> None:
    """music21 plays all endings after a jump."""
    assert_agree(tune_of(music), is_read_by_music21=False)


def test_a_tie_over_a_repeat_holds_last_time() -> None:
    """music21 takes it for a tie to the start of the repeat, too."""
    tune = tune_of("|:c8|d4 c4-:|c8|]")
    assert [pitch for _, pitch in performed(tune)] == [72, 74, 72, 72, 74, 72]
    assert_agree(tune, is_read_by_music21=False)


@pytest.mark.parametrize(
    ("order", "music"),
    [
        ("ABBA", "P:A\ncd|\nP:B\nef|]"),
        ("A4.B3", "P:A\ncd|\nP:B\nef|]"),
        ("((AB)3.C)2", "P:A\nc4|\nP:B\nd4|\nP:C\ne4|]"),
        ("BA", "e4|\nP:A\n|:c4|1^f4:|2g4|\nP:B\n[K:D]|:f4:|f4|]"),
        ("ABA", "P:A\n!segno!c4|\nP:B\nd2!fine! f2|!D.S.!e4|]"),
        ("AB", "P:A\n|:c4:|2d4|\nP:B\nc2 [P:C]^d2|d4|]"),
        ("BA", "P:A\n|:c2d2-|1d4:|2d4-|\nP:B\nd4-|"),
    ],
)
def test_all_forms_of_a_tune_in_parts_agree(order: str, music: str) -> None:
    assert_agree(parse(f"P:{order}\nM:4/4\nL:1/4\nK:C\n{music}"))


@given(JUMPS, KEYS)
@settings(max_examples=12, deadline=None)
def test_all_forms_of_any_tune_with_jumps_agree(music: str, key: str) -> None:
    tune = tune_of(music, key=key)
    assume(tune.notes)
    assert_agree(tune)


@given(st.lists(MUSIC, min_size=2, max_size=2), st.sampled_from(["ABA", "A2B", "BA", "(AB)2"]))
@settings(max_examples=6, deadline=None)
def test_all_forms_of_any_tune_in_parts_agree(music: list[str], order: str) -> None:
    text = "\n".join(f"P:{label}\n{part}" for label, part in zip("AB", music, strict=True))
    tune = parse(f"P:{order}\nM:4/4\nL:1/8\nK:C\n{text}")
    assume(tune.notes)
    assert_agree(tune)


# -- several voices


@pytest.mark.parametrize(
    "music",
    [
        "V:1\n|:GABc d4|e8:|\nV:2\n|:C8|D8:|",
        "V:1\n|:GABc d4|e8:|\nV:2\nC8|D8|",
        "V:1\nA2|:GABc d4|1e8:|2f8|]\nV:2\nC2|D8-|D6 E2|F8|",
        "V:1\n|:A8|B8-|1B8:|2B8|]\nV:2\nC8|D8-|D8|D8|]",
        "|:A8 & C8|B8 & ^D8-|1c8 & D8:|2d8 & D8|]",
        "V:1\n|:AB cd & C4:|e4|]",
        "ABcd efga & C8|efga b4|e4f4 & G4 & E8|a8|]",
        "V:1\nA8|Z2|B8|]\nV:2\nZ|A8|B8|Z|]\nV:3\n(3cdecd z4|[K:D]F3 c5|[CE]8|F8|]",
        "V:1\nA4 [K:D]c4|f8|\nV:2\nf8|[K:D]f8|",
        "V:1\n[M:3/4]A6|[M:4/4]B8|\nV:2\n[M:3/4]C6|[M:4/4]D8|",
        "V:1\n^f4 f4|f8|\nV:2\n^c4 c4-|c8|",
        "V:1\nA8|B8|c8|\nV:2\n_A12 A4|A8|",
        "V:1\n|:c8|d8!D.C.!|]\nV:2\n|:E8|F8|]\nV:1\n e8|\nV:2\n G8|",
    ],
)
def test_all_forms_of_a_tune_in_voices_agree(music: str) -> None:
    tune = tune_of(music)
    assert tune.problems == perform(tune).problems == ()
    assert_voices_agree(tune, is_read_by_music21="D.C." not in music)


@pytest.mark.parametrize("order", ["", "P:BAB\n"])
def test_the_first_voices_parts_and_endings_govern_all(order: str) -> None:
    music = "V:1\nP:A\n|:A4|1B4:|2c4|\nP:B\nd4|!fine!e4|f4!D.C.!|]\nV:2\nC4|D4|E4|F4|G4|A4|]"
    tune = parse(f"{order}M:4/4\nL:1/4\nK:C\n{music}")
    assert_voices_agree(tune, is_read_by_music21=bool(order))


def test_a_voice_holding_over_a_jump_is_reported() -> None:
    performance = perform(tune_of("V:1\n|:A8|1B8:|2c8|]\nV:2\nC8|D16|]"))
    assert performance.beside == ()
    assert "V:2 holds a note where the first voice repeats or jumps" in performance.problems[0].message


@given(st.lists(VOICED_BARS, min_size=1, max_size=4), st.sampled_from(["{}|", "|:{}:|", "{}!D.C.!|"]))
@settings(max_examples=12, deadline=None)
def test_all_forms_of_any_voices_agree(pairs: list[tuple[str, str]], form: str) -> None:
    first, second = ("|".join(bars).removesuffix("-") for bars in zip(*pairs, strict=True))
    tune = tune_of(f"V:1\n{form.format(first)}\nV:2\n{second}|\n")
    assume(tune.notes and perform(tune).beside)
    assert_voices_agree(tune, is_read_by_music21="D.C." not in form)


@given(MUSIC, KEYS)
@settings(max_examples=12, deadline=None)
def test_all_forms_of_any_tune_agree(music: str, key: str) -> None:
    tune = tune_of(music, key=key)
    assume(tune.notes)
    assert_agree(plain(tune))


def test_all_forms_of_the_training_music_agree() -> None:
    for raw in islice(read_tunes(), 5, None, 900):
        assert_agree(plain(parse(raw.text)))


def test_parts_jumps_and_voices_of_the_corpus_agree() -> None:
    """A quarter of them; ``python -m tests.support.one_reading`` looks at all, in MusicXML, too."""
    tunes = list(tunes_in_parts(likely(texts_of_corpus())))
    assert len(tunes) > 100
    found = [disagreement(tune, has_musicxml=place % 9 == 0) for place, tune in enumerate(tunes[::4])]
    assert list(filter(None, found)) == []
