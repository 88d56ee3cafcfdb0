"""Where checkpoints are. Kept apart from reading them, so that a missing one is noticed before torch is imported."""

from pathlib import Path

from charrnn.errors import CheckpointError
from charrnn.shipped import FOLDER, SHIPPED

DEFAULT_NAME = "folk"


def find_checkpoint(name: str = DEFAULT_NAME) -> Path:
    """The weights file for a name in ``checkpoints/`` or a path. Raises CheckpointError listing what there is."""
    folders = (FOLDER, SHIPPED)
    candidates = [Path(name), *(folder / file for folder in folders for file in (name, f"{name}.safetensors"))]
    for path in candidates:
        if path.is_file() and path.suffix == ".safetensors":
            return path
    available = sorted({path.stem for folder in folders for path in folder.glob("*.safetensors")})
    if not available and name == DEFAULT_NAME:
        raise CheckpointError(
            f"the model that comes with the program is missing from {SHIPPED}; install the program again, or name a"
            " .safetensors file"
        )
    raise CheckpointError(
        f"checkpoint {name!r} is not there; available: {', '.join(available) or 'none'}, or a .safetensors file"
    )
