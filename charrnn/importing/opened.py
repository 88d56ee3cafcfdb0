"""A file of any kind that is opened, as ABC.

opened("reel.mid", data).abc
opened("songs.abc", data, tune=3).title
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from charrnn import limits
from charrnn.errors import AbcError, OpeningError
from charrnn.importing.engraved import tune_of_score
from charrnn.importing.midi_file import read_midi
from charrnn.importing.musicxml_file import score_of, unpacked
from charrnn.importing.performed import tune_of_midi
from charrnn.importing.voices import Chosen
from charrnn.notation.reading.book import book_tunes
from charrnn.notation.reading.parser import parse
from charrnn.notation.texts import read_text, without_comment
from charrnn.notation.tokens import field_of
from charrnn.notation.tune import Tune
from charrnn.notation.writing.writer import readable

KINDS = (".abc", ".mid", ".midi", ".musicxml", ".xml", ".mxl")
ALL_VOICES = "All voices"  # of an ABC tune, which is opened as it was typed
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Opened:
    """A tune of a file."""

    abc: str
    title: str
    kind: str  # "ABC", "MIDI" or "MusicXML"
    tunes: tuple[str, ...]  # the titles of all tunes of the file
    tune: int  # which one this is, from 1
    voices: tuple[str, ...]  # the names of its voices or tracks that hold notes
    voice: int  # which one this is, from 1
    remarks: tuple[str, ...]  # what a person should know of it, as parts of sentences

    @property
    def sentence(self) -> str:
        """What was opened and what was done to it, for a person."""
        of = [self.kind]
        if len(self.tunes) > 1:
            of.append(f"tune {self.tune} of {len(self.tunes)}")
        if len(self.voices) > 1:
            of.append(f"{self.voices[self.voice - 1]} (voice {self.voice} of {len(self.voices)})")
        return "; ".join([f"Opened from {', '.join(of)}", *self.remarks]) + "."


def opened(name: str, data: bytes, voice: int | None = None, tune: int = 1) -> Opened:
    """The tune of a file. ``voice`` and ``tune`` count from 1; without a voice, the melody is taken.

    Raises OpeningError with a sentence that names the file and the cause.
    """
    try:
        if not data:
            raise OpeningError("is empty")
        if len(data) > limits.MAX_OPENED_BYTES:
            raise OpeningError(f"has {len(data):,} bytes; at most {limits.MAX_OPENED_BYTES:,} can be opened")
        read = _reader(name, data)
        return read(data, _stem(name), voice, tune)
    except OpeningError as error:
        raise OpeningError(f"{shown_name(name)} {error}") from error


def shown_name(name: str) -> str:
    """The name of a file without its folders, on one line.

    >>> shown_name("C:\\\\tunes\\\\a reel.mid"), shown_name("/x/\\n")
    ('a reel.mid', 'the file')
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    plain = " ".join("".join(character if character.isprintable() else " " for character in last).split())
    return plain[: limits.MAX_FIELD_CHARACTERS] or "the file"


def _stem(name: str) -> str:
    return PurePosixPath(shown_name(name)).stem


Reader = Callable[[bytes, str, int | None, int], Opened]


def _reader(name: str, data: bytes) -> Reader:
    """By what the file holds; its name says only what it should hold. Raises OpeningError for any other kind."""
    ending = PurePosixPath(shown_name(name)).suffix.lower()
    if data.startswith(b"MThd"):
        return _midi
    if data.startswith(b"PK"):
        return _compressed
    if data.startswith(_UTF_16) or data.removeprefix(_BOM).lstrip().startswith(b"<"):
        return _musicxml
    if ending in (".mid", ".midi"):
        raise OpeningError("is no MIDI file: it does not begin with MThd")
    if ending in (".musicxml", ".xml", ".mxl"):
        raise OpeningError("is no MusicXML: it is neither XML nor a compressed file")
    if b"\0" in data or not (ending == ".abc" or _looks_like_abc(_text(data))):
        raise OpeningError("is neither ABC, MIDI nor MusicXML")
    return _abc


