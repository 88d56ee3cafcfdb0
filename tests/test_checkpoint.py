"""A checkpoint loads whole and verified, or is refused with the file and the cause."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from charrnn.errors import CheckpointError
from charrnn.model.checkpoint import load_checkpoint, save_checkpoint
from charrnn.model.location import find_checkpoint
from tests.tiny import tiny_checkpoint

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    save_checkpoint(tiny_checkpoint(), path)
    return path


def test_a_loaded_checkpoint_predicts_what_the_saved_one_did_within_half_precision(saved: Path) -> None:
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


def change(key: str, value: object) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        description = json.loads(path.with_suffix(".json").read_text())
        description[key] = value
        path.with_suffix(".json").write_text(json.dumps(description))

    return damage


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
    "a doubled character": (change("vocabulary", "aa"), "each character once"),
    "an unknown setting": (change("config", {"vocabulary_size": 3, "heads": 8}), "describes no network"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_checkpoint_is_refused_with_the_file_and_the_cause(saved: Path, case: str) -> None:
    damage, cause = DAMAGE[case]
    damage(saved)
    with pytest.raises(CheckpointError, match=cause) as caught:
        load_checkpoint(saved)
    assert "tiny" in str(caught.value)
    assert "\n" not in str(caught.value).strip()


def test_weights_of_another_shape_are_refused(saved: Path) -> None:
    description = json.loads(saved.with_suffix(".json").read_text())
    description["config"]["units"] = 17
    saved.with_suffix(".json").write_text(json.dumps(description))
    with pytest.raises(CheckpointError, match="does not fit its description"):
        load_checkpoint(saved)


def test_a_pickle_named_like_a_checkpoint_is_not_executed(saved: Path, tmp_path: Path) -> None:
    import hashlib
    import pickle

    marker = tmp_path / "executed"

    class Malicious:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return Path.touch, (marker,)

    data = pickle.dumps(Malicious())
    saved.write_bytes(data)
    change("sha256", hashlib.sha256(data).hexdigest())(saved)
    with pytest.raises(CheckpointError, match="holds no weights"):
        load_checkpoint(saved)
    assert not marker.exists()


def test_a_missing_checkpoint_lists_what_there_is() -> None:
    with pytest.raises(CheckpointError, match="'nessie' is not there; available: "):
        find_checkpoint("nessie")


def test_a_folder_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is not there"):
        find_checkpoint(str(tmp_path))


def test_a_failed_write_leaves_the_old_checkpoint_and_no_rest(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = {path.name: path.read_bytes() for path in saved.parent.iterdir()}
    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(CheckpointError, match=r"tiny\.json cannot be written: No space left"):
        save_checkpoint(tiny_checkpoint(seed=1), saved)
    assert {path.name: path.read_bytes() for path in saved.parent.iterdir()} == before


def test_a_kill_while_saving_leaves_a_checkpoint_that_loads(saved: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.tiny import tiny_checkpoint;"
        "from charrnn.model.checkpoint import save_checkpoint\n"
        "two = [tiny_checkpoint(seed) for seed in (1, 2)]\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    for checkpoint in two: save_checkpoint(checkpoint, Path(sys.argv[1]))"
    )
    for attempt in range(5):
        process = subprocess.Popen([sys.executable, "-c", code, str(saved)], cwd=ROOT, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.1 + 0.037 * attempt)
        process.kill()
        process.communicate()
        assert load_checkpoint(saved).network.config.units == 16


@pytest.mark.parametrize("written", [1, 2])
def test_a_save_that_ends_between_its_files_leaves_the_old_checkpoint_or_the_new(
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
