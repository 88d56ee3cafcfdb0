"""What the page is answered when it has a tune reworked: within its time, away from copies, and counted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gradio import Error

from charrnn import limits
from charrnn.errors import OutOfTimeError
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.training_index import index_of
from charrnn.sampling.editing import rework
from charrnn.sampling.editing.continuation import continued, with_part
from charrnn.sampling.options import Request
from charrnn.ui.controls import MOST_SHARED
from charrnn.ui.handlers.reworking import PART_BARS, Reworking
from charrnn.ui.model import BackgroundModel
from charrnn.ui.patience import Patience
from charrnn.ui.serving.requests import Journal
from tests.support.asking import REWORK
from tests.support.tiny import JIG

REQUEST = Request.checked(seed=1)


@pytest.fixture(scope="module")
def model(checkpoint_path: Path) -> BackgroundModel:
    return BackgroundModel(str(checkpoint_path)).start()


@pytest.fixture(scope="module")
def checkpoint(model: BackgroundModel) -> Checkpoint:
    checkpoint = model.wait()
    assert checkpoint is not None
    return checkpoint


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Characters of each bar that the model draws anew."""
    found: list[int] = []
    real = rework.redraw

    def redraw(*arguments: Any) -> Iterator[list[tuple[str, ...]]]:
        so_far: list[tuple[str, ...]] = []
        for so_far in real(*arguments):
            yield so_far
        found.extend(len(text) for texts in so_far for text in texts)

    monkeypatch.setattr(rework, "redraw", redraw)
    return found


def reworked(model: BackgroundModel, what: str, journal: Journal | None = None, **controls: Any) -> dict[str, Any]:
    """The last answer."""
    event = SimpleNamespace(_data={"what": what, "abc": JIG, "first": 3, "last": 4, "seed": 1})
    *_, last = Reworking(model, journal).rework({**REWORK, **controls}, event)  # type: ignore[arg-type]
    assert isinstance(last, dict)
    return last


def characters(journal: Journal) -> float:
    lines = journal.metrics.text().decode().splitlines()
    return float(next(line for line in lines if line.startswith("charrnn_characters_total ")).split()[1])


def late(on_call: int) -> Callable[[Patience], None]:
    """A deadline that is over when it is asked for the so-manieth time."""
    calls: list[Patience] = []

    def insist(patience: Patience) -> None:
        calls.append(patience)
        if len(calls) >= on_call:
            raise OutOfTimeError("it took too long")

    return insist


@pytest.mark.parametrize("what", ["bars", "vary"])
def test_all_characters_of_new_bars_are_counted(model: BackgroundModel, drawn: list[int], what: str):
    journal = Journal(model)
    assert reworked(model, what, journal)["done"] == what
    assert characters(journal) == sum(drawn) > 20


def test_characters_after_the_tune_are_counted(model: BackgroundModel, checkpoint: Checkpoint):
    for what, growing in (
        ("continue", continued(checkpoint, JIG, REQUEST)),
        ("part", with_part(checkpoint, JIG, REQUEST, PART_BARS)),
    ):
        journal = Journal(model)
        reworked(model, what, journal)
        *_, last = growing
        assert characters(journal) == len(last.music) > 20


def test_a_variation_out_of_time_shows_its_bars(
    model: BackgroundModel, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Patience, "insist", late(3))
    steps = [one for one in rework.varied(checkpoint, JIG, REQUEST) if one]
    answer = reworked(model, "vary")
    assert (answer["state"], answer["done"], answer["abc"]) == ("done", "vary", steps[1].abc)
    assert "are new; the others are as they were." in answer["note"]


def test_a_variation_without_time_is_refused(
    model: BackgroundModel, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "MAX_SECONDS_PER_REQUEST", 0)
    with pytest.raises(Error, match="It took longer than 0 seconds"):
        reworked(model, "vary")


@pytest.mark.parametrize("avoided", [False, True])
def test_avoid_copying_counts_for_variations(
    model: BackgroundModel, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch, avoided: bool
):
    ranked: list[Any] = []
    real = rework._ranked
    monkeypatch.setattr(rework, "_ranked", lambda *given: ranked.append(given[1:]) or real(*given))
    reworked(model, "vary", most_shared=avoided)
    assert set(ranked) == {(MOST_SHARED if avoided else None, index_of(checkpoint))}
