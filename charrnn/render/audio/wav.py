"""Waveforms to and from 16-bit WAV files."""

import io
import wave

import numpy as np

_FULL_SCALE = 32_767
_WRITTEN_AT_ONCE = 1 << 20  # samples


def pcm(waveform: np.ndarray) -> np.ndarray:
    """The waveform in 16 bits, little-endian. What is over full scale is cut off."""
    samples = np.clip(waveform, -1, 1)
    samples *= _FULL_SCALE
    found: np.ndarray = np.rint(samples, out=samples).astype("<i2")
    return found


def wav_bytes(waveform: np.ndarray, rate: int) -> bytes:
    """A file of (samples,), or of (channels, samples)."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1 if waveform.ndim == 1 else len(waveform))
        file.setsampwidth(2)
        file.setframerate(rate)
        for start in range(0, waveform.shape[-1], _WRITTEN_AT_ONCE):
            file.writeframes(pcm(waveform[..., start : start + _WRITTEN_AT_ONCE].T).tobytes())
    return stream.getvalue()


def read_wav(data: bytes) -> tuple[np.ndarray, int]:
    """The waveform of a file that ``wav_bytes`` made, and its rate. Raises wave.Error or EOFError for others."""
    with wave.open(io.BytesIO(data)) as file:
        if file.getsampwidth() != 2:
            raise wave.Error("not 16-bit")
        waveform = np.frombuffer(file.readframes(file.getnframes()), "<i2") / _FULL_SCALE
        channels = file.getnchannels()
        return waveform if channels == 1 else waveform.reshape(-1, channels).T, file.getframerate()
