"""Whose turn it is: a few at a time, in order, short requests first; a first tune waits for nobody."""

import threading
import time
from pathlib import Path

import pytest

from charrnn.ui.handlers.compose import Handlers
from charrnn.ui.model import BackgroundModel
from charrnn.ui.turns import Turns
from tests.support.asking import COMPOSE

ASKED = {name: value for name, value in COMPOSE.items() if name not in ("candidates", "view")}


def test_turns_come_in_the_order_of_the_requests():
    turns = Turns(1)
    with turns.queued() as first, turns.queued() as second, turns.queued() as third:
        assert [third.has_come(), second.has_come(), first.has_come()] == [False, False, True]
        assert not second.has_come(0.01)
    with turns.queued() as after:
        assert after.has_come()


def test_as_many_have_their_turn_as_are_allowed():
    turns = Turns(2)
    with turns.queued() as first, turns.queued() as second, turns.queued() as third:
        assert [third.has_come(), second.has_come(), first.has_come(), third.has_come()] == [False, True, True, False]


def test_a_short_request_comes_before_the_long_ones():
    turns = Turns(1)
    with turns.queued() as long, turns.queued(is_short=True) as short:
        assert [long.has_come(), short.has_come()] == [False, True]


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
        with turns.queued(is_short=True) as first, turns.queued(is_short=True):  # the second never has its turn
            assert first.has_come()
            assert not last.has_come()
        assert last.has_come()


@pytest.mark.parametrize("count", [1, 3])
def test_the_first_tune_is_written_before_the_turn(checkpoint_path: Path, count: int):
    turns = Turns(1)
    model = BackgroundModel(str(checkpoint_path)).start()
    alone = _last(Handlers(model).compose(ASKED, count))
    updates = Handlers(model, turns=turns).compose(ASKED, count)
    with turns.queued() as another:
        assert another.has_come()
        written = next(value for value, *_ in updates if isinstance(value, dict) and value.get("abc"))
        assert (written["state"], len(written["others"])) == ("writing", count if count > 1 else 0)
    assert _last(updates) == alone


def _last(updates):
    return [value for value, *_ in updates if isinstance(value, dict) and value.get("state") == "done"][-1]
