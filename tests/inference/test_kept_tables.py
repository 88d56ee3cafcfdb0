"""Tables of the automata, kept from run to run: nothing is worked out again, and no tune changes."""

import ast
import importlib
import io
import os
import pickle
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import charrnn
from charrnn.inference import compiling, kept_tables
from charrnn.notation.reading.parser import parse
from charrnn.sampling.compose import compose_all, engine_of
from tests.inference.test_engine import of, requests
from tests.support.tiny import tiny_checkpoint
from tests.support.training_jigs import ROOT

READ, WRITE, PACKAGE = kept_tables.read, kept_tables._write, Path(charrnn.__file__).parent
NO_STATES = {
    "errors.py",
    "files.py",
    "__init__.py",
    "inference/__init__.py",
    "inference/kept_tables.py",
    "collector.py",
}  # these tell nothing of any state
DAMAGES: list[Callable[[bytes], bytes]] = [
    lambda data: b"",
    lambda data: data[:-1],
    lambda data: data[:100] + b"?" + data[101:],
    lambda data: kept_tables._seal(b"no tables") + b"no tables",
    lambda data: sealed({"of": "another shape"}),
    lambda data: sealed(nothing_known(rows={"_no_table": np.zeros(1, np.int32)})),
]


class Bomb:
    """What runs when it is read by pickle alone."""

    def __init__(self, function: Callable[..., object], *values: object) -> None:
        self.function, self.values = function, values

    def __reduce__(self) -> tuple[Any, ...]:
        return self.function, self.values


