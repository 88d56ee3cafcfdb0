"""The batch method: inputs, targets shifted by one, and how rows follow one another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from charrnn.model.batches import IGNORED, Example, padded, random_windows, streams, whole_tunes

TEXT = np.arange(100)  # each "character" is its own place in the text
START = 99


def test_stream_targets_are_inputs_shifted_by_one() -> None:
    for batch in streams(TEXT, batch_size=3, seq_length=8):
        assert (batch.targets == batch.inputs + 1).all()


def test_stream_rows_continue_the_previous_batch() -> None:
    first, second, *_ = streams(TEXT, batch_size=3, seq_length=8)
    assert (second.inputs[:, 0] == first.inputs[:, -1] + 1).all()
    assert (first.carries_state, second.carries_state) == (False, True)


def test_streams_use_all_text_but_a_short_remainder() -> None:
    seen = np.concatenate([batch.inputs.flatten() for batch in streams(TEXT, batch_size=3, seq_length=8)])
    assert sorted(seen) == list(range(99))


def test_random_windows_are_contiguous_and_start_fresh() -> None:
    for batch in random_windows(TEXT, batch_size=4, seq_length=6, random=np.random.default_rng(0)):
        assert (batch.inputs.diff(dim=1) == 1).all()
        assert (batch.targets == batch.inputs + 1).all()
        assert not batch.carries_state


def test_padding_adds_start_ids_and_ignored_targets() -> None:
    batch = padded([Example(np.array([5, 6, 7]), 2, (8, 8)), Example(np.array([8]))], start=START)
    assert batch.inputs[:, :3].tolist() == [[START, 5, 6], [START, START, START]]
    assert batch.targets[:, :3].tolist() == [[5, 6, 7], [8, IGNORED, IGNORED]]
    assert batch.characters == 4
    assert (batch.fifths, batch.plans) == ((2, 0), ((8, 8), None))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(0, 5))
def test_an_epoch_holds_each_tune_once(lengths: list[int], seed: int) -> None:
    tunes = [Example(np.full(length, number)) for number, length in enumerate(lengths)]
    found = []
    for batch in whole_tunes(tunes, START, characters=50, random=np.random.default_rng(seed)):
        found += [row[row != IGNORED].tolist() for row in batch.targets]
    assert sorted(found) == sorted(tune.ids.tolist() for tune in tunes)


@pytest.mark.parametrize("characters", [1, 50, 10_000])
def test_only_a_single_tune_exceeds_the_batch_size(characters: int) -> None:
    tunes = [Example(np.zeros(length, dtype=int)) for length in range(1, 40)]
    for batch in whole_tunes(tunes, START, characters, np.random.default_rng(0)):
        assert batch.inputs.numel() <= characters or len(batch.inputs) == 1
