"""Free tunes have the sections of a tune of people's: as many bars, repeated or not, and then they end."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.plan import Section, bars_of, sections_of
from charrnn.model.position.plans import Plans, Written
from charrnn.render.problems import problems
from charrnn.sampling.compose import Composition, compose
from charrnn.sampling.options import Request
from charrnn.sampling.start.plan import has_room, parts_of
from tests.support.tiny import tiny_checkpoint

HEADER = "M:3/4\nL:1/4\nR:waltz\nK:G\n"
PEOPLES: tuple[Written, ...] = (
    (Section(4, True), Section(4, True)),
    (Section(2), Section(3, True), Section(2)),
    (Section(5),),
)


@pytest.fixture
def checkpoint() -> Checkpoint:
    return replace(tiny_checkpoint(), plans=Plans({("3/4 1/4", "waltz"): Counter(PEOPLES)}))


def composed(checkpoint: Checkpoint, seed: int, music: str = "", **options: Any) -> Composition:
    return compose(checkpoint, Request.checked(HEADER + music, 1.1, seed=seed, **options))


def sections(checkpoint: Checkpoint, tune: Composition) -> Written:
    return sections_of(f"{tune.header}{tune.prefix}{tune.music}\n", checkpoint.network.bearings.clock)


def test_free_tunes_have_the_sections_of_peoples(checkpoint):
    found = [sections(checkpoint, composed(checkpoint, seed)) for seed in range(30)]
    assert set(found) == set(PEOPLES)


def test_they_end_where_the_sections_do(checkpoint):
    for seed in range(10):
        tune = composed(checkpoint, seed)
        assert tune.ended
        assert not problems(tune.tune)


@pytest.mark.parametrize(
    ("music", "possible"),
    [
        ("|:G2A|B3|", {(4, 4)}), ("G2A|B3||", {(2, 3, 2)}), ("G2A|B3|c2d|", {(4, 4), (5,)}),
        ("G2A|B3|c2d|e3:|", {(4, 4)}),
    ],
)  # fmt: skip
def test_the_sections_are_some_that_the_seed_fits_into(checkpoint, music, possible):
    tunes = [composed(checkpoint, seed, music) for seed in range(12)]
    assert {bars_of(sections(checkpoint, tune)) for tune in tunes} == possible
    assert all(bars_of(sections(checkpoint, tune)) == tune.plan for tune in tunes)


def test_a_seed_that_fits_into_none_goes_on_freely(checkpoint):
    tune = composed(checkpoint, 1, "|:G3|G3|G3|G3|G3|G3|G3|G3|", length=120)
    assert tune.ended
    assert not problems(tune.tune)


def test_a_length_without_room_for_the_sections_is_kept(checkpoint):
    tunes = [composed(checkpoint, seed, length=40) for seed in range(6)]
    assert all(len(tune.music) <= 40 and tune.ended for tune in tunes)


@pytest.mark.parametrize(("length", "expected"), [(70, True), (69, False)])
def test_room_is_what_bars_of_many_notes_take(length, expected):
    assert has_room((Section(5), Section(5)), "M:3/4\nL:1/4\nK:C\n", "", length) is expected


def test_free_meter_has_no_room_for_sections():
    assert not has_room((Section(5),), "M:none\nL:1/4\nK:C\n", "", 1_000)


def test_each_section_is_repeated_by_itself():
    assert [(part.bars, part.opens, part.closes) for part in parts_of(PEOPLES[1])] == [
        (2, False, False), (3, True, True), (2, False, False),
    ]  # fmt: skip
