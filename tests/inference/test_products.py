"""The kernel's products and vectors, against numpy's and torch's."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from numba import njit

from charrnn.inference import processor
from charrnn.inference.compiled import packed
from charrnn.inference.kernel.products import affine
from charrnn.inference.kernel.step import _recalled
from charrnn.inference.kernel.vectors import kept, largest_of, largest_size_of
from charrnn.inference.layout import Affine, finest, in_sixteen_bits, upper_halves

RANDOM = np.random.default_rng(0)
FLOATS = st.floats(-1e6, 1e6, width=32)


@njit
def product(weights, scale, bias, x):
    return affine(weights, scale, bias, x)


@njit
def largest(x, least):
    return largest_of(x, least), largest_size_of(x.reshape(1, -1), 0, abs(least))


@njit
def keep(array, x):
    for place in range(len(x)):
        array[place] = kept(array, x[place])


@njit
def recalled(weights, seen, pages, values):
    return _recalled(weights, seen, pages, values)


KINDS = ["int8", *(["tiles"] if processor.may_use_tiles() else [])]  # what this processor can multiply


def whole_weights(rows: int, depth: int) -> np.ndarray:
    whole = RANDOM.integers(-127, 128, (rows, depth)).astype(np.float32)
    whole[:, 0] = 127  # so that 1 is a step of each row
    return whole


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("rows", "depth", "count"), [(60, 1_032, 3), (64, 64, 1), (130, 7, 8), (5, 200, 9), (1, 65, 17)]
)
def test_sums_of_whole_numbers_are_exact(kind: str, rows: int, depth: int, count: int) -> None:
    weights, x = whole_weights(rows, depth), RANDOM.normal(size=(count, depth)).astype(np.float32)
    largest_of_row = np.abs(x).max(axis=1, keepdims=True)
    steps = np.float32(finest(depth)) / largest_of_row
    sums = np.rint(x * steps).astype(np.int64) @ weights.T.astype(np.int64)
    expected = sums.astype(np.float32) * (largest_of_row / np.float32(finest(depth)))
    found = product(*packed(Affine(weights, np.zeros(rows, np.float32)), kind), x)
    np.testing.assert_array_equal(found[:, :rows], expected)


@pytest.mark.parametrize("kind", KINDS)
def test_nan_stays_in_its_own_row(kind: str) -> None:
    x = RANDOM.normal(size=(3, 64)).astype(np.float32)
    x[1, 5] = np.nan
    found = product(*packed(Affine(whole_weights(64, 64), np.zeros(64, np.float32)), kind), x)
    assert np.isnan(found).all(axis=1).tolist() == [False, True, False]


@settings(deadline=None)
@given(st.lists(FLOATS, max_size=70), FLOATS)
def test_the_largest_is_found(values: list[float], least: float) -> None:
    x = np.array(values, np.float32)
    assert largest(x, np.float32(least)) == (max([*values, least]), max([*map(abs, values), abs(least)]))


@settings(deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=40))
def test_sixteen_bits_are_those_of_bf16(values: list[float]) -> None:
    x = np.array(values, np.float32)
    by_kernel = np.zeros(len(x), np.uint16)
    keep(by_kernel, x)
    np.testing.assert_array_equal(by_kernel, upper_halves(x))
    np.testing.assert_array_equal(in_sixteen_bits(x), torch.from_numpy(x).bfloat16().float().numpy())


@pytest.mark.parametrize("seen", [1, 63, 64, 65, 128, 200])
@pytest.mark.parametrize("dtype", [np.float32, np.uint16])
def test_followers_are_summed_by_their_weights(seen: int, dtype: type) -> None:
    followers = RANDOM.normal(size=(seen + 1, 70)).astype(np.float32)
    pages, weights = RANDOM.permutation(6), RANDOM.random(seen).astype(np.float32)
    values = np.full((6, 2, 64, 64), np.nan, np.float32)  # moments that are not there yet are not looked at
    for moment, follower in enumerate(np.pad(followers, [(0, 0), (0, 58)])):
        values[pages[moment // 64], :, moment % 64] = follower.reshape(2, 64)
    if dtype is np.uint16:
        values, followers = upper_halves(values), in_sixteen_bits(followers)
    found = recalled(weights, seen, pages, values)
    np.testing.assert_allclose(found[:70], weights @ followers[1:], rtol=1e-4, atol=1e-4)
