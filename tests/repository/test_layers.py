"""Imports point one way, and the light parts stay light."""

import ast
import functools
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = [
    {"errors", "limits", "files", "shipped", "termination", "isolation", "collector"},
    {"notation"},
    {"grammar", "render", "corpus"},
    {"importing"},
    {"model"},
    {"inference", "bulk"},
    {"sampling"},
    {"evaluation"},
    {"ui"},
    {"app", "train", "gallery"},
    {"cli"},
]


@functools.cache
def imported_modules(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def imported_when_run(path: Path) -> set[str]:
    """Those that are not for the type checker alone; of ``from package import module`` the module, too."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name for node in found for name in (node.module or "", *(f"{node.module}.{a.name}" for a in node.names))}


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def room_of(module: str, package: str) -> str | None:
    """The folder or file inside a package."""
    parts = module.split(".")
    return parts[2] if parts[:2] == ["charrnn", package] and len(parts) > 2 else None


def layer_of(module: str) -> int:
    name = module.split(".")[1] if "." in module else "errors"
    return next((level for level, names in enumerate(LAYERS) if name in names), len(LAYERS))


@pytest.mark.parametrize(
    ("packages", "heavy"),
    [
        (("notation", "grammar", "render", "corpus", "importing", "cli"), ("gradio", "music21", "torch")),
        (("evaluation", "sampling"), ("gradio", "music21")),
    ],
)
def test_light_packages_import_no_heavy_library(packages: tuple[str, ...], heavy: tuple[str, ...]) -> None:
    files = [path for package in packages for path in (ROOT / "charrnn" / package).rglob("[!_]*.py")]
    modules = [*(f"charrnn.{package}" for package in packages), *map(dotted, files)]
    code = f"import sys, {', '.join(modules)}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_imports_point_one_way() -> None:
    wrong = []
    for path in (ROOT / "charrnn").rglob("*.py"):
        own = layer_of(dotted(path))
        for module in imported_modules(path):
            if module.startswith("charrnn.") and layer_of(module) > own:
                wrong.append(f"{path.relative_to(ROOT)} imports {module}")
    assert not wrong


def test_only_the_page_imports_gradio() -> None:
    users = {
        path.relative_to(ROOT).parts[:2]
        for path in (ROOT / "charrnn").rglob("*.py")
        if "gradio" in imported_modules(path)
    }
    assert users <= {("charrnn", "ui")}


@pytest.mark.parametrize("package", sorted(path.parent.name for path in (ROOT / "charrnn").glob("*/__init__.py")))
def test_parts_of_a_package_import_without_cycles(package: str) -> None:
    arrows: dict[str, set[str]] = {}
    for path in (ROOT / "charrnn" / package).rglob("[!_]*.py"):
        own = room_of(dotted(path), package)
        assert own
        modules = {name for name in imported_when_run(path) if module_exists(name)}
        rooms = {room_of(module, package) for module in modules} - {own, None}
        arrows.setdefault(own, set()).update(room for room in rooms if room)
    TopologicalSorter(arrows).prepare()  # raises CycleError with the circle


def module_exists(name: str) -> bool:
    return (ROOT / Path(*name.split("."))).with_suffix(".py").exists()


@pytest.mark.parametrize("folder", sorted({path.parent for path in (ROOT / "charrnn").rglob("*.py")}), ids=str)
def test_every_folder_says_what_it_is_for(folder: Path) -> None:
    assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))


def test_every_folder_is_in_the_package() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    folders = {dotted(path.parent) for path in (ROOT / "charrnn").rglob("__init__.py")}
    assert listed == folders | {"charrnn.checkpoints"}
