"""A MIDI file's bytes to its voices, in ticks, with what it says of meter, key, tempo and title.

mido reads the file, for its ticks are exact; music21 rounds them when it makes notes of them.
"""

import io
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from charrnn.errors import OpeningError
from charrnn.notation.keys import Key
from charrnn.notation.tune import Meter

_DRUMS = 9  # the channel that has no pitches, counted from 0
_SHORTEST_BEAT = 128
_GENERIC = ("", "midi", "untitled", "track 0", "tune", "conductor", "tempo", "tempo track", "control track")


@dataclass(frozen=True, slots=True)
class Stroke:
    """A note of a MIDI file, in ticks."""

    onset: int
    end: int
    pitch: int


@dataclass(slots=True)
class Track:
    """The notes of one channel in one track."""

    name: str
    channel: int
    strokes: list[Stroke] = field(default_factory=list)


@dataclass(slots=True)
class MidiFile:
    ticks_per_quarter: int
    tracks: list[Track] = field(default_factory=list)
    meters: list[tuple[int, Meter]] = field(default_factory=list)  # (tick, value), by tick
    keys: list[tuple[int, Key]] = field(default_factory=list)
    tempos: list[tuple[int, int]] = field(default_factory=list)  # microseconds a quarter
    title: str = ""
    has_drums: bool = False

    def seconds(self, tick: int) -> float:
        """Seconds from the start to a tick."""
        total, before, pace = 0.0, 0, 500_000
        for at, tempo in self.tempos:
            if at >= tick:
                break
            total, before, pace = total + (at - before) * pace, at, tempo
        return (total + (tick - before) * pace) / self.ticks_per_quarter / 1e6


def read_midi(data: bytes) -> MidiFile:
    """Raises OpeningError, which does not name the file yet, for what is no MIDI file with notes."""
    import mido

    try:
        file = mido.MidiFile(file=io.BytesIO(data), clip=True)
    except Exception as error:  # mido has no error for a damaged file: it raises whatever it meets
        raise OpeningError("is a damaged MIDI file") from error
    if not 0 < file.ticks_per_beat < 1 << 15:
        raise OpeningError("counts time in film frames, not in beats")
    if file.type == 2:
        raise OpeningError("holds several songs side by side (MIDI type 2); save it as type 0 or 1")
    found = MidiFile(file.ticks_per_beat)
    for number, track in enumerate(file.tracks):
        _read_track(found, number, track)
    found.tracks = [track for track in found.tracks if track.strokes]
    for changes in (found.meters, found.keys, found.tempos):
        changes.sort(key=lambda change: change[0])
    return found


def _read_track(found: MidiFile, number: int, track: Any) -> None:
    name = ""
    channels: dict[int, Track] = {}
    open_notes: dict[tuple[int, int], list[int]] = {}  # (channel, pitch) -> onsets that have not ended
    now = 0
    for message in track:
        now += message.time
        if message.type == "track_name":
            name = name or text_of(message.name)
        elif message.is_meta:
            _read_meta(found, now, message)
        elif message.type in ("note_on", "note_off"):
            if message.channel == _DRUMS:
                found.has_drums = True
                continue
            voice = channels.setdefault(message.channel, Track(name, message.channel))
            _read_note(voice, open_notes, now, message)
    for (channel, pitch), onsets in open_notes.items():  # never ended
        channels[channel].strokes.extend(Stroke(onset, now, pitch) for onset in onsets if now > onset)
    for voice in channels.values():
        voice.strokes.sort(key=lambda stroke: (stroke.onset, stroke.pitch))
        voice.name = name
    if not found.title and name.strip().lower() not in _GENERIC and (number == 0 or not found.title):
        found.title = name
    found.tracks.extend(channels.values())


def _read_note(voice: Track, open_notes: dict[tuple[int, int], list[int]], now: int, message: Any) -> None:
    key = message.channel, message.note
    if message.type == "note_on" and message.velocity:
        open_notes.setdefault(key, []).append(now)
        return
    onsets = open_notes.get(key)
    if onsets:
        onset = onsets.pop(0)
        if now > onset:
            voice.strokes.append(Stroke(onset, now, message.note))


def _read_meta(found: MidiFile, now: int, message: Any) -> None:
    if message.type == "time_signature":
        if message.numerator and message.denominator <= _SHORTEST_BEAT:  # bars of a pick-up may be odd
            _put(found.meters, now, Meter(message.numerator, message.denominator))
    elif message.type == "key_signature":
        _put(found.keys, now, _key(message.key))
    elif message.type == "set_tempo" and message.tempo:
        _put(found.tempos, now, message.tempo)


def _put(changes: list[Any], now: int, value: object) -> None:
    """The last change at a tick holds."""
    changes[:] = [change for change in changes if change[0] != now] if changes and changes[-1][0] == now else changes
    changes.append((now, value))


def _key(name: str) -> Key:
    """mido's name, such as ``Bbm``."""
    is_minor = name.endswith("m")
    return Key(name.removesuffix("m"), "min" if is_minor else "maj")


def text_of(name: str) -> str:
    """A text of a MIDI file, which mido reads as Latin-1 though many programs write UTF-8."""
    with suppress(UnicodeError):
        name = name.encode("latin-1").decode("utf-8")
    return " ".join("".join(character if character.isprintable() else " " for character in name).split())
