"""Whose turn it is: a few at a time, in order, short requests first; a first tune waits for nobody."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from charrnn import limits
from charrnn.ui.handlers.compose import Handlers
from charrnn.ui.handlers.inside import Inside
from charrnn.ui.handlers.reworking import Reworking
from charrnn.ui.model import BackgroundModel
from charrnn.ui.patience import Patience
from charrnn.ui.serving.requests import Entry
from charrnn.ui.turns import PASSES, Turns
from tests.support.asking import COMPOSE, REWORK
from tests.support.tiny import JIG
from tests.support.visitor import wait_until

ASKED = {name: value for name, value in COMPOSE.items() if name not in ("candidates", "view")}


def test_turns_come_in_the_order_of_the_requests():
    turns = Turns(1)
    with turns.queued(is_short=True) as running:
        assert running.has_come()
        with turns.queued() as second, turns.queued() as third:
            assert [third.has_come(), second.has_come(), turns.waiting] == [False, False, 2]
            turns._leave(running)
            assert [third.has_come(), second.has_come(), turns.waiting] == [False, True, 1]
            running.has_begun = False  # it has left already


def test_as_many_have_their_turn_as_are_allowed():
    turns = Turns(2)
    with turns.queued() as first, turns.queued() as second, turns.queued() as third:
        assert [third.has_come(), second.has_come(), first.has_come()] == [True, True, False]


def test_who_has_not_asked_keeps_nobody_waiting():
    turns = Turns(1)
    with turns.queued(is_short=True), turns.queued() as long:
        assert long.has_come()


def test_a_short_request_passes_only_some_others():
    turns = Turns(1)
    with ExitStack() as queue:
        running, first = (queue.enter_context(turns.queued()) for _ in range(2))
        assert running.has_come()
        others = [queue.enter_context(turns.queued()) for _ in range(PASSES)]
        soon, late = (queue.enter_context(turns.queued(is_short=True)) for _ in range(2))
        every = [late, soon, *others, first]
        assert not any(turn.has_come() for turn in every)
        assert turns._waiting.index(first) < turns._waiting.index(soon) < turns._waiting.index(others[0])


def test_a_free_turn_wakes_who_waits():
    turns, came = Turns(1), []
    with turns.queued() as second:
        with turns.queued(is_short=True) as first:
            assert first.has_come()
            waiting = threading.Thread(target=lambda: came.append(second.has_come(60)))
            waiting.start()
            time.sleep(0.05)
            assert came == []
        waiting.join(30)
        assert came == [True]


def test_leaving_the_queue_lets_others_in():
    turns = Turns(1)
    with turns.queued() as last:
        with turns.queued(is_short=True) as first, turns.queued(is_short=True) as gone:
            assert first.has_come()
            assert [gone.has_come(), last.has_come()] == [False, False]
        assert last.has_come()
    assert (turns.waiting, turns._taken) == (0, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_only_the_first_tune_comes_before_the_turn(checkpoint_path: Path, count: int):
    turns = Turns(1)
    model = BackgroundModel(str(checkpoint_path)).start()
    alone = _last(Handlers(model).compose(ASKED, count))
    handlers = Handlers(model, turns=turns)
    updates = handlers.compose(ASKED, count)
    with ThreadPoolExecutor(1) as pool:
        with turns.queued() as another:
            assert another.has_come()
            written = next(value for value in updates if value.get("abc"))
            assert (written["state"], len(written["others"])) == ("writing", count if count > 1 else 0)
            assert written["others"][1:] == [0] * (count - 1)
            rest = pool.submit(list, updates)
            wait_until(lambda: turns.waiting == 1)
            left = handlers.compose(ASKED, count)
            next(value for value in left if value.get("abc"))
            left.close()
            assert turns.waiting == 1
            assert not rest.done()
        assert _last(rest.result(60)) == alone
    assert (turns.waiting, turns._taken) == (0, 0)


@pytest.mark.parametrize("what", ["bars", "part"])
def test_changes_wait_for_their_turn(checkpoint_path: Path, what: str):
    turns = Turns(1)
    model = BackgroundModel(str(checkpoint_path)).start()
    event = SimpleNamespace(_data={"what": what, "abc": JIG, "first": 1, "last": 1, "seed": 1})
    updates = Reworking(model, turns=turns).rework(REWORK, event)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool:
        with turns.queued() as another:
            assert another.has_come()
            assert next(updates)["state"] == "working"
            rest = pool.submit(list, updates)
            wait_until(lambda: turns.waiting == 1)
            assert not rest.done()
        assert _last(rest.result(60))["done"] == what
    assert turns._taken == 0


def test_a_look_inside_waits_for_its_turn(checkpoint_path: Path):
    turns = Turns(1)
    inside = Inside(BackgroundModel(str(checkpoint_path)).start(), turns=turns)
    event = SimpleNamespace(_data={"abc": JIG})
    with ThreadPoolExecutor(1) as pool:
        with turns.queued() as another:
            assert another.has_come()
            answer = pool.submit(inside.look, event)  # type: ignore[arg-type]
            wait_until(lambda: turns.waiting == 1)
            assert not answer.done()
        assert answer.result(60)["state"] == "inside"


def test_waiting_counts_neither_as_work_nor_as_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "MAX_SECONDS_PER_REQUEST", 5)
    turns, entry = Turns(1), Entry("compose")
    patience = Patience(entry)
    end = patience._deadline
    with turns.queued() as first, turns.queued() as second:
        assert first.has_come()
        assert not patience.waits_for(second, 0.2)
    assert patience._deadline - end == pytest.approx(entry.waited)
    assert entry.waited >= 0.2
    assert entry.seconds < 0.2 + 60 - entry.waited


def _last(updates):
    return [value for value in updates if isinstance(value, dict) and value.get("state") == "done"][-1]
