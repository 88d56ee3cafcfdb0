"""A checkpoint loads whole and verified, or is refused with the file and the cause."""

import hashlib
import io
import json
import multiprocessing
import pickle
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from charrnn.corpus.originality.index import OriginalityIndex
from charrnn.errors import CheckpointError, OriginalityError, TrainingError
from charrnn.model import checkpoint as checkpoint_module
from charrnn.model import location
from charrnn.model.checkpoint import load_checkpoint, save_checkpoint
from charrnn.model.location import find_checkpoint
from charrnn.model.training.resume import read_state
from tests.support.tiny import tiny_checkpoint


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    save_checkpoint(tiny_checkpoint(), path)
    return path


def test_saving_preserves_predictions_within_half_precision(saved: Path) -> None:
    before, after = tiny_checkpoint(), load_checkpoint(saved)
    ids = torch.tensor([[1, 2, 3, 4, 5, 1, 2]])
    assert after.vocabulary == before.vocabulary
    with torch.inference_mode():
        torch.testing.assert_close(after.network(ids)[0], before.network(ids)[0], atol=0.02, rtol=0.02)


def test_a_flipped_byte_anywhere_is_noticed(saved: Path) -> None:
    data = saved.read_bytes()
    for place in range(0, len(data), 1000):
        saved.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(CheckpointError, match="sha256"):
            load_checkpoint(saved)


def test_flipped_description_byte_is_detected_or_harmless(
    saved: Path,
) -> None:
    before, beside = load_checkpoint(saved), saved.with_suffix(".json")
    data, refused = beside.read_bytes(), 0
    for place in range(0, len(data), 7):
        beside.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        try:
            after = load_checkpoint(saved)
        except CheckpointError:
            refused += 1
        else:
            assert (after.vocabulary, after.network.config) == (before.vocabulary, before.network.config)
    assert refused > len(data) / 14


def change(key: str, value: object) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        description = json.loads(path.with_suffix(".json").read_text())
        description[key] = value
        description.pop("description_sha256" if key in ("vocabulary", "config") else "", None)
        path.with_suffix(".json").write_text(json.dumps(description))

    return damage


def resize(name: str, size: object) -> Callable[[Path], None]:
    """Another size of the network, in a description that gives no checksum, as an older program wrote it."""

    def damage(path: Path) -> None:
        description = json.loads(path.with_suffix(".json").read_text())
        description["config"][name] = size
        del description["description_sha256"]
        path.with_suffix(".json").write_text(json.dumps(description))

    return damage


def replace(path: Path, old: str, new: str) -> None:
    text = path.with_suffix(".json").read_text()
    assert old in text
    path.with_suffix(".json").write_text(text.replace(old, new))