@pytest.fixture
def kept(compiled_stepper: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache folder of its own, in which tables are kept at once."""
    monkeypatch.setattr(compiling, "_ready", {"fp32"})
    monkeypatch.setattr(kept_tables, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(kept_tables, "read", READ)
    monkeypatch.setattr(kept_tables, "keep", WRITE)
    return tmp_path


def tables() -> Any:
    """Those that a new network begins with."""
    return engine_of(tiny_checkpoint()).stepper.automata.tables  # type: ignore[attr-defined]


def nothing_known(**changed: object) -> object:
    from charrnn.inference.tables import Known  # brings the kernel, which is to be found compiled

    crossings = np.full(8, -1, np.int64), np.zeros((8, 2), np.int32)
    return Known([], [], [], [], {}, crossings)._replace(**changed)  # type: ignore[arg-type]


def sealed(value: object) -> bytes:
    """A file that holds something else."""
    data = io.BytesIO()
    kept_tables._Writer(data, pickle.HIGHEST_PROTOCOL).dump(value)
    packed = zlib.compress(data.getvalue())
    return kept_tables._seal(packed) + packed


def write_all() -> list[tuple[object, ...]]:
    """Tunes, whose tables are kept whole."""
    checkpoint = tiny_checkpoint()
    tunes = [of(tune) for tune in compose_all(checkpoint, requests(20))]
    known = engine_of(checkpoint).stepper.automata.tables  # type: ignore[attr-defined]
    WRITE(known.characters, known.known)
    return tunes


def test_kept_tables_leave_nothing_to_ask(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from charrnn.inference.batch import Slots

    expected = write_all()
    asked: list[object] = []
    monkeypatch.setattr(Slots, "_fill_in", lambda self, registers: asked.append(registers))
    assert [of(tune) for tune in compose_all(tiny_checkpoint(), requests(20))] == expected
    assert not asked


def test_another_process_knows_the_same_states(kept: Path) -> None:
    """Hashes are others there."""
    write_all()
    code = f"""
from pathlib import Path
from charrnn.grammar.start import read_seed
from charrnn.inference import kept_tables
from charrnn.inference.tables import Automata
from tests.support.tiny import tiny_checkpoint
from charrnn.inference.guides import masks_for
from charrnn.model.position.clock import Clock
kept_tables.cache_folder = lambda: Path({str(kept)!r})
characters = tiny_checkpoint().vocabulary.characters
tables = Automata(Clock(characters), grammar := masks_for(characters).grammar).tables
before = len(tables.nodes), len(tables.frame_list), len(tables.clock_nodes)
assert min(before) > 10
tables.of_position(read_seed(grammar, "M:6/8\\nL:1/8\\nR:jig\\nK:D\\n", "").position)
for number, node in enumerate(tables.clock_nodes):
    assert tables.of_clock(node) == number
for number, (structure, base) in enumerate(tables.frame_list):
    assert tables._frame_numbers[structure, base] == number
assert before == (len(tables.nodes), len(tables.frame_list), len(tables.clock_nodes))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_tables_are_made_again(kept: Path, damage: Callable[[bytes], bytes]) -> None:
    write_all()
    assert tables().nodes
    (path,) = (kept / "tables").glob("*.tables")
    path.write_bytes(damage(path.read_bytes()))
    assert not tables().nodes
    write_all()
    assert tables().nodes


@pytest.mark.parametrize("function", [os.mkdir, Path, eval, getattr, parse, np.frombuffer])
def test_kept_tables_run_nothing(kept: Path, function: Callable[..., object], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    WRITE("abc", Bomb(function, str(kept / "made"), "x"))
    assert READ("abc") is None
    assert "is no state" in caplog.text
    assert not (kept / "made").exists()


def test_kept_tables_import_nothing(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (kept / "stranger.py").write_text(
        "import pathlib\nclass Guest: pass\npathlib.Path(__file__).with_name('ran').touch()"
    )
    monkeypatch.syspath_prepend(str(kept))
    stranger = importlib.import_module("stranger")
    WRITE("abc", Bomb(stranger.Guest))
    (kept / "ran").unlink()
    monkeypatch.delitem(sys.modules, "stranger")
    assert READ("abc") is None
    assert not (kept / "ran").exists()


def test_fewer_states_do_not_replace_more(kept: Path) -> None:
    write_all()
    before = len(tables().nodes)
    WRITE(tables().characters, nothing_known())
    assert len(tables().nodes) == before > 0


def test_tables_of_another_version_are_made_again(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_all()
    sources = [*kept_tables.sources(), Path(__file__)]
    monkeypatch.setattr(kept_tables, "sources", lambda: sources)
    monkeypatch.setattr(kept_tables, "_version", kept_tables.version())
    assert not tables().nodes
    write_all()
    assert tables().nodes
    assert len(list((kept / "tables").glob("*.tables"))) == 1


def test_tables_that_cannot_be_kept_are_none(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (kept / "file").touch()
    monkeypatch.setattr(kept_tables, "cache_folder", lambda: kept / "file")
    write_all()
    assert not tables().nodes


def test_tables_are_kept_whenever_they_have_doubled(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(kept_tables, "FEWEST", 8)
    monkeypatch.setattr(kept_tables, "MOST", 64)
    monkeypatch.setattr(kept_tables, "keep", lambda characters, known: sizes.append(max(map(len, known[:4]))))
    write_all()
    assert len(sizes) == 4
    assert all(2**place <= size < 2 ** (place + 1) for place, size in enumerate(sizes, start=3))


def test_every_source_of_the_tables_makes_their_version() -> None:
    imported = {str(path.relative_to(PACKAGE)) for path in imports_of(PACKAGE / "inference" / "tables.py", set())}
    known = {str(path.relative_to(PACKAGE)) for path in kept_tables.sources()}
    assert imported - known <= NO_STATES
    assert "grammar/bar.py" in imported & known


def imports_of(path: Path, found: set[Path]) -> set[Path]:
    """Modules of ours that a module imports, and those that they import."""
    if path in found:
        return found
    found.add(path)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("charrnn"):
            for name in (node.module, *(f"{node.module}.{each.name}" for each in node.names)):
                folder = PACKAGE.parent / name.replace(".", "/")
                for module in (folder.with_suffix(".py"), folder / "__init__.py"):
                    if module.exists():
                        imports_of(module, found)
    return found
