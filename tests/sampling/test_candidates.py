"""Several tunes in one batch: each is the tune that is composed alone."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from charrnn import limits
from charrnn.errors import OptionError
from charrnn.inference.draws import read
from charrnn.inference.steps import Stepper
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.network import CharLSTM
from charrnn.sampling.batch import numbered
from charrnn.sampling.candidates import stream_candidates
from charrnn.sampling.compose import Composition, compose
from charrnn.sampling.options import Request
from tests.support.tiny import VOCABULARY, slow_down, tiny_checkpoint, tiny_network

CHECKPOINT = tiny_checkpoint()
HEADER = "M:6/8\nL:1/8\nK:G\n"


def candidates(request: Request, count: int, checkpoint: Checkpoint = CHECKPOINT) -> tuple[Composition, ...]:
    *_, last = stream_candidates(checkpoint, request, count)
    return last


def alone(request: Request, count: int, checkpoint: Checkpoint = CHECKPOINT) -> tuple[Composition, ...]:
    return tuple(compose(checkpoint, numbered(request, number)) for number in range(count))


def texts(tunes: tuple[Composition, ...]) -> list[tuple[str, list[int], bool]]:
    """All that is told of the tunes but probabilities, which are rounded otherwise in a batch."""
    return [(tune.abc, [drawn.index for drawn in tune.draws], tune.ended) for tune in tunes]


def ending_checkpoint() -> Checkpoint:
    """A model that likes to end its tunes, sooner or later."""
    checkpoint = tiny_checkpoint(seed=2)
    with torch.no_grad():
        checkpoint.network.dense.bias[VOCABULARY.index_of["\n"]] += 102
    return checkpoint


@pytest.mark.parametrize("seed_text", [HEADER, f"{HEADER}GAB c2", f"T:Mine\n{HEADER}|:E2 G"])
def test_candidate_n_equals_composing_with_seed_plus_n(seed_text: str) -> None:
    request = Request.checked(seed_text, length=50, seed=11)
    assert texts(candidates(request, 5)) == texts(alone(request, 5))


def test_candidates_of_a_form_are_those_composed_alone() -> None:
    request = Request.checked(HEADER, 0.7, seed=4, bars=2, parts="AAB", repetition=0.5)
    together = candidates(request, 4)
    assert texts(together) == texts(alone(request, 4))
    assert all(tune.ended for tune in together)


def test_headers_of_different_lengths_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    rhythms = ["", "R:jig\n", "R:slip jig\n", "R:reel\n"]
    monkeypatch.setattr(
        "charrnn.sampling.compose.complete_header",
        lambda _, request, *rest: f"M:6/8\nL:1/8\n{rhythms[request.seed]}K:G\n",
    )
    request = Request.checked("", length=80, seed=0)
    assert texts(candidates(request, 4)) == texts(alone(request, 4))


def test_an_early_ending_leaves_other_candidates_unchanged() -> None:
    checkpoint = ending_checkpoint()
    request = Request.checked(HEADER, length=80, seed=1, grammar=False)
    together = candidates(request, 6, checkpoint)
    assert len({len(tune.music) for tune in together}) > 2
    assert any(tune.ended for tune in together)
    assert texts(together) == texts(alone(request, 6, checkpoint))


def test_candidates_grow_together(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_down(monkeypatch)
    steps = list(stream_candidates(CHECKPOINT, Request.checked(HEADER, length=30, seed=3, grammar=False), 2))
    lengths = [[len(tune.music) for tune in tunes] for tunes in steps]
    assert (lengths[0], lengths[-1]) == ([0], [30, 30])  # the first is begun before the other
    assert any(min(step) > 0 and max(step) < 30 for step in lengths if len(step) == 2)


def test_candidates_may_be_given_up_on_the_way() -> None:
    request = Request.checked(HEADER, length=30, seed=3)
    growing = stream_candidates(CHECKPOINT, request, 2)
    next(growing)
    next(growing)
    growing.close()
    assert list(growing) == []
    assert texts(candidates(request, 2)) == texts(alone(request, 2))


@pytest.mark.parametrize("count", [0, limits.MAX_CANDIDATES + 1, 2.5, None, True])
def test_a_bad_number_of_candidates_is_refused(count: object) -> None:
    with pytest.raises(OptionError, match="Candidates must be a whole number from 1 to 16"):
        stream_candidates(CHECKPOINT, Request.checked(), count)  # type: ignore[arg-type]


@pytest.mark.parametrize("look_back", [0, 8])
def test_batched_steps_equal_those_of_each_text(stepper: Callable[[CharLSTM], Stepper], look_back: int) -> None:
    network = tiny_network(look_back=look_back)
    texts = ["\nM:6/8\nK:D\nFGA", "\n", "\nM:4/4\nL:1/8\nR:reel\nK:Edor\n|:E2B2 BA"]
    states = [read(network, VOCABULARY.encode(text))[1] for text in texts]
    together = stepper(network).start(states, 0.8, 0.5)
    each = [stepper(network).start(state, 0.8, 0.5) for state in states]
    for column in range(90):  # beyond the room that a memory has at first
        ids = VOCABULARY.encode("GAB|" if column % 2 else "cdef")[:3]
        np.testing.assert_allclose(
            together(ids), np.concatenate([steps([index]) for steps, index in zip(each, ids, strict=True)]), rtol=2e-4
        )
