"""Several voices and overlays: the first voice is the tune, the others are kept beside it."""

import pytest
from hypothesis import given

from charrnn.errors import AbcError
from charrnn.notation.parser import parse
from charrnn.notation.tune import BarLine, Element, Note, Rest, Tune
from charrnn.notation.writer import canonical_music, readable
from charrnn.render.performance import perform
from tests.tunes import ANY_TEXT, sounding

TWO = "X:1\nM:2/4\nL:1/8\nK:G\nV:1\nGABc|d4|]\nV:2\nG,2D2|[K:D]F4|]\n"


def texts(elements: tuple[Element, ...]) -> list[str]:
    """Letters of notes, z for rests with their eighths, bar lines."""
    return [
        e.pitches[0].letter if isinstance(e, Note) else f"z{8 * e.duration}" if isinstance(e, Rest) else str(e)
        for e in elements
        if isinstance(e, Note | Rest | BarLine)
    ]


def music(text: str, header: str = "M:2/4\nL:1/8\nK:C\n") -> Tune:
    return parse(header + text)


def test_the_first_voice_is_the_tune() -> None:
    tune = parse(TWO)
    assert texts(tune.elements) == ["G", "A", "B", "C", "|", "D", "|]"]
    assert [(voice.name, texts(voice.elements)) for voice in tune.voices] == [("2", ["G", "D", "|", "F", "|]"])]
    assert perform(tune).duration == 1


def test_nothing_is_played_after_the_first_voice() -> None:
    assert sounding(parse(TWO)) == sounding(parse(TWO.partition("V:2")[0]))


@pytest.mark.parametrize(
    "text",
    [
        "V:1\nABcd|\nV:2\nCDEF|\nV:1\ne4|]\nV:2\nG4|]",
        "[V:1]ABcd|e4|]\n[V:2]CDEF|G4|]",
        "ABcd|\nV:2\nCDEF|G4|]\nV:1\ne4|]",
    ],
)
def test_voices_may_take_turns(text: str) -> None:
    tune = music(text)
    assert texts(tune.elements) == ["A", "B", "C", "D", "|", "E", "|]"]
    assert texts(tune.voices[0].elements) == ["C", "D", "E", "F", "|", "G", "|]"]


def test_the_first_voice_with_music_is_the_tune() -> None:
    tune = parse("V:1 name=fiddle\nV:2\nK:C\nV:2\nAB|\nV:1\ncd|")
    assert (tune.voice, texts(tune.elements)) == ("2", ["A", "B", "|"])


def test_fields_of_a_voice_are_its_own() -> None:
    tune = music("V:1\nAB[L:1/4]c|\nV:2\n[K:D]A2B2|\nV:1\nA2|]")
    assert [8 * note.duration for note in tune.notes] == [1, 1, 2, 4]
    assert [str(key) for key in tune.keys] == ["C", "D"]


def test_an_overlay_is_a_voice_with_the_bars_of_the_tune() -> None:
    tune = music("ABcd & C4|efga|e2f2 & G2 & E4|a4|]")
    assert texts(tune.elements) == [*"ABCD", "|", *"EFGA", "|", "E", "F", "|", "A", "|]"]
    assert [texts(voice.elements) for voice in tune.voices] == [
        ["C", "|", "z4", "|", "G", "z2", "|", "z4", "|]"],
        ["z4", "|", "z4", "|", "E", "|", "z4", "|]"],
    ]
    assert [problem.kind for problem in tune.problems] == ["voices", "voices"]


def test_voices_are_told_once_each() -> None:
    tune = parse(TWO + "V:1\nG4|]\nV:2\nD4|]\n")
    assert [str(problem) for problem in tune.problems] == [
        "line 7, column 1: only the first voice is the tune; the voice V:2 is read beside it"
    ]


@pytest.mark.parametrize("text", [TWO, "K:C\nAB & CD|ef|]", "K:C\nV:a\n|:AB:|\nV:b\n|:CD:|\nV:c\n|:EF:|"])
def test_voices_are_written_back(text: str) -> None:
    tune = parse(text)
    assert tune.voices
    assert parse(readable(tune)).voices
    assert [texts(voice.elements) for voice in parse(readable(tune)).voices] == [
        texts(voice.elements) for voice in tune.voices
    ]


def test_the_model_reads_the_first_voice() -> None:
    assert canonical_music(parse(TWO)) == "GABc|d4|]"


@given(ANY_TEXT)
def test_an_overlay_has_the_bar_lines_of_the_tune(text: str) -> None:
    try:
        tune = parse("K:C\nA|" + text.replace("V:", "") + "&B|")
    except AbcError:
        return
    for voice in tune.voices:
        assert [e for e in voice.elements if isinstance(e, BarLine)] == [
            e for e in tune.elements if isinstance(e, BarLine)
        ]
