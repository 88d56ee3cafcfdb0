"""One reading of a tune: what is performed, drawn, and written to MIDI and MusicXML has the same notes in the same
order."""

from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from itertools import islice

import mido
import pytest
from hypothesis import assume, given, settings

from charrnn.corpus.sources import read_tunes
from charrnn.notation.parser import parse
from charrnn.notation.tune import Pitch, Tune
from charrnn.render.midi import midi_bytes
from charrnn.render.musicxml import musicxml
from charrnn.render.performance import perform
from charrnn.render.pitches import midi_number
from charrnn.render.written import Segment, written
from tests.test_midi import strokes
from tests.test_musicxml import plain, read_back
from tests.tunes import KEYS, MUSIC, tune_of

Sounds = list[tuple[Fraction, int]]  # (onset in whole notes, MIDI number), in order


def performed(tune: Tune) -> Sounds:
    return [(event.onset, event.pitch) for event in perform(tune).notes]


def in_midi(tune: Tune) -> Sounds:
    file = mido.MidiFile(file=BytesIO(midi_bytes(tune)))
    return [(onset, pitch) for onset, _, pitch in strokes(file)]


def in_musicxml(tune: Tune) -> Sounds:
    return [(onset / 4, pitch) for onset, _, pitch in read_back(musicxml(tune))]


def drawn(tune: Tune) -> Sounds:
    """The notes of the score, played by its signs alone."""
    now, found = Fraction(0), []
    for segment in _as_signs_say(written(tune)):
        for symbol in segment.symbols:
            struck = {midi_number(Pitch(head.letter, head.octave), head.alteration) for head in symbol.heads}
            held = {
                midi_number(Pitch(head.letter, head.octave), head.alteration) for head in symbol.heads if head.tied_from
            }
            found += [(now, pitch) for pitch in sorted(struck - held)]
            now += symbol.duration * (symbol.whole_bars or 1)
    return found


def _as_signs_say(segments: list[Segment]) -> Iterator[Segment]:
    """Goes back at a repeat sign, once or as often as there are endings, and plays each ending in its turns."""
    place, start, turn, last_ending = 0, 0, 1, 0
    while place < len(segments):
        segment = segments[place]
        if (segment.opens_repeat and place != start) or (last_ending and not segment.ending):
            start, turn = place, 1
        last_ending = segment.ending
        if segment.ending and turn not in segment.ending_numbers:
            place += 1
            continue
        yield segment
        closes = segment.right.closes_repeat if segment.right else 0
        if closes and (segment.ending or turn <= closes):
            place, turn, last_ending = start, turn + 1, 0
            continue
        place += 1
        if closes:
            start, turn = place, 1


def assert_agree(tune: Tune) -> None:
    heard = performed(tune)
    assert in_midi(tune) == heard
    assert drawn(tune) == heard
    theirs = in_musicxml(tune)
    assert [pitch for _, pitch in theirs] == [pitch for _, pitch in heard]
    assert all(abs(their - our) < Fraction(1, 1000) for (their, _), (our, _) in zip(theirs, heard, strict=True))


@pytest.mark.parametrize(
    "music",
    [
        "|:D2|G2Bd g4|c6:|\n|:d2|g4 f4|G6:|",
        "A8||B8|c8:|d8|]",
        "|:A8|1,2 B8:|3 c8:|d8|]",
        "AB|:c6 (3def|1 g8:|2 g6||e2|a8-|a4 z4|]",
        "|:A8|:[K:D][M:3/4]F6|(3ABc [CEG]4:|",
        "A8|::c8|d8::|:::e8:::|f8|]",
        "|:A8|1 c8|2 e8|]",
        "|:A8|1G8:|c8|]",
        "|:A8|1G8:|:c8:|",
        "|:A8:|1B8|2c8|]",
        "|::A8|1B8::|2c8|]",
        "|:A8|1,2B8:|3c8|]",
        "|:A8|[Q:1/4=200][M:3/4][K:D]F6|1F6|2[Q:1/4=90]c6|]",
    ],
)
def test_all_forms_of_a_tune_agree(music: str) -> None:
    assert_agree(tune_of(music))


@given(MUSIC, KEYS)
@settings(max_examples=25, deadline=None)
def test_all_forms_of_any_tune_agree(music: str, key: str) -> None:
    tune = tune_of(music, key=key)
    assume(tune.notes)
    assert_agree(plain(tune))


def test_all_forms_of_the_training_music_agree() -> None:
    for raw in islice(read_tunes(), 5, None, 450):
        assert_agree(plain(parse(raw.text)))
