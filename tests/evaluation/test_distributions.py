"""Histograms and the distance between them."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.evaluation.distributions import Histograms, divergence
from tests.support.tunes import tune_of

COUNTS = st.dictionaries(st.integers(0, 5), st.integers(1, 9), min_size=1)


def test_the_divergence_matches_a_manual_calculation() -> None:
    # The middle is 3/4 and 1/4: (1/2 log 2/3 + 1/2 log 2) / 2 + (log 4/3) / 2.
    assert divergence({"a": 1, "b": 1}, {"a": 7}) == pytest.approx(0.311278, abs=1e-6)


def test_divergence_is_one_if_disjoint_none_if_empty() -> None:
    assert divergence({"a": 3}, {"b": 1, "c": 5}) == 1
    assert divergence({}, {"b": 1}) is None


@given(COUNTS, COUNTS)
def test_the_divergence_is_symmetric_and_at_most_one(first: dict[int, int], second: dict[int, int]) -> None:
    there, back = divergence(first, second), divergence(second, first)
    assert there == pytest.approx(back)
    assert there is not None
    assert -1e-12 <= there <= 1 + 1e-12


@given(COUNTS, st.integers(1, 5))
def test_the_divergence_compares_shares_not_counts(counts: dict[int, int], times: int) -> None:
    assert divergence(counts, {value: times * count for value, count in counts.items()}) == pytest.approx(0, abs=1e-12)


def test_histograms_count_intervals_durations_and_bar_rhythms() -> None:
    found = Histograms.of(tune_of("G|C2EG|C2GE|C2E|]", meter="2/4"))
    eighth = Fraction(1, 8)
    assert found.intervals == Counter({-7: 2, 4: 2, 3: 1, 7: 1, -3: 1, -4: 1})
    assert found.durations == Counter({eighth: 6, 2 * eighth: 3})
    assert found.patterns == Counter({(False, (2 * eighth, eighth, eighth)): 2})
