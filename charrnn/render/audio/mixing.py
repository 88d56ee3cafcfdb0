"""A whole tune as sound: every note from the nearest sample, shifted to its pitch, in a small room.

The page's player does the same with Web Audio (``ui/static/mixer.js``), with the same samples, releases and room.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from charrnn.render.audio.instruments import DEFAULT
from charrnn.render.audio.library import Library
from charrnn.render.audio.samples import RATE, Sample, resampled
from charrnn.render.audio.wav import wav_bytes
from charrnn.render.performance import NoteEvent, Performance, seconds_to_write

PEAK = 0.89  # of full scale: one decibel of head room, as players that resample need
TAIL = 1.0  # seconds for the last note and the room to die away
ACCOMPANIMENT = 0.5  # gain of what accompanies the melody

_RELEASE = 0.035  # seconds in which a note that is let go falls to 1/e
_RING = 6 * _RELEASE  # ... and after which it is inaudible
_ROOM_SECONDS, _ROOM_LEVEL = 0.9, 0.22
_BLOCK = 1 << 17  # samples that hear the room at a time: ten minutes at once would take half a gigabyte


def to_wav(
    performance: Performance,
    instrument: str = DEFAULT,
    library: Library | None = None,
    accompaniment: Sequence[NoteEvent] = (),
    gains: Mapping[int, float] | None = None,
) -> bytes:
    """A mono 16-bit WAV file of the tune as it sounds, at samples.RATE, its peak at PEAK; ``accompaniment`` is played
    along, at the performance's tempo; ``gains`` say how loud the notes of some elements are (``render.dynamics``).

    Raises RenderError when there is no note to play or the piece is too long, OptionError for an unknown instrument.
    """
    seconds = seconds_to_write(performance)
    notes = (library or Library()).samples(instrument)
    mix = np.zeros(round((seconds + TAIL) * RATE), np.float32)
    _play(mix, _timed(performance, performance.sounding, gains or {}), notes, 1.0)
    _play(mix, _timed(performance, accompaniment, {}), notes, ACCOMPANIMENT)
    mix = _in_a_room(mix)
    mix *= PEAK / max(float(mix.max()), -float(mix.min()), 1e-9)
    return wav_bytes(mix, RATE)


_Timed = tuple[float, float, int, float]  # start and end in seconds, pitch, gain


def _timed(performance: Performance, events: Iterable[NoteEvent], gains: Mapping[int, float]) -> list[_Timed]:
    seconds = performance.seconds
    return [
        (seconds(event.onset), seconds(event.onset + event.duration), event.pitch, gains.get(event.element, 1.0))
        for event in events
    ]


def _play(mix: np.ndarray, notes: list[_Timed], instrument: list[Sample], gain: float) -> None:
    """Add notes to a mix, in place."""
    longest: dict[int, float] = {}
    for start, end, pitch, _ in notes:
        longest[pitch] = max(end - start, longest.get(pitch, 0.0))
    tones = {pitch: _tone(instrument, pitch, seconds + _RING) for pitch, seconds in longest.items()}
    for start, end, pitch, own_gain in notes:
        first = round(start * RATE)
        voice = tones[pitch][: round((end - start + _RING) * RATE)] * (gain * own_gain)
        released = round((end - start) * RATE)
        if released < len(voice):
            voice[released:] *= np.exp(-np.arange(len(voice) - released) / (_RELEASE * RATE))
        room = mix[first : first + len(voice)]
        room += voice[: len(room)]


def _tone(instrument: list[Sample], pitch: int, seconds: float) -> np.ndarray:
    """At most so many seconds of one pitch."""
    sample = min(instrument, key=lambda sample: abs(sample.pitch - pitch))
    factor = 2 ** ((sample.pitch - pitch) / 12)
    return resampled(_held(sample, seconds / factor), factor)


def _held(sample: Sample, seconds: float) -> np.ndarray:
    """The sample's own pitch, looped for as long as it takes."""
    wanted = round(seconds * RATE)
    if sample.loop is None or wanted <= sample.loop[1]:
        return sample.waveform[:wanted]
    start, end = sample.loop
    turns = 1 + (wanted - end) // (end - start)
    return np.concatenate([sample.waveform[:end], np.tile(sample.waveform[start:end], turns)])[:wanted]


def _in_a_room(dry: np.ndarray) -> np.ndarray:
    """With the echo of a small wooden room: noise that dies away in under a second. The same for every tune."""
    size = round(_ROOM_SECONDS * RATE)
    noise = np.random.default_rng(0).uniform(-1, 1, size)
    smooth = np.convolve(noise, 0.35 * 0.65 ** np.arange(40))[:size]  # without its highest tones
    response = smooth * (1 - np.arange(size) / size) ** 4
    response *= _ROOM_LEVEL / np.sqrt((response**2).sum())
    length = 1 << (_BLOCK + size - 1).bit_length()
    spectrum, wet = np.fft.rfft(response, length), dry.copy()
    for start in range(0, len(dry), _BLOCK):
        echo = np.fft.irfft(np.fft.rfft(dry[start : start + _BLOCK], length) * spectrum, length)
        heard = wet[start : start + _BLOCK + size - 1]
        heard += echo[: len(heard)]
    return wet
