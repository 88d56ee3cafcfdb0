"""Trains a CharLSTM on a corpus. ``train.py`` is its command line.

A run can be stopped at any step (Ctrl-C, SIGTERM) and goes on with ``resume``: weights, optimizer, random states and
the place in the data are kept in ``NAME.resume.safetensors`` beside the checkpoint. The checkpoint itself always holds
the weights that were best on the validation split.
"""

import contextlib
import json
import math
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as save_tensors
from torch import nn
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from charrnn.corpus.augmentation import transpositions
from charrnn.corpus.cleaning import CleanTune
from charrnn.corpus.collection import Corpus
from charrnn.errors import TrainingError
from charrnn.model import batches
from charrnn.model.checkpoint import Checkpoint, save_checkpoint, write_file
from charrnn.model.network import CharLSTM, State
from charrnn.model.options import NetworkConfig, TrainOptions
from charrnn.model.processes import Processes, local_device
from charrnn.model.scoring import score, scored_text, total
from charrnn.model.vocabulary import ALPHABET, START, Vocabulary


@dataclass(slots=True)
class Progress:
    """Where a run stands; what a resumed run needs to go on as if nothing had happened."""

    step: int = 0
    epoch: int = 0
    batch: int = 0  # batches of this epoch that are done
    characters: int = 0
    seconds: float = 0.0
    best_valid: float = math.inf  # bits per character
    history: list[dict[str, float]] = field(default_factory=list)


