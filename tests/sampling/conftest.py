"""What the tests of the sampler share."""

import pytest

from charrnn.sampling.start import header


@pytest.fixture(autouse=True)
def few_tries_for_a_header(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model without training hardly ever writes a good value of M: or K:; trying more often only takes longer."""
    monkeypatch.setattr(header, "_TRIES", 2)
