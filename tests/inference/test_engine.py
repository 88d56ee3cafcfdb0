"""The engine: every tune is the one that it would be alone, whoever comes and goes beside it."""

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from charrnn.errors import ModelError, OptionError, SamplingError
from charrnn.grammar import bar as bar_grammar
from charrnn.inference import compiling, engine, threads, tries
from charrnn.inference.engine import Engine
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.likeness import phrases
from charrnn.model.position import closes, plan
from charrnn.model.scoring import character_bits
from charrnn.notation.writing.canonical import canonical_prefix
from charrnn.sampling.compose import Composition, Draft, compose, compose_all, engine_of, grow
from charrnn.sampling.options import Request
from tests.support.tiny import JIG, slow_down, tiny_checkpoint
from tests.support.training_jigs import ROOT
from tests.support.visitor import wait_until

CHECKPOINT = tiny_checkpoint()
_HEADERS = ("M:6/8\nL:1/8\nR:jig\nK:D\n", "M:3/4\nL:1/4\nR:waltz\nK:G\n")  # random weights draw none that is good
SEEDS = ("", "|:A|dfd ecA|", "", "(3ABc d>e [Ac]2-")


@pytest.fixture
def checkpoint(way: str) -> Checkpoint:
    """A model whose tunes are written in one way or the other."""
    return tiny_checkpoint()


def requests(count: int, length: int = 40) -> Iterator[Request]:
    """Of all kinds: seeds, forms, instruments, temperatures, repetition, with the grammar and without."""
    for number in range(count):
        seed_text = _HEADERS[number % 2] + SEEDS[number % len(SEEDS)]
        options: dict[str, Any] = {"seed_text": seed_text, "seed": number, "length": length}
        options |= {"temperature": (0.9, 0.0, 1.3)[number % 3], "repetition": (0.0, 1.5)[number % 2]}
        if number % 5 == 4:
            options["grammar"] = False
        elif number % 7 == 0:
            options |= {"bars": 2, "parts": "AAB"}
        elif number % 3 == 1:
            options["instrument"] = ("whistle", "pipes")[number % 2]
        yield Request.checked(**options)


def of(tune: Composition) -> tuple[object, ...]:
    return tune.abc, tune.ended, tune.draws, tune.draws.removed


def test_hundreds_of_overlapping_tunes_match_tunes_composed_alone(checkpoint: Checkpoint) -> None:
    chance, wanted = random.Random(1), list(requests(35, length=20))
    alone = [of(compose(checkpoint, request)) for request in wanted]
    going: list[tuple[list[int], list[Draft], Iterator[tuple[Composition, ...]]]] = []
    begun = finished = 0
    while begun < 300 or going:
        if begun < 300 and len(going) < 12:
            numbers = [chance.randrange(len(wanted)) for _ in range(chance.choice((1, 1, 2, 4)))]
            drafts = [Draft.begun(checkpoint, wanted[number]) for number in numbers]
            growing = grow(checkpoint, drafts)
            next(growing)
            going.append((numbers, drafts, growing))
            begun += len(numbers)
        numbers, drafts, growing = going.pop(chance.randrange(len(going)))
        if chance.random() < 0.3:
            next(growing)  # the engine has them now
            growing.close()
            continue
        *_, tunes = growing
        assert [of(tune) for tune in tunes] == [alone[number] for number in numbers]
        finished += len(tunes)
    assert finished > 150


