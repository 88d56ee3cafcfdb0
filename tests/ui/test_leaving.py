"""Who goes away makes room: Stop, a closed tab and a broken connection end the work behind them."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from charrnn import limits
from charrnn.sampling.editing import continuation, rework
from charrnn.ui.handlers.compose import Pace
from tests.support.asking import COMPOSE, GOOD, REWORK, Tab, call, gauge
from tests.support.served import GRADIO_WARNINGS, served
from tests.support.tiny import JIG, noted, slow_down
from tests.support.visitor import wait_until

pytestmark = pytest.mark.filterwarnings(GRADIO_WARNINGS)
LONG = 4_000
SOON = 15  # seconds, on a busy machine; the work that is left behind would take forty


@pytest.fixture(scope="module")
def address(checkpoint_path: Path) -> Iterator[str]:
    """One tune at a time, so that others wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "MAX_RUNNING_MODEL", 1)
        with served(str(checkpoint_path)) as address:
            yield address


@pytest.fixture
def slow_rework(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A character takes a hundredth of a second, when a tune is reworked, too."""
    events: list[str] = []
    for module, name in ((continuation, "grow"), (rework, "redraw")):
        monkeypatch.setattr(module, name, noted(getattr(module, name), events))
    slow_down(monkeypatch)
    return events


def asked_for(tab: Tab, action: str, data: Any, event: Any = None) -> str:
    answer = tab.join(action, data, event)
    assert answer.status_code == 200
    return answer.json()["event_id"]


def reworked(what: str) -> dict[str, Any]:
    return {"what": what, "abc": JIG, "first": 1, "last": 8, "seed": 1}


@pytest.mark.parametrize("how", ["stop", "close"])
def test_stop_or_a_closed_tab_ends_composing(address, slowly, how):
    tab = Tab(address, f"compose{how}")
    leave(tab, "compose", list({**COMPOSE, "length": LONG}.values()), None, how, slowly)
    check_that_the_place_is_free(address, slowly)


@pytest.mark.parametrize("how", ["stop", "close"])
def test_leaving_is_noticed_while_nothing_is_sent(address, slowly, how, monkeypatch):
    """gradio itself notices it when something is sent to the page, which is seldom where many wait."""
    monkeypatch.setattr(Pace, "is_due", False)
    tab = Tab(address, f"silent{how}")
    leave(tab, "compose", list({**COMPOSE, "length": LONG}.values()), None, how, slowly)
    check_that_the_place_is_free(address, slowly)


@pytest.mark.parametrize("how", ["stop", "close"])
@pytest.mark.parametrize("what", ["bars", "vary", "part"])
def test_stop_or_a_closed_tab_ends_reworking(address, slow_rework, what, how):
    tab = Tab(address, f"{what}{how}")
    leave(tab, "rework", list(REWORK.values()), reworked(what), how, slow_rework)
    check_that_the_place_is_free(address, slow_rework)


def leave(tab: Tab, action: str, data: Any, event: Any, how: str, events: list[str]) -> None:
    event_id = asked_for(tab, action, data, event)
    with tab.answers() as messages:
        next(message for message in messages if message["msg"] == "process_generating")
        wait_until(lambda: "begun" in events)
        if how == "stop":
            tab.cancel(action, event_id)
    tab.client.close()


def check_that_the_place_is_free(address: str, events: list[str]) -> None:
    start = time.monotonic()
    wait_until(lambda: "ended" in events and gauge(address, "running") == 0, SOON)
    print(f"free after {time.monotonic() - start:.2f} s")
    assert call(address)[0] == "complete"
    assert time.monotonic() - start < SOON


def test_a_program_that_hangs_up_ends_its_request(address, slowly):
    with httpx.Client() as client:
        data = list({**GOOD, "length": LONG}.values())
        asked = client.post(f"{address}/gradio_api/call/generate", json={"data": data}).json()
        with client.stream("GET", f"{address}/gradio_api/call/generate/{asked['event_id']}"):
            wait_until(lambda: "begun" in slowly)
    check_that_the_place_is_free(address, slowly)


def test_leaving_the_queue_cancels_the_request(address, slowly):
    first, second = Tab(address, "first"), Tab(address, "second")
    asked_for(first, "compose", list({**COMPOSE, "length": LONG}.values()))
    wait_until(lambda: "begun" in slowly)
    asked_for(second, "compose", list(COMPOSE.values()))
    with second.answers() as messages:
        next(message for message in messages if message["msg"] == "estimation")
    second.client.close()
    wait_until(lambda: gauge(address, "waiting") == 0)  # the server has noticed
    with first.answers() as messages:
        next(message for message in messages if message["msg"] == "process_generating")
    first.client.close()
    check_that_the_place_is_free(address, slowly)
    assert slowly == ["begun", "ended"] * 2  # the first, and the test's own
