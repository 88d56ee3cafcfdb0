"""A synthesised tone, for where there is no soundfont: a struck string of a handful of partials, higher ones weaker and
sooner gone. ``ui/static/player/synth.js`` is the same string."""

import numpy as np

from charrnn.render.audio.samples import LISTEN, LOUDNESS, PEAK, RATE, Sample, loudness

_SECONDS = 2.4  # of sound for the lowest notes; higher ones need less
_PARTIALS = 9
_STRIKE = 7  # the string is struck at a seventh of its length, which leaves out the seventh partial
_STIFFNESS = 0.00025  # pulls the partials of a real string a little apart
_RISE, _FALL = 0.003, 0.05  # seconds


def struck_string(pitch: int) -> Sample:
    """One note, by its MIDI number."""
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    ring = _SECONDS * min(1.0, max(0.25, (220 / frequency) ** 0.35))
    time = np.arange(round(ring * RATE)) / RATE
    waveform = np.zeros_like(time)
    for partial in range(1, _PARTIALS + 1):
        tone = frequency * partial * np.sqrt(1 + _STIFFNESS * partial * partial)
        if tone > RATE / 2.2:
            break
        strength = abs(np.sin(np.pi * partial / _STRIKE)) / partial**1.25
        decay = ring / (1 + 0.55 * (partial - 1)) / 4
        waveform += strength * np.exp(-time / decay) * np.sin(2 * np.pi * tone * time)
    rise, fall = round(_RISE * RATE), round(_FALL * RATE)
    waveform[:rise] *= np.linspace(0, 1, rise)
    waveform[-fall:] *= np.linspace(1, 0, fall)
    waveform *= min(LOUDNESS / loudness(waveform[: round(LISTEN * RATE)]), PEAK / np.abs(waveform).max())
    return Sample(pitch, waveform, None)
