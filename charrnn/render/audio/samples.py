"""From rendered notes to samples: in tune, equally loud, looped where the instrument sustains, as short as will do."""

from dataclasses import dataclass, replace

import numpy as np

from charrnn.render.audio import soundfont
from charrnn.render.audio.instruments import Instrument

RATE = 22_050  # hertz; under 0.1 % of any instrument's energy lies over half of it
LOWEST, HIGHEST, STEP = 41, 89, 3  # MIDI numbers: all but 4 of 673,948 notes of the corpus lie from 55 to 89
LOUDNESS = 0.1  # A-weighted root mean square of the first LISTEN seconds, where that leaves the peak under PEAK
PEAK = 0.7
LISTEN = 0.3  # seconds; twice the usual note

_HELD = 2.6  # seconds rendered of each note
_ATTACK, _HEARD = 0.03, 0.4  # seconds: where in a note its pitch is measured; a flute starts flat, and notes are short
_STEADY = 0.5  # seconds after which a sustained note has settled and may be looped
_LOOP = (0.35, 0.75)  # seconds, shortest and longest loop; what fits best in between is taken
_DYING = 0.8  # seconds after which a struck note dies away evenly
_LOOP_OF_DYING = (0.3, 0.55)  # seconds; shorter, so that an instrument stays near 1 MB
_CROSSFADE = 0.06  # seconds at the end of a loop, which lead over to its start
_AFTER_LOOP = 0.01  # seconds kept after a loop, for whoever resamples
_STEP = 0.1  # seconds of which a level is taken, to measure how fast a note dies away
_RISE = 0.002  # seconds at the start of every note, so that none clicks


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One note of an instrument, at RATE."""

    pitch: int  # MIDI number; exactly this, to a few cents
    waveform: np.ndarray  # (samples,)
    loop: tuple[int, int] | None  # sounds on from the second place at the first; None: it ends with the waveform
    decay: float | None = None  # seconds in which it falls to 1/e from the loop's start on; None: it holds


def make_samples(font: bytes, instrument: Instrument) -> list[Sample]:
    """One sample every STEP semitones. Raises RenderError where the font cannot be rendered."""
    if instrument.retuned:
        font = soundfont.retuned(font, instrument.program)
    pitches = range(LOWEST, HIGHEST + 1, STEP)
    notes, rate = soundfont.render_notes(font, instrument.program, pitches, _HELD)
    return [_sample(note, rate, pitch, instrument.sustained) for note, pitch in zip(notes, pitches, strict=True)]


def _sample(note: np.ndarray, rate: int, pitch: int, sustained: bool) -> Sample:
    cents = cents_off(note[round(_ATTACK * rate) : round(_HEARD * rate)], rate, pitch)
    waveform = resampled(note, RATE / rate * 2 ** (cents / 1200))
    waveform[: round(_RISE * RATE)] *= np.linspace(0, 1, round(_RISE * RATE))
    waveform *= min(LOUDNESS / loudness(waveform[: round(LISTEN * RATE)]), PEAK / np.abs(waveform).max())
    return _looped(waveform, pitch, _STEADY, _LOOP) if sustained else _dying(waveform, pitch)


def cents_off(waveform: np.ndarray, rate: int, pitch: int) -> float:
    """How far a tone is from its pitch: the strongest of the partials 1 to 3, sought within a semitone, by an FFT whose
    peak is refined by a parabola through the logarithms (Smith and Serra 1987)."""
    size = 1 << 18
    spectrum = np.log(np.abs(np.fft.rfft(waveform * np.hanning(len(waveform)), size)) + 1e-12)
    best = (-np.inf, 0.0)
    for partial in (1, 2, 3):
        wanted = partial * 440 * 2 ** ((pitch - 69) / 12) * size / rate  # in bins
        first = int(wanted / 2 ** (1 / 12))
        place = first + int(np.argmax(spectrum[first : int(wanted * 2 ** (1 / 12)) + 2]))
        below, peak, above = spectrum[place - 1 : place + 2]
        bend = below - 2 * peak + above
        exact = place + (0.5 * (below - above) / bend if bend else 0.0)
        best = max(best, (float(peak), 1200 * float(np.log2(exact / wanted))))
    return best[1]


def loudness(waveform: np.ndarray, rate: int = RATE) -> float:
    """Root mean square after A-weighting (IEC 61672), which hears as an ear does: little below 200 Hz."""
    f2 = np.fft.rfftfreq(len(waveform), 1 / rate) ** 2
    weight = 1.2589 * 12194**2 * f2**2
    weight /= (f2 + 20.6**2) * np.sqrt((f2 + 107.7**2) * (f2 + 737.9**2)) * (f2 + 12194**2)
    power = np.abs(np.fft.rfft(waveform) * weight) ** 2
    return float(np.sqrt(2 * power.sum()) / len(waveform))


def resampled(waveform: np.ndarray, factor: float) -> np.ndarray:
    """``factor`` times as many samples of the same tone, by its spectrum."""
    size, wanted = len(waveform), round(len(waveform) * factor)
    ends = min(size, 500)
    faded = waveform.copy()
    faded[-ends:] *= np.linspace(1, 0, ends)  # the spectrum takes the end to lead over to the start
    spectrum = np.fft.rfft(faded)[: wanted // 2 + 1]
    return np.fft.irfft(spectrum, wanted) * (wanted / size)


def _dying(waveform: np.ndarray, pitch: int) -> Sample:
    """A struck note that rings as long as it is held: a loop without its decay, and the decay as a figure."""
    levels = [_level(waveform, start) for start in np.arange(_DYING, len(waveform) / RATE - _STEP, _STEP)]
    slope = np.polyfit(_STEP * np.arange(len(levels)), np.log(np.maximum(levels, 1e-9)), 1)[0]
    decay = -1 / min(float(slope), -0.1)
    held = waveform.copy()
    first = round(_DYING * RATE)
    held[first:] *= np.exp(np.arange(len(held) - first) / (decay * RATE))
    return replace(_looped(held, pitch, _DYING, _LOOP_OF_DYING), decay=decay)


def _level(waveform: np.ndarray, start: float) -> float:
    """Root mean square of _STEP seconds."""
    return float(np.sqrt((waveform[round(start * RATE) :][: round(_STEP * RATE)] ** 2).mean()))


def _looped(waveform: np.ndarray, pitch: int, steady: float, lengths: tuple[float, float]) -> Sample:
    """A loop from ``steady`` seconds on: as long as makes the sound after it most like the sound after its start; the
    last moments before its end are crossfaded with those before its start, so that the turn is seamless."""
    start, width = round(steady * RATE), round(_CROSSFADE * RATE)
    shortest, longest = (round(seconds * RATE) for seconds in lengths)
    before = waveform[start - width : start]
    later = waveform[start - width + shortest : start + longest]
    likeness = np.correlate(later, before, "valid")
    energy = np.convolve(later**2, np.ones(width), "valid")
    length = shortest + int(np.argmax(likeness / np.sqrt(energy + 1e-12)))
    end = start + length
    out = waveform[: end + round(_AFTER_LOOP * RATE)].copy()
    towards = np.linspace(0, 1, width)
    out[end - width : end] = (1 - towards) * out[end - width : end] + towards * before
    out[end:] = waveform[start : start + len(out) - end]
    return Sample(pitch, out, (start, end))
