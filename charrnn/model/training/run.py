"""Trains a CharLSTM on a corpus. ``train.py`` is its command line.

A run can be stopped at any step (Ctrl-C, SIGTERM) and goes on with ``resume``: its state (``model.training.resume``) is
kept in ``NAME.resume.safetensors`` beside the checkpoint, and is saved every few minutes too, so that a power cut loses
little. The checkpoint itself always holds the weights that were best on the validation split.
"""

import contextlib
import math
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from charrnn.corpus.cleaning import CleanTune
from charrnn.corpus.collection import Corpus
from charrnn.errors import OriginalityError, TrainingError
from charrnn.files import remove_rests
from charrnn.model import batches
from charrnn.model.checkpoint import Checkpoint, save_checkpoint
from charrnn.model.network import CharLSTM, State
from charrnn.model.options import NetworkConfig, TrainOptions
from charrnn.model.position.plans import Plans
from charrnn.model.scoring import planned, score, scored_text, total
from charrnn.model.training import resume
from charrnn.model.training.epochs import Epochs
from charrnn.model.training.loss_curve import plot_history
from charrnn.model.training.processes import Processes, local_device
from charrnn.model.training.resume import Learned, Progress
from charrnn.model.training_index import summary_of, write_index
from charrnn.model.vocabulary import ALPHABET, Vocabulary


class Step(NamedTuple):
    """What came of one step, the same in all processes."""

    bits: float  # per character
    is_stopped: bool  # some process was asked to stop
    is_save_due: bool  # by the first process's clock


