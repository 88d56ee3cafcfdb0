"""What is told of any file that is opened, and of files that cannot be; work that takes too long is given up."""

from contextlib import suppress

import pytest

from charrnn import limits
from charrnn.errors import OpeningError
from charrnn.importing.apart import Openers
from charrnn.importing.first_bars import first_bars
from charrnn.importing.opened import opened
from charrnn.notation.reading.parser import parse
from charrnn.render.export.midi import midi_bytes
from charrnn.render.export.musicxml import musicxml
from tests.support.tiny import JIG
from tests.support.tunes import EVIL

BOOK = f"{JIG}\n{JIG.replace('X:1', 'X:2').replace('The Test Jig', 'Another')}"
HOUR = JIG.replace("K:D\n", "Q:1/4=20\nK:D\n")


def test_abc_is_opened_as_it_was_typed() -> None:
    found = opened("jig.abc", JIG.encode())
    assert (found.abc, found.title, found.kind, found.voices) == (JIG, "The Test Jig", "ABC", ("1",))
    assert opened("jig.txt", b"\xef\xbb\xbf" + JIG.replace("\n", "\r\n").encode()).abc == JIG
    assert "T:Caf\xe9" in opened("a.abc", JIG.replace("The Test Jig", "Caf\xe9").encode("cp1252")).abc


def test_a_control_character_becomes_a_blank() -> None:
    assert opened("jig.abc", JIG.replace("T:The Test", "T:The\x0c\x07\x85Test").encode()).abc == JIG.replace(
        "T:The Test", "T:The   Test"
    )


def test_a_tune_of_a_book_is_chosen() -> None:
    found = opened("book.abc", BOOK.encode(), tune=2)
    assert (found.title, found.tunes, found.tune) == ("Another", ("The Test Jig", "Another"), 2)
    assert found.sentence == "Opened from ABC, tune 2 of 2."
    with pytest.raises(OpeningError, match=r"book\.abc holds tunes 1 to 2, no tune 3"):
        opened("book.abc", BOOK.encode(), tune=3)


def test_a_voice_of_an_abc_tune_is_chosen() -> None:
    text = "X:1\nT:Two\nM:4/4\nL:1/8\nK:C\nV:A\nc8|d8|\nV:B\nC8|D8|\n"
    assert opened("two.abc", text.encode()).voices == ("All voices", "A", "B")
    assert opened("two.abc", text.encode()).abc == text
    assert opened("two.abc", text.encode(), voice=3).abc.endswith("K:C\nC8|D8|")


@pytest.mark.parametrize(
    ("name", "data", "cause"),
    [
        ("a.mid", b"", "a.mid is empty"),
        ("a.abc", b" \n\n", "a.abc is empty"),
        ("a.abc", b"X:1\nK:C\n", "a.abc holds no notes"),
        ("a.abc", b"\0" * 100, "a.abc is neither ABC, MIDI nor MusicXML"),
        ("a.png", b"\x89PNG\r\n", "a.png is neither ABC, MIDI nor MusicXML"),
        ("a.mid", b"RIFF", "a.mid is no MIDI file: it does not begin with MThd"),
        ("a.mid", b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\xff", "a.mid is a damaged MIDI file"),
        ("a.mid", b"MThd\0\0\0\6\0\1\0\0\1\xe0", "a.mid holds no notes"),
        ("a.mid", b"MThd\0\0\0\6\0\1\0\0\xe7\x28", "a.mid counts time in film frames, not in beats"),
        ("a.musicxml", b"words", "a.musicxml is no MusicXML: it is neither XML nor a compressed file"),
        ("a.abc", b"K:C\n" + b"A" * limits.MAX_OPENED_BYTES, "a.abc has 1,000,004 bytes; at most 1,000,000"),
        ("a.abc", b"K:C\n" + b"A" * 30_000, "a.abc cannot be read: "),
        ("../x/\n<b>.mid", b"", "<b>.mid is empty"),
    ],
)
def test_a_bad_file_gets_a_sentence_naming_it(name: str, data: bytes, cause: str) -> None:
    with pytest.raises(OpeningError) as raised:
        opened(name, data)
    assert str(raised.value).startswith(cause)
    assert "\n" not in str(raised.value)


def test_a_midi_file_of_an_hour_is_refused() -> None:
    data = midi_bytes(parse(HOUR)).replace(b"\xff\x51\x03\x2d\xc6\xc0", b"\xff\x51\x03\xff\xff\xff")
    assert data != midi_bytes(parse(HOUR))
    with pytest.raises(OpeningError, match=r"hour\.mid plays for [0-9,]+ seconds; a tune may play for 600"):
        opened("hour.mid", data)


@pytest.mark.parametrize("name", sorted(EVIL))
def test_evil_abc_is_opened_or_refused(name: str) -> None:
    with suppress(OpeningError):
        assert parse(opened(f"{name}.abc", EVIL[name].encode("utf-8", "surrogatepass")).abc).notes


def test_a_process_opens_what_this_one_opens() -> None:
    openers = Openers(count=1)
    try:
        for name, data in (("a.abc", JIG.encode()), ("a.mid", midi_bytes(parse(JIG)))):
            assert openers.open(name, data) == opened(name, data)
        with pytest.raises(OpeningError, match=r"^a\.mid is a damaged MIDI file$"):
            openers.open("a.mid", b"MThd")
    finally:
        openers.close()


def test_a_file_over_the_time_limit_is_abandoned() -> None:
    document = musicxml(parse(JIG))
    long = document.replace("<beats>6<", "<beats>2000<")  # music21 divides such a bar for minutes
    assert long != document
    hasty = Openers(count=1, seconds=1)
    try:
        with pytest.raises(OpeningError, match=r"^long\.musicxml takes too long to open; it was given up$"):
            hasty.open("long.musicxml", long.encode())
        assert hasty.open("a.abc", JIG.encode()).title == "The Test Jig"  # by a new process
    finally:
        hasty.close()


def test_the_first_bars_are_a_seed() -> None:
    assert first_bars(JIG, 2) == "R:jig\nM:6/8\nL:1/8\nK:D\n|:A|dfd ecA|BGB AFD|\n"
    assert first_bars("X:1\nM:4/4\nL:1/8\nK:C\nc8|d4 e4-|e8|") == "M:4/4\nL:1/8\nK:C\nc8|d4 e4|\n"
    assert first_bars("X:1\nM:4/4\nL:1/8\nK:C\n|:c8|1 d8:|2 e8|]").endswith("|:c8|\n")