class Trainer:
    """One training run. ``run`` returns True when it reached its end and False when it was asked to stop."""

    def __init__(
        self,
        corpus: Corpus,
        shape: dict[str, Any],
        options: TrainOptions,
        path: Path,
        on_evaluation: Callable[[Checkpoint], None] | None = None,
    ) -> None:
        if options.batching != "tunes" and shape.get("look_back", 1):
            raise TrainingError("the look back needs whole tunes: use batching 'tunes', or switch it off")
        torch.manual_seed(options.seed)
        self.corpus, self.options, self.path, self.on_evaluation = corpus, options, path, on_evaluation
        self.vocabulary = Vocabulary.of(ALPHABET + "".join(tune.text for tune in corpus.tunes))
        self.processes, self.device = Processes.join(options.device), local_device(options.device)
        self.network = CharLSTM(NetworkConfig(**shape), self.vocabulary).to(self.device)
        self.parallel = self.processes.parallel(self.network)
        torch.manual_seed(options.seed + self.processes.rank)  # from here on, of dropout
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), options.learning_rate, weight_decay=options.weight_decay
        )
        self.averaged = AveragedModel(self.network, multi_avg_fn=averaging(options.average))
        self.progress = Progress()
        self.keys = [self._encode(transpositions(tune)) for tune in corpus.split.train]
        self.stopped_by: int | None = None  # the signal that asked to stop

    @property
    def averaged_network(self) -> CharLSTM:
        """The network with the averaged weights: what is evaluated and saved."""
        network = self.averaged.module
        assert isinstance(network, CharLSTM)
        return network

    @property
    def resume_path(self) -> Path:
        return self.path.with_suffix(".resume.safetensors")

    # -- the run

    def run(self) -> bool:
        self.network.train()
        state: State | None = None
        with _stop_signals(self.stop), self._progress_bar() as bar:
            for batch in self._batches():
                state, bits, is_stopped = self._step(batch, state)
                self._show(bar, batch, bits)
                if self.progress.step % self.options.evaluate_every == 0 or self._done() >= 1:
                    self._evaluate(bits)
                    self.save_state()
                if self._done() >= 1:
                    return True
                if is_stopped:
                    self.save_state()
                    return False
        return True

    def _batches(self) -> Iterator[batches.Batch]:
        """Batches without end, from the place where the run stands."""
        while True:
            random = np.random.default_rng([self.options.seed, self.progress.epoch])
            tunes = [self._choose_key(keys, random) for keys in self.keys]
            for index, batch in enumerate(self._cut(tunes, random)):
                if index >= self.progress.batch:
                    yield batch
            self.progress.epoch, self.progress.batch = self.progress.epoch + 1, 0

    def _choose_key(self, keys: Sequence[np.ndarray], random: np.random.Generator) -> np.ndarray:
        """The tune as it is written, which comes first, or moved to another key."""
        moved = random.random() < self.options.transpose and len(keys) > 1
        return keys[int(random.integers(1, len(keys)))] if moved else keys[0]

    def _cut(self, tunes: list[np.ndarray], random: np.random.Generator) -> Iterator[batches.Batch]:
        options = self.options
        if options.batching == "tunes":
            return batches.whole_tunes(tunes, self.vocabulary.index_of[START], options.batch_characters, random)
        text = np.concatenate([tunes[index] for index in random.permutation(len(tunes))])
        if options.batching == "streams":
            return batches.streams(text, options.batch_size, options.seq_length)
        return batches.random_windows(text, options.batch_size, options.seq_length, random)

    def _step(self, batch: batches.Batch, state: State | None) -> tuple[State, float, bool]:
        """One step of the optimizer; the loss in bits per character; and whether any process was asked to stop."""
        began = time.monotonic()
        share = self.processes.share(batch)
        inputs, targets = share.inputs.to(self.device), share.targets.to(self.device)
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        with torch.autocast(torch.device(self.device).type, torch.bfloat16, enabled=has_bf16(self.device)):
            logits, state = self.parallel(inputs, state if batch.carries_state else None)
        loss = nn.functional.cross_entropy(
            logits.float().flatten(0, 1), targets.flatten(), ignore_index=batches.IGNORED, reduction="sum"
        )
        loss = loss / batch.characters
        nats, stops = self.processes.total([loss.item(), float(self.stopped_by is not None)], self.device)
        if not math.isfinite(nats):
            raise TrainingError(
                f"the loss is {nats} at step {self.progress.step + 1}; the last good checkpoint is {self.path}"
            )
        self.optimizer.zero_grad(set_to_none=True)
        (loss * self.processes.count).backward()  # the processes' gradients are averaged
        nn.utils.clip_grad_norm_(self.network.parameters(), self.options.clip)
        self.optimizer.step()
        self.averaged.update_parameters(self.network)
        self._advance(batch, time.monotonic() - began)
        return state.detached(), nats / math.log(2), stops > 0

    def _done(self) -> float:
        """Share of the run that is behind, 0 to 1."""
        if self.options.minutes is not None:
            return self.progress.seconds / (60 * self.options.minutes)
        return self.progress.step / self.options.steps

    def _learning_rate(self) -> float:
        warm = min(1.0, (self.progress.step + 1) / max(1, self.options.warm_up))
        left = 1 - min(1.0, self._done())
        shape = {"cosine": (1 - math.cos(math.pi * left)) / 2, "linear": left, "constant": 1.0}
        return self.options.learning_rate * warm * shape[self.options.schedule]

    def _advance(self, batch: batches.Batch, seconds: float) -> None:
        self.progress.step += 1
        self.progress.batch += 1
        self.progress.characters += batch.characters
        first = self.processes.is_first  # whose clock is that of all
        self.progress.seconds += self.processes.total([seconds if first else 0.0], self.device)[0]

    # -- evaluation, saving, resuming

    def _evaluate(self, train_bits: float) -> None:
        if not self.processes.is_first:
            return
        valid = self.score_side(self.corpus.split.valid)
        self.progress.history.append(
            {"step": self.progress.step, "characters": self.progress.characters, "train": train_bits, "valid": valid}
        )
        tqdm.write(f"step {self.progress.step:6,}  train {train_bits:.3f}  valid {valid:.3f} bits per character")
        if valid < self.progress.best_valid or math.isnan(valid):
            self.progress.best_valid = valid
            save_checkpoint(self.checkpoint(), self.path)
        plot_history(self.progress.history, self.path.with_suffix(".png"))
        if self.on_evaluation:
            self.on_evaluation(self.checkpoint())

    def score_side(self, tunes: Sequence[CleanTune]) -> float:
        """Bits per character of the music, headers given; NaN where the side is empty, as it is in a corpus of few
        tunes: then the last weights count as the best."""
        return total(
            score(self.averaged_network, self.vocabulary, [scored_text(tune.parsed, tune.music) for tune in tunes])
        ).bits_per_character

    def checkpoint(self) -> Checkpoint:
        progress = self.progress
        return Checkpoint(
            self.averaged_network.eval(),
            self.vocabulary,
            corpus=self.corpus.summary(),
            scores={"valid_bits_per_character": round(progress.best_valid, 4)} if self.corpus.split.valid else {},
            training={
                "options": asdict(self.options),
                "step": progress.step,
                "characters": progress.characters,
                "minutes": round(progress.seconds / 60, 1),
            },
        )

    def save_state(self) -> None:
        """Everything that ``resume`` needs, written as a whole or not at all."""
        tensors = {f"network.{name}": tensor for name, tensor in self.network.state_dict().items()}
        tensors |= {f"averaged.{name}": tensor for name, tensor in self.averaged.state_dict().items()}
        for index, state in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in state.items()}
        for rank, state in enumerate(self.processes.gathered(torch.get_rng_state())):
            tensors[f"random.{rank}"] = state
        if not self.processes.is_first:
            return
        metadata = {"progress": json.dumps(asdict(self.progress)), "run": json.dumps(self._identity())}
        data = save_tensors({name: tensor.contiguous().cpu() for name, tensor in tensors.items()}, metadata)
        write_file(self.resume_path, data)

    def _identity(self) -> dict[str, Any]:
        """What has to be the same for a run to be the same run."""
        return {
            "config": asdict(self.network.config),
            "processes": self.processes.count,
            "options": asdict(self.options),
            "corpus": self.corpus.sha256,
            "vocabulary": self.vocabulary.characters,
        }

    def resume(self) -> None:
        """Go on from ``resume_path``. Raises TrainingError when it is missing, damaged or of another run."""
        try:
            with safe_open(self.resume_path, framework="pt") as file:
                metadata = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            saved, progress = json.loads(metadata["run"]), json.loads(metadata["progress"])
        except FileNotFoundError as error:
            raise TrainingError(f"there is nothing to resume: {self.resume_path} is not there") from error
        except (SafetensorError, KeyError, ValueError, TypeError, OSError) as error:
            raise TrainingError(f"{self.resume_path} cannot be resumed: {error}") from error
        different = [
            name for name, value in self._identity().items() if saved.get(name) != json.loads(json.dumps(value))
        ]
        if different:
            raise TrainingError(f"{self.resume_path} is of another run: its {', '.join(different)} differ")
        self._restore(tensors)
        self.progress = Progress(**progress)

    def _restore(self, tensors: dict[str, torch.Tensor]) -> None:
        for part, module in (("network.", self.network), ("averaged.", self.averaged)):
            module.load_state_dict(
                {name.removeprefix(part): tensors[name] for name in tensors if name.startswith(part)}
            )
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimizer."):
                _, index, field_name = name.split(".")
                state.setdefault(int(index), {})[field_name] = tensor
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})
        torch.set_rng_state(tensors[f"random.{self.processes.rank}"])

    # -- small things

    def _encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        return [np.array(self.vocabulary.encode(text)) for text in texts]

    def stop(self, signal_number: int = signal.SIGINT) -> None:
        """Ask the run to stop after the step in hand."""
        self.stopped_by = signal_number

    def _progress_bar(self) -> tqdm:
        by_clock = self.options.minutes is not None
        return tqdm(
            total=100 if by_clock else self.options.steps,
            initial=round(100 * self._done()) if by_clock else self.progress.step,
            unit="%" if by_clock else "step",
            dynamic_ncols=True,
            disable=not self.processes.is_first,
        )

    def _show(self, bar: tqdm, batch: batches.Batch, bits: float) -> None:
        rate = self.progress.characters / max(self.progress.seconds, 1e-9)
        bar.set_postfix(bits=f"{bits:.3f}", valid=f"{self.progress.best_valid:.3f}", chars_per_s=f"{rate:,.0f}")
        target = round(100 * self._done()) if self.options.minutes is not None else self.progress.step
        bar.update(target - bar.n)


def averaging(decay: float) -> Callable[[Any, Any, Any], None]:
    """Keeps an exponential average of weights, for AveragedModel. It begins with a small decay and grows to ``decay``:
    with the large one from the start, a run of 600 steps would still be more than half of its first weights."""

    @torch.no_grad()
    def update(averaged: Any, current: Any, updates: Any) -> None:
        now = min(decay, (1 + int(updates)) / (10 + int(updates)))
        torch._foreach_lerp_(averaged, current, 1 - now)

    return update


def has_bf16(device: str) -> bool:
    """Whether bf16 is worth using: CUDA, or a CPU with instructions for it (elsewhere oneDNN refuses or crawls)."""
    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported()
    return device == "cpu" and torch.cpu._is_avx512_bf16_supported()


@contextlib.contextmanager
def _stop_signals(stop: Callable[[int], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM ask to stop after the step in hand instead of ending the process."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda received, _: stop(received)) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def plot_history(history: Sequence[dict[str, float]], path: Path) -> None:
    """The loss curve as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    millions = [point["characters"] / 1e6 for point in history]
    for side in ("train", "valid"):
        axes.plot(millions, [point[side] for point in history], label=side, marker=".")
    axes.set(xlabel="million characters seen", ylabel="bits per character")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)
