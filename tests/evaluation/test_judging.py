"""``charrnn judge``: which judge chooses while others are trained, and what an interrupted run leaves."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from charrnn.errors import CheckpointError, WorkerError
from charrnn.evaluation import judging
from charrnn.evaluation.judging import Training
from charrnn.model.checkpoint import judge_path, load_checkpoint, phrase_judge_path, save_checkpoint
from charrnn.model.likeness.judge import Judge, kept_apart, mean_of, rounded, save
from charrnn.model.likeness.phrases import phrase_features
from charrnn.sampling.batch import Composer
from charrnn.sampling.options import DEFAULT_TRIES, Request
from tests.support.command_line import run_here
from tests.support.tiny import closing_checkpoint, judge_of, tiny_checkpoint
from tests.support.training_jigs import write_jigs

Step = tuple[str, int]  # what is judged, and with how many tries it is written
STEPS = [("phrases", 1), ("phrases", DEFAULT_TRIES), ("tunes", 1), ("tunes", DEFAULT_TRIES)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A checkpoint that learnt from some jigs, alone in its folder."""
    (tmp_path / "models").mkdir()
    path, tunes = tmp_path / "models" / "m.safetensors", tmp_path / "jigs.abc"
    write_jigs(tunes)
    save_checkpoint(replace(tiny_checkpoint(), corpus={"names": [str(tunes)]}), path)
    return path


def judge_after(step: Step, digest: str) -> Judge:
    """A judge that no other step gives."""
    seed = STEPS.index(step)
    weights = rounded(np.random.default_rng(seed).normal(size=5))
    return Judge(np.arange(seed, seed + 5, dtype=np.uint32), weights, seed / 7, digest)


def patch_training(patch: pytest.MonkeyPatch, before: Callable[[Step, Training], None]) -> None:
    """Have judges trained in no time; ``before`` is told of each training."""

    def trained_as(kind: str) -> Callable[[Training, int], tuple[Judge, float]]:
        def train(training: Training, tries: int) -> tuple[Judge, float]:
            before((kind, tries), training)
            return judge_after((kind, tries), training.digest), 0.75

        return train

    patch.setattr(judging, "train_phrase_judge", trained_as("phrases"))
    patch.setattr(judging, "train_judge", trained_as("tunes"))


def files_in(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("ending", [KeyboardInterrupt, WorkerError])
@pytest.mark.parametrize("last", STEPS)
@pytest.mark.parametrize("trained_before", [False, True])
def test_an_interrupted_run_leaves_all_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch, trained_before: bool, last: Step, ending: type[BaseException]
) -> None:
    if trained_before:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        save(judge_of([{"a": 1.0}]), judge_path(path))
        save(Judge(np.zeros(0, np.uint32), np.zeros(0, np.float32), 0.5, digest), phrase_judge_path(path))
    before = files_in(path.parent)

    def end(step: Step, _: Training) -> None:
        if step == last:
            raise ending

    patch_training(monkeypatch, end)
    assert run_here("judge", "--checkpoint", path).returncode == (130 if ending is KeyboardInterrupt else 1)
    assert files_in(path.parent) == before


def test_a_complete_run_writes_the_means(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files_in(path.parent)
    patch_training(monkeypatch, lambda step, training: None)
    done = run_here("judge", "--checkpoint", path)
    assert done.returncode == 0
    assert done.stderr.splitlines()[-2:] == [f"wrote {phrase_judge_path(path)}", f"wrote {judge_path(path)}"]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    for kind, file in (("phrases", phrase_judge_path(path)), ("tunes", judge_path(path))):
        save(mean_of(*(judge_after((kind, tries), digest) for tries in (1, DEFAULT_TRIES))), tmp_path / "mean.npz")
        before[file.name] = (tmp_path / "mean.npz").read_bytes()
    assert files_in(path.parent) == before


def test_each_step_chooses_by_the_latest_phrases(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    biases = []

    def note(step: Step, training: Training) -> None:
        chosen_by = training.composer.phrases
        biases.append((*step, None if chosen_by is None else chosen_by.bias))

    patch_training(monkeypatch, note)
    assert run_here("judge", "--checkpoint", path).returncode == 0
    once, mean = 0.0, (0 + 1 / 7) / 2  # judge_after
    assert biases == [("phrases", 1, None), ("phrases", 2, once), ("tunes", 1, mean), ("tunes", 2, mean)]


def test_a_given_judge_chooses_as_one_beside(tmp_path: Path) -> None:
    path, request = tmp_path / "m.safetensors", Request.checked(seed=1, bars=4, parts="AB")
    save_checkpoint(closing_checkpoint(), path)
    plain = Composer(path)()(request)
    heard = phrase_features(plain.header, plain.prefix + plain.music)
    judge = replace(judge_of(heard), checkpoint=hashlib.sha256(path.read_bytes()).hexdigest())
    given = Composer(path, phrases=judge)()(request)
    save(judge, phrase_judge_path(path))
    assert load_checkpoint(path).phrases is not None
    assert given.abc == Composer(path)()(request).abc != plain.abc


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(CheckpointError, match="nowhere cannot be written: No such file"),
        kept_apart(tmp_path / "nowhere"),
    ):
        pass
