"""Where the shipped checkpoint is, and where new ones go."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "checkpoints"  # where pip puts them
_IN_REPOSITORY = _PACKAGE.parent / "checkpoints"

SHIPPED = _INSTALLED if _INSTALLED.is_dir() else _IN_REPOSITORY
FOLDER = Path("checkpoints").absolute() if _INSTALLED.is_dir() else _IN_REPOSITORY  # for new ones
