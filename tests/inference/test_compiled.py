"""The compiled kernel: the same in any company, also with weights of eight bits, and done without where it must be."""

import subprocess
import sys
import threading
import types
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock

from benchmarks import soak
from charrnn.inference import compiling, processor
from charrnn.inference.by_numpy.linear import RoundedLinear
from charrnn.inference.by_numpy.steps import NumpyStepper
from charrnn.inference.draws import AS_LEARNT, generate, read
from charrnn.inference.guides import NoGuide
from charrnn.inference.layout import finest
from charrnn.inference.stepper import stepper_for
from charrnn.inference.steps import Stepper
from charrnn.model.network import CharLSTM
from charrnn.model.rounding import round_to_eight_bits
from tests.support.tiny import JIG, VOCABULARY, tiny_network
from tests.support.training_jigs import ROOT

TEXTS = ["\nM:6/8\nK:D\nFGA", "\n", "\nM:4/4\nL:1/8\nR:reel\nK:Edor\n|:E2B2 BA", "\nK:G\n", "\nM:3/4\nK:C\nC2E2"]
LayOut = Callable[[CharLSTM], Stepper]


def network_of(kind: str, look_back: int = 8) -> CharLSTM:
    network = tiny_network(look_back)
    if kind == "int8":
        round_to_eight_bits(network)
    return network


@pytest.mark.parametrize("kind", ["fp32", "int8"])
def test_probabilities_are_bit_identical_alone_and_in_batches(compiled_stepper: LayOut, kind: str) -> None:
    stepper = compiled_stepper(network_of(kind))
    states = [read(network_of(kind), VOCABULARY.encode(text))[1] for text in TEXTS]
    together, each = stepper.start(states, 0.8), [stepper.start(state, 0.8) for state in states]
    for character in JIG[-150:]:  # beyond the room that there is at first
        ids = VOCABULARY.encode(character)
        alone = np.concatenate([steps(ids) for steps in each])
        np.testing.assert_array_equal(together(ids * len(states)), alone)


@pytest.mark.parametrize("look_back", [0, 8])
@torch.inference_mode()
def test_the_int8_stepper_matches_the_rounded_network(compiled_stepper: LayOut, look_back: int) -> None:
    network = network_of("int8", look_back)
    ids = VOCABULARY.encode(JIG[JIG.index("R:") :][:100])
    expected, _ = network(torch.tensor([ids]))
    steps = compiled_stepper(network).start(network.initial_state())
    found = torch.from_numpy(np.concatenate([steps([index]) for index in ids]))
    off = 1e-2 if look_back else 2e-3  # activations and memory are of 16 bits
    torch.testing.assert_close(found, expected[0].softmax(dim=-1), atol=off, rtol=1e-2)


@pytest.mark.parametrize("look_back", [0, 8])
def test_numpy_rounds_activations_as_the_kernel_does(compiled_stepper: LayOut, look_back: int) -> None:
    network = network_of("int8", look_back)
    state = network.initial_state()
    by_kernel, by_numpy = compiled_stepper(network).start(state), NumpyStepper(network).start(state)
    for index in VOCABULARY.encode(JIG[JIG.index("R:") :][:150]):
        # A last bit of what they compute before it is kept may lead to the next of sixteen bits.
        np.testing.assert_allclose(by_kernel([index]), by_numpy([index]), atol=5e-3 if look_back else 1e-4)


def test_sums_of_eight_bits_are_exact() -> None:
    random = np.random.default_rng(0)
    weight = (random.integers(-127, 128, (60, 1_032)) / 64).astype(np.float32)
    weight[:, 0] = 127 / 64
    for count in (1, 3):
        x = random.normal(size=(count, 1_032)).astype(np.float32)
        largest = np.abs(x).max(axis=1, keepdims=True)
        steps = np.float32(finest(1_032))
        sums = np.rint(x * (steps / largest)).astype(np.int64) @ np.rint(weight * 64).astype(np.int64).T
        assert np.abs(sums).max() < 2**31
        expected = sums.astype(np.float32) * (np.float32(1 / 64) * (largest / steps))
        np.testing.assert_array_equal(RoundedLinear(weight, np.zeros(60, np.float32))(x), expected)


