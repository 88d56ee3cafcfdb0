"""Scores are drawn in this process."""

import pytest

from charrnn.render.score import engraving


@pytest.fixture(autouse=True)
def no_app_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is served in this process has long scores drawn apart, for so many seconds at most."""
    monkeypatch.setattr(engraving, "_engravers", None)
