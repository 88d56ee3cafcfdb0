"""The real app in a process of its own, with many visitors at once, and with many requests in a row."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

from benchmarks import load, soak
from benchmarks.serving import RunningApp, running_app
from charrnn import limits
from charrnn.model.checkpoint import load_checkpoint
from charrnn.ui.model import BackgroundModel
from charrnn.ui.page import build_page
from charrnn.ui.serving.requests import Journal
from charrnn.ui.serving.server import serve
from tests.support.served import GRADIO_WARNINGS, free_port

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the app is ended by a signal as posix has them")

T = TypeVar("T")


@pytest.fixture(scope="module")
def app(checkpoint_path: Path) -> Iterator[RunningApp]:
    """Without instruments, which would be rendered beside the requests; the synthesised tone plays."""
    with running_app(str(checkpoint_path), environment={"XDG_CACHE_HOME": os.devnull}, observed=True) as app:
        yield app


def done(work: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: where pages are driven in the same process, this one has an event loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def test_many_visitors_at_once_are_served_as_alone(app, checkpoint_path):
    visits, _ = done(load.load(app.address, visitors=6, candidates=2, programs=2, bars=2))
    load.check(load_checkpoint(checkpoint_path), visits)
    assert [visit.failure for visit in visits if visit.failure] == []
    assert [len(visit.tunes) for visit in visits] == [2] * 6 + [1] * 2
    assert not any(visit.is_wrong for visit in visits)
    assert load.faults_of(app) == 0


@pytest.mark.filterwarnings(GRADIO_WARNINGS)
def test_visitors_to_a_full_queue_are_told_so(monkeypatch):
    monkeypatch.setattr(limits, "MAX_RUNNING_MODEL", 1)
    monkeypatch.setattr(limits, "MAX_QUEUE", 4)
    monkeypatch.setattr(limits, "MAX_SECONDS_PER_REQUEST", 2)
    journal = Journal()
    page = build_page(BackgroundModel("never started"), journal=journal)  # the first visitor keeps the others waiting
    try:
        address = serve(page, journal, "127.0.0.1", free_port()).rstrip("/")
        visits, _ = done(load.load(address, visitors=7, candidates=1))
    finally:
        page.close(verbose=False)
    assert [visit.failure for visit in visits if visit.failure] == []
    told = [visit.sentence for visit in visits]
    full = sum(sentence.startswith("Too many people are waiting") for sentence in told)
    assert full in (3, 4)  # the first one may not have left the queue yet when the last one comes
    assert sum(sentence.startswith("The model is still being loaded") for sentence in told) == 7 - full


def test_nothing_in_the_app_grows_with_the_requests(app):
    kinds = soak.mix(bars=2, candidates=2)
    found = done(soak.soak(app, requests=len(kinds), warm_up=len(kinds), kinds=kinds))
    assert (found.failures, found.grown, found.faults) == ([], {}, 0)
