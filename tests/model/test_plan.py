"""The plan: bars of each section, followed through a text and drawn as people's tunes have it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.model.position.clock import Clock
from charrnn.model.position.plan import PlanState, Section, after, alike, fits, follow, plan_of, sections_of
from charrnn.model.position.plans import Plans
from charrnn.model.vocabulary import ALPHABET, Vocabulary

VOCABULARY = Vocabulary.of(ALPHABET)
CLOCK = Clock(VOCABULARY.characters)
HEADER = "M:2/4\nL:1/4\nK:C\n"


@pytest.mark.parametrize(
    ("music", "plan"),
    [
        ("CD|EF|GA|]", (3,)),
        ("CD|EF||GA|Bc|]", (2, 2)),
        ("|:CD|EF:|", (2,)),
        ("|:CD|EF::GA|Bc:|", (2, 2)),
        ("|:CD|EF:||:GA|Bc:|", (2, 2)),
        ("|:CD|EF:|GA|Bc|]", (2, 2)),
        ("|:C|DE|FG|A:||:c|BA|G:|", (3, 2)),  # pick-ups complete the last bars
        ("C|:DE|F:|", (2,)),  # a pick-up before its repeat sign
        ("CD|E|:F|GA|B|]", (2, 2)),  # so does one in a section that is not repeated
        ("|:CD|1EF:|2GA|]", (2,)),  # two endings are the same bar
        ("|:CD|1EF|GA:|2Bc|de||fg|]", (3, 1)),
        ("|:CD|1EF:|2GA:|3Bc|]", (2,)),
        ("CD|EF|]GA|]", (2, 1)),
        ("CD|EF", (2,)),  # a text without a bar line at its end
        ("(3:2:3CDE(3CDE|[M:3/4]CDE|[CE]2[CE]|]", (3,)),  # colons and brackets that are no bar lines
    ],
)
def test_sections_have_their_bars(music: str, plan: tuple[int, ...]) -> None:
    assert plan_of(f"{HEADER}{music}\n", CLOCK)[: len(plan)] == plan


def test_repeated_sections_are_told_from_others() -> None:
    sections = sections_of(f"{HEADER}|:CD|EF::GA:|Bc||de|]\n", CLOCK)
    assert sections == (Section(2, True), Section(1, True), Section(1), Section(1))


def hints(plan: tuple[int, ...] | None, text: str) -> list[tuple[int, int]]:
    found, _ = follow(np.array([VOCABULARY.encode(text)]), CLOCK, [CLOCK.start], [PlanState(plan)])
    return [(left - 1, following - 1) for left, following in found[0].tolist()]


def test_bars_and_sections_are_counted_down() -> None:
    told = hints((2, 1), f"{HEADER}|:CD|EF:|GA|]")[len(HEADER) - 1 :]
    assert told[0] == (2, 1)  # before the first character of the music
    assert told[6] == (1, 1)  # after the first bar's line
    assert told[10] == (1, 0)  # the first note of the last section
    assert told[-1] == (0, -1) or told[-1] == (0, 0)


def test_both_endings_count_from_the_same_bar() -> None:
    music = "|:CD|1EF|GA:|2Bc|de|]"
    told = hints((3,), f"{HEADER}{music}")[len(HEADER) :]
    assert told[music.index("1")] == told[music.index("2")] == (2, 0)
    assert told[music.index("G")] == told[music.index("d")] == (1, 0)


def test_headers_and_unplanned_tunes_get_no_hints() -> None:
    assert set(hints((2, 1), HEADER[:-1])) == {(-1, -1)}
    assert set(hints(None, f"{HEADER}CD|EF|]")) == {(-1, -1)}


@given(st.text(alphabet=list(ALPHABET), max_size=80), st.lists(st.integers(1, 40), max_size=9))
def test_any_text_can_be_followed(text: str, plan: list[int]) -> None:
    for left, following in hints(tuple(plan), text):
        assert -1 <= left <= 32
        assert -1 <= following <= 8


@pytest.mark.parametrize(
    ("music", "possible"),
    [("", True), ("CD|EF|", True), ("CD|EF|GA", True), ("CD|EF|GA|", True), ("CD|EF|GA|Bc", False),
     ("CD|EF||", False), ("CD|EF|GA||Bc", True), ("C|DE|FG|AB", True), ("CD|EF|GA||Bc|de||", False)],
)  # fmt: skip
def test_a_beginning_fits_a_plan_or_not(music: str, possible: bool) -> None:
    assert fits((3, 1), HEADER + music, CLOCK) == possible


TUNES = [
    *(["M:6/8\nL:1/8\nR:jig\nK:D\n|:A3A3|A3A3::d3d3|d3d3:|\n"] * 6),
    *(["M:6/8\nL:1/8\nR:jig\nK:D\n|:A3A3|A3A3|A3A3:|\n"] * 2),
    *(["M:2/4\nL:1/4\nK:D\nCD|]\n"] * 2),
]
PLANS = Plans.of(TUNES, CLOCK)


def test_plan_probabilities_sum_to_one() -> None:
    for header in ("M:6/8\nL:1/8\nR:jig\n", "M:2/4\nL:1/4\n", "M:7/8\nL:1/8\nR:ruchenitsa\n"):
        together = sum(2 ** -PLANS.bits(plan, header) for plan in [(2, 2), (3,), (1,), None])
        assert together == pytest.approx(1)


def test_common_plans_are_drawn_most() -> None:
    random = np.random.default_rng(0)
    drawn = [PLANS.draw("M:6/8\nL:1/8\nR:jig\nK:G\n", random) for _ in range(300)]
    assert 0.55 < drawn.count((2, 2)) / 300 < 0.8
    assert drawn.count((1,)) < 60


def test_only_plans_that_fit_are_drawn() -> None:
    random = np.random.default_rng(0)
    assert {PLANS.draw("M:6/8\n", random, lambda plan: len(plan) == 1) for _ in range(50)} == {(1,), (3,)}
    assert PLANS.draw("M:6/8\n", random, lambda plan: False) is None


def test_counts_survive_being_written_and_read() -> None:
    again = Plans.from_dict(PLANS.as_dict())
    assert again.as_dict() == PLANS.as_dict()
    assert again.bits((2, 2), TUNES[0]) == PLANS.bits((2, 2), TUNES[0])


@given(music=st.text("AB2|:[]1-,", max_size=20), character=st.sampled_from(ALPHABET))
def test_characters_alike_lead_to_one_state(music: str, character: str) -> None:
    node, state = CLOCK.start, PlanState((2, 2))
    for one in f"M:6/8\nL:1/8\nK:D\n{music}":
        node, state = CLOCK.after(node, one), after(state, node.situation, one)
    assert len({after(state, node.situation, other) for other in alike(character)}) == 1


@pytest.mark.parametrize(
    "data", [{"6/8": 3}, {"6/8": {"jig": 2}}, {"6/8": {"jig": {"eight": 1}}}, {"6/8": {"": {"8": "x"}}}]
)
def test_malformed_plan_counts_are_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"counts|int\(\)"):
        Plans.from_dict(data)


def test_a_form_gets_the_headers_people_use() -> None:
    assert PLANS.contexts_of((Section(2, True), Section(2, True))) == {("6/8 1/8", "jig"): 6}
