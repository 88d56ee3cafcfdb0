"""What is performed, drawn, and written to MIDI and MusicXML: whether it is the same notes in the same order.

python -m tests.support.one_reading     # all tunes of the corpus with parts, jumps, several voices or overlays
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from itertools import chain

import mido
from tqdm import tqdm

from charrnn.corpus.sources import read_tunes
from charrnn.errors import AbcError
from charrnn.notation.order.jumps import is_jump, signs_of_jumps
from charrnn.notation.reading.parser import parse
from charrnn.notation.tune import Element, Ending, Note, Rest, Tune
from charrnn.render.export.midi import midi_bytes
from charrnn.render.export.musicxml import musicxml
from charrnn.render.playing.performance import perform
from charrnn.render.score.beside import written_beside
from charrnn.render.score.layout import written
from tests.render.test_midi import strokes
from tests.render.test_musicxml import read_all_parts, read_back
from tests.support.unrolling import Sounds, drawn, of_segment, parts_of, unrolled, unrolled_musicxml, with_signs_of

_MUSIC21 = "MusicXML as music21 plays it"


def performed(tune: Tune) -> Sounds:
    return [(event.onset, event.pitch) for event in perform(tune).notes]


def in_midi(tune: Tune) -> Sounds:
    file = mido.MidiFile(file=BytesIO(midi_bytes(tune)))
    return [(onset, pitch) for onset, _, pitch in strokes(file)]


def in_musicxml(tune: Tune) -> Sounds:
    return [(onset / 4, pitch) for onset, _, pitch in read_back(musicxml(tune))]


def assert_agree(tune: Tune, is_read_by_music21: bool = True) -> None:
    heard = performed(tune)
    assert_score_and_midi_agree(tune)
    assert_same(unrolled_musicxml(musicxml(tune)), heard, "MusicXML")
    if is_read_by_music21:
        assert_same(in_musicxml(tune), heard, _MUSIC21)


def assert_score_and_midi_agree(tune: Tune) -> None:
    if perform(tune).beside:
        heard = in_all_voices(tune)
        assert_same(drawn_voices(tune), heard, "score")
        assert_same(sorted(in_midi(tune)), sorted(set(heard)), "MIDI")  # a key is struck once at a time
    else:
        assert_same(drawn(tune), performed(tune), "score")
        assert_same(in_midi(tune), performed(tune), "MIDI")


def assert_same(theirs: Sounds, ours: Sounds, form: str) -> None:
    """Other programs have no exact fractions."""
    assert [pitch for _, pitch in theirs] == [pitch for _, pitch in ours], f"other notes in {form}"
    differences = (abs(their - our) for (their, _), (our, _) in zip(theirs, ours, strict=True))
    assert all(difference < Fraction(1, 1000) for difference in differences), f"notes at other times in {form}"


def in_all_voices(tune: Tune) -> Sounds:
    return sorted((event.onset, event.pitch) for event in perform(tune).sounding)


def drawn_voices(tune: Tune) -> Sounds:
    segments = written(tune)
    first = [of_segment(segment) for segment in segments]
    return sorted(
        chain(
            unrolled(first, tune.part_order),
            *(
                unrolled(with_signs_of(first, map(of_segment, voice.segments)), tune.part_order)
                for voice in written_beside(tune, segments)
            ),
        )
    )


def assert_voices_agree(tune: Tune, is_read_by_music21: bool = True) -> None:
    heard = in_all_voices(tune)
    assert len(heard) > len(performed(tune))
    assert_score_and_midi_agree(tune)
    text = musicxml(tune)
    assert_same(sorted(chain(*(unrolled_musicxml(text, part) for part in range(parts_of(text))))), heard, "MusicXML")
    if is_read_by_music21:
        assert_same(sorted((onset / 4, pitch) for onset, _, pitch in read_all_parts(text)), heard, _MUSIC21)


# -- people's tunes

# What such a tune has somewhere in its text; others have it, too.
_SIGN = re.compile(
    r"^[PVU]:|\[[PV]:|^(?![A-Za-z]:)[^%\n]*[SO&]|[!+](?:segno|coda|dacoda|fine|dacapo|D\.)", re.MULTILINE
)


def tunes_in_parts(texts: Iterable[str]) -> Iterator[Tune]:
    """Those with an order of parts, jumps, several voices or overlays."""
    for text in texts:
        try:
            tune = parse(text)
        except AbcError:
            continue
        if tune.part_order or tune.voices or any(map(signs_of_jumps, tune.elements)):
            yield bare(tune)


def texts_of_corpus() -> list[str]:
    return [raw.text for raw in read_tunes()]


def likely(texts: Iterable[str]) -> list[str]:
    """The texts that may be of such tunes, found without reading them."""
    return list(filter(_SIGN.search, texts))


def disagreement(tune: Tune, has_musicxml: bool = True) -> str:
    """What of the tune is not the same in all forms; "" where all is."""
    check = assert_voices_agree if perform(tune).beside else assert_agree
    try:
        if has_musicxml:
            check(tune, is_understood_by_music21(tune))
        else:
            assert_score_and_midi_agree(tune)
    except AssertionError as error:
        return f"{tune.title}: {error}"
    return ""


def is_understood_by_music21(tune: Tune) -> bool:
    """music21 plays all endings after a jump."""
    return not (any(map(is_jump, tune.elements)) and any(isinstance(element, Ending) for element in tune.elements))


def bare(tune: Tune) -> Tune:
    """Without graces, for which other programs have their own lengths, and without words that music21 jumps at."""
    voices = tuple(replace(voice, elements=_bare(voice.elements)) for voice in tune.voices)
    return replace(tune, elements=_bare(tune.elements), voices=voices)


def _bare(elements: Iterable[Element]) -> tuple[Element, ...]:
    return tuple(map(_bare_element, elements))


def _bare_element(element: Element) -> Element:
    if isinstance(element, Note):
        return replace(element, graces=(), chord_symbol="", texts=())
    return replace(element, chord_symbol="", texts=()) if isinstance(element, Rest) else element


def main() -> int:
    tunes = list(tunes_in_parts(texts_of_corpus()))
    found = list(filter(None, map(disagreement, tqdm(tunes, unit=" tunes", disable=None))))
    print(*found, f"{len(tunes)} tunes, {len(found)} of them not the same in all forms", sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
