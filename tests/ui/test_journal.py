"""What is written down of a request, and what the server tells of itself."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch

from charrnn import limits
from charrnn.errors import BusyError, CheckpointError, ModelError, OptionError, OutOfTimeError
from charrnn.inference.by_numpy import batch as numpy_batch
from charrnn.model.checkpoint import load_checkpoint
from charrnn.sampling import compose
from charrnn.sampling.explain import explain
from charrnn.ui.model import BackgroundModel
from charrnn.ui.patience import GoneError
from charrnn.ui.serving.health import Health
from charrnn.ui.serving.requests import Entry, Journal
from tests.support.asking import COMPOSE, REWORK, Tab, call
from tests.support.served import GRADIO_WARNINGS, served
from tests.support.tiny import JIG
from tests.support.visitor import wait_until

pytestmark = pytest.mark.filterwarnings(GRADIO_WARNINGS)
SECRET = "M:6/8\nL:1/8\nK:D\nABcdefABc"


@pytest.fixture
def address(checkpoint_path: Path) -> Iterator[str]:
    with served(str(checkpoint_path)) as address:
        yield address


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    """The log's, as dicts."""
    caplog.set_level(logging.INFO, logger="charrnn")
    return lambda: [json.loads(record.getMessage()) for record in caplog.records if record.levelno == logging.INFO]


def metric(address: str, name: str) -> float:
    found = [line for line in httpx.get(f"{address}/metrics").text.splitlines() if line.startswith(f"{name} ")]
    return float(found[0].split()[1]) if found else 0.0


def test_each_request_logs_one_line_without_its_text(address, lines):
    _, tune = call(address, seed_text=SECRET, seed=3, candidates=2)
    (line,) = lines()
    assert line["action"] == "generate"
    assert line["outcome"] == "ok"
    assert line["ms"] > 0
    assert line["characters"] >= 40
    assert line["options"]["text_characters"] == len(SECRET)
    assert (line["options"]["seed"], line["options"]["temperature"], line["options"]["candidates"]) == (3, 1.0, 2)
    assert SECRET[-9:] not in json.dumps(line)
    assert tune["abc"][-9:] not in json.dumps(line)


def test_text_hashes_are_equal_only_for_equal_texts(address, lines):
    for text in (SECRET, SECRET, SECRET + "A"):
        call(address, seed_text=text)
    first, second, third = (line["options"]["text_hash"] for line in lines())
    assert first == second != third


def test_every_visitor_action_is_logged_with_its_outcome(address, lines):
    tab = Tab(address, "visitor")
    tab.result("compose", list(COMPOSE.values()))
    tab.result("compose", list({**COMPOSE, "candidates": 99}.values()))
    tab.result("compose", [])
    tab.result("rework", list(REWORK.values()), {"what": "part", "abc": JIG})
    tab.result("inside", [], {"abc": JIG})
    tab.desk("look", {"abc": JIG})
    tab.desk("make_file", {"abc": JIG, "kind": "exe"})
    httpx.post(f"{address}/gradio_api/upload")
    tab.client.close()
    assert [(line["action"], line["outcome"]) for line in lines()] == [
        ("compose", "ok"), ("compose", "refused"), ("compose", "refused"), ("rework", "ok"), ("inside", "ok"),
        ("look", "ok"), ("file", "refused"), ("http", "refused"),
    ]  # fmt: skip
    text = httpx.get(f"{address}/metrics").text
    assert 'charrnn_requests_total{action="compose",outcome="refused"} 2.0' in text
    assert 'charrnn_request_seconds_count{action="rework"} 1.0' in text
    assert metric(address, "charrnn_characters_total") == sum(line["characters"] for line in lines()) > 40
    assert metric(address, "charrnn_characters_per_second") > 0


def test_a_stopped_tune_is_logged_as_stopped(address, lines, slowly):
    tab = Tab(address, "visitor")
    event = tab.join("compose", list({**COMPOSE, "length": 4_000}.values())).json()["event_id"]
    with tab.answers() as messages:
        next(message for message in messages if message["msg"] == "process_generating")
        tab.cancel("compose", event)
    tab.client.close()
    wait_until(lambda: lines())
    assert [(line["action"], line["outcome"]) for line in lines()] == [("compose", "stopped")]


