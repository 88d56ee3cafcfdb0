"""The state of a training run on disk, ``NAME.resume.safetensors``: all it takes to go on as if nothing had happened.

It holds tensors by name (weights, their average, the optimizer's moments, the random states and the carried LSTM state
of each process) and, as JSON, how far the run is and which run it is. A file of another run is refused.
"""

import json
import math
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from charrnn.errors import TrainingError
from charrnn.model.checkpoint import write_file
from charrnn.model.network import CharLSTM, State

Tensors = dict[str, Tensor]


@dataclass(slots=True)
class Progress:
    """How far a run is."""

    step: int = 0
    epoch: int = 0
    batch: int = 0  # batches of this epoch that are done
    characters: int = 0
    seconds: float = 0.0
    best_valid: float = math.inf  # bits per character
    history: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Learned:
    """What all processes of a run have in common and change step by step."""

    network: nn.Module
    averaged: nn.Module
    optimizer: torch.optim.Optimizer

    def tensors(self) -> Tensors:
        found = {f"network.{name}": tensor for name, tensor in self.network.state_dict().items()}
        found |= {f"averaged.{name}": tensor for name, tensor in self.averaged.state_dict().items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            found |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in moments.items()}
        return found

    def restore(self, tensors: Tensors) -> None:
        self.network.load_state_dict(_part(tensors, "network."))
        self.averaged.load_state_dict(_part(tensors, "averaged."))
        moments: dict[int, Tensors] = {}
        for name, tensor in _part(tensors, "optimizer.").items():
            index, field_name = name.split(".")
            moments.setdefault(int(index), {})[field_name] = tensor
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})


def own_tensors(rank: int, device: str, carried: State | None) -> Tensors:
    """What one process has of its own: the random states, and the LSTM state that the next batch carries on. Of the
    latter only the numbers: the place in key and bar follows from the text."""
    found = {f"random.{rank}": torch.get_rng_state()}
    if device.startswith("cuda"):
        found[f"random_cuda.{rank}"] = torch.cuda.get_rng_state(device)
    if carried is not None:
        found |= {f"hidden.{rank}": carried.hidden.cpu(), f"cell.{rank}": carried.cell.cpu()}
    return found


def restore_own(tensors: Tensors, rank: int, device: str, network: CharLSTM) -> State | None:
    """Sets the random states; the carried state, if there is one, standing at the start of a text."""
    torch.set_rng_state(tensors[f"random.{rank}"])
    if f"random_cuda.{rank}" in tensors:
        torch.cuda.set_rng_state(tensors[f"random_cuda.{rank}"], device)
    if f"hidden.{rank}" not in tensors:
        return None
    hidden, cell = tensors[f"hidden.{rank}"].to(device), tensors[f"cell.{rank}"].to(device)
    return replace(network.initial_state(hidden.shape[1]), hidden=hidden, cell=cell)


def write_state(path: Path, tensors: Tensors, progress: Progress, identity: dict[str, Any]) -> None:
    """Replace the file as a whole or not at all. ``identity`` is what has to be the same for a run to be the same.

    Raises CheckpointError when it cannot be written.
    """
    metadata = {"progress": json.dumps(asdict(progress)), "run": json.dumps(identity)}
    write_file(path, save_tensors({name: tensor.contiguous().cpu() for name, tensor in tensors.items()}, metadata))


def read_state(path: Path, identity: dict[str, Any]) -> tuple[Tensors, Progress]:
    """Raises TrainingError when the file is missing, damaged or of another run."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        saved, progress = json.loads(metadata["run"]), Progress(**json.loads(metadata["progress"]))
    except FileNotFoundError as error:
        raise TrainingError(f"there is nothing to resume: {path} is not there") from error
    except (SafetensorError, KeyError, ValueError, TypeError, OSError) as error:
        raise TrainingError(f"{path} cannot be resumed: {error}") from error
    different = differences(saved, json.loads(json.dumps(identity)))
    if different:
        raise TrainingError(f"{path} is of another run: {'; '.join(different)}")
    return tensors, progress


def differences(saved: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """What differs between two runs, a phrase each."""
    found = []
    for name, value in wanted.items():
        there = saved.get(name)
        if isinstance(value, dict):
            found += differences(there if isinstance(there, dict) else {}, value)
        elif there != value:
            long = isinstance(value, str) and len(value) > _TELLING
            found.append(f"its {name} differs" if long else f"{name} is {there} there and {value} here")
    return found


_TELLING = 20  # characters of a value that is shown; hashes and alphabets say nothing to a person


def _part(tensors: Tensors, prefix: str) -> Tensors:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
