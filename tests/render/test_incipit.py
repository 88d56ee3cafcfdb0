"""Tunes at a glance."""

import pytest

from charrnn.render.score.incipit import incipit
from tests.support.tunes import tune_of


@pytest.mark.parametrize(("music", "notes"), [("ABcd efga|" * 8, 32), ("A-" * 300, 200), ("AB|", 2)])
def test_an_incipit_has_four_bars_at_most(music: str, notes: int) -> None:
    assert incipit(tune_of(music), "c0-").count('class="note"') == notes
