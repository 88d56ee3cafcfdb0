"""Note events to a Standard MIDI File, with MIDIUtil.

MIDIUtil writes out-of-range values without a word and fails on some titles, so everything is checked before it.
"""

import math
from fractions import Fraction
from io import BytesIO
from pathlib import Path

from midiutil import MIDIFile

from charrnn import limits
from charrnn.errors import RenderError
from charrnn.files import write_atomically
from charrnn.notation.fields import quarters_per_minute
from charrnn.notation.keys import Key
from charrnn.notation.tune import Meter, Tempo, Tune
from charrnn.render.harmony.accompaniment import Strum, accompaniment
from charrnn.render.playing.bending import bent, bent_events
from charrnn.render.playing.expression import accented, accented_accompaniment
from charrnn.render.playing.meters import TimeSignature, time_signatures
from charrnn.render.playing.performance import NO_ELEMENT, NoteEvent, Performance, perform, seconds_to_write
from charrnn.render.playing.swing import even_pairs

TICKS_PER_QUARTER = 960  # divides by 2, 3 and 5; made finer where a tune needs it
_MAX_TICKS_PER_QUARTER = 32_767  # what the file format can say
_BASS_VELOCITY, _CHORD_VELOCITY = 64, 48
_CLOCKS_IN_A_WHOLE_NOTE = 96  # MIDI clocks, by which a metronome's click is written
PIANO, GUITAR = 0, 24  # General MIDI programs are counted from 0 here


def midi_bytes(
    tune: Tune,
    program: int = PIANO,
    swing: Fraction | None = None,
    is_accompanied: bool = False,
    is_straight: bool = False,
) -> bytes:
    """A MIDI file of the tune as it sounds: exact ticks, tempo, meter, key and title.

    ``swing`` is a ratio for ``render.playing.swing``, as written where None. With ``is_accompanied`` a second track
    plays the tune's chord symbols (``render.harmony.chords`` finds some where there are none). ``is_straight`` leaves
    out the accents (``render.playing.expression``). Raises RenderError when there is no note to play, or the piece is
    too long.
    """
    performance = perform(tune)
    seconds_to_write(performance)
    if not 0 <= program <= 127:
        raise RenderError(f"the instrument is a General MIDI program from 0 to 127, not {program}")
    strums = accompaniment(tune, performance, is_plain=is_straight) if is_accompanied else ()
    chords = tuple(_event(strum) for strum in strums)
    if not is_straight:
        chords = accented_accompaniment(chords, performance, tune)
        performance = accented(performance, tune)
    if swing is not None:
        pairs = even_pairs(performance, tune, swing)
        chords = bent_events(chords, pairs)
        performance = bent(performance, pairs)
    ticks = ticks_per_quarter(performance)
    file = MIDIFile(
        2 if chords else 1,
        removeDuplicates=False,
        deinterleave=False,
        file_format=1,
        ticks_per_quarternote=ticks,
        eventtime_is_ticks=True,
    )
    name = _as_latin_1(track_name(tune.title))
    file.tracks[0].addTrackName(0, name)  # the first track's name is the sequence's
    file.addTrackName(0, 0, name)
    file.addProgramChange(0, 0, 0, program)
    for onset, value in performance.changes:
        if not isinstance(value, Meter):
            _add_change(file, _ticks(onset, ticks), value)
    for signature in time_signatures(tune, performance):
        _add_time_signature(file, _ticks(signature.onset, ticks), signature)
    for start, duration, pitch, velocity in _strokes(performance, ticks):
        file.addNote(0, 0, pitch, start, duration, velocity)
    if chords:
        _add_chords(file, chords, ticks)
    stream = BytesIO()
    file.writeFile(stream)
    return stream.getvalue()


def _event(strum: Strum) -> NoteEvent:
    velocity = _BASS_VELOCITY if strum.is_bass else _CHORD_VELOCITY
    return NoteEvent(strum.onset, strum.duration, strum.pitch, NO_ELEMENT, velocity=velocity)


def _add_chords(file: MIDIFile, chords: tuple[NoteEvent, ...], ticks: int) -> None:
    """The second track, on a channel of its own."""
    file.addTrackName(1, 0, "Chords")
    file.addProgramChange(1, 1, 0, GUITAR)
    for event in chords:
        start = _ticks(event.onset, ticks)
        length = max(1, _ticks(event.onset + event.duration, ticks) - start)
        file.addNote(1, 1, event.pitch, start, length, event.velocity)


def write_midi(tune: Tune, path: Path, program: int = PIANO, is_straight: bool = False) -> None:
    """Write the MIDI file as a whole or not at all. Raises RenderError naming the file."""
    data = midi_bytes(tune, program, is_straight=is_straight)
    try:
        write_atomically(path, data)
    except OSError as error:
        raise RenderError(f"{path} cannot be written: {error.strerror or error}") from error


def track_name(title: str) -> str:
    """A title as the name of a track: one line, of bounded length.

    >>> track_name("The  Cat\\n"), track_name("")
    ('The Cat', 'Tune')
    """
    return " ".join(title[: limits.MAX_FIELD_CHARACTERS].split()) or "Tune"


def _as_latin_1(text: str) -> str:
    """The text as MIDIUtil takes it, which writes Latin-1: a text that Latin-1 cannot hold is written in UTF-8."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("latin-1")
    return text


def ticks_per_quarter(performance: Performance) -> int:
    """A resolution in which every onset and end is a whole number of ticks, if the format allows one."""
    moments = [moment for event in performance.sounding for moment in (event.onset, event.onset + event.duration)]
    needed = math.lcm(TICKS_PER_QUARTER, *((4 * moment).denominator for moment in set(moments)))
    return needed if needed <= _MAX_TICKS_PER_QUARTER else TICKS_PER_QUARTER


def _ticks(moment: Fraction, per_quarter: int) -> int:
    return round(moment * 4 * per_quarter)


def _strokes(performance: Performance, ticks: int) -> list[tuple[int, int, int, int]]:
    """Start and duration in ticks, pitch and velocity of each note. A key is pressed once at a time: a note ends, at
    the latest, where its pitch is struck again."""
    ends: dict[tuple[int, int], int] = {}  # (start, pitch) -> end
    loudness: dict[tuple[int, int], int] = {}
    for event in performance.sounding:
        start = _ticks(event.onset, ticks)
        end = max(start + 1, _ticks(event.onset + event.duration, ticks))
        ends[start, event.pitch] = max(end, ends.get((start, event.pitch), 0))
        loudness[start, event.pitch] = event.velocity
    strokes: list[tuple[int, int, int, int]] = []
    struck_next: dict[int, int] = {}  # pitch -> start of its next stroke
    for (start, pitch), end in reversed(ends.items()):
        length = min(end, struck_next.get(pitch, end)) - start
        strokes.append((start, length, pitch, loudness[start, pitch]))
        struck_next[pitch] = start
    return strokes[::-1]


def _add_time_signature(file: MIDIFile, ticks: int, signature: TimeSignature) -> None:
    meter = signature.meter
    clocks = round(signature.beat * _CLOCKS_IN_A_WHOLE_NOTE)
    file.addTimeSignature(0, ticks, meter.numerator, meter.denominator.bit_length() - 1, min(max(clocks, 1), 255))


def _add_change(file: MIDIFile, ticks: int, value: Key | Tempo) -> None:
    if isinstance(value, Tempo):
        file.addTempo(0, ticks, float(quarters_per_minute(value)))
    elif not value.special:
        minor = value.mode == "min"
        file.addKeySignature(0, ticks, abs(value.fifths), 1 if value.fifths >= 0 else -1, 1 if minor else 0)
