"""Waveforms to and from 16-bit WAV files."""

import io
import wave

import numpy as np

_FULL_SCALE = 32_767


def wav_bytes(waveform: np.ndarray, rate: int) -> bytes:
    """A mono file. What is over full scale is cut off."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = np.clip(waveform, -1, 1)
        samples *= _FULL_SCALE
        file.writeframes(np.rint(samples, out=samples).astype("<i2").tobytes())
    return stream.getvalue()


def read_wav(data: bytes) -> tuple[np.ndarray, int]:
    """The waveform of a file that ``wav_bytes`` made, and its rate. Raises wave.Error or EOFError for others."""
    with wave.open(io.BytesIO(data)) as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise wave.Error("not 16-bit mono")
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / _FULL_SCALE, file.getframerate()
