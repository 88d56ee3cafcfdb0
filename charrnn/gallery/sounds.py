"""The sampled instruments as a script: a page that is opened from disk may load scripts, and fetch nothing."""

import base64
import io
import json
from typing import Any

from charrnn.render.audio.library import CATALOG, Library


def sounds_script(library: Library) -> str:
    """Sets ``window.charrnnSounds`` to the catalog and each file in base64, or to null where there are no samples."""
    return f"window.charrnnSounds = {json.dumps(_sounds(library))};\n"


def _sounds(library: Library) -> dict[str, Any] | None:
    if library.folder is None or not (library.folder / CATALOG).is_file():
        return None
    catalog = json.loads((library.folder / CATALOG).read_text(encoding="utf-8"))
    files = {entry["file"]: (library.folder / entry["file"]).read_bytes() for entry in catalog["instruments"].values()}
    return {
        "catalog": catalog,
        "files": {name: base64.b64encode(_smaller(data)).decode() for name, data in files.items()},
    }


def _smaller(data: bytes) -> bytes:
    """As FLAC, which browsers decode to the same samples; as it is where that cannot be written."""
    try:
        import soundfile
    except (ImportError, OSError):
        return data
    waveform, rate = soundfile.read(io.BytesIO(data), dtype="int16")
    file = io.BytesIO()
    soundfile.write(file, waveform, rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()
