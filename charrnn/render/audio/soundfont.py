"""Notes rendered from the soundfont that the pretty_midi wheel carries, by midirenderer. Both are optional.

pretty_midi is looked up, never imported: only its data file is wanted. SoundFont 2.04 is the format's specification.
"""

import importlib.metadata
import importlib.util
import io
import math
import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from charrnn.errors import RenderError

FONT_NAME = "TimGM6mb.sf2"
_TICKS = 500  # a quarter note; at the default tempo of 120 quarters a minute, one tick is a millisecond
_VELOCITY = 100
_FULL = 127
_VOLUME, _EXPRESSION, _REVERB, _CHORUS = 7, 11, 91, 93  # MIDI controllers

# SoundFont 2.04: record formats (section 7) and generators (section 8.1.2)
_PRESET, _BAG, _GENERATOR, _INSTRUMENT, _SAMPLE = "<20sHHHIII", "<HH", "<HH", "<20sH", "<20sIIIIIBbHH"
_GEN_INSTRUMENT, _GEN_FINE_TUNE, _GEN_SAMPLE, _GEN_ROOT_KEY = 41, 52, 53, 58
_MOST_CYCLES = 8  # in a loop; rounding a longer one's pitch to its key would be a guess


def find_font() -> Path | None:
    """The soundfont, or None where pretty_midi is not installed."""
    spec = importlib.util.find_spec("pretty_midi")
    places = spec.submodule_search_locations if spec else None
    found = [path for place in places or () if (path := Path(place) / FONT_NAME).is_file()]
    return found[0] if found else None


def renderer_version() -> str | None:
    """midirenderer's version, or None where it is not installed."""
    try:
        return importlib.metadata.version("midirenderer")
    except importlib.metadata.PackageNotFoundError:
        return None


def render_notes(font: bytes, program: int, pitches: Sequence[int], seconds: float) -> tuple[list[np.ndarray], int]:
    """Each pitch held for ``seconds``, without the font's room: mono waveforms (samples,) and their rate in hertz.

    Raises RenderError where midirenderer is missing or refuses the font.
    """
    spacing = seconds + 1.0  # what has been let go dies away in between
    notes = [(index * spacing, seconds, pitch) for index, pitch in enumerate(pitches)]
    waveform, rate = render(font, program, notes)
    starts = [round(index * spacing * rate) for index in range(len(pitches))]
    return [waveform[start : start + round(seconds * rate)] for start in starts], rate


def render(font: bytes, program: int, notes: Sequence[tuple[float, float, int]]) -> tuple[np.ndarray, int]:
    """Notes (start, duration, pitch), in seconds, as midirenderer plays them: mono waveform and rate."""
    import wave

    try:
        from midirenderer import render_wave_from

        rendered = render_wave_from(font, _midi(program, notes))
    except (ImportError, ValueError, RuntimeError, OSError) as error:
        raise RenderError(f"the soundfont cannot be rendered: {error}") from error
    with wave.open(io.BytesIO(rendered)) as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        return frames.mean(axis=1) / 32_768, file.getframerate()


def _midi(program: int, notes: Sequence[tuple[float, float, int]]) -> bytes:
    from midiutil import MIDIFile

    file = MIDIFile(1, deinterleave=False, ticks_per_quarternote=_TICKS, eventtime_is_ticks=True)
    file.addTempo(0, 0, 120)
    for controller, value in ((_VOLUME, _FULL), (_EXPRESSION, _FULL), (_REVERB, 0), (_CHORUS, 0)):
        file.addControllerEvent(0, 0, 0, controller, value)
    file.addProgramChange(0, 0, 0, program)
    for start, duration, pitch in notes:
        file.addNote(0, 0, pitch, round(start * 1000), max(1, round(duration * 1000)), _VELOCITY)
    stream = io.BytesIO()
    file.writeFile(stream)
    return stream.getvalue()


def retuned(font: bytes, program: int) -> bytes:
    """The font with one program in tune: a sample's loop is a whole number of cycles, so its length is its pitch, and
    the fine tuning of each zone is set to make up for the difference to the zone's root key.

    Raises RenderError for a file that is not such a font.
    """
    try:
        out = bytearray(font)
        for place, cents in _tunings(font, program):
            out[place : place + 2] = struct.pack("<h", cents)
        return bytes(out)
    except (struct.error, KeyError, IndexError) as error:
        raise RenderError(f"the soundfont cannot be read: {type(error).__name__}") from error


def _tunings(font: bytes, program: int) -> Iterator[tuple[int, int]]:
    """(place in the file, cents) of each fine tuning that an instrument zone of the program states."""
    chunks = dict(_chunks(font, 12, len(font)))

    def records(name: bytes, layout: str) -> list[tuple[Any, ...]]:
        start, length = chunks[name]
        return list(struct.iter_unpack(layout, font[start : start + length]))

    presets, preset_bags, preset_generators = records(b"phdr", _PRESET), records(b"pbag", _BAG), records(b"pgen", _BAG)
    instruments, bags = records(b"inst", _INSTRUMENT), records(b"ibag", _BAG)
    generators, samples = records(b"igen", _GENERATOR), records(b"shdr", _SAMPLE)

    layers = {
        amount
        for (_, number, bank, first, *_rest), (_, _, _, end, *_more) in pairwise(presets)
        if (number, bank) == (program, 0)
        for operator, amount in preset_generators[preset_bags[first][0] : preset_bags[end][0]]
        if operator == _GEN_INSTRUMENT
    }
    for layer in sorted(layers):
        for zone in range(instruments[layer][1], instruments[layer + 1][1]):
            places = {generators[index][0]: index for index in range(bags[zone][0], bags[zone + 1][0])}
            if _GEN_SAMPLE not in places or _GEN_FINE_TUNE not in places:
                continue
            _, _, _, loop_start, loop_end, rate, key, correction, _, _ = samples[generators[places[_GEN_SAMPLE]][1]]
            if _GEN_ROOT_KEY in places:
                key = generators[places[_GEN_ROOT_KEY]][1]
            wanted = 440 * 2 ** ((key - 69) / 12)
            cycles = round((loop_end - loop_start) * wanted / rate)
            if 1 <= cycles <= _MOST_CYCLES:
                sounding = rate * cycles / (loop_end - loop_start)
                start = chunks[b"igen"][0] + 4 * places[_GEN_FINE_TUNE] + 2
                yield start, round(1200 * math.log2(wanted / sounding)) - correction


def _chunks(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """(name, (place, length)) of the RIFF chunks in a stretch of the file, those within lists included."""
    while start + 8 <= end:
        name, length = data[start : start + 4], struct.unpack_from("<I", data, start + 4)[0]
        if name == b"LIST":
            yield from _chunks(data, start + 12, min(end, start + 8 + length))
        else:
            yield name, (start + 8, length)
        start += 8 + length + length % 2
