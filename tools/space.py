"""Lays out the folder of a Hugging Face Space: ``python tools/space.py OUT``. Pushed to a Space, it serves the page.

A free account may host Gradio on ZeroGPU hardware. That asks for one of two versions of Python, a torch from a range of
its own, and a function under ``@spaces.GPU``. Ours has no work for a graphics card: the function does nothing, and work
outside of it uses up no quota. Files of OUT that are no part of the Space, such as its .git, stay as they are.
"""

import argparse
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = "3.12.12"
TORCH = "torch>=2.10,<2.12"  # ZeroGPU has 2.8 to 2.11; below 2.10 stand known security advisories
FOLDERS = ("charrnn", "checkpoints")
_APP = '''"""Serves the page on a Space. See docs/hosting.md of the project."""

import sys

try:  # ZeroGPU looks for such a function as the program starts, before torch is imported
    import spaces
except ImportError:
    pass
else:

    @spaces.GPU
    def unused() -> None:
        """The page needs no graphics card."""


from charrnn.app import main

if __name__ == "__main__":
    sys.exit(main())
'''
_ATTRIBUTES = "*.safetensors filter=lfs diff=lfs merge=lfs -text\n*.npz filter=lfs diff=lfs merge=lfs -text\n" + (
    "*.png filter=lfs diff=lfs merge=lfs -text\n"
)


def lay_out(out: Path) -> None:
    """Raises OSError where it cannot be written."""
    for name in FOLDERS:
        shutil.rmtree(out / name, ignore_errors=True)
        shutil.copytree(ROOT / name, out / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "LICENSE", out)
    (out / "app.py").write_text(_APP, encoding="utf-8")
    (out / ".gitattributes").write_text(_ATTRIBUTES, encoding="utf-8")
    (out / "README.md").write_text(_readme(), encoding="utf-8")
    (out / "requirements.txt").write_text(_requirements(), encoding="utf-8")


def _readme() -> str:
    """Ours, with the front matter that ZeroGPU asks for. What it links to is not in the Space."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    front, _, rest = text.removeprefix("---\n").partition("---\n")
    front = re.sub(r"python_version: .*", f'python_version: "{PYTHON}"', front)
    rest = re.sub(r"!\[[^]]*\]\([^)]*\)\n*", "", rest)
    rest = re.sub(r"\[([^]]*)\]\((?!https?://)[^)]*\)", r"\1", rest)
    return f"---\n{front}---\n{rest}"


def _requirements() -> str:
    """Ours, with a torch that ZeroGPU has."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    lines = [TORCH if line.startswith("torch==") else line for line in lines]
    return "\n".join([*lines, "spaces"]) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tools/space.py", description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, metavar="OUT", help="a new folder, or the clone of a Space")
    options = parser.parse_args(arguments)
    if options.out.resolve() in (ROOT, *ROOT.parents):
        parser.error(f"OUT must be a folder of its own; {options.out} holds the project")
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        lay_out(options.out)
    except OSError as error:
        print(f"tools/space.py: {error}", file=sys.stderr)
        return 1
    print(f"{options.out} is ready to be pushed to a Space with ZeroGPU hardware")
    return 0


if __name__ == "__main__":
    sys.exit(main())
