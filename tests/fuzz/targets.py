"""What may not fail with any text: reading and writing it, every file and picture made of it, the page's links and
settings, a tune that the sampler writes after it, and damaged files to open. ``tests.fuzz.search`` makes up the texts.

Each target raises AssertionError where a step raises anything but an error of our own, takes too long or loses music.
"""

import base64
import io
import json
import os
import random
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import TypeVar
from xml.etree import ElementTree

import mido

from charrnn import limits
from charrnn.errors import AbcError, CharrnnError, OpeningError, OptionError
from charrnn.importing.first_bars import first_bars
from charrnn.importing.opened import KINDS, opened
from charrnn.model.checkpoint import Checkpoint
from charrnn.notation.bars import bars
from charrnn.notation.order.repeats import without_lone_endings
from charrnn.notation.reading.parser import parse, parse_open
from charrnn.notation.symbols import merged
from charrnn.notation.tune import BarLine, Change, Element, Note, PartStart, Rest, Tempo, Tune
from charrnn.notation.writing.canonical import canonical_prefix, canonical_rhythm
from charrnn.notation.writing.writer import canonical, readable
from charrnn.render.export.midi import midi_bytes
from charrnn.render.export.musicxml import musicxml
from charrnn.render.playing.performance import perform
from charrnn.render.problems import problems
from charrnn.render.score.mei import mei
from charrnn.sampling.checks import check_candidates, check_count
from charrnn.sampling.compose import Composition, compose
from charrnn.sampling.options import OPTIONS, Request
from charrnn.ui.answers.permalink import checked_settings, decode, encode
from charrnn.ui.answers.value import done
from charrnn.ui.answers.view import View
from tests.support.tiny import tiny_checkpoint

Result = TypeVar("Result")

# A suite on a busy machine takes longer, and would then spend minutes on making the text smaller: see conftest.py.
PATIENCE = float(os.environ.get("FUZZ_PATIENCE", "1"))  # times the seconds that follow
MOST_SECONDS = 1.0  # of the thread's processor time, for one step in the notation with one tune
MOST_SECONDS_OF_OTHERS = 10.0  # for one that goes through music21, or draws a whole tune
MOST_ELEMENTS = 300  # of a tune that music21 writes: it takes its time


# -- notation


def check(text: str) -> None:
    """Raises AssertionError where a step fails, takes too long or loses music."""
    tune = timed("parse", lambda: parse(text))
    tunes_long = max(1, len(text) / limits.MAX_ABC_CHARACTERS)  # what parse refuses; time may grow in proportion
    timed("canonical_prefix", lambda: canonical_prefix(text), seconds_allowed=tunes_long * MOST_SECONDS)
    opened = timed("parse_open", lambda: parse_open(text))
    if tune is None:
        assert opened is None, "what parse refuses, parse_open has to refuse"
        return
    assert opened is not None, "what parse reads, parse_open has to read"
    assert opened[0] == tune, "parse_open has to read the same music as parse"
    timed("bars", lambda: bars(tune))
    timed("perform", lambda: perform(tune))
    timed("problems", lambda: problems(tune))
    check_readable(tune)
    check_canonical(tune)


def timed(
    name: str,
    step: Callable[[], Result],
    refusal: type[CharrnnError] = AbcError,
    seconds_allowed: float = MOST_SECONDS,
    clock: Callable[[], float] = time.thread_time,  # what other threads do meanwhile is not the step's
) -> Result | None:
    """The step's result; None where it raises its refusal, the only thing that it may raise."""
    start = clock()
    try:
        return step()
    except refusal:
        return None
    except Exception as error:
        raise AssertionError(f"{name} raised {type(error).__name__}: {error}") from error
    finally:
        seconds = clock() - start
        assert seconds < PATIENCE * seconds_allowed, f"{name} took {seconds:.1f} s"


def check_readable(tune: Tune) -> None:
    written = timed("readable", lambda: readable(tune))
    assert written is not None, "a tune that was read has to be writable"
    if is_within_limits(written):
        assert parse(written) == tune, "readable has to write the same tune"


def check_canonical(tune: Tune) -> None:
    written = timed("canonical", lambda: canonical(tune))
    assert written is not None, "a tune that was read has to be writable"
    if is_within_limits(written):
        again = parse(written)
        assert canonical(again) == written, "canonical has to be a fixed point"
        assert in_header(again) == in_header(tune), "canonical has to keep the header"
        assert in_music(again) == in_music(tune), "canonical has to keep what it does not leave out"
        assert heard(again) == heard(plain(tune)), "canonical has to sound the same"


