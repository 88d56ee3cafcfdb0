"""Tunes that nobody asked for are written while nobody asks, and never keep anybody waiting."""

import threading
import time

import pytest

from charrnn.ui import model as background
from charrnn.ui.model import BackgroundModel
from charrnn.ui.serving.health import Health
from tests.support.tiny import tiny_checkpoint


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> BackgroundModel:
    """One that is there, and warms up with a single header."""
    monkeypatch.setattr(background, "_LIKELY_HEADERS", ("M:2/4\nL:1/8\nK:C\n",))
    monkeypatch.setattr(background, "_LULL", 0.2)
    found = BackgroundModel("tiny")
    found._checkpoint = tiny_checkpoint()
    found._settled.set()
    return found


def test_a_probe_does_not_count_as_a_visit(model):
    assert Health(model).report() == (True, {"status": "ok"})
    assert model.asked == 0.0
    model.wait(0)
    assert model.asked


def test_the_warm_up_waits_for_a_lull(model):
    model.asked = began = time.monotonic()
    model.warm_up()
    assert time.monotonic() - began >= 0.2


def test_where_visitors_never_stop_it_is_given_up(model, monkeypatch):
    monkeypatch.setattr(background, "_WARM_UP", 0.5)
    model.asked = float("inf")  # whenever one looks, somebody has just come
    worker = threading.Thread(target=model.warm_up, daemon=True)
    worker.start()
    worker.join(20)
    assert not worker.is_alive()
