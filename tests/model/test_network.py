"""State goes in and comes out, and the look back looks only back."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from charrnn.inference.steps import Stepper
from charrnn.model.look_back import Echo, Pointer, Recall
from charrnn.model.network import CharLSTM, State
from tests.support.tiny import VOCABULARY, tiny_network

IDS = torch.tensor([VOCABULARY.encode(text) for text in ("\nM:6/8\nK:D\n|:dfd ecA|dfd", "\nM:4/4\nK:G\n|:GABcdedB|df")])
KINDS = pytest.mark.parametrize("look_back", [0, 8])


PLANS = [(8, 8), (4, 16)]


@KINDS
@torch.inference_mode()
def test_reading_in_pieces_equals_reading_at_once(look_back: int) -> None:
    network = tiny_network(look_back)
    whole, end = network(IDS, network.initial_state(2, PLANS))
    first, state = network(IDS[:, :10], network.initial_state(2, PLANS))
    second, state = network(IDS[:, 10:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    assert (state.time, state.plan) == (end.time, end.plan)
    for name in set(State.__slots__) - {"time", "plan"}:
        torch.testing.assert_close(getattr(state, name), getattr(end, name))


@KINDS
@torch.inference_mode()
def test_a_later_character_changes_nothing_before_it(look_back: int) -> None:
    network = tiny_network(look_back)
    changed = IDS.clone()
    changed[:, 15] = 0
    torch.testing.assert_close(network(changed)[0][:, :15], network(IDS)[0][:, :15])


@KINDS
@torch.inference_mode()
def test_rows_of_a_batch_are_independent(look_back: int) -> None:
    network = tiny_network(look_back)
    torch.testing.assert_close(network(IDS)[0][:1], network(IDS[:1])[0])


@torch.inference_mode()
def test_logits_with_look_back_are_log_probabilities() -> None:
    logits, _ = tiny_network(look_back=8)(IDS)
    torch.testing.assert_close(logits.exp().sum(dim=-1), torch.ones(IDS.shape))


@torch.inference_mode()
def test_the_mixture_sums_to_one_in_half_precision() -> None:
    """The LSTM itself is left out: not every processor has it in bf16."""
    torch.manual_seed(0)
    pointer = Pointer(units=16, width=8, heads=2)
    bearings = tiny_network().bearings
    places, _, _ = bearings.follow(IDS, torch.tensor([bearings.START] * 2), [bearings.clock.start] * 2)
    echo = Echo(places.intervals, bearings.interval_symbols, places.from_intervals)
    with torch.autocast("cpu", torch.bfloat16):
        output = torch.randn(*IDS.shape, 16)
        logits = pointer(output, torch.randn(*IDS.shape, len(VOCABULARY)), pointer.key(output), IDS, echo)
    torch.testing.assert_close(logits.exp().sum(dim=-1), torch.ones(IDS.shape))


@torch.inference_mode()
def test_the_pointer_copies_what_followed_a_similar_moment() -> None:
    """With the query equal to the key and a strong scale, the copy follows the earlier occurrence."""
    pointer = Pointer(units=16, width=16)
    for part in (pointer.key, pointer.query):
        part.weight.copy_(torch.eye(16) * 50)
        part.bias.zero_()
    pointer.sentinel.bias.fill_(-1000.0)
    seen = torch.tensor([VOCABULARY.encode("ABcABcABcABcABcA")])
    output = nn.functional.one_hot(seen % 16, 16).float()
    logits = pointer(output, torch.zeros(1, 16, len(VOCABULARY)), pointer.key(output), seen)
    assert VOCABULARY.decode([int(logits[0, -1].argmax())]) == "B"


@torch.inference_mode()
def test_the_second_pointer_head_copies_transposed_phrases() -> None:
    """The keys see the place in the phrase alone, so that the second phrase finds the first."""
    bearings = tiny_network().bearings
    seen = torch.tensor([VOCABULARY.encode("\nK:C\nCEGFD|DFA")])
    places, _, _ = bearings.follow(seen, torch.tensor([bearings.START]), [bearings.clock.start])
    pointer = Pointer(units=8, width=8, heads=2)
    for part in (pointer.key, pointer.query):
        part.weight.copy_(torch.cat([torch.zeros(8, 8), torch.eye(8) * 50]))  # the first head sees nothing
        part.bias.zero_()
    pointer.sentinel.bias.fill_(-1000.0)
    place = torch.tensor([[0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3]])
    output = nn.functional.one_hot(place, 8).float()
    echo = Echo(places.intervals, bearings.interval_symbols, places.from_intervals)
    logits = pointer(output, torch.zeros(1, 14, len(VOCABULARY)), pointer.key(output), seen, echo)
    assert VOCABULARY.decode([int(logits[0, -1].argmax())]) == "G"


@torch.inference_mode()
def test_recall_retrieves_what_followed_the_same_moment() -> None:
    recall = Recall(units=3, width=3)
    for part in (recall.key, recall.query):
        part.weight.copy_(torch.eye(3) * 50)
        part.bias.zero_()
    recall.sentinel.bias.fill_(-1000.0)
    output = nn.functional.one_hot(torch.tensor([[0, 1, 2, 0]]), 3).float()
    values = torch.arange(12.0).view(1, 4, 3)
    torch.testing.assert_close(recall(output, recall.key(output), values)[0, -1], values[0, 1])


@torch.inference_mode()
def test_the_plan_affects_music_but_not_headers() -> None:
    network = tiny_network()
    without, known = network(IDS)[0], network(IDS, network.initial_state(2, PLANS))[0]
    header = IDS[0].tolist().index(VOCABULARY.index_of["|"])
    torch.testing.assert_close(known[0, : header - 1], without[0, : header - 1])
    assert (known[:, header:] - without[:, header:]).abs().max() > 0.01


@torch.inference_mode()
def test_only_a_nonzero_transposition_changes_the_output() -> None:
    network = tiny_network()
    plain, as_written, moved = (
        network(IDS, network.initial_state(2, fifths=fifths))[0] for fifths in ((), (0, 0), (0, -3))
    )
    torch.testing.assert_close(as_written, plain)
    torch.testing.assert_close(moved[0], plain[0])
    assert (moved[1] - plain[1]).abs().max() > 0.01


@torch.inference_mode()
def test_temperature_scales_the_dense_layer() -> None:
    network = tiny_network(look_back=0)
    torch.testing.assert_close(network(IDS, temperature=0.5)[0], network(IDS)[0] / 0.5)


@torch.inference_mode()
def test_repetition_moves_probability_to_what_was_there_before() -> None:
    network = tiny_network()
    less, plain, more = (network(IDS, repetition=value)[0].exp() for value in (-3.0, 0.0, 3.0))
    there, last = IDS[0, 1:].unique(), (0, -1)
    assert less[last][there].sum() < plain[last][there].sum() < more[last][there].sum()


@KINDS
@pytest.mark.parametrize("layers", [1, 3])
@torch.inference_mode()
def test_the_stepper_gives_what_the_network_gives(
    stepper: Callable[[CharLSTM], Stepper], look_back: int, layers: int
) -> None:
    network = tiny_network(look_back, layers)
    start = network.initial_state(len(IDS), PLANS)
    steps = stepper(network).start(start, temperature=0.7, repetition=0.5)
    expected, _ = network(IDS, start, temperature=0.7, repetition=0.5)
    for place in range(IDS.shape[1]):
        probabilities = torch.from_numpy(steps(IDS[:, place].tolist()))
        torch.testing.assert_close(probabilities, expected[:, place].softmax(dim=-1), atol=1e-5, rtol=1e-4)


@torch.inference_mode()
def test_the_network_reads_every_key_alike() -> None:
    """But for the letter in the header, and the tonic that it is told."""
    network = tiny_network(look_back=0)
    in_d, in_g = (torch.tensor([VOCABULARY.encode(text)]) for text in ("K:D\n|:DFA|def|", "K:G\n|:GBd|gab|"))
    tables = [network.embedding.weight, network.hints["interval"].weight]
    for table in tables:
        table[VOCABULARY.index_of["D"]] = table[VOCABULARY.index_of["G"]]
    network.hints["tonic"].weight.zero_()
    first, second = network(in_d)[0][0, -1], network(in_g)[0][0, -1]
    for letter, moved in zip("DEFGAB", "GABcde", strict=True):
        torch.testing.assert_close(first[VOCABULARY.index_of[letter]], second[VOCABULARY.index_of[moved]])


@torch.inference_mode()
def test_a_selected_row_continues_as_if_alone() -> None:
    network = tiny_network()
    _, state = network(IDS)
    both, _ = network(IDS[:, :3], state)
    alone, _ = network(IDS[1:, :3], state.select(torch.tensor([1])))
    torch.testing.assert_close(alone, both[1:])