def is_within_limits(text: str) -> bool:
    """Whether the text can be read again: a text at the limits may be longer once its header is written out."""
    return len(text) <= limits.MAX_ABC_CHARACTERS and text.count("\n") < limits.MAX_ABC_LINES


def in_header(tune: Tune) -> tuple[object, ...]:
    return tune.key, tune.meter, tune.unit, canonical_rhythm(tune.rhythm)


def in_music(tune: Tune) -> list[Element]:
    """All but bar lines, which canonical ABC may add."""
    return [element for element in plain(tune).elements if not isinstance(element, BarLine)]


def plain(tune: Tune) -> Tune:
    """The tune without what canonical ABC leaves out."""
    elements: list[Element] = []
    for element in without_lone_endings(tune.elements):
        if isinstance(element, BarLine) and elements and isinstance(elements[-1], BarLine):
            elements[-1] = merged(elements[-1], plain_element(element))  # a tempo stood between them
        elif not (isinstance(element, PartStart) or (isinstance(element, Change) and isinstance(element.value, Tempo))):
            elements.append(plain_element(element))
    return replace(tune, elements=tuple(without_lone_endings(elements)), tempo=None, part_order="")


def plain_element(element: Element) -> Element:
    if isinstance(element, Note):
        return Note(element.pitches, element.duration, element.place)
    if isinstance(element, BarLine):  # a repeat is played twice
        closes, opens = min(element.closes_repeat, 1), min(element.opens_repeat, 1)
        return replace(element, closes_repeat=closes, opens_repeat=opens, decorations=())
    if isinstance(element, Rest):
        return Rest(element.duration, element.place, whole_bars=element.whole_bars)
    return element


def heard(tune: Tune) -> list[tuple[object, ...]]:
    return [(event.onset, event.duration, event.pitch) for event in perform(tune).notes]


# -- files and pictures


def check_files(text: str) -> None:
    """MIDI that mido reads, MEI and MusicXML that are well-formed; or a sentence that says why not."""
    tune = timed("parse", lambda: parse(text))
    if tune is None:
        return
    data = timed("midi_bytes", lambda: midi_bytes(tune, is_accompanied=True), CharrnnError, MOST_SECONDS_OF_OTHERS)
    if data is not None:
        sounding = [message for message in mido.MidiFile(file=io.BytesIO(data)) if message.type == "note_on"]
        assert sounding, "a MIDI file has a note to play"
    first = replace(tune, elements=tune.elements[:MOST_ELEMENTS])
    for name, write in (("mei", mei), ("musicxml", musicxml)):
        document = timed(name, lambda write=write: write(first), CharrnnError, MOST_SECONDS_OF_OTHERS)
        if document is not None:
            assert is_well_formed(document), f"{name} has to be well-formed"


def is_well_formed(document: str) -> bool:
    try:
        ElementTree.fromstring(document.encode())
    except (ElementTree.ParseError, UnicodeEncodeError):
        return False
    return True


# -- the page


def check_page(text: str) -> None:
    """What a browser may send: a tune to show, a link, settings, a width."""
    source = random.Random(zlib.crc32(text.encode("utf-8", "surrogatepass")))
    tune = timed("parse", lambda: parse(text))
    if tune is not None:
        shown = timed("done", lambda: done(text, tune), CharrnnError, MOST_SECONDS_OF_OTHERS)
        assert shown is not None
        json.dumps(shown, allow_nan=False)
    link = encode(text, None)
    if not text.strip():
        timed("decode", lambda: decode(link), OptionError)  # which says that there is no tune
    elif link and tune is not None and not any("\ud800" <= character <= "\udfff" for character in text):
        assert decode(link).abc == text, "a link has to hold its tune"
    for damaged in (text, link[: source.randint(0, len(link))], packed(text), packed(as_json(source))):
        timed("decode", lambda damaged=damaged: decode(damaged), OptionError)
    settings = {name: odd_value(source) for name in source.sample(SETTINGS, source.randint(0, len(SETTINGS)))}
    for check in (lambda: Request.checked(**settings), lambda: checked_settings({"seed": 1} | settings)):
        timed("settings", check, OptionError)
    for check in (check_count, check_candidates, lambda value: View.of({"width": value})):
        timed("options", lambda check=check: check(odd_value(source)), OptionError)


SETTINGS = tuple(OPTIONS)
NUMBERS = (
    0, -1, 1, 0.9, 8, 40, 2**31 - 1, 2**31, 2**64, 10**400, -(10**400), 1e-45, 1e308, 2.7,
    float("nan"), float("inf"), -float("inf"),
)  # fmt: skip


