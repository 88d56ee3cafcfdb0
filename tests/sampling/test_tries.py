"""What a try of a bar is worth: whether it closes its section, and how much it sounds like people's."""

from dataclasses import replace

import pytest

from charrnn.inference.tries import Closing, Taste
from charrnn.model.checkpoint import load_checkpoint
from charrnn.model.likeness.phrases import begin, hear
from charrnn.model.position.plan import PlanState
from charrnn.sampling.compose import compose, compose_all
from charrnn.sampling.options import Request
from charrnn.sampling.tries import tries_for
from charrnn.shipped import SHIPPED

HEADER = "M:6/8\nL:1/8\nR:jig\nK:D\n"
PLAN = (8, 8)
CHECKPOINT = load_checkpoint(SHIPPED / "folk.safetensors")
TWICE = Request.checked(HEADER, seed=7, bars=8, parts="AABB", tries=2)


def indices(music: str) -> list[int]:
    return CHECKPOINT.vocabulary.encode(music)


def taste(prefix: str, closing: Closing | None = None) -> Taste:
    tries = tries_for(CHECKPOINT, HEADER, prefix, PLAN, TWICE, closing)
    assert tries is not None
    return Taste(tries, CHECKPOINT.vocabulary.characters, PLAN)


def worth(music: str, start: int, state: PlanState, closing: Closing | None = None, is_over: bool = False):
    return taste("|:A|", closing).worth(indices(music), start, state, is_over)


def test_a_section_that_is_to_close_has_to():
    closing = Closing("D", frozenset({1}))
    home, away = "dBA AFD|d2d d2", "dBA AFD|d2d e2"
    last = PlanState(PLAN, 1, 8)
    assert worth(home.replace(" ", ""), 0, last, closing).closes
    assert not worth(away.replace(" ", ""), 0, last, closing).closes
    for state, is_over in ((PlanState(PLAN, 1, 4), False), (PlanState(PLAN, 0, 8), False)):
        assert worth(away.replace(" ", ""), 0, state, closing, is_over).closes  # its end, or another section's
    assert not worth(away.replace(" ", ""), 0, PlanState(PLAN, 1, 7), closing, is_over=True).closes
    assert worth(away.replace(" ", ""), 0, last).closes
    assert worth("|", 0, last, closing, is_over=True).closes  # what is left of ":|": the bar before has closed it
    assert not worth("dBAAFD|d2d^d2", 0, last, closing).closes


def test_a_bar_is_heard_after_all_before_it():
    assert CHECKPOINT.phrases is not None
    first, second = "dfdcec|d2ABAF|", "dfdcec|d2AFED|"
    _, heard = hear(begin(HEADER), "|:A|" + first)
    expected = CHECKPOINT.phrases.weight(hear(heard, second)[0])
    ours = taste("|:A|")
    for _ in range(2):
        found = ours.worth(indices(first + second), len(first), PlanState(PLAN, 0, 4), False)
        assert found.likeness == pytest.approx(expected)


def test_a_bar_that_is_begun_is_heard_whole():
    assert CHECKPOINT.phrases is not None
    _, heard = hear(begin(HEADER), "|:A|dfdcec|")
    expected = CHECKPOINT.phrases.weight(hear(heard, "dfdcec|d2AFED|")[0])
    found = taste("|:A|dfdcec|dfd").worth(indices("cec|d2AFED|"), 0, PlanState(PLAN, 0, 4), False)
    assert found.likeness == pytest.approx(expected)


def test_tries_make_tunes_more_like_peoples():
    once, twice = (
        list(compose_all(CHECKPOINT, [replace(TWICE, seed=seed, tries=tries) for seed in range(12)]))
        for tries in (1, 2)
    )
    assert sum(map(likeness, twice)) > sum(map(likeness, once)) + 12 * 0.5
    assert all(not tune.tune.problems and tune.ended for tune in twice)


def likeness(tune) -> float:
    assert CHECKPOINT.phrases is not None
    return CHECKPOINT.phrases.logit(hear(begin(tune.header), tune.prefix + tune.music)[0])


def test_the_same_request_gives_the_same_tune():
    beside = list(compose_all(CHECKPOINT, [replace(TWICE, seed=seed) for seed in (6, 7, 8)]))
    assert beside[1].abc == compose(CHECKPOINT, TWICE).abc != compose(CHECKPOINT, replace(TWICE, tries=1)).abc


@pytest.mark.parametrize("changed", [{"tries": 1}, {"temperature": 0.0}, {"most_shared": 8}])
def test_what_cannot_vary_is_written_once(changed):
    assert tries_for(CHECKPOINT, HEADER, "", PLAN, replace(TWICE, **changed), None) is None


def test_a_model_without_that_judge_writes_once():
    without = replace(CHECKPOINT, phrases=None)
    assert tries_for(without, HEADER, "", PLAN, TWICE, None) is None
    tries = tries_for(without, HEADER, "", PLAN, TWICE, Closing("D", frozenset({1})))
    assert tries is not None
    assert (tries.times, tries.judge) == (1, None)  # but for what does not close as it is to