class Trainer:
    """One training run. ``run`` returns True when it reached its end and False when it was asked to stop."""

    def __init__(
        self,
        corpus: Corpus,
        shape: dict[str, Any],
        options: TrainOptions,
        path: Path,
        on_evaluation: Callable[[Checkpoint], None] | None = None,
        start: Checkpoint | None = None,
    ) -> None:
        """With ``start``, the run goes on from the weights of that checkpoint and keeps its vocabulary.

        Raises TrainingError where options or corpus do not fit the network, VocabularyError where the checkpoint does
        not know a character of the corpus.
        """
        if options.batching != "tunes" and shape.get("look_back", 1):
            raise TrainingError("the look back needs whole tunes: use batching 'tunes', or switch it off")
        torch.manual_seed(options.seed)
        self.corpus, self.options, self.path, self.on_evaluation = corpus, options, path, on_evaluation
        self.vocabulary = _vocabulary_of(corpus, start)
        self.device = local_device(options.device)
        self.processes = Processes.join(self.device)
        self.network = CharLSTM(NetworkConfig(**shape), self.vocabulary).to(self.device)
        if start:
            take_weights(self.network, start.network)
        self.start = start
        self.plans = Plans.of([tune.text for tune in corpus.split.train], self.network.bearings.clock)
        self.parallel = self.processes.parallel(self.network)
        torch.manual_seed(options.seed + self.processes.rank)  # from here on, of dropout
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), options.learning_rate, weight_decay=options.weight_decay
        )
        self.averaged = AveragedModel(self.network, multi_avg_fn=averaging(options.average))
        self.learned = Learned(self.network, self.averaged, self.optimizer)
        self.progress = Progress()
        self.carried: State | None = None  # from one batch to the next, of streams
        self.epochs = Epochs(corpus.split.train, self.vocabulary, options)
        self.stopped_by: int | None = None  # the signal that asked to stop
        self.saved_at = time.monotonic()
        self.has_index = False  # of the training music, written or given up

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
        self.processes.first_alone(self._prepare_folder)
        self.network.train()
        with _stop_signals(self.stop), self.processes.lost_ones_named(), self._progress_bar() as bar:
            for batch in self._batches():
                step = self._step(batch)
                self._show(bar, step.bits)
                is_looked_at = self.progress.step % self.options.evaluate_every == 0 or self._done() >= 1
                if is_looked_at:
                    self.processes.first_alone(partial(self._evaluate, step.bits))
                if is_looked_at or step.is_stopped or step.is_save_due:
                    self.save_state()
                if step.is_stopped and self._done() < 1:
                    return False
        return True

    def _batches(self) -> Iterator[batches.Batch]:
        """Batches from the place where the run stands to its end."""
        while True:
            done = self.progress.batch
            for index, batch in enumerate(self.epochs.batches_of(self.progress.epoch)):
                if self._done() >= 1:
                    return
                if index < done:
                    self._pass_over(batch)
                else:
                    yield batch
            self.progress.epoch, self.progress.batch = self.progress.epoch + 1, 0

    def _pass_over(self, batch: batches.Batch) -> None:
        """A batch that was done before the run was resumed: the carried state only learns where in key and bar it
        stands after it."""
        if self.carried is not None:
            inputs = self.processes.share(batch).inputs.to(self.device)
            _, phase, moments = self.network.bearings.follow(inputs, self.carried.phase, self.carried.time)
            self.carried = replace(self.carried, phase=phase, time=moments)

    def _step(self, batch: batches.Batch) -> Step:
        """One step of the optimizer."""
        began = time.monotonic()
        share = self.processes.share(batch)
        inputs, targets = share.inputs.to(self.device), share.targets.to(self.device)
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        before = self.carried if batch.carries_state else None
        if before is None:
            before = self.network.initial_state(len(inputs), share.plans, share.fifths)
        with torch.autocast(torch.device(self.device).type, torch.bfloat16, enabled=has_bf16(self.device)):
            logits, state = self.parallel(inputs, before)
        loss = nn.functional.cross_entropy(
            logits.float().flatten(0, 1), targets.flatten(), ignore_index=batches.IGNORED, reduction="sum"
        )
        loss = loss / batch.characters
        is_stopped = self.stopped_by is not None or self.processes.is_orphan
        nats, stops, saves = self.processes.total(
            [loss.item(), float(is_stopped), float(self._is_save_due())], self.device
        )
        if not math.isfinite(nats):
            raise TrainingError(
                f"the loss is {nats} at step {self.progress.step + 1}; the last good checkpoint is {self.path}"
            )
        self.optimizer.zero_grad(set_to_none=True)
        (loss * self.processes.count).backward()  # the processes' gradients are averaged
        nn.utils.clip_grad_norm_(self.network.parameters(), self.options.clip)
        self.optimizer.step()
        self.averaged.update_parameters(self.network)
        self.carried = state.detached() if self.options.batching == "streams" else None
        self._advance(batch, time.monotonic() - began)
        return Step(nats / math.log(2), stops > 0, saves > 0)

    def _is_save_due(self) -> bool:
        return self.processes.is_first and time.monotonic() - self.saved_at >= 60 * self.options.save_minutes

    def _done(self) -> float:
        """Share of the run that is done, 0 to 1."""
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
        valid = self.score_side(self.corpus.split.valid)
        self.progress.history.append(
            {"step": self.progress.step, "characters": self.progress.characters, "train": train_bits, "valid": valid}
        )
        tqdm.write(f"step {self.progress.step:6,}  train {train_bits:.3f}  valid {valid:.3f} bits per character")
        if valid < self.progress.best_valid or math.isnan(valid):
            self.progress.best_valid = valid
            self._write_index()
            save_checkpoint(self.checkpoint(), self.path)
        self._draw_history()
        if self.on_evaluation:
            self.on_evaluation(self.checkpoint())

    def _write_index(self) -> None:
        """Once a run, before its first checkpoint is saved: no checkpoint stands beside an index of other music."""
        if self.has_index:
            return
        self.has_index = True
        try:
            write_index(self.path, self.corpus, self.start)
        except OriginalityError as error:  # the run is worth more than its index
            tqdm.write(f"no index of the training music is written, so originality is not told: {error}")

    def _draw_history(self) -> None:
        try:
            plot_history(self.progress.history, self.path.with_suffix(".png"))
        except ImportError as error:  # the run is worth more than its picture
            if len(self.progress.history) == 1:
                tqdm.write(f"the loss curve is not drawn, for matplotlib cannot be loaded: {error}")

    def score_side(self, tunes: Sequence[CleanTune]) -> float:
        """Bits per character of the music, headers given; NaN where the side is empty, as it is in a corpus of few
        tunes: then the last weights count as the best."""
        texts = [scored_text(tune.parsed, tune.music) for tune in tunes]
        texts = planned(self.network, self.plans, texts)
        return total(score(self.averaged_network, self.vocabulary, texts)).bits_per_character

    def checkpoint(self) -> Checkpoint:
        progress = self.progress
        return Checkpoint(
            self.averaged_network.eval(),
            self.vocabulary,
            corpus=summary_of(self.corpus, self.start),
            scores={"valid_bits_per_character": round(progress.best_valid, 4)} if self.corpus.split.valid else {},
            training={
                "options": asdict(self.options),
                "step": progress.step,
                "characters": progress.characters,
                "minutes": round(progress.seconds / 60, 1),
                **({"went_on_from": self.start.training} if self.start else {}),
            },
            plans=self.plans,
        )

    def save_state(self) -> None:
        """Everything that ``resume`` needs, written as a whole or not at all."""
        tensors = self.learned.tensors()
        for own in self.processes.gathered(resume.own_tensors(self.processes.rank, self.device, self.carried)):
            tensors |= own
        self.processes.first_alone(
            lambda: resume.write_state(self.resume_path, tensors, self.progress, self._identity())
        )
        self.saved_at = time.monotonic()

    def _identity(self) -> dict[str, Any]:
        """What has to be the same for a run to be the same run."""
        options = asdict(self.options)
        del options["save_minutes"]
        return {
            "config": asdict(self.network.config),
            "processes": self.processes.count,
            "options": options,
            "corpus": self.corpus.sha256,
            "vocabulary": self.vocabulary.characters,
            "start": self.start.training if self.start else None,
        }

    def resume(self) -> None:
        """Go on from ``resume_path``. Raises TrainingError when it is missing, damaged or of another run."""
        read = partial(resume.read_state, self.resume_path, self._identity())
        tensors, self.progress = self.processes.first_alone(read)  # who may be the only one with a disk
        self.learned.restore(tensors)
        self.carried = resume.restore_own(tensors, self.processes.rank, self.device, self.network)

    def _prepare_folder(self) -> None:
        """Finds out now, not at the first save, that nothing can be written; clears what a killed run left."""
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for suffix in (".safetensors", ".json", ".png", ".resume.safetensors", ".originality.npz"):
                remove_rests(self.path.with_suffix(suffix))
        except OSError as error:
            raise TrainingError(f"{folder} cannot be written to: {error.strerror}") from error
        if not os.access(folder, os.W_OK):
            raise TrainingError(f"{folder} cannot be written to: it is read-only")

    # -- small things

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

    def _show(self, bar: tqdm, bits: float) -> None:
        rate = self.progress.characters / max(self.progress.seconds, 1e-9)
        bar.set_postfix(bits=f"{bits:.3f}", valid=f"{self.progress.best_valid:.3f}", chars_per_s=f"{rate:,.0f}")
        target = round(100 * self._done()) if self.options.minutes is not None else self.progress.step
        bar.update(target - bar.n)


def _vocabulary_of(corpus: Corpus, start: Checkpoint | None) -> Vocabulary:
    text = "".join(tune.text for tune in corpus.tunes)
    if start is None:
        return Vocabulary.of(ALPHABET + text)
    unknown = sorted(set(text) - set(start.vocabulary.characters))
    if unknown:
        raise TrainingError(
            f"the corpus has characters that the checkpoint to go on from does not know: {' '.join(unknown)}"
        )
    return start.vocabulary


@torch.no_grad()
def take_weights(network: CharLSTM, source: CharLSTM) -> None:
    """Copy the weights of a network of the same sizes. What the source does not have, an input that it was not told,
    is zero, so that the network gives what the source gives.

    Raises TrainingError where the sizes differ.
    """
    found = source.state_dict()
    for name, weight in network.state_dict().items():
        if name not in found:
            weight.zero_()
        elif found[name].shape == weight.shape:
            weight.copy_(found[name])
        else:
            raise TrainingError(
                f"{name} has the shape {tuple(found[name].shape)} in the checkpoint to go on from,"
                f" not {tuple(weight.shape)}"
            )


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
        found: bool = torch.cuda.is_bf16_supported()
        return found
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