def _looks_like_abc(text: str) -> bool:
    return any(field_of(line) in ("X", "K") for line in text.splitlines()[: limits.MAX_ABC_LINES])


def _text(data: bytes) -> str:
    """UTF-8, or else cp1252, with a blank for each control character: no tune may have them."""
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return _CONTROL.sub(" ", text)


def _midi(data: bytes, stem: str, voice: int | None, tune: int) -> Opened:
    return _alone("MIDI", tune_of_midi(read_midi(data), voice), stem, tune)


def _musicxml(data: bytes, stem: str, voice: int | None, tune: int) -> Opened:
    score, root = score_of(data)
    return _alone("MusicXML", tune_of_score(score, root, voice), stem, tune)


def _compressed(data: bytes, stem: str, voice: int | None, tune: int) -> Opened:
    return _musicxml(unpacked(data), stem, voice, tune)


def _alone(kind: str, chosen: Chosen, stem: str, tune: int) -> Opened:
    """The only tune of its file."""
    if tune != 1:
        raise OpeningError(f"holds one tune, no tune {tune}")
    made = replace(chosen.tune, title=chosen.tune.title or stem)
    abc = _written(made)
    return Opened(abc, made.title, kind, (made.title,), 1, chosen.voices, chosen.voice, chosen.remarks)


def _written(tune: Tune) -> str:
    """The tune as ABC that is read. Raises OpeningError where it is too long."""
    abc = readable(tune)
    try:
        parse(abc)
    except AbcError as error:
        raise OpeningError("holds more music than a tune can have") from error
    return abc


def _abc(data: bytes, stem: str, voice: int | None, tune: int) -> Opened:
    """As it was typed; one voice of several is written anew."""
    texts = _texts(data)
    if not 1 <= tune <= len(texts):
        raise OpeningError(f"holds tunes 1 to {len(texts)}, no tune {tune}")
    text = texts[tune - 1].strip("\n") + "\n"
    try:
        read = parse(text)
    except AbcError as error:
        raise OpeningError(f"cannot be read: {error}") from error
    if not read.notes:
        raise OpeningError("holds no notes")
    names = _voice_names(read)
    chosen = 1 if voice is None else voice
    if not 1 <= chosen <= len(names):
        raise OpeningError(f"has voices 1 to {len(names)}, no voice {chosen}")
    if chosen > 1:
        text = _written(_one_voice(read, chosen - 2))
    titles = tuple(title_of(one) for one in texts[: limits.MAX_OPENED_TUNES])
    return Opened(text, read.title or stem, "ABC", titles, tune, names, chosen, ())


def book_texts(name: str, data: bytes) -> list[str]:
    """All tunes of an ABC file as they were typed. Raises OpeningError."""
    try:
        if not data:
            raise OpeningError("is empty")
        if _reader(name, data) is not _abc:
            raise OpeningError("is no ABC file, and holds one tune only")
        return [text.strip("\n") + "\n" for text in _texts(data)]
    except OpeningError as error:
        raise OpeningError(f"{shown_name(name)} {error}") from error


def _texts(data: bytes) -> list[str]:
    texts = [one.text for one in book_tunes(_text(data)) if one.text.strip()]
    if not texts:
        raise OpeningError("is empty")
    return texts


def title_of(text: str) -> str:
    """The first title of a tune's text; "" where it has none.

    >>> title_of("X:1\\nT: A reel % mine\\nK:D")
    'A reel'
    """
    line = next((line for line in text.split("\n") if field_of(line) == "T"), "T:")
    return read_text(without_comment(line[2:])).strip()[: limits.MAX_FIELD_CHARACTERS]


def _voice_names(tune: Tune) -> tuple[str, ...]:
    if not tune.voices:
        return (tune.voice or "1",)
    return (ALL_VOICES, tune.voice or "1", *(voice.name for voice in tune.voices))


def _one_voice(tune: Tune, index: int) -> Tune:
    """The first voice for 0, then those beside it."""
    elements = (tune.elements, *(voice.elements for voice in tune.voices))[index]
    return replace(tune, elements=elements, voices=(), voice="", part_order="" if index else tune.part_order)
