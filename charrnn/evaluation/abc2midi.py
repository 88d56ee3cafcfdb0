"""The reference reader: what abc2midi (Debian package abcmidi) makes of ABC text.

It is a second, independent reader of the notation. It runs here and in the tests only, never on a visitor's text.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import mido

from charrnn.errors import EvaluationError
from charrnn.notation.tune import Tune
from charrnn.render.playing.performance import perform

Item = TypeVar("Item")
Result = TypeVar("Result")

_SECONDS = 20  # for one tune; it needs a few milliseconds
_BAR_WARNING = re.compile(r"Bar \d+.* has .* units")

TOLERANCE = Fraction(35, 480)  # quarter notes

Sounding = tuple[Fraction, Fraction, int]  # onset and duration in quarter notes, MIDI pitch


@dataclass(frozen=True, slots=True)
class Opinion:
    """What abc2midi said of one tune."""

    notes: tuple[Sounding, ...] | None  # by onset, then pitch; None when it wrote no file that can be read
    messages: tuple[str, ...]

    @property
    def converts(self) -> bool:
        return self.notes is not None

    @property
    def is_bar_clean(self) -> bool:
        return self.converts and not any(_BAR_WARNING.search(message) for message in self.messages)


def is_available() -> bool:
    return shutil.which("abc2midi") is not None


def require() -> None:
    """Raises EvaluationError where abc2midi is not installed."""
    if not is_available():
        raise EvaluationError("abc2midi is not installed; on Debian and Ubuntu it is in the package abcmidi")


def ask(abc: str) -> Opinion:
    """Run abc2midi on one tune, without accompaniment. Raises EvaluationError where it is not installed."""
    require()
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "tune.abc"), Path(folder, "tune.mid")
        source.write_text(playable(abc), encoding="utf-8")
        done = subprocess.run(
            ["abc2midi", str(source), "1", "-o", str(target), "-RS"],
            capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False,
        )  # fmt: skip
        messages = tuple(line for line in done.stdout.splitlines() if line.startswith(("Warning", "Error")))
        return Opinion(_notes_of_a_legal_file(target), messages)


def in_parallel(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """``map`` with two calls under way at a time: the work is in abc2midi's processes."""
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(function, items)


def playable(abc: str) -> str:
    """The text with what abc2midi insists on (X: first), and without what makes it play other notes than stand there:
    accompaniment from chord symbols, and R:hornpipe, which makes it swing (and refuse some meters)."""
    body = re.sub(r"^[XR]:.*\n", "", abc, flags=re.MULTILINE)
    return "X:1\n" + re.sub(r"^(K:.*)$", r"\1\n%%MIDI gchordoff", body, count=1, flags=re.MULTILINE)


def _notes_of_a_legal_file(path: Path) -> tuple[Sounding, ...] | None:
    """None where there is no file, or one that no player could read: abc2midi writes pitches off the keyboard."""
    try:
        return read_midi_notes(path)
    except (OSError, EOFError, ValueError, IndexError):
        return None


def read_midi_notes(path: Path) -> tuple[Sounding, ...]:
    """The notes of all tracks of a MIDI file, by onset, then pitch."""
    file = mido.MidiFile(path)
    notes: list[Sounding] = []
    for track in file.tracks:
        notes.extend(_track_notes(track, file.ticks_per_beat))
    return tuple(sorted(notes, key=lambda note: (note[0], note[2])))


def _track_notes(track: mido.MidiTrack, ticks_per_quarter: int) -> list[Sounding]:
    now, notes = 0, []
    sounding: dict[int, list[int]] = {}
    for message in track:
        now += message.time
        if message.type not in ("note_on", "note_off"):
            continue
        if message.type == "note_on" and message.velocity > 0:
            sounding.setdefault(message.note, []).append(now)
        elif sounding.get(message.note):
            start = sounding[message.note].pop(0)
            quarter = Fraction(1, ticks_per_quarter)
            notes.append((start * quarter, (now - start) * quarter, message.note))
    return notes


def our_notes(tune: Tune) -> tuple[Sounding, ...]:
    """What we play, in the same form."""
    return tuple((event.onset * 4, event.duration * 4, event.pitch) for event in perform(tune).notes)


def difference(ours: Sequence[Sounding], theirs: Sequence[Sounding] | None) -> str:
    """The first thing in which two readings differ, "" when they agree note for note.

    Compared pitch by pitch, within ``TOLERANCE``: abc2midi shortens each note by a tick, so that repeated notes can be
    told apart, and spreads the notes of a chord by ten ticks each.
    """
    if theirs is None:
        return "no file"
    if len(ours) != len(theirs):
        return "number of notes"
    ours, theirs = (sorted(notes, key=lambda note: (note[2], note[0])) for notes in (ours, theirs))
    if [pitch for _, _, pitch in ours] != [pitch for _, _, pitch in theirs]:
        return "pitch"
    pairs = list(zip(ours, theirs, strict=True))
    if any(abs(our[0] - their[0]) > TOLERANCE for our, their in pairs):
        return "onset"
    if any(abs(our[1] - their[1]) > TOLERANCE for our, their in pairs):
        return "duration"
    return ""
