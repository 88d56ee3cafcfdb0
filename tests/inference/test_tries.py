"""Bars that are written several times: the best try stays, and nothing else changes."""

import time
import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from charrnn.errors import SamplingError
from charrnn.inference import compiling
from charrnn.inference.line import Line, Stand
from charrnn.inference.tries import Tries, Worth, ends_bar
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.closes import TRIES, Closes
from charrnn.model.position.plan import PlanState
from charrnn.model.scoring import character_bits
from charrnn.sampling import compose as compose_module
from charrnn.sampling.compose import Composition, compose, compose_all
from charrnn.sampling.options import Request
from tests.support.tiny import closing_checkpoint

HEADER = "M:3/4\nL:1/4\nR:waltz\nK:G\n"
FORMS = (("AABB", 4), ("AAB", 5), ("AB", 8), ("A", 3), ("", 0))
Tried = list[tuple[int, tuple[int, ...], Worth]]  # of one tune: where a bar begins, its characters, what it is worth


@pytest.fixture
def checkpoint(way: str) -> Checkpoint:
    """A model whose tunes are written in one way or the other."""
    return without_closes()


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> dict[int, Tried]:
    """Every try of every tune, by its seed number. A try is worth what its text makes of chance; one in three does not
    close."""
    found: dict[int, Tried] = {}

    def tries_for(checkpoint, header, prefix, plan, request, closing):
        tries: Tried = found.setdefault(request.seed, [])

        def worth(indices, start, plan, is_over):
            bar = tuple(indices[start:])
            number = zlib.crc32(bytes(bar) + bytes([plan.section, plan.bars, is_over]))
            tries.append((start, bar, Worth(number % 3 > 0, float(number))))
            return tries[-1][-1]

        return Tries(request.tries, worth) if request.tries > 1 else None

    put = Line.put

    def put_back(line: Line, copy: Stand) -> None:
        assert not line.is_finished  # who reads along takes a finished line for the tune
        put(line, copy)

    monkeypatch.setattr(Line, "put", put_back)
    monkeypatch.setattr(compose_module, "tries_for", tries_for)
    return found


def without_closes() -> Checkpoint:
    return replace(closing_checkpoint(), closes=Closes({}))


def requests(count: int, tries: int = 3) -> Iterator[Request]:
    for number in range(count):
        parts, bars = FORMS[number % len(FORMS)]
        seed_text = HEADER + ("", "", "|:GAB|c2", "A|")[number % 4]
        form = {"bars": bars, "parts": parts} if parts else {"length": 60, "grammar": number % 2 == 0}
        yield Request.checked(seed_text, (0.9, 1.3)[number % 2], seed=number, tries=tries, **form)


def test_of_each_bar_the_best_try_stays(checkpoint, tried):
    for request in requests(20):
        tune = compose(checkpoint, request)
        written = tuple(tune.draws.indices)
        place, bars = 0, tried[request.seed]
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
        assert place == len(written)


def test_numpy_and_the_kernel_try_alike(compiled_stepper, monkeypatch, tried):
    by_numpy = [compose(without_closes(), request) for request in requests(40)]
    tries_by_numpy = {number: list(each) for number, each in tried.items()}
    tried.clear()
    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    by_kernel = list(compose_all(without_closes(), requests(40)))  # beside each other, too
    assert [tune.abc for tune in by_kernel] == [tune.abc for tune in by_numpy]
    assert tried == tries_by_numpy
    for compiled, plain in zip(by_kernel, by_numpy, strict=True):
        assert compiled.bits == pytest.approx(plain.bits, rel=1e-4)
        np.testing.assert_allclose(compiled.draws.removed, plain.draws.removed, atol=1e-4)


def test_bits_are_those_of_the_tries_that_stay(checkpoint, tried):
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


def test_what_cannot_be_judged_fails_its_own_line(checkpoint, monkeypatch):
    def worth(*_):
        raise ValueError

    def tries_for(checkpoint, header, prefix, plan, request, closing):
        return Tries(2, worth) if request.tries > 1 else None

    monkeypatch.setattr(compose_module, "tries_for", tries_for)
    once, several = next(requests(1, tries=1)), next(requests(1, tries=2))
    drafts = [compose_module.Draft.begun(checkpoint, request) for request in (once, several)]
    with compose_module.engine_of(checkpoint).write([draft.line for draft in drafts]) as ticket:
        while not all(draft.line.is_finished for draft in drafts):
            time.sleep(0.01)
        with pytest.raises(SamplingError, match="a bar could not be judged"):
            ticket.wait(0)
    assert drafts[0].composition.abc == compose(checkpoint, once).abc


def test_one_try_is_none(checkpoint, tried):
    for request in requests(8, tries=1):
        plain = compose(checkpoint, request)
        assert not tried[request.seed]
        assert plain.abc == compose(checkpoint, request).abc


def test_renewed_tables_change_no_try(compiled_stepper, monkeypatch, tried):
    from charrnn.inference import tables
    from charrnn.inference.batch import Slots

    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    expected = [tune.abc for tune in compose_all(without_closes(), requests(24))]
    monkeypatch.setattr(tables, "_MARGIN", tables.MOST_NODES - 60)
    renewed, real = [], Slots._renumber

    def renumber(self, slots):
        renewed.append(len(slots))
        real(self, slots)

    monkeypatch.setattr(Slots, "_renumber", renumber)
    assert [tune.abc for tune in compose_all(without_closes(), requests(24))] == expected
    assert sum(renewed) > 5


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
