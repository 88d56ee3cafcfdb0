"""Texts made to break a reader of ABC: each is read, judged, spelled, played and written, or refused with a sentence.

The files of ``tests/evil`` are named for what they hold.
"""

import builtins
import inspect
import io
import socket
import sys
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from charrnn import limits
from charrnn.errors import AbcError, RenderError
from charrnn.notation.bars import bar_problems
from charrnn.notation.canonical import canonical_header, canonical_music, canonical_prefix
from charrnn.notation.parser import parse, split_book
from charrnn.notation.tune import Problem, Tune
from charrnn.notation.writer import broken_into_lines
from charrnn.render.midi import midi_bytes
from charrnn.render.performance import perform
from tests.tunes import abc

EVIL = {path.stem: path.read_bytes().decode() for path in sorted(Path(__file__).with_name("evil").glob("*.abc"))}
MEMORY = 200 * 1024 * 1024
DEPTH = 80


def assert_survives(text: str) -> Tune | None:
    """The tune, after everything that is done to tunes was done to it; None where the text was refused."""
    try:
        tune = parse(text)
    except AbcError:
        return None
    performance = perform(tune)
    assert len(performance.notes) <= limits.MAX_EVENTS
    for problems in (tune.problems, bar_problems(tune), performance.problems):
        assert len(problems) <= limits.MAX_REPORTED_PROBLEMS
        assert all(is_readable(problem, text) for problem in problems)
    canonical_header(tune)
    broken_into_lines(canonical_prefix(text))
    if not tune.problems:
        canonical_music(text, tune)
    with suppress(RenderError):
        assert midi_bytes(tune).startswith(b"MThd")
    return tune


def is_readable(problem: Problem, text: str) -> bool:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    line = lines[problem.place.line - 1]
    return 1 <= problem.place.column <= len(line) + 1 and len(problem.message) < 200


@contextmanager
def shallow_stack() -> Iterator[None]:
    """Leaves so many calls from here: what recurses with its input fails."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + DEPTH)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_an_evil_file_is_survived(text: str) -> None:
    with shallow_stack():
        tune = assert_survives(text)
    assert tune is None or isinstance(tune, Tune)


@pytest.mark.parametrize("name", [name for name in EVIL if name[:2] in ("24", "25", "26")])
def test_a_number_or_a_run_out_of_range_is_reported_and_the_notes_beside_it_are_kept(name: str) -> None:
    tune = parse(EVIL[name])
    letters = [note.pitches[0].letter for note in tune.notes]
    assert letters[0] == "A"
    assert tune.problems or name in ("25-slurs", "25-pairs", "26-tuplet-in-the-time-of-none")


@pytest.mark.parametrize(
    "name", ["24-length-of-5000-digits", "24-meter-without-end", "27-ten-thousand-ending-numbers", "28-voices"]
)
def test_memory_stays_small(name: str) -> None:
    tracemalloc.start()
    try:
        assert_survives(EVIL[name])
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def test_each_fault_is_reported_at_its_place() -> None:
    assert [str(problem) for problem in parse(EVIL["24-length-over-zero"]).problems] == [
        "line 6, column 3: the note length '/0' has a zero in it",
        "line 6, column 7: the note length '0' has a zero in it",
        "line 6, column 10: the note length '0/0' has a zero in it",
    ]
    assert [str(problem) for problem in parse(EVIL["24-unit-over-zero"]).problems] == [
        "line 2, column 1: '1/0' has a zero in it",
        "line 4, column 2: '0/8' has a zero in it",
    ]


def test_a_tie_to_nothing_is_reported_when_it_is_played() -> None:
    tune = parse(EVIL["28-tie-to-another-pitch"])
    assert not tune.problems
    assert [problem.place.column for problem in perform(tune).problems] == [1, 5, 15]


def test_text_is_only_text() -> None:
    tune = parse(EVIL["30-script-everywhere"])
    assert tune.title == "<script>window.PWN=1</script>"
    assert [note.chord_symbol for note in tune.notes] == ["", "", ""]
    written = canonical_header(tune) + canonical_music(EVIL["30-script-everywhere"], tune)
    assert written == "M:4/4\nL:1/8\nR:b jig b\nK:C\nABc|]"


@pytest.mark.parametrize("name", [name for name in EVIL if name.startswith("31")])
def test_no_file_and_no_address_is_opened(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_survives(EVIL[name])  # what is imported late is imported now

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a text opened a file or a connection")

    for module, call in (
        (builtins, "open"),
        (io, "open"),
        (socket, "socket"),
        (Path, "read_text"),
        (Path, "read_bytes"),
    ):
        monkeypatch.setattr(module, call, refused)
    assert_survives(EVIL[name])


def test_a_book_of_evil_is_split_at_its_numbers() -> None:
    book = "\n".join(text for text in EVIL.values() if text.startswith("X:1"))
    assert len(list(split_book(book))) >= sum(text.startswith("X:1") for text in EVIL.values())


RUNS = [
    "^", "[K:", ":", "|", "|:", "|1", "[1,", "[", "{", '"', "!a", "(3", "(3:", "-", ">", "A>", "A-",
    "A/", "{a}b", "[ab", "Z", "&", ".", "\\ ", "A:|", "|:A", "[K:D]A", "[Q:1/4=90]A", "\u266b",
]  # fmt: skip


@pytest.mark.parametrize("unit", RUNS)
def test_a_text_six_times_as_long_takes_about_six_times_as_long(unit: str) -> None:
    """Were it quadratic it would take thirty-six times as long. Processor time, the best of several."""
    few, many = (abc(unit * (size // len(unit))) for size in (600, 3_600))
    assert seconds(many) < 18 * max(seconds(few), 0.0005)


def seconds(text: str) -> float:
    def once() -> float:
        start = time.process_time()
        tune = parse(text)
        perform(tune)
        bar_problems(tune)
        canonical_prefix(text)
        return time.process_time() - start

    return min(once() for _ in range(2))
