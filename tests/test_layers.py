"""Imports point one way, and the light parts stay light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = [
    {"errors", "limits", "files", "shipped", "termination"},
    {"notation"},
    {"render", "corpus"},
    {"model"},
    {"inference", "bulk"},
    {"sampling"},
    {"evaluation"},
    {"ui"},
    {"app", "train"},
    {"cli"},
]


def imported_modules(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def layer_of(module: str) -> int:
    name = module.split(".")[1] if "." in module else "errors"
    return next((level for level, names in enumerate(LAYERS) if name in names), len(LAYERS))


@pytest.mark.parametrize("package", ["notation", "render", "corpus", "evaluation", "sampling", "cli"])
def test_importing_the_light_parts_brings_in_no_heavy_library(package: str) -> None:
    heavy = ["gradio", "music21"] + (["torch"] if package in ("notation", "render", "corpus", "cli") else [])
    modules = [f"charrnn.{package}"]
    if (ROOT / "charrnn" / package).is_dir():
        modules += [f"charrnn.{package}.{path.stem}" for path in (ROOT / "charrnn" / package).glob("[!_]*.py")]
    code = f"import sys, {', '.join(modules)}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_imports_point_one_way() -> None:
    wrong = []
    for path in (ROOT / "charrnn").rglob("*.py"):
        own = layer_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
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