def drop(key: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        description = json.loads(path.with_suffix(".json").read_text())
        del description[key]
        path.with_suffix(".json").write_text(json.dumps(description))

    return damage


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated weights": (lambda path: path.write_bytes(path.read_bytes()[:-10]), "sha256"),
    "empty weights": (lambda path: path.write_bytes(b""), "sha256"),
    "a web page": (lambda path: path.write_bytes(b"<html>not found</html>"), "sha256"),
    "a pointer to large files": (
        lambda path: path.write_bytes(b"version https://git-lfs.github.com/spec/v1"),
        "sha256",
    ),
    "no weights": (lambda path: path.unlink(), "cannot be read"),
    "no description": (lambda path: path.with_suffix(".json").unlink(), "cannot be read"),
    "a description that is no JSON": (lambda path: path.with_suffix(".json").write_text("{"), "not JSON"),
    "a description that is a list": (lambda path: path.with_suffix(".json").write_text("[]"), "not the description"),
    "a newer format": (change("format_version", 99), "format version 99"),
    "no vocabulary": (drop("vocabulary"), "lacks vocabulary"),
    "another vocabulary": (change("vocabulary", "abc"), "does not fit its description"),
    "a vocabulary without end": (change("vocabulary", "".join(map(chr, range(40_000)))), "it knows 87 characters"),
    "a doubled character": (change("vocabulary", "aa"), "each character once"),
    "an unknown setting": (change("config", {"vocabulary_size": 3, "heads": 8}), "describes no network"),
    "another character": (lambda path: replace(path, '"vocabulary": "\\n ', '"vocabulary": "\\n~'), "damaged"),
    "other sizes": (lambda path: replace(path, '"units": 16', '"units": 12'), "damaged"),
    "a size that is text": (resize("units", "16"), "units is 16, not '16'"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_checkpoint_error_names_file_and_cause(saved: Path, case: str) -> None:
    damage, cause = DAMAGE[case]
    damage(saved)
    with pytest.raises(CheckpointError, match=cause) as caught:
        load_checkpoint(saved)
    assert "tiny" in str(caught.value)
    assert "\n" not in str(caught.value).strip()


@pytest.mark.parametrize("size", [17, 10**9, 10**15, -1, 1.5])
@pytest.mark.parametrize("name", ["units", "embedding", "layers", "look_back"])
def test_wrong_weight_shapes_are_refused_before_allocation(
    saved: Path, monkeypatch: pytest.MonkeyPatch, name: str, size: object
) -> None:
    def made(*_: object) -> None:
        raise AssertionError("memory was taken for a network that the weights do not have")

    resize(name, size)(saved)
    monkeypatch.setattr(checkpoint_module, "CharLSTM", made)
    with pytest.raises(CheckpointError, match=rf"does not fit its description: {name} is \d+, not {size}"):
        load_checkpoint(saved)


def test_a_checkpoint_without_description_checksum_still_loads(saved: Path) -> None:
    drop("description_sha256")(saved)
    assert load_checkpoint(saved).network.config.units == 16


class Malicious:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.marker,)


@pytest.mark.parametrize("how", [pickle.dumps, lambda value: torch_bytes({"weights": value})], ids=["pickle", "torch"])
def test_a_pickle_posing_as_checkpoint_never_executes(
    saved: Path, tmp_path: Path, how: Callable[[object], bytes]
) -> None:
    marker = tmp_path / "executed"
    data = how(Malicious(marker))
    saved.write_bytes(data)
    change("sha256", hashlib.sha256(data).hexdigest())(saved)
    drop("description_sha256")(saved)
    with pytest.raises(CheckpointError, match="holds no weights"):
        load_checkpoint(saved)
    saved.with_suffix(".pt").write_bytes(data)
    with pytest.raises(CheckpointError, match="is not there"):
        find_checkpoint(str(saved.with_suffix(".pt")))
    resume_file = saved.with_suffix(".resume.safetensors")
    resume_file.write_bytes(data)
    with pytest.raises(TrainingError, match="cannot be resumed"):
        read_state(resume_file, {})
    index = saved.with_suffix(".npz")
    np.savez(index, about=np.array([Malicious(marker)], dtype=object), allow_pickle=True)
    with pytest.raises(OriginalityError):
        OriginalityIndex.load(index)
    assert not marker.exists()
    pickle.loads(pickle.dumps(Malicious(marker)))  # it would have been
    assert marker.exists()


def torch_bytes(value: object) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def test_a_missing_checkpoint_lists_what_there_is() -> None:
    with pytest.raises(CheckpointError, match="'nessie' is not there; available: "):
        find_checkpoint("nessie")


def test_an_installation_without_its_model_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(location, "FOLDER", tmp_path)
    monkeypatch.setattr(location, "SHIPPED", tmp_path)
    with pytest.raises(CheckpointError, match=r"the model that comes with the program is missing from .*; install"):
        find_checkpoint()


def test_a_folder_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is not there"):
        find_checkpoint(str(tmp_path))


def test_an_unreadable_checkpoint_is_named_with_the_cause(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", forbidden)  # by hand, for root may read everything
    with pytest.raises(CheckpointError, match=r"tiny\.safetensors cannot be read: Permission denied"):
        load_checkpoint(saved)


def test_a_folder_named_like_a_checkpoint_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder.safetensors"
    folder.mkdir()
    with pytest.raises(CheckpointError, match="is not there"):
        find_checkpoint(str(folder))
    with pytest.raises(CheckpointError, match="cannot be read: Is a directory"):
        load_checkpoint(folder)


def test_a_failed_write_changes_no_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = {path.name: path.read_bytes() for path in saved.parent.iterdir()}
    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(CheckpointError, match=r"tiny\.json cannot be written: No space left"):
        save_checkpoint(tiny_checkpoint(seed=1), saved)
    assert {path.name: path.read_bytes() for path in saved.parent.iterdir()} == before


KILLS = 8


def save_for_ever(path: Path, ready: Any) -> None:
    checkpoint = tiny_checkpoint(seed=1)
    while True:
        save_checkpoint(checkpoint, path)
        ready.set()
        with torch.no_grad():
            checkpoint.network.dense.bias += 1


def test_a_kill_while_saving_leaves_a_loadable_checkpoint(saved: Path) -> None:
    context = multiprocessing.get_context("forkserver")  # one process imports torch for all
    context.set_forkserver_preload(["tests.model.test_checkpoint"])
    for attempt in range(KILLS):
        ready = context.Event()
        process = context.Process(target=save_for_ever, args=(saved, ready), daemon=True)
        process.start()
        assert ready.wait(60)
        process.join(0.0037 * attempt)
        process.kill()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        assert load_checkpoint(saved).network.config.units == 16


@pytest.mark.parametrize("written", [1, 2])
def test_an_interrupted_save_leaves_old_or_new_checkpoint(
    saved: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    class Killed(BaseException):
        pass

    calls = []

    def write_some(path: Path, data: bytes) -> None:
        if len(calls) == written:
            raise Killed
        calls.append(path)
        path.write_bytes(data)

    monkeypatch.setattr("charrnn.model.checkpoint.write_atomically", write_some)
    with pytest.raises(Killed):
        save_checkpoint(tiny_checkpoint(seed=1), saved)
    expected = tiny_checkpoint(seed=1 if written == 2 else 0).network.dense.weight
    torch.testing.assert_close(load_checkpoint(saved).network.dense.weight, expected, atol=0.01, rtol=0.01)
