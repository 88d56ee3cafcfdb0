"""The table of docs/reliability.md is true: every row has a test, and every test that it names exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
TABLE = TESTS.parent / "docs" / "reliability.md"
ROWS = range(1, 50)


def rows() -> dict[int, list[tuple[str, str]]]:
    """For each row of the table, its tests as (file, function)."""
    lines = re.findall(r"^\| *(\d+) \|(.+)\|$", TABLE.read_text(), re.MULTILINE)
    return {int(number): re.findall(r"`(test_\w+\.py)::(test_\w+)`", line) for number, line in lines}


@cache
def functions_in(file: str) -> set[str]:
    (path,) = TESTS.rglob(file)
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


def test_the_table_has_each_row_in_order() -> None:
    assert list(rows()) == list(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_tests_that_exist(row: int) -> None:
    tests = rows()[row]
    assert tests
    assert [f"{file}::{name}" for file, name in tests if name not in functions_in(file)] == []
