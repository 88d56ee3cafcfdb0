"""Free tunes have the plan of a tune of people's: as many bars in each section, and then they end."""

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.plan import Plan, Section, plan_of
from charrnn.model.position.plans import Plans
from charrnn.render.problems import problems
from charrnn.sampling.compose import Composition, compose
from charrnn.sampling.options import Request
from charrnn.sampling.start.plan import has_room
from tests.support.tiny import tiny_checkpoint

HEADER = "M:3/4\nL:1/4\nR:waltz\nK:G\n"
PEOPLES: tuple[Plan, ...] = ((4, 4), (2, 3, 2), (5,))


@pytest.fixture
def checkpoint() -> Checkpoint:
    counts = Counter(tuple(map(Section, plan)) for plan in PEOPLES)
    return replace(tiny_checkpoint(), plans=Plans({("3/4 1/4", "waltz"): counts}))


def composed(checkpoint: Checkpoint, seed: int, music: str = "", **options: Any) -> Composition:
    return compose(checkpoint, Request.checked(HEADER + music, 1.1, seed=seed, **options))


def plan(checkpoint: Checkpoint, tune: Composition) -> Plan:
    return plan_of(f"{tune.header}{tune.prefix}{tune.music}\n", checkpoint.network.bearings.clock)


def test_free_tunes_keep_the_plan_they_drew(checkpoint):
    tunes = [composed(checkpoint, seed) for seed in range(30)]
    assert all(tune.plan == plan(checkpoint, tune) for tune in tunes)
    assert {tune.plan for tune in tunes} == set(PEOPLES)


def test_they_end_where_the_plan_does(checkpoint):
    for seed in range(10):
        tune = composed(checkpoint, seed)
        assert tune.ended
        assert not problems(tune.tune)


def test_some_of_their_sections_are_repeated(checkpoint):
    repeats = [composed(checkpoint, seed).music.count(":|") > 0 for seed in range(30)]
    assert 5 < sum(repeats) < 25


@pytest.mark.parametrize(
    ("music", "possible"),
    [
        ("|:G2A|B3|", {(4, 4), (5,)}), ("G2A|B3||", {(2, 3, 2)}), ("G2A|B3|c2d|", {(4, 4), (5,)}),
        ("G2A|B3|c2d|e3||", {(4, 4)}),
    ],
)  # fmt: skip
def test_the_plan_is_one_that_the_seed_fits(checkpoint, music, possible):
    tunes = [composed(checkpoint, seed, music) for seed in range(12)]
    assert {plan(checkpoint, tune) for tune in tunes} == possible
    assert all(plan(checkpoint, tune) == tune.plan for tune in tunes)


def only_two_parts_of_four(checkpoint: Checkpoint) -> Checkpoint:
    counts = Counter([(Section(4), Section(4))])
    return replace(checkpoint, plans=Plans({("3/4 1/4", "waltz"): counts}))


@pytest.mark.parametrize("music", ["A|G3|G3|G3|G2", "|:A|G3|G3|G3|G2", "G3|G3|G3|G2"])
def test_the_last_bar_of_a_section_fits(checkpoint, music):
    two = only_two_parts_of_four(checkpoint)
    assert {plan(two, composed(two, seed, music)) for seed in range(6)} == {(4, 4)}


def test_a_longer_seed_goes_on_freely(checkpoint):
    tune = composed(checkpoint, 1, "|:G3|G3|G3|G3|G3|G3|G3|G3|", length=120)
    assert tune.ended
    assert not problems(tune.tune)


def test_a_seed_with_short_bars_goes_on_freely(checkpoint):
    """Its section has five bars, of which three are full: the network's clock counts three, the grammar five."""
    two = only_two_parts_of_four(checkpoint)
    tunes = [composed(two, seed, "G3|G|G3|G|G3|G2") for seed in range(12)]
    assert {tune.plan for tune in tunes} == {(4, 4)}
    lines = [re.findall(r"[|:\]]+", tune.music)[0] for tune in tunes]
    assert "|" in lines  # so the section may go on


def test_a_length_without_room_is_kept(checkpoint):
    tunes = [composed(checkpoint, seed, length=40) for seed in range(6)]
    assert all(len(tune.music) <= 40 and tune.ended for tune in tunes)


@pytest.mark.parametrize(("length", "expected"), [(70, True), (69, False)])
def test_room_is_what_bars_of_many_notes_take(length, expected):
    assert has_room((5, 5), "M:3/4\nL:1/4\nK:C\n", "", length) is expected


def test_free_meter_has_no_room_for_a_plan():
    assert not has_room((5,), "M:none\nL:1/4\nK:C\n", "", 1_000)