def odd_value(source: random.Random) -> object:
    others = (None, True, False, "", "1", "AABB", "AAI", "A" * 3_000, "K:D\nAB", [], [1], {"a": 1}, b"AB")
    return source.choice(NUMBERS + others)


def packed(content: str) -> str:
    """A link around any text."""
    data = zlib.compress(content.encode("utf-8", "surrogatepass"))
    return f"1.{base64.urlsafe_b64encode(data).decode().rstrip('=')}"


def as_json(source: random.Random) -> str:
    """The content of a link, almost."""
    settings = {name: odd_value(source) for name in source.sample(SETTINGS, source.randint(0, len(SETTINGS)))}
    content = json.dumps([source.choice(("A|", "\ud800", 7, None)), settings], default=repr)
    return content if source.random() < 0.7 else content[: source.randint(0, len(content))]


# -- the sampler


def check_sampler(text: str) -> None:
    """A tune behind the text, from random logits: the header is completed, the grammar takes it up where the text
    stops, and all that follows is right, whatever a model without training wants."""
    source = random.Random(zlib.crc32(text.encode("utf-8", "surrogatepass")))
    form = source.choice(({}, {}, {"bars": source.randint(1, 4), "parts": source.choice(("AABB", "A", "ABAB"))}))
    options = (source.choice((0, 0.5, 1.0, 2.0)), source.choice((1, 40, 120)), source.randint(0, 99))
    tune = timed(
        "compose",
        lambda: compose(model(), Request.checked(text, *options, **form)),
        OptionError,  # what may be refused is refused before a note is drawn
        MOST_SECONDS_OF_OTHERS,
        time.process_time,  # the engine writes in a thread of its own
    )
    if tune is None:
        return
    assert tune.ended, "a tune that the grammar leads has to end"
    assert tune.seed_music in tune.abc, "the person's notes have to be kept"
    wrong = [problem for problem in problems_behind_the_seed(tune) if "tuplet" not in problem]
    assert wrong == [], f"what is written behind the seed has to be right: {wrong[0]}"


@cache
def model() -> Checkpoint:
    """Random weights: no idea of music."""
    return tiny_checkpoint()


def problems_behind_the_seed(tune: Composition) -> list[str]:
    mine = set(map(str, tune.problems_of_seed))
    return [str(problem) for problem in problems(tune.tune) if str(problem) not in mine]


# -- files that are opened


def check_open(text: str) -> None:
    """Files of each kind with a part of their bytes changed: each is opened, or refused in one sentence, and what is
    opened is a tune that is read."""
    source = random.Random(zlib.crc32(text.encode("utf-8", "surrogatepass")))
    for name, data in files_of(text, source):
        damaged = damage(data, source)
        for content in (damaged, damaged[: source.randint(0, len(damaged))]):
            found = timed(
                f"opened {name}",
                lambda name=name, content=content: opened(name, content),
                OpeningError,
                MOST_SECONDS_OF_OTHERS,
            )
            if found is not None:
                parse(found.abc)
                timed("first_bars", lambda found=found: first_bars(found.abc))


def files_of(text: str, source: random.Random) -> Iterator[tuple[str, bytes]]:
    """The text under any name, and the files that are made of its tune."""
    yield f"a{source.choice(KINDS)}", text.encode("utf-8", "surrogatepass")
    with suppress(CharrnnError):
        tune = parse(text)
        first = replace(tune, elements=tune.elements[:MOST_ELEMENTS])
        yield "a.mid", midi_bytes(first)
        document = musicxml(first).encode()
        yield "a.musicxml", document
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.xml", document)
        yield "a.mxl", content.getvalue()


def damage(data: bytes, source: random.Random) -> bytes:
    """A few bytes, or digits, changed, or a stretch taken out or doubled."""
    changed = bytearray(data)
    for _ in range(source.randint(1, 8)):
        place = source.randint(0, max(len(changed) - 1, 0))
        size = source.randint(0, 20)
        kind = source.choice(("byte", "digit", "remove", "double"))
        if kind == "byte":
            changed[place : place + 1] = bytes([source.randint(0, 255)])
        elif kind == "digit":
            changed[place : place + 1] = source.choice((b"0", b"9", b"99999999", b"-1", b"1e9"))
        else:
            changed[place : place + size] = changed[place : place + size] * (2 if kind == "double" else 0)
    return bytes(changed)


TARGETS: dict[str, Callable[[str], None]] = {
    "notation": check,
    "files": check_files,
    "page": check_page,
    "sampler": check_sampler,
    "open": check_open,
}
