"""Checkpoints on disk: ``NAME.safetensors`` (weights, fp16) and ``NAME.json`` (all that is needed to use them).

Files are written under a temporary name in the same folder, synced and renamed, so that a reader never meets half a
file. Loading verifies sizes, hashes and shapes, and runs no code from data.
"""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from charrnn.errors import CheckpointError, VocabularyError
from charrnn.files import write_atomically
from charrnn.model.likeness.judge import Judge
from charrnn.model.likeness.judge import load as load_judge
from charrnn.model.network import CharLSTM
from charrnn.model.options import NetworkConfig
from charrnn.model.position.closes import Closes
from charrnn.model.position.plan import Plan, plan_of
from charrnn.model.position.plans import Plans
from charrnn.model.rounding import round_to_eight_bits
from charrnn.model.vocabulary import Vocabulary

FORMAT_VERSION = 2
_log = logging.getLogger(__name__)
_NOT_TOLD = {"plan": False, "transposition": False}  # older checkpoints do not name these inputs and do not have them


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A network ready to use, and what is known of it."""

    network: CharLSTM
    vocabulary: Vocabulary
    corpus: dict[str, Any] = field(default_factory=dict)  # names, counts, hash of the text
    scores: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)  # options, steps, minutes
    plans: Plans = field(default_factory=lambda: Plans({}))  # which plans people's tunes have
    closes: Closes = field(default_factory=lambda: Closes({}))  # how many more sections are to close on the tonic
    judge: Judge | None = None  # of candidates; None where none was trained on these weights
    phrases: Judge | None = None  # of phrases, by the features of likeness.phrases; None likewise
    path: Path | None = None  # of its weights; None where it was not read from a file

    @property
    def reads_plans(self) -> bool:
        """Whether the network is told plans, and which ones people's tunes have is known."""
        return self.network.config.plan and bool(self.plans)

    def plan_of(self, text: str) -> Plan | None:
        """The plan of a whole canonical tune, as the network is to be told it; None where it reads none."""
        return plan_of(text, self.network.bearings.clock) if self.reads_plans else None


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write ``path`` (ends in .safetensors) and the .json beside it.

    A kill at any moment leaves the old checkpoint or the new one: while the weights are replaced, the JSON describes
    both, and their hash tells which of them is there.
    """
    weights = {
        name: tensor.detach().half().cpu().contiguous() for name, tensor in checkpoint.network.state_dict().items()
    }
    data = save_tensors(weights)
    description = {
        "format_version": FORMAT_VERSION,
        "config": asdict(checkpoint.network.config),
        "vocabulary": checkpoint.vocabulary.characters,
        "corpus": checkpoint.corpus,
        "scores": checkpoint.scores,
        "training": checkpoint.training,
        "plans": checkpoint.plans.as_dict(),
        "closes": checkpoint.closes.as_dict(),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    description["description_sha256"] = _digest(description)
    beside = path.with_suffix(".json")
    if path.exists() and beside.exists():
        _write_json(beside, {**description, "previous": _description_of(path)})
    write_file(path, data)
    _write_json(beside, description)


def write_closes(path: Path, closes: Closes) -> None:
    """Have the checkpoint with these weights close its sections so. Raises CheckpointError."""
    beside = path.with_suffix(".json")
    description = _fitting(path, _read(path), _read_description(beside))
    _write_json(beside, description | {"closes": closes.as_dict()})


def _write_json(path: Path, description: dict[str, Any]) -> None:
    write_file(path, (json.dumps(description, indent=2) + "\n").encode())


def _description_of(path: Path) -> dict[str, Any] | None:
    """The description of the weights that are there; None if they and their JSON are no good, and so no loss."""
    try:
        return _fitting(path, _read(path), _read_description(path.with_suffix(".json")))
    except CheckpointError:
        return None


def write_file(path: Path, data: bytes) -> None:
    """Replace a file as a whole or not at all. Raises CheckpointError naming the file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be written: {error.strerror}") from error


