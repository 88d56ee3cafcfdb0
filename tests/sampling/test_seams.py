"""Where the person's text ends and the model's begins: nothing is lost, and what follows is right."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.evaluation.awkward import AWKWARD_SEEDS
from charrnn.notation.order.repeats import play_order
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Note, Rest
from charrnn.notation.writing.canonical import canonical_prefix
from charrnn.render.problems import problems
from charrnn.sampling.compose import Composition, compose
from charrnn.sampling.options import Request
from charrnn.sampling.start.seam import Seam, seam
from tests.support.tiny import tiny_checkpoint
from tests.support.tunes import ANY_TEXT

CHECKPOINT = tiny_checkpoint()
HEADER = "M:4/4\nL:1/8\nR:reel\nK:C\n"


def composed(seed_text: str, **options: Any) -> Composition:
    return compose(CHECKPOINT, Request.checked(seed_text, **{"length": 30, "seed": 3, **options}))


def problems_behind_the_seed(tune: Composition) -> list[str]:
    mine = set(map(str, tune.problems_of_seed))
    return [str(problem) for problem in problems(tune.tune) if str(problem) not in mine]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", Seam("", is_closed=False)),
        ("ABc", Seam("", is_closed=False)),
        ("ABc2", Seam("", is_closed=False)),
        ("|:A|", Seam("", is_closed=False)),
        ("(3AB", Seam("", is_closed=False)),
        ("[CE", Seam("", is_closed=False)),
        ("A1", Seam(" ", is_closed=True)),  # the model reads A, and might make A12 of it
        ("A2/4", Seam(" ", is_closed=True)),
        ('A "Am"', Seam(" ", is_closed=True)),
        ("A ~", Seam(" ", is_closed=True)),
        ("A .", Seam(" ", is_closed=True)),
        ("A {gf", Seam("}", is_closed=True, has_graces=True)),
        ("A {gf}", Seam(" ", is_closed=True, has_graces=True)),
        ("A {gf}[K:D]", Seam("", is_closed=False, has_graces=True)),
        ("A {gf % and so on", Seam("\n}", is_closed=True, has_graces=True)),
        ("A {gf} % and so on", Seam("\n", is_closed=True, has_graces=True)),
        ('{"', Seam("\n}", is_closed=True, has_graces=True)),
        ("A {gf} ^", Seam("\n", is_closed=True, unfinished="^", has_graces=True)),
        ("A % and so on", Seam("\n", is_closed=True)),
        ('A "Am', Seam("\n", is_closed=True)),
        ("A|\nw:la", Seam("\n", is_closed=True)),
        ("A|\nK:D", Seam("\n", is_closed=True)),
        ("AB^", Seam("\n", is_closed=True, unfinished="^")),
        ("AB|[K:D", Seam("\n", is_closed=True, unfinished="[K:D")),
    ],
)
def test_the_last_symbol_decides_the_seed_boundary(typed: str, expected: Seam) -> None:
    assert seam(typed, canonical_prefix(typed)) == expected


@pytest.mark.parametrize("seed_text", AWKWARD_SEEDS.values(), ids=AWKWARD_SEEDS)
@pytest.mark.parametrize("form", [{}, {"bars": 2, "parts": "AABB"}], ids=["free", "AABB"])
def test_an_awkward_seed_is_continued_correctly(seed_text: str, form: dict[str, Any]) -> None:
    tune = composed(seed_text, **form)
    assert problems(tune.tune) == []
    assert tune.ended


def test_a_trailing_sharp_belongs_to_the_next_note() -> None:
    tune = composed(HEADER + "ABcd ^").tune
    assert [note.pitches[0].accidental for note in tune.elements if isinstance(note, Note)][4] == 1


@pytest.mark.parametrize("graces", ["{cd", "{cd}", "{cd} !f!", "{cd}[K:D]", "{cd % to be closed", "{cd} % and closed"])
@pytest.mark.parametrize("seed", range(2))
def test_trailing_graces_get_their_note(graces: str, seed: int) -> None:
    tune = composed(f"{HEADER}A2 {graces}", seed=seed)
    assert tune.music[0] in "ABCDEFGabcdefg^_=["
    assert problems(tune.tune) == []


def test_a_key_that_the_seed_begins_is_finished() -> None:
    abc = composed(HEADER + "c8|[K:D").abc
    assert "c8|[K:D" in abc
    assert parse(abc).problems == ()


def test_a_typed_length_of_one_is_not_extended() -> None:
    assert composed(HEADER + "A1").tune.notes[0].duration == parse(HEADER + "A|").notes[0].duration


def test_wrong_seed_bars_are_kept_and_reported() -> None:
    tune = composed(HEADER + "ABcd|efg|ABcd")
    assert "ABcd|efg|ABcd" in tune.abc
    assert [str(problem) for problem in tune.problems_of_seed] == [
        "line 7, column 6: this bar holds 3/8 of a whole note, the meter asks for 1"
    ]
    assert problems_behind_the_seed(tune) == []


def test_a_repeating_form_opens_the_seeds_repeat() -> None:
    assert composed(HEADER + "ABcd efga|", bars=4, parts="AABB").seed_music == "|:ABcd efga|"
    assert composed(HEADER + "|:ABcd efga|", bars=4, parts="AABB").seed_music == "|:ABcd efga|"
    assert composed(HEADER + "ABcd efga|", bars=4, parts="AB").seed_music == "ABcd efga|"


@pytest.mark.parametrize("seed_text", ["M:none\nL:1/8\nK:C\nAB", HEADER + "|:A8|B8:|C8||D8||E8|F"])
def test_a_form_that_does_not_fit_is_dropped(seed_text: str) -> None:
    tune = composed(seed_text, bars=2, parts="AABB")
    assert not tune.keeps_form
    assert tune.ended
    assert len(tune.music) <= 30


@pytest.mark.parametrize("end", [":|", ":|\n", "::", ":|\n|:", ":| A4", ":|A8|"])
def test_a_typed_first_part_gets_a_repeated_second(end: str) -> None:
    composition = composed(f"{HEADER}|:A8|B8|c8|d8{end}", bars=4, parts="AABB")
    tune = composition.tune
    played = (tune.elements[index] for index in play_order(tune.elements))
    assert composition.keeps_form
    assert sum(element.duration for element in played if isinstance(element, Note | Rest)) == 4 * len("AABB")
    assert problems(tune) == []


@pytest.mark.parametrize(
    "seed_text", ["|:A|[M:2/4]", "|:A|[M:2/4]ABcd|", "|:A8|[M:3/4]ABcdef|", "|:A|[M:none]", "[M:none]"]
)
@pytest.mark.parametrize("form", [{}, {"bars": 4, "parts": "AABB"}, {"bars": 1, "parts": "A"}])
def test_a_tune_ends_in_any_seed_meter(seed_text: str, form: dict[str, Any]) -> None:
    tune = composed(HEADER + seed_text, **form)
    assert tune.ended
    assert problems(tune.tune) == []


def test_a_form_that_fits_the_seed_is_kept() -> None:
    assert composed(HEADER + "|:A8|", bars=2, parts="AABB").keeps_form
    assert composed(HEADER + "|:A8|").keeps_form


def test_the_longest_seed_allows_the_longest_tune() -> None:
    tune = composed("Q:1/4=90\nR:reel\nM:4/4\nL:1/8\nK:C\n" + "A\n" * 95, length=limits.MAX_LENGTH, grammar=False)
    assert tune.abc.count("\n") <= limits.MAX_ABC_LINES
    assert len(tune.tune.notes) > 95


def test_a_too_short_length_is_exceeded_minimally() -> None:
    tune = composed(HEADER + "|:A|B8|", length=1)
    assert tune.music in {f"{letter}7:|" for letter in "ABCDEFGabcdefgz"}


@pytest.mark.parametrize("seed_text", ["X:1\nK:D\n\nDFA|", "X:1\nK:D\nDFA|\n\nA text", "X:1\nK:D\nD|\n\nX:2\nK:G\nG|"])
def test_seed_text_after_the_tune_is_refused(seed_text: str) -> None:
    with pytest.raises(OptionError, match=r"the tune ends at its first empty line; line \d is no longer part of it"):
        composed(seed_text)


def test_an_unnumbered_seed_may_hold_empty_lines() -> None:
    tune = composed("M:3/4\nL:1/4\nK:D\n\nDFA|\n\ndAF|")
    assert tune.seed_music == "DFA|\ndAF|"
    assert len(tune.tune.notes) > 6


@pytest.mark.parametrize("text", ["M:4/4\nL:1/7\nK:C\nAB", "L:3/8\n", HEADER + "A8|[L:17/30]A"])
def test_an_unusable_unit_length_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="The unit length L: of a seed must be 1, 1/2, 1/4, 1/8 and so on, not "):
        composed(text)


@pytest.mark.parametrize("music", ["AB&", "AB & cd|", "V:1\nAB|\nV:2\n", "V:1\nAB|\nV:2\ncd"])
def test_a_seed_of_several_voices_is_refused(music: str) -> None:
    with pytest.raises(OptionError, match="A seed must have one voice"):
        composed(HEADER + music)


def test_a_seed_with_a_larger_tuplet_is_refused() -> None:
    with pytest.raises(OptionError, match=r"A tuplet of a seed must have 2 to 9 notes, not 11\."):
        composed("M:4/4\nL:1/8\nK:C\n(11:8CDE")


@given(text=ANY_TEXT, seed=st.integers(0, 10**6))
def test_any_seed_is_kept_and_continued_correctly(text: str, seed: int) -> None:
    try:
        request = Request.checked(HEADER + text, 1.0, 40, seed)
        tune = compose(CHECKPOINT, request)
    except OptionError:
        return
    assert tune.ended
    assert tune.seed_music in tune.abc
    assert problems_behind_the_seed(tune) == []
    assert canonical_prefix(tune.abc).endswith(tune.music)
