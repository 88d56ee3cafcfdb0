"""Bars that are written several times: the best try stays, and nothing else changes."""

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from charrnn.grammar.automaton import END
from charrnn.inference import compiling, tries
from charrnn.inference.line import Line, Stand
from charrnn.inference.tries import Taste, Worth, divided, ends_bar
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.likeness.judge import Judge
from charrnn.model.likeness.phrases import begin, hear
from charrnn.model.position.closes import TRIES
from charrnn.model.position.plan import PlanState
from charrnn.model.scoring import character_bits
from charrnn.sampling.compose import Composition, Draft, compose, compose_all, engine_of
from charrnn.sampling.options import Request
from tests.support.tiny import closing_checkpoint, judge_of

HEADER = "M:3/4\nL:1/4\nR:waltz\nK:G\n"
FORMS = (("AABB", 4), ("AAB", 5), ("AB", 8), ("A", 3), ("", 0))
Tried = list[tuple[int, tuple[int, ...], Worth]]  # of one tune: where a bar begins, its characters, what it is worth


@cache
def judged() -> Checkpoint:
    """A model with a judge of phrases that makes what it likes of what the model writes."""
    checkpoint = closing_checkpoint(0.5)
    heard = [hear(begin(tune.header), tune.prefix + tune.music)[0] for tune in compose_all(checkpoint, requests(60, 1))]
    return replace(checkpoint, phrases=judge_of(heard))


@pytest.fixture
def checkpoint(way: str) -> Checkpoint:
    """Its tunes are written in one way or the other."""
    return anew()


def anew() -> Checkpoint:
    """The same model with an engine of its own."""
    return replace(judged(), network=closing_checkpoint().network)


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Tried:
    """Every try of numpy's."""
    found: Tried = []
    worth, put = Taste.worth, Line.put

    def noted(self, indices, start, plan, is_over):
        found.append((start, tuple(indices[start:]), worth(self, indices, start, plan, is_over)))
        return found[-1][-1]

    def put_back(line: Line, copy: Stand) -> None:
        assert not line.is_finished  # who reads along takes a finished line for the tune
        put(line, copy)

    monkeypatch.setattr(Line, "put", put_back)
    monkeypatch.setattr(Taste, "worth", noted)
    return found


def requests(count: int, tries: int = 3) -> Iterator[Request]:
    for number in range(count):
        parts, bars = FORMS[number % len(FORMS)]
        seed_text = HEADER + ("", "", "|:GAB|c2", "A|")[number % 4]
        form = {"bars": bars, "parts": parts} if parts else {"length": 60, "grammar": number % 2 == 0}
        yield Request.checked(seed_text, (0.9, 1.3)[number % 2], seed=number, tries=tries, **form)


def test_of_each_bar_the_best_try_stays(tried):
    checkpoint, several = judged(), 0
    for request in requests(20):
        tried.clear()
        tune = compose(checkpoint, request)
        written = tuple(tune.draws.indices)
        place, bars = 0, list(tried)
        while bars:
            of_this = [each for each in bars if each[0] == bars[0][0]]
            assert [each[0] for each in of_this] == [place] * len(of_this)
            bars = bars[len(of_this) :]
            _, best, worth = max(of_this, key=lambda each: each[2])
            assert written[place : place + len(best)] == best
            expected = 3 if any(each[2].closes for each in of_this[:3]) else len(of_this)
            assert len(of_this) == expected <= 3 + TRIES
            assert worth.closes or len(of_this) == 3 + TRIES
            place += len(best)
            several += len({each[2].likeness for each in of_this}) > 1
        assert place == (len(written) if tune.plan else 0)
    assert several > 100


def test_numpy_and_the_kernel_try_alike(compiled_stepper, monkeypatch):
    by_numpy = [compose(anew(), request) for request in requests(40)]
    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    by_kernel = list(compose_all(anew(), requests(40)))  # beside each other, too
    assert [tune.abc for tune in by_kernel] == [tune.abc for tune in by_numpy]
    for compiled, plain in zip(by_kernel, by_numpy, strict=True):
        assert compiled.bits == pytest.approx(plain.bits, rel=1e-4)
        np.testing.assert_allclose(compiled.draws.removed, plain.draws.removed, atol=1e-4)


def test_company_changes_no_try(compiled_stepper, monkeypatch):
    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    alone = [compose(anew(), request).abc for request in requests(24)]
    for order in (slice(None), slice(None, None, -1), slice(None, None, 2), slice(1, None, 3)):
        together = compose_all(anew(), list(requests(24))[order])
        assert [tune.abc for tune in together] == alone[order]


def test_what_is_long_counts_as_several_bars(compiled_stepper, monkeypatch, tried):
    from charrnn.inference.kernel.registers import LONGEST_TRY

    # Nobody plans for a seed in 15/1: what the plan does not know of is written on, to the end.
    wanted = [Request.checked("M:15/1\nL:1/8\nK:C\n", seed=seed, length=700, tries=2) for seed in range(3)]
    by_numpy = [compose(anew(), request).abc for request in wanted]
    assert max(len(bar) for _, bar, _ in tried) == tries.LONGEST == LONGEST_TRY
    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    assert [tune.abc for tune in compose_all(anew(), wanted)] == by_numpy


