"""A tune as an audio file: WAV, FLAC, OGG (Vorbis) or MP3, in stereo, 44.1 kHz, at about -16 LUFS.

FLAC and OGG are written by soundfile, MP3 by lameenc: libsndfile takes five times as long for MP3. Each package brings
its encoder in its wheel and is imported only where it is needed.
"""

import io
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from charrnn import limits
from charrnn.errors import RenderError
from charrnn.render.audio.instruments import DEFAULT
from charrnn.render.audio.library import Library
from charrnn.render.audio.loudness import master
from charrnn.render.audio.mixing import MIX_RATE, mixed
from charrnn.render.audio.wav import pcm, wav_bytes
from charrnn.render.playing.performance import NoteEvent, Performance

_Encoder = Callable[[np.ndarray, str], bytes]  # waveform and title

_MP3_KILOBITS = 192  # a second
_MP3_QUALITY = 7  # LAME's own scale, 0 best and slowest; 7 takes a fifth of the time of 2
# Samples: libsndfile's Vorbis overflows its stack on more than minutes, and is a seventh faster where they fit a cache.
_WRITTEN_AT_ONCE = MIX_RATE


def audio_file(
    kind: str,
    performance: Performance,
    instrument: str = DEFAULT,
    library: Library | None = None,
    accompaniment: Sequence[NoteEvent] = (),
    title: str = "",
) -> bytes:
    """The tune as a file; ``kind`` is one of ``KINDS``, ``title`` is what a player shows (WAV has none), the rest is as
    ``mixing.mixed`` takes it.

    Raises RenderError when there is no note to play, the piece is too long, or the encoder's package is missing;
    OptionError for an unknown instrument.
    """
    waveform = mixed(performance, instrument, library, accompaniment)
    master(waveform, MIX_RATE)
    return _ENCODERS[kind](waveform, _one_line(title))


def _one_line(title: str) -> str:
    return " ".join(title[: limits.MAX_FIELD_CHARACTERS].replace("\0", " ").split())


def _wav(waveform: np.ndarray, title: str) -> bytes:
    return wav_bytes(waveform, MIX_RATE)


def _by_soundfile(format: str, subtype: str) -> _Encoder:
    def encode(waveform: np.ndarray, title: str) -> bytes:
        try:
            import soundfile
        except (ImportError, OSError) as error:  # OSError: its library cannot be loaded
            raise RenderError(f"{format} cannot be written, for soundfile cannot be loaded: {error}") from error
        stream = io.BytesIO()
        with soundfile.SoundFile(stream, "w", MIX_RATE, len(waveform), subtype, format=format) as file:
            if title:
                file.title = title.encode("utf-8", "replace").decode()
            for piece in _pieces(waveform):
                file.write(piece.T)
        return stream.getvalue()

    return encode


def _mp3(waveform: np.ndarray, title: str) -> bytes:
    try:
        import lameenc
    except ImportError as error:
        raise RenderError(f"MP3 cannot be written, for lameenc cannot be loaded: {error}") from error
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_in_sample_rate(MIX_RATE)
    encoder.set_channels(len(waveform))
    encoder.set_bit_rate(_MP3_KILOBITS)
    encoder.set_quality(_MP3_QUALITY)
    pieces = [bytes(encoder.encode(pcm(piece.T).tobytes())) for piece in _pieces(waveform)]
    return b"".join([_id3(title), *pieces, bytes(encoder.flush())])


def _id3(title: str) -> bytes:
    """A title as an ID3v2.3 tag (id3.org, "ID3 tag version 2.3.0"): one text frame in UTF-16; nothing for no title."""
    if not title:
        return b""
    text = b"\x01" + title.encode("utf-16", "replace")
    frame = b"TIT2" + len(text).to_bytes(4, "big") + b"\0\0" + text
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))  # seven bits a byte
    return b"ID3\x03\0\0" + size + frame


def _pieces(waveform: np.ndarray) -> Iterator[np.ndarray]:
    """(2, samples) each."""
    for start in range(0, waveform.shape[1], _WRITTEN_AT_ONCE):
        yield waveform[:, start : start + _WRITTEN_AT_ONCE]


_ENCODERS: dict[str, _Encoder] = {
    "wav": _wav,
    "flac": _by_soundfile("FLAC", "PCM_16"),
    "ogg": _by_soundfile("OGG", "VORBIS"),
    "mp3": _mp3,
}
KINDS = tuple(_ENCODERS)
