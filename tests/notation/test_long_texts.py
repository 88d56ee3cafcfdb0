"""Texts that were made to take long: what they cost, and that they hold up nobody else."""

import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from benchmarks.long_texts import KINDS, text_of
from charrnn import limits
from charrnn.errors import RenderError
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import BarLine, Note
from charrnn.notation.writing.excerpt import excerpt, signs
from charrnn.render.score import engraving
from charrnn.render.score.drawing import TOO_LONG, Engravers, Sheet, draw_here
from charrnn.ui.answers.value import done
from tests.fuzz import slowest as slowest_text
from tests.support.tiny import JIG
from tests.support.tunes import tune_of

NOT_SLOWER = 1.5  # times the growth of the text; what grows with the square is at 4


def calls_in(work: Callable[[], object]) -> int:
    """How many functions are called: a measure of work that a busy machine does not change. Seconds are measured by
    ``python -m benchmarks.long_texts``."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.fixture(autouse=True)
def no_app_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is served in this process has long scores drawn apart."""
    monkeypatch.setattr(engraving, "_engravers", None)


@pytest.fixture
def engravers():
    made = Engravers(count=1)
    yield made
    made.close()


def sheet_of(text: str, monkeypatch: pytest.MonkeyPatch) -> Sheet:
    """What is to be drawn of a text."""
    sheets: list[Sheet] = []
    with monkeypatch.context() as patch:
        patch.setattr(engraving, "draw_here", lambda sheet: sheets.append(sheet) or ["<svg/>"])
        engraving.engrave(parse(text), 720)
    return sheets[0]


@pytest.mark.parametrize("kind", KINDS)
def test_work_grows_no_faster_than_the_text(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SIGNS", 10**9)
    monkeypatch.setattr(engraving, "draw_here", lambda sheet: ["<svg/>"])

    def work(characters: int) -> int:
        text = text_of(kind, characters)
        return calls_in(lambda: done(text, parse(text)))

    work(200)  # caches are filled
    assert work(800) < NOT_SLOWER * 4 * work(200)


def test_a_group_of_graces_is_cut_short() -> None:
    tune = tune_of("{" + "c" * 4_800 + "}C8|")
    assert len(tune.notes[0].graces) == limits.MAX_GRACES
    assert [remark.message for remark in tune.remarks] == ["more than 16 grace notes before one note are left out"]
    assert len(tune_of("{cdef}" * 9 + "C8|").notes[0].graces) == limits.MAX_GRACES
    assert len(tune_of("{cdefgfed}C8|").notes[0].graces) == 8


def test_signs_and_texts_at_a_note_are_bounded() -> None:
    (note,) = tune_of("." * 100 + '"^hi"' * 100 + "C8|").notes
    assert len(note.decorations) == len(note.texts) == limits.MAX_DECORATIONS


def test_every_kind_of_sign_counts() -> None:
    plain = sum(map(signs, tune_of("C8|").elements))
    for more in ("{cd}C8|", "[CEG]8|", '"Am""^hi"C8|', "!trill!.C8|", "(C4C4)|", "C8||[K:D]", "C8|1", "C8|\nw:la"):
        assert sum(map(signs, tune_of(more).elements)) > plain


def test_a_very_long_tune_is_shown_in_part() -> None:
    text = text_of("chords", 18_000)
    whole, part = parse(text), excerpt(parse(text))
    assert sum(map(signs, part.elements)) <= limits.MAX_SIGNS < sum(map(signs, whole.elements))
    assert part.elements == whole.elements[: len(part.elements)]
    assert isinstance(part.elements[-1], BarLine)
    shown = done(text, whole)
    assert shown["note"] == f"It is very long: only its first {shown['bars']:,} bars are shown and played."
    assert shown["abc"] == text
    jig = parse(JIG)
    assert excerpt(jig) is jig


def test_all_voices_of_an_excerpt_are_as_long() -> None:
    tune = parse("X:1\nL:1/8\nM:4/4\nK:C\nV:1\n" + "CDEF GABc|" * 100 + "\nV:2\n" + "C4 G4|" * 100)
    part = excerpt(tune, 300)

    def length(elements) -> Fraction:
        return sum(one.duration for one in elements if isinstance(one, Note))

    assert length(part.elements) == length(part.voices[0].elements) > 0
    assert sum(map(signs, part.elements)) + sum(map(signs, part.voices[0].elements)) <= 300


def test_a_process_draws_what_this_one_draws(engravers: Engravers, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = sheet_of(JIG, monkeypatch)
    assert engravers.draw(sheet) == draw_here(sheet)


def test_a_drawing_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    short, long = (sheet_of(text, monkeypatch) for text in ("X:1\nK:C\nC|", text_of("ties", 16_000)))
    start, _, measures = long.document.partition("<measure")
    measures, _, end = measures.rpartition("</section>")
    endless = replace(long, document=f"{start}{f'<measure{measures}' * 8}</section>{end}")  # four seconds or more
    hasty = Engravers(count=1, seconds=1.0)
    try:
        with pytest.raises(RenderError, match=TOO_LONG):
            hasty.draw(endless)
        assert hasty.draw(short) == draw_here(short)  # by a new process
    finally:
        hasty.close()


def test_an_engraver_process_reports_an_undrawable_score(engravers: Engravers) -> None:
    with pytest.raises(RenderError, match="the score could not be drawn"):
        engravers.draw(Sheet("no music", 100, 100, 100, "auto", 1, False))


def test_only_long_scores_are_drawn_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    apart: list[Sheet] = []

    class Noted(Engravers):
        def draw(self, sheet: Sheet) -> list[str]:
            apart.append(sheet)
            raise RenderError(TOO_LONG)

    engraving.draw_long_scores_apart(Noted())
    try:
        assert done(JIG, parse(JIG))["picture"]
        assert apart == []
        for text in (text_of("notes", 4_000), text_of("tuplets in one bar", 1_000)):
            shown = done(text, parse(text))
            assert shown["picture"] is None
            assert shown["unseen"] == "The score takes too long to draw; the tune can be heard and kept all the same."
        assert len(apart) == 2
    finally:
        engraving.draw_long_scores_apart(None)


def test_a_busy_server_draws_everything_apart(engravers: Engravers) -> None:
    apart: list[Sheet] = []

    class Noted(Engravers):
        def draw(self, sheet: Sheet) -> list[str]:
            apart.append(sheet)
            return engravers.draw(sheet)

    alone = done(JIG, parse(JIG))
    engraving.draw_long_scores_apart(Noted(), lambda: True)
    try:
        assert done(JIG, parse(JIG)) == alone
        assert len(apart) == 1
    finally:
        engraving.draw_long_scores_apart(None)


@pytest.mark.parametrize("kind", ["graces", "repeats", "endings", "tuplets in one bar"])
def test_text_beyond_the_limits_adds_little_work(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engraving, "draw_here", lambda sheet: ["<svg/>"])
    monkeypatch.setattr(limits, "MAX_SIGNS", limits.MAX_SIGNS // 10)  # the same with less work

    def work(characters: int) -> int:
        text = text_of(kind, characters)
        tune = parse(text)
        return calls_in(lambda: done(text, tune))

    work(200)
    assert work(1_600) < 2 * work(800)


def test_the_search_for_slow_texts_finds_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slowest_text, "KINDS", KINDS[:2])
    monkeypatch.setattr(slowest_text, "_START", 600)
    slowest = slowest_text.search(seed=0, minutes=0)
    assert slowest.keys() == {"work", "held"}
    assert all(seconds > 0 and text for seconds, text in slowest.values())
