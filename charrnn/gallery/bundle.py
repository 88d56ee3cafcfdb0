"""JavaScript modules as one classic script: browsers refuse modules that are opened from disk.

Understands what the page's modules are written in: ``import { names } from "./file.js";`` on one line or several, and
``export`` before a function, a class or a constant. A library that bundles everything would need Node.
"""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{([\w,\s]+)\} from "(\.[\w./-]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function\*?|class|const|let) (\w+)", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


def bundle(entry: Path) -> str:
    """The script of a module and of all that it imports, each once, before what needs it.

    Raises ValueError at an import or an export of another kind, and where modules import each other in a circle.
    """
    done: dict[Path, str] = {}
    _add(entry.resolve(), done, ())
    return '"use strict";\nconst modules = {};\n' + "\n".join(done.values())


def _add(path: Path, done: dict[Path, str], above: tuple[Path, ...]) -> None:
    if path in above:
        raise ValueError(f"{path.name} imports itself, by way of others")
    if path in done:
        return
    text = path.read_text(encoding="utf-8")
    for _, address in _IMPORT.findall(text):
        _add((path.parent / address).resolve(), done, (*above, path))
    done[path] = _function(path, text)


def _function(path: Path, text: str) -> str:
    """The module as a function that is called at once, so that its names are its own."""
    exported = [name for _, name in _EXPORT.findall(text)]
    text = _IMPORT.sub(lambda found: _taken(path, found), text)
    text = _EXPORT.sub(r"\1 \2", text)
    if left := _LEFT.search(text):
        raise ValueError(f"{path.name} cannot be bundled: {left.group()}")
    return f'modules["{_name(path)}"] = (() => {{\n{text}\nreturn {{ {", ".join(exported)} }};\n}})();\n'


def _taken(path: Path, found: re.Match[str]) -> str:
    names, address = found.groups()
    names = " ".join(names.split()).rstrip(",").replace(" as ", ": ")
    return f'const {{ {names} }} = modules["{_name((path.parent / address).resolve())}"];'


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