def test_long_seeds_are_read_whole_beside_others(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits for the others' states of the automata, which no tune has reached before: in one thread, so that they
    always share a batch."""
    monkeypatch.setattr(threads, "of_engine", lambda: 1)
    waited = []
    if way == "compiled":
        from charrnn.inference import batch

        def noted(self: Any, slot: int, turns: int, real: Any = batch.CompiledBatch._prepare) -> None:
            registers = self._slots.rows.registers[slot]
            waited.append(registers[batch.GIVEN] < registers[batch.GIVENS])
            real(self, slot, turns)

        monkeypatch.setattr(batch.CompiledBatch, "_prepare", noted)
    bars = ("dfd ecA", "A2f e>dB", "(3ABc d e2c", "[Ac]2B A3", "f/e/dc BAG")
    wanted = [
        Request.checked(_HEADERS[0] + "|:" + "|".join(bars[(first + at * first) % 5] for at in range(16)), length=20)
        for first in range(1, 7)
    ]
    alone = [of(compose(tiny_checkpoint(), request)) for request in wanted]
    checkpoint = tiny_checkpoint()
    *_, tunes = grow(checkpoint, [Draft.begun(checkpoint, request) for request in wanted])
    assert [of(tune) for tune in tunes] == alone
    assert any(waited) == (way == "compiled")


def test_a_line_always_reads_from_the_same_place(checkpoint: Checkpoint) -> None:
    request = Request.checked("M:6/8\nL:1/8\nR:jig\nK:D\n|:A", seed=3)
    before = Draft.begun(checkpoint, request).line.ids
    for seed_text in ("", "M:6/8\nL:1/8\nR:jig\n", "M:6/8\n", "M:6/8\nL:1/8\nR:jig\nK:D\n"):
        Draft.begun(checkpoint, Request.checked(seed_text, seed=1))
    assert Draft.begun(checkpoint, request).line.ids == before


def test_a_tunes_bits_are_counted_at_temperature_1(checkpoint: Checkpoint) -> None:
    drafts = [Draft.begun(checkpoint, request) for request in requests(12)]
    *_, tunes = grow(checkpoint, drafts)
    for draft, tune in zip(drafts, tunes, strict=True):
        before = tune.header + canonical_prefix(tune.seed_music)
        text = before + tune.music + ("\n" if draft.line.has_ended else "")
        (bits,) = character_bits(checkpoint.network, checkpoint.vocabulary, [text], plans=[tune.plan])
        assert tune.bits == pytest.approx(bits[len(before) :].sum(), rel=1e-4)


def test_numpy_and_the_kernel_write_the_same_tunes(compiled_stepper: object, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = tiny_checkpoint()
    by_numpy = [of(compose(checkpoint, request)) for request in requests(35)]
    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    checkpoint = tiny_checkpoint()  # with an engine of its own
    by_kernel = [of(compose(checkpoint, request)) for request in requests(35)]
    assert [tune[:2] for tune in by_kernel] == [tune[:2] for tune in by_numpy]
    for compiled, plain in zip(by_kernel, by_numpy, strict=True):
        np.testing.assert_allclose(compiled[3], plain[3], atol=1e-4)  # type: ignore[arg-type]


def test_renewing_full_tables_mid_tune_changes_no_tune(
    compiled_stepper: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from charrnn.inference import tables  # brings the kernel, which is to be found compiled

    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    expected = [of(tune) for tune in compose_all(tiny_checkpoint(), requests(20))]
    monkeypatch.setattr(tables, "_MARGIN", tables.MOST_NODES - 60)
    checkpoint, renewed = tiny_checkpoint(), []
    real = tables.Automata.keep_or_renew

    def renew(self: Any) -> None:
        before = self.tables
        real(self)
        renewed.append(self.tables is not before)

    monkeypatch.setattr(tables.Automata, "keep_or_renew", renew)
    assert [of(tune) for tune in compose_all(checkpoint, requests(20))] == expected
    assert sum(renewed) > 5


def test_tunes_come_in_the_order_of_their_requests(checkpoint: Checkpoint) -> None:
    wanted = [*requests(30, length=10), Request.checked(_HEADERS[0], length=120, seed=3), *requests(3)]
    assert [tune.request for tune in compose_all(checkpoint, wanted)] == wanted


def test_a_model_giving_nan_fails_only_its_tunes(checkpoint: Checkpoint) -> None:
    broken = tiny_checkpoint()
    with torch.no_grad():
        broken.network.dense.bias[0] = float("nan")
    good = Request.checked(_HEADERS[0], seed=4, length=60)
    expected = of(compose(checkpoint, good))
    drafts = [Draft.begun(checkpoint, good) for _ in range(3)]
    with engine_of(checkpoint).write([draft.line for draft in drafts]) as ticket:
        with pytest.raises(ModelError, match="no probabilities"):
            compose(broken, good)
        assert ticket.wait(30)
    assert [of(draft.composition) for draft in drafts] == [expected] * 3


def test_a_large_request_does_not_delay_others(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_down(monkeypatch)
    monkeypatch.setattr(engine.threads, "of_engine", lambda: 1)
    checkpoint = tiny_checkpoint()
    many = [Draft.begun(checkpoint, Request.checked(_HEADERS[0], length=30, seed=n, grammar=False)) for n in range(40)]
    one = Draft.begun(checkpoint, Request.checked(_HEADERS[0], length=5, seed=1, grammar=False))
    with engine_of(checkpoint).write([draft.line for draft in many]) as crowd:
        with engine_of(checkpoint).write([one.line]) as alone:
            assert alone.wait(60)
        assert not crowd.is_finished
        assert sum(draft.line.is_finished for draft in many) < 20


def test_a_visitor_who_leaves_frees_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_down(monkeypatch)
    monkeypatch.setattr(engine.threads, "of_engine", lambda: 1)
    checkpoint = tiny_checkpoint()
    request = Request.checked(_HEADERS[0], length=4_000, grammar=False)
    drafts = [Draft.begun(checkpoint, request) for _ in range(engine.ROWS)]
    growing = [grow(checkpoint, [draft]) for draft in drafts]
    for each in growing:
        next(each)
        next(each)
    for each in growing:
        each.close()
    compose(checkpoint, Request.checked(_HEADERS[0], length=1, grammar=False))
    assert not any(len(draft.line.indices) == 4_000 for draft in drafts)


def test_an_idle_engine_keeps_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_IDLE_SECONDS", 0.05)
    compose(CHECKPOINT, Request.checked(JIG, length=5))
    wait_until(lambda: not any(thread.name.startswith("engine") for thread in threading.enumerate()))
    assert compose(CHECKPOINT, Request.checked(length=5, seed=2)).music


def test_an_invalid_request_cancels_the_tunes_before_it(checkpoint: Checkpoint) -> None:
    wanted = [Request.checked(length=4_000, grammar=False), Request.checked("K:C\nç", length=5)]
    with pytest.raises(OptionError):
        list(compose_all(checkpoint, wanted))


def test_a_program_error_fails_the_whole_batch(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from charrnn.inference.by_numpy.batch import NumpyBatch

    def fail(self: NumpyBatch) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(NumpyBatch, "turn", fail)
    with pytest.raises(SamplingError, match=r"^the tune could not be written$"):
        compose(tiny_checkpoint(), Request.checked(length=5))
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert compose(tiny_checkpoint(), Request.checked(length=5)).music


@pytest.mark.parametrize("where", ["_admitted", "_turned"])
def test_a_dead_worker_leaves_nobody_waiting(
    where: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither lines that wait nor lines that have a row already."""

    def fail(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr(engine.threads, "of_engine", lambda: 1)
    monkeypatch.setattr(Engine, where, fail)
    checkpoint = tiny_checkpoint()
    with pytest.raises(SamplingError, match=r"^the tune could not be written$"):
        compose(checkpoint, Request.checked(length=5))
    assert "MemoryError" in caplog.text
    monkeypatch.undo()
    assert compose(checkpoint, Request.checked(length=5)).music


def test_without_a_thread_a_request_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    checkpoint = tiny_checkpoint()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fail)
        with pytest.raises(RuntimeError, match="new thread"):
            compose(checkpoint, Request.checked(length=5))
    assert compose(checkpoint, Request.checked(length=5)).music


def test_no_lines_are_finished_at_once() -> None:
    ticket = engine_of(CHECKPOINT).write([])
    assert ticket.is_finished
    assert ticket.wait()


def test_kernel_constants_match_the_plan_and_the_grammar(compiled_stepper: object) -> None:
    from charrnn.inference.kernel import hearing, registers

    assert (registers.MOST_BARS, registers.MOST_SECTIONS) == (plan.MOST_BARS, plan.MOST_SECTIONS)
    assert (registers.MOST_TRIES, registers.MOST_CLOSES) == (closes.TRIES, tries.MOST_CLOSES)
    assert (registers.IMPOSSIBLE, registers.LONGEST_TRY) == (bar_grammar.IMPOSSIBLE, tries.LONGEST)
    assert (hearing.LONGEST_GRAM, hearing.LAST_PLACE) == (phrases.LONGEST_GRAM, phrases.LAST_PLACE)
    assert (hearing.WIDEST, hearing.SHORT) == (phrases.WIDEST, phrases.SHORT)


def test_an_engine_is_reused_while_weights_stay_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = tiny_checkpoint()
    first = engine_of(checkpoint)
    assert isinstance(first, Engine)
    assert engine_of(checkpoint) is first
    with torch.no_grad():
        checkpoint.network.dense.bias += 1
    assert engine_of(checkpoint) is not first


def test_a_process_may_end_in_mid_tune(checkpoint_path: Path) -> None:
    code = f"""
from charrnn.model.checkpoint import load_checkpoint
from charrnn.sampling.compose import stream
from charrnn.sampling.options import Request
from pathlib import Path
growing = stream(load_checkpoint(Path({str(checkpoint_path)!r})), Request.checked(length=4_000, grammar=False))
next(growing), next(growing)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
