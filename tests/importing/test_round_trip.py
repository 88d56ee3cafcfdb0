"""Files of our own come back through ``opened`` as the same music, note for note."""

from fractions import Fraction
from itertools import islice

import pytest

from charrnn.corpus.sources import read_tunes
from charrnn.importing.opened import opened
from charrnn.model.checkpoint import load_checkpoint
from charrnn.model.location import DEFAULT_NAME, find_checkpoint
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import BarLine, Ending, Tune
from charrnn.notation.writing.writer import canonical
from charrnn.render.export.midi import midi_bytes
from charrnn.render.export.musicxml import musicxml
from charrnn.render.playing.performance import perform
from charrnn.render.problems import problems
from charrnn.sampling.compose import compose
from charrnn.sampling.options import Request
from tests.support.tunes import tune_of

HEADERS = [
    f"R:{rhythm}\nM:{meter}\nL:1/8\nK:{key}"
    for rhythm, meter, key in (
        ("jig", "6/8", "D"),
        ("reel", "4/4", "Ador"),
        ("waltz", "3/4", "Bb"),
        ("polka", "2/4", "Em"),
        ("slip jig", "9/8", "Amix"),
    )
]
FORMS = [{"bars": 4, "parts": "AABB"}, {"bars": 2, "parts": "ABAB"}, {}]


def generated() -> list[Tune]:
    """Twenty tunes of the shipped model, in five meters, with and without form."""
    model = load_checkpoint(find_checkpoint(DEFAULT_NAME))
    tunes = []
    for number in range(20):
        header, form = HEADERS[number % len(HEADERS)], FORMS[number % len(FORMS)]
        request = Request.checked(header, 1.0, 200, number, **form)
        tunes.append(parse(compose(model, request).abc))
    return tunes


@pytest.fixture(scope="module")
def tunes() -> list[Tune]:
    return generated()


Heard = list[tuple[Fraction, Fraction, int]]


def heard(tune: Tune) -> Heard:
    """From the first note on: silence before it is not in a MIDI file."""
    notes = perform(tune).notes
    return [(note.onset - notes[0].onset, note.duration, note.pitch) for note in notes]


def signs(tune: Tune) -> list[str]:
    """Repeats and endings, with those that a transcriber leaves to the reader."""
    elements = parse(canonical(tune)).elements
    lines = (str(one) if isinstance(one, BarLine) else str(one.numbers) for one in elements if is_sign(one))
    return ["|" if line in ("||", "|]") else line for line in lines]


def is_sign(element: object) -> bool:
    return isinstance(element, BarLine | Ending)


def test_twenty_tunes_come_back_from_musicxml(tunes: list[Tune]) -> None:
    for tune in tunes:
        back = parse(opened("tune.musicxml", musicxml(tune).encode()).abc)
        assert heard(back) == heard(tune)
        assert signs(back) == signs(tune)
        assert (back.key, back.meter, back.title, back.rhythm) == (tune.key, tune.meter, tune.title, tune.rhythm)
        assert problems(back) == []


def test_twenty_tunes_come_back_from_midi(tunes: list[Tune]) -> None:
    for tune in tunes:
        found = opened("tune.mid", midi_bytes(tune))
        back = parse(found.abc)
        assert heard(back) == heard(tune)
        assert (back.key.fifths, back.meter, back.title) == (tune.key.fifths, tune.meter, tune.title)
        assert found.remarks == ()
        assert problems(back) == []


def test_training_tunes_come_back() -> None:
    for raw in islice(read_tunes(), 7, None, 600):
        tune = parse(raw.text)
        for name, data in (("a.musicxml", musicxml(tune).encode()), ("a.mid", midi_bytes(tune))):
            assert heard(parse(opened(name, data).abc)) == heard(tune), (name, tune.title)


@pytest.mark.parametrize(
    "music",
    [
        "AB|:c2 d2 e2 f2|1 g4 e2 AB:|2 g6||a8|]",
        "(3ABc (5defga [CEG]4-|[CEG]2 A2 z4|",
        "^F2 f2 =F2-F2|_B^A=c__d- d4|z2 A2 z4|",
        "A4 [K:Bb]B4|[M:6/8]ABc def|[K:D]f3 e3|",
        "|:A8|1,2 B8:|3 c8:|",
        "|::A8|B8::|c8|]",
        "A>B c<d A/4B/4c/4d/4 e|(3:2:2A2B (3:2:4A/B/cd A4|",
        "A4-|A8-|A4 B4|",
        "{e}d2 {/f}e2 {gab}f4|!segno!A8|B4 !D.S.!c4|]",
    ],
)
def test_every_kind_of_sign_comes_back_from_musicxml(music: str) -> None:
    tune = tune_of(music)
    back = parse(opened("tune.musicxml", musicxml(tune).encode()).abc)
    assert heard(back) == heard(tune)
    assert signs(back) == signs(tune)


@pytest.mark.parametrize("music", ["(3ABc (5defga [CEG]4-|[CEG]2 A2 z4|", "A/4B/4c/4d/4 e2 z/ A/ B4|", "A5 B3-|B8|"])
def test_chords_ties_and_tuplets_come_back_from_midi(music: str) -> None:
    tune = tune_of(music)
    assert heard(parse(opened("tune.mid", midi_bytes(tune)).abc)) == heard(tune)


def test_words_chords_and_composer_come_back_from_musicxml() -> None:
    tune = parse('X:1\nT:A Song\nC:Me\nM:3/4\nL:1/4\nQ:1/4=90\nK:G\n"G"G "D7/F#"A "Em"B|(.c Td)e|]\nw:la ri-ti tum\n')
    back = parse(opened("tune.musicxml", musicxml(tune).encode()).abc)
    assert [note.chord_symbol for note in back.notes] == ["G", "D7/F#", "Em", "", "", ""]
    assert (back.title, back.composer, back.tempo) == ("A Song", "Me", tune.tempo)
    assert [note.words for note in back.notes] == [note.words for note in tune.notes]
    assert [note.decorations for note in back.notes][3:5] == [("staccato",), ("trill",)]
    assert (back.notes[3].slurs_begin, back.notes[4].slurs_end) == (1, 1)
