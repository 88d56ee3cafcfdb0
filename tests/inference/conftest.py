"""The two ways in which lines are written: numpy's steps and the kernel."""

import pytest

from charrnn.inference import compiling


@pytest.fixture(params=["numpy", "compiled"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A test is run in one way and in the other."""
    if request.param == "compiled":
        request.getfixturevalue("compiled_stepper")
        monkeypatch.setattr(compiling, "_ready", {"fp32"})
    found: str = request.param
    return found
