"""Many visitors at once: everybody has his turn, and who does not is told so in a sentence."""

import base64
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from gradio.queueing import Queue

from charrnn import limits
from charrnn.errors import BusyError
from charrnn.ui.serving import fairness
from charrnn.ui.serving.visitors import visitor_of
from tests.support.asking import COMPOSE, GOOD, Tab, call, gauge
from tests.support.served import GRADIO_WARNINGS, served
from tests.support.tiny import JIG
from tests.support.visitor import wait_until

pytestmark = pytest.mark.filterwarnings(GRADIO_WARNINGS)
LONG = list({**COMPOSE, "length": 4_000}.values())


@pytest.fixture(scope="module")
def address(checkpoint_path: Path) -> Iterator[str]:
    """One tune at a time, so that others wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "MAX_RUNNING_MODEL", 1)
        with served(str(checkpoint_path), trusted_proxies=("127.0.0.1",)) as address:
            yield address


@pytest.fixture
def tabs(address: str, slowly: list[str]) -> Iterator[Any]:
    """Makes tabs, whose work is ended afterwards; a tune takes forty seconds."""
    made: list[Tab] = []

    def tab(session: str, come_from: str = "") -> Tab:
        made.append(Tab(address, session, come_from))
        return made[-1]

    yield tab
    for each in made:
        for event in EVENTS.pop(each.session, []):
            each.cancel("compose", event)
        each.client.close()
    wait_until(lambda: gauge(address, "running") == 0)


EVENTS: dict[str, list[str]] = {}


def begin(tab: Tab) -> httpx.Response:
    answer = tab.join("compose", LONG)
    if answer.status_code == 200:
        EVENTS.setdefault(tab.session, []).append(answer.json()["event_id"])
    return answer


def test_a_tabs_second_request_is_told_to_wait(address, tabs):
    tab = tabs("one")
    assert begin(tab).status_code == 200
    answer = begin(tab)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert answer.json()["detail"] == "Your last tune is still being written; press Stop first, or wait for it."
    assert begin(tabs("two")).status_code == 200  # another tab waits in the queue
    assert tab.result("stop", [json.dumps({"state": "writing", "abc": JIG}), {}])[0]  # and Stop waits for nothing


def test_stop_frees_the_tab_for_its_next_request(address, tabs):
    tab = tabs("again")
    event = begin(tab).json()["event_id"]
    wait_until(lambda: gauge(address, "running") == 1)
    tab.cancel("compose", event)
    assert begin(tab).status_code == 200


def test_a_last_moment_stop_frees_the_tab(address, monkeypatch):
    """What gradio is about to put away then stays in its table of events."""
    is_ending = threading.Event()

    def slowly(*_: object) -> None:  # the last that gradio does for an event
        is_ending.set()
        time.sleep(0.5)

    tab, short = Tab(address, "late"), [*{**COMPOSE, "length": 20}.values()]
    with monkeypatch.context() as patch:
        patch.setattr(Queue, "compute_analytics_summary", slowly)
        event = tab.join("compose", short).json()["event_id"]
        assert is_ending.wait(60)
        tab.cancel("compose", event)
    assert tab.join("compose", short).status_code == 200
    assert tab.end()["success"]
    tab.client.close()


def test_each_address_has_its_own_queue_share(address, tabs, monkeypatch):
    monkeypatch.setattr(limits, "MAX_AT_ONCE", 3)
    answers = [begin(tabs(f"office{number}", "192.0.2.7")) for number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["detail"].startswith("From your address, 3 tunes are being written or wait already;")
    assert begin(tabs("elsewhere", "192.0.2.8")).status_code == 200
    wait_until(lambda: (gauge(address, "running"), gauge(address, "waiting")) == (1, 3))


def test_a_full_queue_refuses_newcomers_and_keeps_serving(address, monkeypatch, slowly):
    monkeypatch.setattr(limits, "MAX_QUEUE", 3)
    with ThreadPoolExecutor(3) as pool:
        served_all = [pool.submit(call, address, length=500)]
        wait_until(lambda: gauge(address, "running") == 1)  # or the third would find two waiting
        served_all += [pool.submit(call, address, length=500) for _ in range(2)]
        wait_until(lambda: gauge(address, "waiting") == 2)
        answer = httpx.post(f"{address}/gradio_api/call/generate", json={"data": list(GOOD.values())})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert (
            answer.json()["detail"] == "Too many people are waiting for a tune just now; please try again in a moment."
        )
        assert [each.result()[0] for each in served_all] == ["complete"] * 3
    assert call(address)[0] == "complete"


def test_requests_over_the_rate_limit_are_refused(monkeypatch, checkpoint_path):
    monkeypatch.setattr(limits, "MAX_A_MINUTE", 2)
    monkeypatch.setattr(limits, "MAX_LOOKS_A_MINUTE", 2)
    with served(str(checkpoint_path), trusted_proxies=("127.0.0.1",)) as address:
        headers = {"x-forwarded-for": "192.0.2.9"}
        assert [call(address, headers)[0] for _ in range(2)] == ["complete"] * 2
        event, sentence = call(address, headers)
        assert event == "error"
        assert sentence == "From your address, 2 requests came within a minute; please wait a little."
        assert call(address, {"x-forwarded-for": "192.0.2.10"})[0] == "complete"
        assert [call(address)[0] for _ in range(3)] == ["complete"] * 3  # who asks from this machine is not counted
        tab = Tab(address, "looks", "192.0.2.9")
        answers = [tab.desk("look", {"abc": JIG}).json() for _ in range(3)]
        tab.client.close()
        assert ["error" in answer for answer in answers] == [False, False, True]


def test_server_functions_over_the_limit_wait_then_fail(monkeypatch, checkpoint_path):
    from charrnn.ui.handlers import desk

    monkeypatch.setattr(desk, "_WAIT_SECONDS", 0.1)
    made = desk.Desk()
    with contextlib.ExitStack() as held:
        for _ in range(limits.MAX_DESK):
            held.enter_context(made._place())
        with pytest.raises(BusyError, match=r"^The server is busy; please try again in a moment\.$"), made._place():
            pass
        assert made.functions()[0]({"abc": JIG}, SimpleNamespace(client=None)) == {
            "error": "The server is busy; please try again in a moment."
        }
    assert made.functions()[0]({"abc": JIG}, SimpleNamespace(client=None))["state"] == "done"


def test_the_opening_of_files_bounds_what_waits():
    from charrnn.ui.handlers import files

    made = files.Files()
    sent = {"name": "a.abc", "base64": base64.b64encode(JIG.encode()).decode()}
    with contextlib.ExitStack() as held:
        for _ in range(limits.MAX_OPENING + limits.MAX_DESK_WAITING):
            held.enter_context(made._room)
        assert made.functions()[0](sent, SimpleNamespace(client=None)) == {
            "error": "The server is busy; please try again in a moment."
        }
    assert made.functions()[0](sent, SimpleNamespace(client=None))["file"]["sentence"] == "Opened from ABC."
    made._openers.close()


def test_a_rate_is_counted_for_each_visitor_alone():
    rate = fairness.Rate(1)
    rate.check(come_from("192.0.2.1"))
    rate.check(come_from("192.0.2.2"))
    with pytest.raises(BusyError):
        rate.check(come_from("192.0.2.1"))


@pytest.mark.parametrize(
    ("host", "visitor"),
    [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"), ("127.0.0.1", ""), ("127.8.8.8", ""), ("::1", ""), ("::ffff:127.0.0.1", ""),
        ("", ""), ("testclient", "testclient"),
    ],
)  # fmt: skip
def test_a_visitor_is_identified_by_address_or_network(host, visitor):
    assert visitor_of(come_from(host)) == visitor
    assert visitor_of(None) == ""


def come_from(host: str) -> SimpleNamespace:
    return SimpleNamespace(client=SimpleNamespace(host=host))


def test_six_equal_requests_at_once_match_one_alone(address):
    alone = call(address, seed=11, length=120)
    assert alone[0] == "complete"
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda _: call(address, seed=11, length=120), range(6)))
    assert together == [alone] * 6


def test_tunes_written_in_parallel_threads_match_one_alone(address, checkpoint_path):
    """Whatever the number of places: the handlers themselves, in threads."""
    from charrnn.ui.handlers.compose import Handlers
    from charrnn.ui.model import BackgroundModel

    handlers = Handlers(BackgroundModel(str(checkpoint_path)).start())
    for threads in (2, 6):
        with ThreadPoolExecutor(threads) as pool:
            tunes = list(pool.map(lambda _: handlers.generate(seed=11, length=120), range(threads)))
        assert tunes == [call(address, seed=11, length=120)[1]] * threads


def test_a_cancelled_request_lets_the_next_one_run(address, tabs):
    first, second = tabs("first"), tabs("second")
    event = begin(first).json()["event_id"]
    wait_until(lambda: gauge(address, "running") == 1)
    second.join("compose", list(COMPOSE.values()))
    start = time.monotonic()
    first.cancel("compose", event)
    assert second.end()["success"]
    assert time.monotonic() - start < 10  # the first would have taken forty
