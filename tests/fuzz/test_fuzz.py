"""The command that looks for texts that break something: what it prints, and how it ends."""

import sys

import pytest

from tests.fuzz import search as fuzz
from tests.fuzz.guided import search_guided


def fails_at_a_bracket(text: str) -> None:
    if "[" in text:
        raise AssertionError("a bracket stands in it")  # pytest would add its own words to an assert


def test_a_finding_is_printed_shrunk_and_returns_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(fuzz.TARGETS, "notation", fails_at_a_bracket)
    assert fuzz.search(seed=0, minutes=1, only="notation") == 1
    first, text = capsys.readouterr().out.splitlines()
    assert first.endswith("of seed 0 fails (notation): a bracket stands in it")
    assert text == "'['"


def test_a_fruitless_search_prints_a_one_line_summary(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in fuzz.TARGETS:
        monkeypatch.setitem(fuzz.TARGETS, name, lambda text: None)
    assert fuzz.search(seed=0, minutes=0, only=None) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("1 texts (")
    assert line.endswith("of seed 0 checked (notation 1, files 1), nothing found")


def test_every_target_has_its_turn() -> None:
    assert {target for number in range(20) for target in fuzz.targets_of(number)} == set(fuzz.TARGETS)


def test_an_exception_inside_a_check_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fuzz.TARGETS, "files", lambda text: text.index("?"))
    failure = fuzz.failure_of("A", "files")
    assert failure is not None
    assert failure.message == "ValueError: substring not found"


def test_the_guided_search_without_atheris_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)
    assert search_guided(0, 1, "notation") == 2
    assert capsys.readouterr().err == "--guided needs atheris, which is not installed: pip install atheris\n"
