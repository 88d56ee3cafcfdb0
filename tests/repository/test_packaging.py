"""``pip install .``: the package has everything inside, and works from any folder."""

import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tracked() -> list[str]:
    """The repository's files."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing of an earlier build is in it."""
    folder, source = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("source")
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source]
    subprocess.run([str(part) for part in command], check=True, timeout=240)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs' folder of a new environment with the wheel. Its dependencies are those of the tests."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    target = [f"--python={folder / 'bin' / 'python'}", "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", *target], check=True, timeout=120)
    return folder / "bin"


def test_the_wheel_contains_every_package_and_page_file(wheel: Path) -> None:
    ours = [name for name in tracked() if name.startswith(("charrnn/", "checkpoints/"))]
    wanted = {name if name.startswith("charrnn/") else f"charrnn/{name}" for name in ours}
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if name.startswith("charrnn/")}
    assert wanted - found == {"charrnn/checkpoints/folk.png"}  # the loss curve
    assert found - wanted == set()


def test_an_installed_package_composes_anywhere(installed: Path, tmp_path: Path) -> None:
    command = [str(installed / "charrnn"), "sample", "--seed", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("X:1\nT:")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_checkpoint_names_what_there_is(installed: Path, tmp_path: Path) -> None:
    command = [str(installed / "charrnn"), "sample", "--checkpoint", "mine"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("charrnn sample: checkpoint 'mine' is not there; available: folk, or a .safetensors file\n")


def test_the_package_depends_on_what_the_lock_has() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["tool"]["setuptools"]["dynamic"]["dependencies"] == {"file": ["requirements.txt"]}
    assert project["project"]["scripts"] == {"charrnn": "charrnn.cli:main"}
