"""Writes licences.md, the licence of everything that requirements.lock holds: ``python tools/licences.py``.

What is told is what each distribution's own metadata says, as it is installed here. REMARKS says what is to be known of
those whose licence asks more than that its text goes along; a test wants one for each.
"""

import re
import sys
from importlib.metadata import distribution
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.lock import LOCK, requirements_of

LIST = Path(__file__).resolve().parents[1] / "docs" / "licences.md"
_UNKNOWN = "unknown"
_COPYLEFT = re.compile(r"GPL|MPL|Mozilla|EUPL|CDDL|EPL", re.IGNORECASE)
_FILE_COPYLEFT = "copyleft of its own files alone; none of them is changed or copied here"
REMARKS = {
    "certifi": _FILE_COPYLEFT,
    "orjson": _FILE_COPYLEFT,
    "tqdm": _FILE_COPYLEFT,
    "lameenc": "a library that is installed as its authors publish it and called through its interface; its wheel "
    "holds LAME, which is under the LGPL, too",
    "soundfile": "its wheel holds libsndfile with LAME and mpg123, under the LGPL, as a library file of its own that "
    "can be replaced",
    "verovio": "a library that is installed as its authors publish it, called through its interface and replaceable by "
    "another build; the images that it engraves are ours",
    "pretty-midi": "its wheel carries the soundfont TimGM6mb, which names no licence in itself and which Debian "
    "distributes under GPL-2 (timgm6mb-soundfont). It is neither copied into this repository nor changed: where it is "
    "installed, notes are rendered from it, kept in the cache and sent to the page as sound. Without pretty_midi a "
    "synthesised tone plays",
}
_HEAD = """\
# Licences of what is installed

Made by `python tools/licences.py` from the metadata of what `requirements.lock` holds. Our own code is under the MIT
licence (`LICENSE`), the training music is in `checkpoints/README.md`. Nothing of the packages below is copied into this
repository: each is installed from where its authors publish it.

| package | version | licence |
|---|---|---|
"""


def licence(name: str) -> str:
    """What a distribution says of itself: an SPDX expression, a short text or its classifiers, in this order."""
    metadata = distribution(name).metadata
    classifiers = (one.rpartition(" :: ")[2] for one in metadata.get_all("Classifier") or () if "License ::" in one)
    short = metadata.get("License") or ""
    told = metadata.get("License-Expression") or (short if short.count("\n") == 0 else "")
    return told or ", ".join(classifiers) or _UNKNOWN


def asks_more(told: str) -> bool:
    """Whether a licence must have a remark: it is unknown, or it wants changes or the whole to be published."""
    return told == _UNKNOWN or bool(_COPYLEFT.search(told))


def rows() -> list[tuple[str, str, str]]:
    """Name, version and licence of what is locked."""
    return [(one.name, str(one.specifier).removeprefix("=="), licence(one.name)) for one in requirements_of(LOCK)]


def text() -> str:
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows())
    remarks = "".join(f"- **{name}**: {remark}.\n" for name, remark in sorted(REMARKS.items()))
    return f"{_HEAD}{table}\n## Remarks\n\n{remarks}"


if __name__ == "__main__":
    LIST.write_text(text(), encoding="utf-8")