def load_checkpoint(path: Path, in_eight_bits: bool = True) -> Checkpoint:
    """Read and verify a checkpoint; its weights are rounded to eight bits, or else as they were trained. Raises
    CheckpointError, one sentence naming the file and the cause."""
    data = _read(path)
    description = _fitting(path, data, _read_description(path.with_suffix(".json")))
    try:
        vocabulary, config = Vocabulary(description["vocabulary"]), NetworkConfig(**_NOT_TOLD | description["config"])
        plans = Plans.from_dict(description.get("plans", {}))
        closes = Closes.from_dict(description.get("closes", {}))
        weights = {name: tensor.float() for name, tensor in load_tensors(data).items()}
        _check_sizes(path, config, vocabulary, weights)
        network = CharLSTM(config, vocabulary)
    except CheckpointError:
        raise
    except (TypeError, ValueError, RuntimeError, VocabularyError) as error:
        raise CheckpointError(f"{path.with_suffix('.json')} describes no network: {error}") from error
    except Exception as error:  # safetensors raises a type of its own
        raise CheckpointError(f"{path} holds no weights: {error}") from error
    _check_shapes(path, network, weights)
    network.load_state_dict(weights)
    network.eval()
    if in_eight_bits:
        round_to_eight_bits(network)
    return Checkpoint(
        network,
        vocabulary,
        description.get("corpus", {}),
        description.get("scores", {}),
        description.get("training", {}),
        plans,
        closes,
        _trained_on(description["sha256"], judge_path(path)),
        _trained_on(description["sha256"], phrase_judge_path(path)),
        path,
    )


def judge_path(path: Path) -> Path:
    """Where the judge of a checkpoint is kept."""
    return path.with_suffix(".judge.npz")


def phrase_judge_path(path: Path) -> Path:
    """Where the judge of a checkpoint's phrases is kept."""
    return path.with_suffix(".phrases.npz")


def _trained_on(digest: str, path: Path) -> Judge | None:
    """The judge in a file; None where there is none, or one trained on weights with another hash."""
    if not path.exists():
        return None
    judge = load_judge(path)
    if judge.checkpoint == digest:
        return judge
    _log.warning("%s was trained on other weights and is not used: run python -m charrnn judge", path)
    return None


def _fitting(path: Path, data: bytes, description: dict[str, Any]) -> dict[str, Any]:
    """The description whose hash the weights have, be it the previous one. Raises CheckpointError if there is none."""
    digest = hashlib.sha256(data).hexdigest()
    for candidate in (description, description.get("previous") or {}):
        if candidate.get("sha256") == digest:
            return {key: value for key, value in candidate.items() if key != "previous"}
    raise CheckpointError(
        f"{path} does not have the sha256 that {path.with_suffix('.json').name} gives:"
        " it is damaged, incomplete, or belongs to another checkpoint"
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error


def _read_description(path: Path) -> dict[str, Any]:
    try:
        description = json.loads(_read(path))
    except ValueError as error:
        raise CheckpointError(f"{path} is not JSON: {error}") from error
    if not isinstance(description, dict):
        raise CheckpointError(f"{path} is not the description of a checkpoint")
    version = description.get("format_version")
    if version != FORMAT_VERSION:
        raise CheckpointError(f"{path} has format version {version!r}; this program reads version {FORMAT_VERSION}")
    missing = [name for name in ("config", "vocabulary", "sha256") if name not in description]
    if missing:
        raise CheckpointError(f"{path} lacks {', '.join(missing)}")
    given = description.get("description_sha256")  # files from before it was written do not have it
    if given is not None and given != _digest(description):
        raise CheckpointError(f"{path} does not have the sha256 that it gives: it is damaged")
    return description


def _digest(description: dict[str, Any]) -> str:
    """Of what the weights are read with: one other character in the vocabulary, and every tune would be another."""
    meaning = [description[name] for name in ("config", "vocabulary", "sha256")]
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()


def _check_sizes(path: Path, config: NetworkConfig, vocabulary: Vocabulary, weights: dict[str, torch.Tensor]) -> None:
    """The description's sizes are those of the weights: found out before memory is taken for the network."""
    embedding, dense = (weights[name].shape for name in ("embedding.weight", "dense.weight"))
    there = {
        "embedding": embedding[1],
        "units": dense[1],
        "layers": sum(name.endswith(".weight_ih_l0") for name in weights),
        "look_back": len(weights["recall.key.weight"]) if "recall.key.weight" in weights else 0,
    }
    for name, size in there.items():
        if getattr(config, name) != size:
            raise CheckpointError(
                f"{path} does not fit its description: {name} is {size}, not {getattr(config, name)!r}"
            )
    if len(vocabulary) > embedding[0]:
        raise CheckpointError(
            f"{path} does not fit its description: it knows {embedding[0]} characters, not {len(vocabulary)}"
        )


def _check_shapes(path: Path, network: CharLSTM, weights: dict[str, torch.Tensor]) -> None:
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    if expected != found:
        name = sorted(set(expected.items()) ^ set(found.items()))[0][0]
        raise CheckpointError(
            f"{path} does not fit its description: {name} is {found.get(name, 'missing')},"
            f" not {expected.get(name, 'there')}"
        )
