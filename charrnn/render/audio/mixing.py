"""A whole tune as sound: every note from the nearest sample, shifted to its pitch, in a small room, in stereo.

The page's player does the same with Web Audio (``ui/static/player/mixer.js``), with the same samples, releases and
room.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from charrnn.render.audio.instruments import DEFAULT
from charrnn.render.audio.library import Library
from charrnn.render.audio.samples import RATE, Sample, resampled
from charrnn.render.playing.performance import NoteEvent, Performance, seconds_to_write

MIX_RATE = 44_100  # hertz: a whole multiple of the samples' own
TAIL = 1.0  # seconds for the last note and the room to die away
ACCOMPANIMENT = 0.5  # gain of what accompanies the melody

_RELEASE = 0.035  # seconds in which a note that is let go falls to 1/e
_RING = 6 * _RELEASE  # ... and after which it is inaudible
_MELODY_PAN, _CHORDS_PAN = -0.15, 0.25  # from -1, left, to 1, right: as two players sit
_ROOM_SECONDS, _ROOM_LEVEL = 0.9, 0.22
_ROOM_SIZE = 1 << 18  # samples of a transform: ten minutes at once would take a gigabyte
_ROOM_SMOOTHING = 0.19  # of each sample in the running mean that leaves out the highest tones: about 1.5 kHz


def mixed(
    performance: Performance,
    instrument: str = DEFAULT,
    library: Library | None = None,
    accompaniment: Sequence[NoteEvent] = (),
) -> np.ndarray:
    """The tune as it sounds, (2, samples) of float32 at MIX_RATE; ``accompaniment`` is played along, at the
    performance's tempo. How loud it is as a whole is for ``loudness.master``.

    Raises RenderError when there is no note to play or the piece is too long, OptionError for an unknown instrument.
    """
    seconds = seconds_to_write(performance)
    notes = (library or Library()).samples(instrument)
    size = round((seconds + TAIL) * MIX_RATE)
    out = np.zeros((2, size), np.float32)
    _play(out, _timed(performance, performance.sounding), notes, _levels(_MELODY_PAN, 1.0))
    _play(out, _timed(performance, accompaniment), notes, _levels(_CHORDS_PAN, ACCOMPANIMENT))
    _add_room(out)
    return out


_Timed = tuple[float, float, int, float]  # start and end in seconds, pitch, gain


def _timed(performance: Performance, events: Iterable[NoteEvent]) -> list[_Timed]:
    seconds = performance.seconds
    return [(seconds(event.onset), seconds(event.onset + event.duration), event.pitch, event.gain) for event in events]


def _levels(pan: float, gain: float) -> np.ndarray:
    """Of the left and the right channel, (2, 1); together as strong wherever it stands."""
    angle = np.pi / 4 * (1 + pan)
    found: np.ndarray = (gain * np.sqrt(2) * np.array([[np.cos(angle)], [np.sin(angle)]])).astype(np.float32)
    return found


def _play(out: np.ndarray, notes: list[_Timed], instrument: list[Sample], levels: np.ndarray) -> None:
    """Add notes to both channels, in place."""
    longest: dict[int, float] = {}
    for start, end, pitch, _ in notes:
        longest[pitch] = max(end - start, longest.get(pitch, 0.0))
    tones = {pitch: _tone(instrument, pitch, seconds + _RING) for pitch, seconds in longest.items()}
    release = np.exp(-np.arange(round(_RING * MIX_RATE) + 1) / (_RELEASE * MIX_RATE)).astype(np.float32)
    for start, end, pitch, gain in notes:
        first = round(start * MIX_RATE)
        voice = tones[pitch][: round((end - start + _RING) * MIX_RATE)] * np.float32(gain)
        released = round((end - start) * MIX_RATE)
        voice[released:] *= release[: max(len(voice) - released, 0)]
        place = out[:, first : first + len(voice)]
        place += levels * voice[: place.shape[1]]


def _tone(instrument: list[Sample], pitch: int, seconds: float) -> np.ndarray:
    """At most so many seconds of one pitch, at MIX_RATE."""
    sample = min(instrument, key=lambda sample: abs(sample.pitch - pitch))
    factor = 2 ** ((sample.pitch - pitch) / 12)
    return resampled(_held(sample, seconds / factor), factor * MIX_RATE / RATE).astype(np.float32)


def _held(sample: Sample, seconds: float) -> np.ndarray:
    """The sample's own pitch, looped for as long as it takes, at RATE."""
    wanted = round(seconds * RATE)
    if sample.loop is None:
        return sample.waveform[:wanted]
    start, end = sample.loop
    turns = 1 + max(wanted - end, 0) // (end - start)
    out = np.concatenate([sample.waveform[:end], np.tile(sample.waveform[start:end], turns)])[:wanted]
    if sample.decay is not None:
        out[start:] *= np.exp(-np.arange(len(out[start:])) / (sample.decay * RATE))
    return out


def _add_room(out: np.ndarray) -> None:
    """Add the echo of a small wooden room, in place: noise that dies away in under a second, another in each ear. The
    same for every tune."""
    size = round(_ROOM_SECONDS * MIX_RATE)
    noise = np.random.default_rng(0).uniform(-1, 1, (2, size))
    running = _ROOM_SMOOTHING * (1 - _ROOM_SMOOTHING) ** np.arange(80)
    smooth = np.stack([np.convolve(channel, running)[:size] for channel in noise])
    response = smooth * (1 - np.arange(size) / size) ** 4
    response *= _ROOM_LEVEL / np.sqrt((response**2).sum(axis=1, keepdims=True))
    spectra = np.fft.rfft(response.astype(np.float32), _ROOM_SIZE)
    block = _ROOM_SIZE - size
    for start in reversed(range(0, out.shape[1], block)):  # each block is read before any echo has reached it
        source = out[:, start : start + block].mean(axis=0)
        echo = np.fft.irfft(np.fft.rfft(source, _ROOM_SIZE) * spectra, _ROOM_SIZE)
        heard = out[:, start : start + _ROOM_SIZE]
        heard += echo[:, : heard.shape[1]]
