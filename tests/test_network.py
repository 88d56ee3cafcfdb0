"""State goes in and comes out, and the look back looks only back."""

import pytest
import torch

from charrnn.model.network import State
from charrnn.sampling.stepper import Stepper
from tests.tiny import VOCABULARY, tiny_network

IDS = torch.tensor([VOCABULARY.encode(text) for text in ("\nM:6/8\nK:D\n|:dfd ecA|dfd", "\nM:4/4\nK:G\n|:GABcdedB|df")])
KINDS = pytest.mark.parametrize("look_back", [0, 8])


@KINDS
@torch.inference_mode()
def test_reading_in_two_pieces_gives_the_same_as_reading_at_once(look_back: int) -> None:
    network = tiny_network(look_back)
    whole, end = network(IDS)
    first, state = network(IDS[:, :10])
    second, state = network(IDS[:, 10:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    for name in State.__slots__:
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
def test_the_rows_of_a_batch_do_not_see_each_other(look_back: int) -> None:
    network = tiny_network(look_back)
    torch.testing.assert_close(network(IDS)[0][:1], network(IDS[:1])[0])


@torch.inference_mode()
def test_with_a_look_back_the_logits_are_log_probabilities() -> None:
    logits, _ = tiny_network(look_back=8)(IDS)
    torch.testing.assert_close(logits.exp().sum(dim=-1), torch.ones(IDS.shape))


@torch.inference_mode()
def test_in_half_precision_the_mixture_still_sums_to_one() -> None:
    """The LSTM itself is left out: not every processor has it in bf16."""
    look_back = tiny_network(look_back=8).look_back
    assert look_back is not None
    torch.manual_seed(0)
    with torch.autocast("cpu", torch.bfloat16):
        output = torch.randn(*IDS.shape, 16)
        logits = look_back(output, torch.randn(*IDS.shape, len(VOCABULARY)), look_back.key(output), IDS)
    torch.testing.assert_close(logits.exp().sum(dim=-1), torch.ones(IDS.shape))


@torch.inference_mode()
def test_the_look_back_gives_more_to_what_followed_the_same_moment_before() -> None:
    """With the query equal to the key and a strong scale, the copy follows the earlier occurrence."""
    network = tiny_network(look_back=16)
    assert network.look_back is not None
    with torch.no_grad():
        for part in (network.look_back.key, network.look_back.query):
            part.weight.copy_(torch.eye(16) * 50)
            part.bias.zero_()
        network.look_back.sentinel.bias.fill_(-1000.0)
    ids = torch.tensor([VOCABULARY.encode("ABcABcABcABcABcA")])
    logits, _ = network(ids)
    assert VOCABULARY.decode([int(logits[0, -1].argmax())]) == "B"


@torch.inference_mode()
def test_temperature_scales_the_dense_layer() -> None:
    network = tiny_network(look_back=0)
    torch.testing.assert_close(network(IDS, temperature=0.5)[0], network(IDS)[0] / 0.5)


@KINDS
@pytest.mark.parametrize("layers", [1, 3])
@torch.inference_mode()
def test_the_stepper_gives_what_the_network_gives(look_back: int, layers: int) -> None:
    network = tiny_network(look_back, layers)
    stepper, state = Stepper(network), network.initial_state(len(IDS))
    expected, _ = network(IDS, temperature=0.7)
    for place in range(IDS.shape[1]):
        logits, state = stepper(IDS[:, place], state, temperature=0.7)
        torch.testing.assert_close(logits, expected[:, place])


@torch.inference_mode()
def test_selected_rows_go_on_as_if_they_had_always_been_alone() -> None:
    network = tiny_network()
    _, state = network(IDS)
    both, _ = network(IDS[:, :3], state)
    alone, _ = network(IDS[1:, :3], state.select(torch.tensor([1])))
    torch.testing.assert_close(alone, both[1:])
