"""Names of tests are sentences that are read at a glance."""

import ast

from tests.support.started import ROOT

MOST_WORDS = 8


def long_names(source: str) -> list[str]:
    names = [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return [name for name in names if name.startswith("test_") and len(name.split("_")) - 1 > MOST_WORDS]


def test_names_have_at_most_eight_words() -> None:
    found = {str(path): long_names(path.read_text()) for path in (ROOT / "tests").rglob("test_*.py")}
    assert {path: names for path, names in found.items() if names} == {}


def test_a_long_name_is_noticed() -> None:
    assert long_names("def test_a_name_of_nine_words_is_noticed_by_this(): ...\ndef test_short(): ...") != []
    assert long_names("def test_a_name_of_eight_words_is_not_noticed(): ...") == []
