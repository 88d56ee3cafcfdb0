"""Texts made to break a reader of ABC: each is read, judged, spelled, played and written, or refused with a sentence.

The files of ``tests/evil`` are named for what they hold.
"""

import builtins
import inspect
import io
import os
import socket
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from charrnn import limits
from charrnn.errors import AbcError, RenderError
from charrnn.notation.bars import bar_problems
from charrnn.notation.reading.book import split_book
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Problem, Tune
from charrnn.notation.writing.canonical import canonical_header, canonical_prefix
from charrnn.notation.writing.writer import canonical, readable, with_layout
from charrnn.render.export.midi import midi_bytes
from charrnn.render.playing.performance import _Player, perform
from tests.fuzz import search as fuzz
from tests.support.tunes import EVIL, abc
from tests.support.whole_path import walk

MEMORY = 20_000_000  # bytes, to read, write and play one text; music21 takes all there is for M:999999999/1
MEMORY_A_CHARACTER = 1_000  # bytes of what a text of numbers makes; an integer of 5,000 digits would be more
CALLS_A_CHARACTER = 150  # of functions, Python's and its own, to read a text; a loop over a number would be more
DEPTH = 80  # calls; music that recursed with its brackets would need 2,000


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
    if not tune.problems:
        written = canonical(tune).rstrip("\n")
        with_layout(written, written.rindex("\n") + 1)
    with suppress(RenderError):
        assert midi_bytes(tune).startswith(b"MThd")
    fuzz.check(text)
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
def test_excessive_values_are_reported_without_losing_notes(name: str) -> None:
    tune = parse(EVIL[name])
    letters = [note.pitches[0].letter for note in tune.notes]
    assert letters[0] == "A"
    assert tune.problems or name in ("25-slurs", "25-pairs", "26-tuplet-in-the-time-of-none")


@pytest.mark.parametrize("name", [name for name in EVIL if name[:2] in ("24", "27")])
def test_memory_stays_small(name: str) -> None:
    tracemalloc.start()
    try:
        tune = parse(EVIL[name])
        readable(tune)
        perform(tune)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", [name for name in EVIL if name.startswith("24")])
def test_a_number_makes_nothing_of_its_size(name: str) -> None:
    parse(EVIL[name])  # what is kept for the next text is kept now
    tracemalloc.start()
    try:
        perform(parse(EVIL[name]))
        assert tracemalloc.get_traced_memory()[1] < 50_000 + MEMORY_A_CHARACTER * len(EVIL[name])
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", EVIL)
def test_parsing_work_depends_on_length_not_numbers(name: str) -> None:
    text = EVIL[name]
    assert calls_of(lambda: parse(text)) < 2_000 + CALLS_A_CHARACTER * len(text)


def test_megabytes_are_refused_with_next_to_no_work() -> None:
    text = "A" * 5_000_000
    with pytest.raises(AbcError, match="at most 20,000 characters, this one has 5,000,000"):
        parse(text)
    assert calls_of(lambda: parse(text)) < 50