def test_an_error_traceback_is_logged_under_its_id(address, lines, caplog, monkeypatch):
    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("the innermost secret")

    tab = Tab(address, "visitor")
    with monkeypatch.context() as patch:
        patch.setattr(compose, "stream", broken)
        patch.setattr("charrnn.sampling.explain.explain", broken)
        patch.setattr("charrnn.ui.answers.value.done", broken)
        sentences = [
            tab.result("compose", list(COMPOSE.values()))[1],
            tab.result("inside", [], {"abc": JIG})[1],
            tab.result("stop", [json.dumps({"state": "writing", "abc": JIG}), {}])[1],
            tab.desk("look", {"abc": JIG}).json()["error"],
        ]
    ids = [line["id"] for line in lines()]
    assert sentences == [f"Something went wrong (id {id}). Please try again." for id in ids]
    traces = {record.args[0]: record.exc_info for record in caplog.records if record.levelno == logging.ERROR}
    assert list(traces) == ids
    assert all("innermost secret" in str(trace) for trace in traces.values())
    assert tab.result("compose", list(COMPOSE.values()))[0]
    tab.client.close()


def test_errors_outside_our_functions_return_a_logged_id(address, lines, monkeypatch):
    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("the innermost secret")

    with monkeypatch.context() as patch:
        patch.setattr(Health, "report", broken)
        answer = httpx.get(f"{address}/healthz")
    (line,) = lines()
    assert (answer.status_code, line["outcome"]) == (500, "failed")
    assert answer.json() == {"detail": f"Something went wrong (id {line['id']}). Please try again."}
    assert httpx.get(f"{address}/healthz").status_code == 200


def test_nan_from_the_model_fails_only_the_request(address, checkpoint_path, monkeypatch):
    real = numpy_batch.draw

    def no_numbers(probabilities: Any, *arguments: Any) -> Any:
        return real(probabilities * float("nan"), *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(numpy_batch, "draw", no_numbers)
        for values in ({}, {"grammar": False}, {"temperature": 0}, {"candidates": 3}):
            event, sentence = call(address, **values)
            assert event == "error"
            assert sentence.startswith("Something went wrong (id ")
    id = sentence.partition("(id ")[2].partition(")")[0]
    answer = httpx.get(f"{address}/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "reason": f"The last generation failed (id {id})."}
    assert call(address)[0] == "complete"
    assert httpx.get(f"{address}/healthz").json() == {"status": "ok"}


def test_explain_rejects_a_model_that_gives_nan(checkpoint_path):
    checkpoint = load_checkpoint(checkpoint_path)
    with torch.no_grad():
        checkpoint.network.dense.bias.fill_(float("nan"))
    with pytest.raises(ModelError, match="no probabilities"):
        explain(checkpoint, JIG)


def test_health_reports_loading_and_a_failed_load(checkpoint_path, tmp_path):
    model = BackgroundModel(str(checkpoint_path))
    health = Health(model)
    assert health.report() == (False, {"status": "loading", "reason": "The model is still being loaded."})
    model.start().wait()
    assert health.report() == (True, {"status": "ok"})
    (tmp_path / "damaged.safetensors").write_bytes(b"x")
    damaged = BackgroundModel(str(tmp_path / "damaged.safetensors")).start()
    damaged.settled()
    is_well, report = Health(damaged).report()
    assert (is_well, report["status"]) == (False, "failed")
    assert str(tmp_path) not in report["reason"]


def test_health_recovers_some_time_after_a_failure(checkpoint_path, monkeypatch):
    model = BackgroundModel(str(checkpoint_path)).start()
    model.wait()
    health = Health(model)
    health.note("compose", "failed", "7f3a")
    health.note("compose", "refused", "1")
    health.note("look", "ok", "2")
    assert health.report()[1] == {"status": "failing", "reason": "The last generation failed (id 7f3a)."}
    monkeypatch.setattr(limits, "HEALTH_SECONDS", 0)
    assert health.report() == (True, {"status": "ok"})


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (OptionError("no"), "refused"), (OutOfTimeError("no"), "refused"), (BusyError("no"), "busy"),
        (GoneError("no"), "stopped"), (GeneratorExit(), "stopped"), (ModelError("no"), "failed"),
        (CheckpointError("no"), "failed"), (ValueError("no"), "failed"), (MemoryError(), "failed"),
    ],
)  # fmt: skip
def test_an_error_says_how_a_request_came_out(error, outcome):
    entry = Entry("compose")
    with pytest.raises(type(error)), Journal().recorded(entry):
        raise error
    assert entry.outcome == outcome
