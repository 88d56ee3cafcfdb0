"""What gradio remembers of visitors stays within bounds, and so does what a census would say of it."""

from collections import deque
from functools import cache
from types import SimpleNamespace

import httpx
import pytest

from benchmarks.census import census, grown
from benchmarks.visitors import changed
from charrnn import limits
from charrnn.ui.model import BackgroundModel
from charrnn.ui.page import build_page
from charrnn.ui.serving.housekeeping import Messages, StoppedEvents
from charrnn.ui.serving.requests import Journal
from charrnn.ui.serving.server import serve
from tests.support.served import GRADIO_WARNINGS, free_port


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """As gradio's, with room for three sessions."""
    monkeypatch.setattr(limits, "MAX_SESSIONS", 3)
    queue = SimpleNamespace(
        pending_event_ids_session={}, event_ids_to_events={}, event_queue_per_concurrency_id={}, active_jobs=[None]
    )
    queue.pending_messages_per_session = Messages(queue)
    return queue


def join(queue: SimpleNamespace, session: str, *unfinished: str, under_way: bool = True) -> None:
    """A session that asks for something, as gradio's queue notes it down."""
    queue.pending_messages_per_session[session] = []
    queue.pending_event_ids_session[session] = set(unfinished)
    if under_way:
        events = {event: SimpleNamespace(_id=event) for event in unfinished}
        queue.event_ids_to_events |= events
        queue.active_jobs.append([*events.values()])


def test_sessions_that_are_told_everything_are_forgotten_first(queue):
    join(queue, "reads on", "e1", under_way=False)
    join(queue, "done")
    join(queue, "waits", "e2")
    join(queue, "new", "e3")
    assert list(queue.pending_messages_per_session) == ["reads on", "waits", "new"]
    assert list(queue.pending_event_ids_session) == ["reads on", "waits", "new"]


def test_unfetched_answers_beyond_the_limit_are_dropped(queue):
    for number in range(10):
        join(queue, f"session {number}", f"event {number}", under_way=False)
    assert len(queue.pending_messages_per_session) <= 3
    assert len(queue.pending_event_ids_session) <= 3
    assert "session 9" in queue.pending_messages_per_session


def test_sessions_with_waiting_or_running_events_are_kept(queue):
    for number in range(10):
        join(queue, f"session {number}", f"event {number}")
    assert len(queue.pending_messages_per_session) == 10


def test_sessions_that_left_during_generation_are_dropped(queue):
    for number in range(10):
        join(queue, f"session {number}", f"event {number}", under_way=False)
        queue.pending_messages_per_session.pop(f"session {number}", None)
    assert len(queue.pending_event_ids_session) <= 3


def test_events_neither_waiting_nor_running_are_dropped(queue):
    waiting = SimpleNamespace(_id="waits")
    queue.event_queue_per_concurrency_id["model"] = SimpleNamespace(queue=[waiting])
    queue.event_ids_to_events |= {"left": SimpleNamespace(_id="left"), "waits": waiting}
    join(queue, "new", "runs")
    join(queue, "newer")
    assert list(queue.event_ids_to_events) == ["waits", "runs"]


def test_events_that_were_stopped_do_not_pile_up(monkeypatch):
    monkeypatch.setattr(limits, "MAX_SESSIONS", 3)
    events = StoppedEvents()
    for number in range(10):
        events.add(number)
    assert 9 in events
    assert len(events) <= 3


@pytest.mark.filterwarnings(GRADIO_WARNINGS)
def test_the_page_that_is_served_keeps_house(monkeypatch):
    monkeypatch.setattr(limits, "MAX_SESSIONS", 3)
    journal = Journal()
    page = build_page(BackgroundModel("never started"), journal=journal)
    try:
        address = serve(page, journal, "127.0.0.1", free_port()).rstrip("/")
        stop = next(number for number, function in page.fns.items() if function.api_name == "stop")
        generate = next(number for number, function in page.fns.items() if function.api_name == "generate")
        for number in range(8):
            for data, function in (([None, {}], stop), (["", "hot"] + [None] * 7, generate)):
                body = {"session_hash": f"session{number}", "data": data, "fn_index": function}
                assert httpx.post(f"{address}/gradio_api/queue/join", json=body).status_code == 200
            stream = httpx.get(f"{address}/gradio_api/queue/data", params={"session_hash": f"session{number}"})
            assert "Temperature must be" in stream.text
        queue = page._queue
        kept = (queue.pending_messages_per_session, queue.pending_event_ids_session, page.state_holder.session_data)
        assert [len(each) <= 3 for each in kept] == [True] * 3
        assert isinstance(page.app.iterators_to_reset, StoppedEvents)
        assert isinstance(kept[0], Messages)
    finally:
        page.close(verbose=False)


def test_a_census_counts_containers_by_access_path():
    @cache
    def kept(number: int) -> list[int]:
        return [number]

    kept(1), kept(2)
    thing = SimpleNamespace(names={"a": [1, 2], "b": [3]}, recent=deque("xyz"), kept=kept)
    assert census({"it": thing}) == {
        "it.names": 2,
        "it.names[]": 3,
        "it.recent": 3,
        "it.kept": 2,
        "it.kept()": 2,
    }


def test_growth_is_reported_once_unless_within_its_bound():
    before = {"a.sessions": 2, "a.sessions[].parts": 4, "a.cache": 5, "a.cache[]": 9, "a.other": 1}
    after = {"a.sessions": 5, "a.sessions[].parts": 10, "a.cache": 8, "a.cache[]": 20, "a.other": 2}
    assert grown(before, after, {".cache": 8}, least=3) == {"a.sessions": (2, 5)}
    assert grown(before, after, {".cache": 7}, least=3) == {"a.sessions": (2, 5), "a.cache": (5, 8)}


def test_a_moved_container_does_not_count_as_growth():
    assert grown({"a.b.names": 5}, {"a.c.d.names": 5}, {}) == {}
    assert grown({}, {"a.c.d.names": 5}, {}) == {"a.c.d.names": (0, 5)}


def test_edits_are_applied_as_the_browser_applies_them():
    value = {"state": "writing", "abc": "AB", "bars": [[0], [1, 2], [3]], "old": 1}
    edits = [
        ("append", ["abc"], "c"),
        ("replace", ["state"], "done"),
        ("delete", ["old"], None),
        ("delete", ["bars", 1, 7], None),
        ("delete", ["bars", 2], None),
        ("add", ["bars", 2], [4]),
        ("add", ["sound"], None),
    ]
    assert changed(value, edits) == {"state": "done", "abc": "ABc", "bars": [[0], [1, 2], [4]], "sound": None}
    assert changed({"a": 1}, [("replace", [], None)]) is None