def calls_of(step: Callable[[], object]) -> int:
    """How many functions are called, Python's and built-in ones: work without a clock."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        with suppress(AbcError):
            step()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", [name for name in EVIL if name.startswith("25")])
def test_runs_report_distinct_places_at_most_fifty_times(name: str) -> None:
    places = [problem.place for problem in parse(EVIL[name]).problems]
    assert len(set(places)) == len(places) <= limits.MAX_REPORTED_PROBLEMS


@pytest.mark.parametrize("turns", ["|:{}:|", "|:{}|1,2,3,4,5,6,7,8,9 A:|", "|:{}::" * 9])
def test_playing_stops_at_the_event_limit(turns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is played again is counted as it comes; it is never written out first."""
    monkeypatch.setattr(limits, "MAX_EVENTS", 2_000)  # the same with less work
    real, played = _Player.play, []
    monkeypatch.setattr(_Player, "play", lambda player, index: played.append(index) or real(player, index))
    music = "ABcd" * (limits.MAX_EVENTS // (2 * turns.count("{}")))
    performance = perform(parse("K:C\n" + turns.replace("{}", music)))
    assert len(performance.notes) == limits.MAX_EVENTS
    assert "it stops here" in performance.problems[0].message
    assert len(played) < limits.MAX_EVENTS + 100


FIRST_PROBLEMS = {
    "24-bar-rests-without-end": "line 6, column 3: a number has at most 4 digits, this one has 20",
    "24-chord-lengths-multiplied": (
        "line 6, column 10: the lengths inside and after this chord make 99980001, which no note can have"
    ),
    "24-length-of-5000-digits": "line 6, column 3: a number has at most 4 digits, this one has 5000",
    "24-length-of-eight-digits": "line 6, column 3: a number has at most 4 digits, this one has 8",
    "24-length-over-zero": "line 6, column 3: the note length '/0' has a zero in it",
    "24-meter-of-nothing": "line 2, column 1: the meter '0/4' is outside 1 to 32 over 1, 2, 4, 8, 16, 32",
    "24-meter-over-zero": "line 2, column 1: the meter '4/0' is outside 1 to 32 over 1, 2, 4, 8, 16, 32",
    "24-meter-without-end": "line 2, column 1: a number has at most 4 digits, this one has 9",
    "24-octaves-and-graces-without-end": "line 6, column 4: a number has at most 4 digits, this one has 8",
    "24-primes-below-every-note": "line 6, column 2: a note length is divided by at most 64, not 9999",
    "24-tempo-of-nothing": "line 2, column 1: the tempo '0' is outside 20 to 400 quarter notes a minute",
    "24-tempo-without-end": "line 2, column 1: a number has at most 4 digits, this one has 8",
    "24-unit-of-nothing": "line 2, column 1: '0/8' has a zero in it",
    "24-unit-over-zero": "line 2, column 1: '1/0' has a zero in it",
    "25-accidentals": "line 6, column 3: the accidental '^^^^^^^^' is none of _ __ = ^ ^^",
    "25-braces": "line 6, column 3: grace notes { open inside grace notes",
    "25-brackets": "line 6, column 3: a chord [ opens inside a chord",
    "25-octave-marks": "line 6, column 3: a note has at most 5 octave marks, this one has 200",
    "25-slashes": "line 6, column 3: the note length '////////////' has too many slashes",
    "25-tuplets": "line 6, column 4: a tuplet ends 3 notes early",
    "26-tuplet-across-a-bar": "line 6, column 5: a tuplet ends 2 notes early",
    "26-tuplet-at-the-end": "line 6, column 6: a tuplet ends 1 notes early",
    "26-tuplet-in-numbers-of-20-digits": "line 6, column 2: a number has at most 4 digits, this one has 20",
    "26-tuplet-of-ninety-nine": "line 6, column 2: a tuplet has 2 to 9 notes, not 99",
    "26-tuplet-of-none": "line 6, column 2: a tuplet has 2 to 9 notes, not 0",
    "26-tuplet-of-one": "line 6, column 2: a tuplet has 2 to 9 notes, not 1",
    "27-a-billion-endings": "line 6, column 3: a number has at most 4 digits, this one has 9",
    "28-a-tune-in-every-line": ("line 7, column 1: a second tune begins here (X:); it is read as part of the first"),
    "28-broken-first-last-and-often": "line 6, column 1: > needs a note on either side",
    "28-everything-cut-off": "line 6, column 4: broken rhythm needs a note on either side",
    "28-overlays": "line 6, column 10: a bar has at most 4 overlays &",
}


@pytest.mark.parametrize(("name", "first"), FIRST_PROBLEMS.items(), ids=FIRST_PROBLEMS)
def test_the_first_fault_is_reported_at_its_place(name: str, first: str) -> None:
    assert str(parse(EVIL[name]).problems[0]) == first


@pytest.mark.parametrize(
    "character", ["\0", "\x0c", "\x0b", "\x1b", "\u202e", "\u200f", "\ud800", "\ufeff", "\u2028", "\x85"]
)
def test_unprintable_characters_are_reported_without_breaking_the_line(character: str) -> None:
    (problem,) = parse(abc(f"A{character}B|")).problems
    assert str(problem.place) == "line 5, column 2"
    assert_survives(abc(f"A{character}B|") + f"T:{character}\n")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_newlines_of_every_system_count_as_one_line(newline: str) -> None:
    (problem,) = parse("\ufeff" + abc("A|\nB*|").replace("\n", newline)).problems
    assert str(problem.place) == "line 6, column 2"


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


def test_playing_reports_a_tie_to_nothing() -> None:
    tune = parse(EVIL["28-tie-to-another-pitch"])
    assert not tune.problems
    assert [problem.place.column for problem in perform(tune).problems] == [1, 5, 15]


def test_text_is_only_text() -> None:
    tune = parse(EVIL["30-script-everywhere"])
    assert tune.title == "<script>window.PWN=1</script>"
    assert [note.chord_symbol for note in tune.notes] == ["", "", ""]
    assert canonical(tune) == "M:4/4\nL:1/8\nR:b jig b\nK:C\nABc|]\n"
    assert readable(tune).splitlines()[:3] == ["X:1", "T:<script>window.PWN=1</script>", "R:<b>jig</b>"]


@pytest.mark.parametrize("name", [name for name in EVIL if name.startswith("31")])
def test_no_file_and_no_address_is_opened(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_survives(EVIL[name])  # what is imported late is imported now
    walk(EVIL[name])

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a text opened a file or a connection")

    for module, call in (
        (builtins, "open"),
        (io, "open"),
        (os, "open"),
        (socket, "socket"),
        (Path, "read_text"),
        (Path, "read_bytes"),
    ):
        monkeypatch.setattr(module, call, refused)
    assert_survives(EVIL[name])
    assert walk(EVIL[name]) in ("drawn", "empty")  # the whole way of the page: sound, score and files


def test_an_evil_book_is_split_at_its_numbers() -> None:
    book = "\n".join(text for text in EVIL.values() if text.startswith("X:1"))
    assert len(list(split_book(book))) >= sum(text.startswith("X:1") for text in EVIL.values())


RUNS = [
    "^", "[K:", ":", "|", "|:", "|1", "[1,", "[", "{", '"', "!a", "(3", "(3:", "-", ">", "A>", "A-",
    "A/", "{a}b", "[ab", "Z", "&", ".", "\\ ", "A:|", "|:A", "[K:D]A", "[Q:1/4=90]A", "\u266b", "A3/B/", "A2B", "(3A",
    "A|", "Z|", "[1A", "!trill!", "+", '"^a"',
]  # fmt: skip


@pytest.mark.parametrize("unit", RUNS)
def test_processing_time_grows_linearly_with_text_length(unit: str) -> None:
    """Six times the text; quadratic work would take thirty-six times as long. Processor time, the best of several."""
    few, many = (abc(unit * (size // len(unit))) for size in (400, 2_400))
    assert any(seconds(many) < 18 * max(seconds(few), 0.0005) for _ in range(3))


def seconds(text: str) -> float:
    """Of processor time, to read, judge, play and write the text once."""
    start = time.process_time()
    tune = parse(text)
    perform(tune)
    bar_problems(tune)
    canonical_prefix(text)
    readable(tune)
    return time.process_time() - start


@pytest.mark.parametrize(
    ("target", "seed", "count"),
    [
        ("notation", 0, 40),
        ("files", 3, 8),
        ("page", 4, 12),
        ("sampler", 5, 6),
    ],
)
def test_mutated_tunes_are_survived_and_written_back(target: str, seed: int, count: int) -> None:
    """A short run of ``python -m tests.fuzz``."""
    failure = fuzz.run(seed, count, target)
    assert failure is None, f"{failure.message}: {fuzz.shrunk(failure).text!r}"
