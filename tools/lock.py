"""Writes requirements.lock, the exact set that is tested: ``python tools/lock.py``, in an environment that holds
requirements.txt and has passed the tests.

The lock holds what requirements.txt asks for, what that asks for in turn, and so on, as installed here; it does not
matter what else is installed. Build tags of a machine (2.13.0+cpu) are left out. A requirement for some machines only
keeps its marker.
"""

from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
_HEAD = """\
# The exact versions that are tested, all the way down. requirements.txt says what is asked for, and why.
# To install: pip install -r requirements.lock. To make it anew: python tools/lock.py, where the tests have passed.
"""


def requirements_of(path: Path) -> list[Requirement]:
    """What a requirements file asks for, without its comments and the files that it includes."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def needed() -> dict[str, Requirement]:
    """By its name, each distribution that is needed here: itself asked for in requirements.txt, or needed by others."""
    out: dict[str, Requirement] = {}
    seen = set()
    waiting = [one for one in requirements_of(ROOT / "requirements.txt") if one.marker is None or one.marker.evaluate()]
    while waiting:
        requirement = waiting.pop(0)
        name = canonicalize_name(requirement.name)
        out.setdefault(name, requirement)
        for extra in {"", *requirement.extras} - {extra for known, extra in seen if known == name}:
            seen.add((name, extra))
            waiting += _needs(name, extra)
    return dict(sorted(out.items()))


def _needs(name: str, extra: str) -> Iterator[Requirement]:
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            requirement.marker = None  # it holds here, and the lock is for machines like this one
            yield requirement


def lock() -> str:
    """The text of the lock file, as it would be written here. Raises PackageNotFoundError where it is not all there."""
    lines = []
    for name, requirement in needed().items():
        marker = f" ; {requirement.marker}" if requirement.marker else ""
        lines.append(f"{name}=={Version(distribution(name).version).public}{marker}\n")
    return _HEAD + "".join(lines)


if __name__ == "__main__":
    LOCK.write_text(lock(), encoding="utf-8")