def test_rounding_is_idempotent_with_255_values_per_row() -> None:
    network, plain = tiny_network(), tiny_network()
    round_to_eight_bits(network)
    for before, row in zip(plain.dense.weight, network.dense.weight, strict=True):
        step = before.abs().max() / 127
        torch.testing.assert_close(row / step, torch.round(row / step), atol=1e-3, rtol=0)
        assert ((row - before).abs() <= step * 0.501).all()
    again = {name: weight.clone() for name, weight in network.named_parameters()}
    round_to_eight_bits(network)
    torch.testing.assert_close(dict(network.named_parameters()), again)


def test_a_damaged_numba_offers_no_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    for damaged in (None, types.ModuleType("registry"), types.SimpleNamespace(cpu_target=None)):
        monkeypatch.setitem(sys.modules, "numba.core.registry", damaged)
        assert not processor._has_tiles()


def test_steps_by_numpy_import_no_numba() -> None:
    code = """if True:
        import sys
        from charrnn.inference.stepper import stepper_for
        from tests.support.tiny import tiny_network
        network = tiny_network()
        steps = stepper_for(network).start(network.initial_state())
        print(len(steps([1])), "numba" in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["1", "False"]


def test_other_threads_go_on_while_the_kernel_computes(compiled_stepper: LayOut) -> None:
    from charrnn.inference.kernel import loop

    assert loop.run.targetoptions["nogil"]


def test_the_soak_knows_the_bound_of_the_tables(compiled_stepper: LayOut) -> None:
    from charrnn.inference.kernel import registers

    assert soak.MOST_NODES == registers.MOST_NODES


def test_no_tune_makes_the_kernel_compile_anew(compiled_stepper: LayOut) -> None:
    from charrnn.inference.kernel import loop

    for network in (network_of("fp32", 0), network_of("fp32"), network_of("int8", 0), network_of("int8")):
        list(islice(drawn(compiled_stepper(network), network), 3))
    assert len(loop.run.signatures) == 2
    assert sum(loop.run.stats.cache_hits.values()) == 2  # another process had compiled them


def drawn(stepper: Stepper, network: CharLSTM) -> Iterator[object]:
    probabilities, state = read(network, VOCABULARY.encode("\nK:D\n"))
    return generate(stepper.start(state), probabilities, AS_LEARNT, np.random.default_rng(0), NoGuide())


def test_the_kernel_takes_over_once_it_is_ready(compiled_stepper: LayOut, monkeypatch: pytest.MonkeyPatch) -> None:
    network = tiny_network()
    assert isinstance(stepper_for(network), NumpyStepper)
    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    assert isinstance(stepper_for(network), type(compiled_stepper(network)))
    round_to_eight_bits(network)
    assert isinstance(stepper_for(network), NumpyStepper)


def test_numpy_takes_the_steps_where_numba_is_missing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(compiling, "_ready", set())
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with caplog.at_level("INFO"):
        assert not compiling.prepare()
    assert "numba is not installed" in caplog.text
    assert isinstance(stepper_for(tiny_network()), NumpyStepper)


def test_numpy_takes_the_steps_without_a_cache_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(compiling, "_ready", set())
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with caplog.at_level("INFO"):
        assert not compiling.prepare()
    assert "numpy takes the steps" in caplog.text


def test_other_processes_wait_while_one_compiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun = threading.Event()
    monkeypatch.setattr(compiling, "_load", lambda kind, folder: begun.set())
    second = threading.Thread(target=compiling.compile_in_turn, args=("fp32", str(tmp_path / "kernel")))
    with FileLock(tmp_path / "kernel.lock"):  # the first one compiles
        second.start()
        assert not begun.wait(0.3)
    assert begun.wait(10)
    second.join()
