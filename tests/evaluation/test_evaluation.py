"""The measurements: what they count, on tunes whose answer is known."""

from fractions import Fraction
from pathlib import Path

import pytest

from charrnn.errors import EvaluationError
from charrnn.evaluation import abc2midi
from charrnn.evaluation.abc2midi import Sounding, ask, difference, our_notes
from charrnn.evaluation.agreement import compare_corpus
from charrnn.evaluation.paths import BAR_LINE, CHORD, TIE, paths_of
from charrnn.notation.reading.parser import parse
from tests.support.tiny import JIG

needs_abc2midi = pytest.mark.skipif(not abc2midi.is_available(), reason="abc2midi (package abcmidi) is not installed")

SCALE: tuple[Sounding, ...] = tuple((Fraction(place), Fraction(1), 60 + place) for place in range(4))


def test_readings_that_differ_by_rounding_are_equal() -> None:
    tick = Fraction(1, 480)
    rounded = tuple((onset + tick, duration - tick, pitch) for onset, duration, pitch in SCALE)
    assert difference(SCALE, rounded) == ""


@pytest.mark.parametrize(
    ("theirs", "name"),
    [
        (None, "no file"),
        (SCALE[:3], "number of notes"),
        ((*SCALE[:3], (Fraction(3), Fraction(1), 70)), "pitch"),
        ((*SCALE[:3], (Fraction(13, 4), Fraction(1), 63)), "onset"),
        ((*SCALE[:3], (Fraction(3), Fraction(5, 4), 63)), "duration"),
    ],
)
def test_the_first_difference_of_two_readings_is_named(theirs: tuple[Sounding, ...] | None, name: str) -> None:
    assert difference(SCALE, theirs) == name


@needs_abc2midi
def test_abc2midi_accepts_and_plays_a_right_tune_alike() -> None:
    opinion = ask(JIG)
    assert opinion.converts
    assert opinion.is_bar_clean
    assert difference(our_notes(parse(JIG)), opinion.notes) == ""


@needs_abc2midi
def test_abc2midi_finds_a_short_bar_not_clean() -> None:
    opinion = ask(JIG.replace("BGB AFD|", "BGB AF|"))
    assert opinion.converts
    assert not opinion.is_bar_clean


@needs_abc2midi
def test_notes_off_the_keyboard_fail_the_conversion() -> None:
    high = "c" + "'" * 12
    assert not ask(f"X:1\nM:4/4\nL:1/4\nK:C\n{high}CCC|]\n").converts


@needs_abc2midi
def test_chord_symbols_are_not_played() -> None:
    abc = 'X:1\nM:4/4\nL:1/4\nK:C\n"C"CEGc|"G7"BdgB|]\n'
    assert difference(our_notes(parse(abc)), ask(abc).notes) == ""


@needs_abc2midi
def test_a_corpus_is_compared_tune_by_tune(tmp_path: Path) -> None:
    (tmp_path / "book.abc").write_text(
        f"{JIG}\nX:2\nT:Fives\nM:3/4\nL:1/8\nK:C\n(5cdefg c2d2|c6|]\n\nX:3\nK:C\nA 5 B|\n"
    )
    agreement = compare_corpus(lambda tunes, _: tunes, (str(tmp_path / "book.abc"),))
    assert (agreement.differences[""], agreement.unreadable) == (1, 1)
    assert "Fives (book.abc)" in agreement.report()


def test_bars_outside_the_grammar_are_counted_by_reason() -> None:
    header = "M:2/4\nL:1/4\nK:C\n"
    good = ("good", header, "|:A|[Bc]z|1(3A/B/c/:|2A|]")
    slur = ("slur", header, "A2|B-c|d2|]")
    chord = ("chord", header, "[A2c]|[Ac]-[Ac]|]")
    pick_up = ("pick-up", header, "|:A|B2|c2:|")
    paths = paths_of([good, slur, chord, pick_up])
    assert (paths.tunes, paths.whole, paths.bars) == (4, 1, 12)
    assert paths.refused == {TIE: 1, CHORD: 2, BAR_LINE: 1}
    assert paths.refused_bars == 3
    assert paths.examples[TIE] == ["A2|B- -> c|d (slur)"]
    assert "9 of 12 right bars, and 1 of 4 whole tunes" in paths.report()


def test_without_abc2midi_the_measurement_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(
        EvaluationError, match="abc2midi is not installed; on Debian and Ubuntu it is in the package abcmidi"
    ):
        ask(JIG)