def test_bits_are_those_of_the_tries_that_stay(checkpoint):
    for tune in [compose(checkpoint, request) for request in requests(15) if request.form]:
        assert _bits(checkpoint, tune) == pytest.approx(tune.bits, rel=1e-4)
        assert len(tune.draws) == len(tune.music) == len(tune.draws.removed)
        assert all(draw.weights[draw.index] > 0 for draw in tune.draws)
        assert not tune.tune.problems


def _bits(checkpoint: Checkpoint, tune: Composition) -> float:
    before = tune.header + tune.prefix
    text = f"{before}{tune.music}\n"
    (bits,) = character_bits(checkpoint.network, checkpoint.vocabulary, [text], plans=[tune.plan])
    return float(bits[len(before) :].sum())


def test_who_reads_along_never_sees_a_try(compiled_stepper, monkeypatch):
    from charrnn.inference.batch import CompiledBatch

    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    model, request = anew(), next(requests(1))
    line, grown = Draft.begun(model, request).line, [[]]
    batch = CompiledBatch(compiled_stepper(model.network), model.vocabulary.index_of[END], 1)
    batch.join(line)
    while not line.is_finished:
        batch.turn()
        assert line.indices[: len(grown[-1])] == grown[-1]
        grown.append(line.indices.copy())
    assert len({len(indices) for indices in grown}) > 5


def test_two_judges_have_their_say_beside_each_other(compiled_stepper, monkeypatch):
    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    ours = judged()
    assert ours.phrases is not None
    theirs = replace(ours, phrases=Judge(ours.phrases.hashes, -ours.phrases.weights, 0.0, ""))
    wanted = list(requests(6))
    alone = [[compose(model, request).abc for request in wanted] for model in (ours, theirs)]
    drafts = [Draft.begun(model, request) for model in (ours, theirs) for request in wanted]
    with engine_of(ours).write([draft.line for draft in drafts]) as ticket:
        ticket.wait()
    assert [draft.composition.abc for draft in drafts] == [*alone[0], *alone[1]]
    assert alone[0] != alone[1]


def test_one_try_is_none(checkpoint):
    without = replace(checkpoint, phrases=None)
    for request in requests(8, tries=1):
        assert compose(checkpoint, request).abc == compose(without, request).abc


def test_renewed_tables_change_no_try(compiled_stepper, monkeypatch):
    from charrnn.inference import tables
    from charrnn.inference.batch import Slots
    from charrnn.inference.kernel.registers import IS_SAVED, TRIED

    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    expected = [tune.abc for tune in compose_all(anew(), requests(24))]
    monkeypatch.setattr(tables, "_MARGIN", tables.MOST_NODES - 60)
    copies, real = [], Slots._renumber

    def renumber(self, slots):
        registers = self.rows.registers
        copies.append([(bool(registers[slot, IS_SAVED]), registers[slot, TRIED] > 0) for slot in slots])
        real(self, slots)

    monkeypatch.setattr(Slots, "_renumber", renumber)
    assert [tune.abc for tune in compose_all(anew(), requests(24))] == expected
    assert sum(map(len, copies)) > 5
    assert {(True, False), (True, True)} <= {each for slots in copies for each in slots}  # both had to be translated


def test_stop_leaves_whole_bars(compiled_stepper, monkeypatch):
    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    draft = Draft.begun(anew(), next(requests(1)))
    with engine_of(judged()).write([draft.line]) as ticket:
        while not draft.line.indices:
            time.sleep(0.001)
        assert ticket
    music = draft.composition.music
    assert not music or music.endswith("|")


@pytest.mark.parametrize(
    ("music", "begun"),
    [
        ("", ""), ("GAB", "GAB"), ("|:GAB|c2", "c2"), ("|:GAB|", ""), ("|:GAB:|", ""), ("|1GAB:|2c", "c"),
        ("|:GAB|[K:D]cB", "[K:D]cB"), ("GAB|(3:2:3cde", "(3:2:3cde"), ("GAB|[L:1/4]", "[L:1/4]"),
    ],
)  # fmt: skip
def test_a_bar_begins_behind_the_last_line(music, begun):
    assert divided(music) == (music.removesuffix(begun), begun)


@pytest.mark.parametrize(
    ("before", "after", "ends"),
    [
        ((0, 0), (0, 1), True),
        ((0, 7), (0, 8), True),  # the last one planned
        ((1, 4), (1, 5), True),
        ((0, 4), (0, 4), False),  # within a bar
        ((0, 8), (1, 0), False),  # what is left of the bar line
        ((0, 8), (0, 7), False),  # a second ending begins
        ((2, 3), (2, 4), False),  # a section that was not planned
    ],
)
def test_bars_end_where_the_plan_counts_them(before, after, ends):
    plan = (8, 5)
    assert ends_bar(PlanState(plan, *before), PlanState(plan, *after)) == ends
    assert not ends_bar(PlanState(None, *before), PlanState(None, *after))
