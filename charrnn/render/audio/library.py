"""The sampled instruments, rendered once and kept in the user's cache folder.

A folder for each version of what makes them (the soundfont, midirenderer, this code) holds one WAV file an instrument,
its notes one after the other, and ``catalog.json``, which the page's sampler reads:

    {"instruments": {"piano": {"label": "Piano", "file": "piano.wav", "sha256": ..., "notes": [
        {"pitch": 41, "start": 0, "end": 1.4, "loop": [0.8, 1.3], "decay": 0.9}, ...]}, ...}, "sha256": ...}

with times in seconds of the file, "loop" [from, to] where the note sounds on, and "decay", the seconds in which it
falls to 1/e from the loop on, or null where it holds. The catalog lists what is there and
right, so it grows while instruments are being made. Files are replaced as a whole, and any process would write the same
ones, so any number may work on one folder, and each leaves out what another has made. What does not fit its checksum is
made anew. ``apart`` has all of this done by a process of its own.
"""

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import numpy as np

from charrnn.errors import RenderError
from charrnn.files import cache_folder, write_atomically
from charrnn.render.audio import samples, soundfont, tone
from charrnn.render.audio.instruments import INSTRUMENTS, Instrument, instrument_named
from charrnn.render.audio.samples import RATE, Sample
from charrnn.render.audio.wav import read_wav, wav_bytes

CATALOG = "catalog.json"
_RECIPE = 2  # raise it when samples come out differently
_GAP = 0.02  # seconds of silence between two notes of a file: a browser's resampling blurs their ends

_log = logging.getLogger(__name__)


class Library:
    """Every instrument's samples, wherever they come from: the folder, the soundfont, or a synthesised tone."""

    def __init__(self, root: Path | None = None) -> None:
        """Open the library, by default in the cache folder; nothing is rendered yet. Never raises: where no samples can
        be had or kept, ``folder`` is None and the log says why."""
        self.folder: Path | None = None
        self._font: bytes | None = None
        self._catalog: dict[str, Any] = {}
        try:
            self._font = _font()
            self.folder = _writable((root or cache_folder()) / f"sounds-{_version(self._font)}")
            self._catalog = _checked(self.folder)
            self._write_catalog()
        except (OSError, RuntimeError, RenderError) as error:  # RuntimeError: there is no home folder
            self.folder = None
            _log.warning("the page plays a synthesised tone: %s", error)

    def prepare(self) -> None:
        """Render what is missing from the folder: seconds of work that lets no other thread run. Never raises."""
        try:
            for instrument in INSTRUMENTS:
                if self.folder and self._font and not self._has(instrument.name):
                    self._add(self.folder, instrument, samples.make_samples(self._font, instrument))
        except (OSError, RenderError) as error:
            _log.warning("the page plays a synthesised tone for some instruments: %s", error)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to render, or could be."""
        return self.folder is None or all(self._has(instrument.name) for instrument in INSTRUMENTS)

    def samples(self, name: str) -> list[Sample]:
        """An instrument's samples, by pitch. Raises OptionError for an unknown name only."""
        instrument = instrument_named(name)
        if self.folder and self._has(name):
            try:
                return _read(self.folder, self._catalog[name])
            except (OSError, ValueError) as error:
                _log.warning("the samples of %s cannot be read, so they are rendered anew: %s", name, error)
        if self._font:
            try:
                return samples.make_samples(self._font, instrument)
            except RenderError as error:
                _log.warning("a synthesised tone plays: %s", error)
        return [tone.struck_string(pitch) for pitch in range(samples.LOWEST, samples.HIGHEST + 1, samples.STEP)]

    def _has(self, name: str) -> bool:
        """Whether the instrument is there, by now: another process may have made it."""
        if self.folder and name not in self._catalog:
            self._catalog = _checked(self.folder)
        return name in self._catalog

    def _add(self, folder: Path, instrument: Instrument, notes: list[Sample]) -> None:
        gap = np.zeros(round(_GAP * RATE))
        places = np.cumsum([0] + [len(note.waveform) + len(gap) for note in notes])
        data = wav_bytes(np.concatenate([part for note in notes for part in (note.waveform, gap)]), RATE)
        write_atomically(folder / f"{instrument.name}.wav", data)
        entry = {
            "label": instrument.label,
            "file": f"{instrument.name}.wav",
            "sha256": hashlib.sha256(data).hexdigest(),
            "notes": [_entry(note, int(place)) for note, place in zip(notes, places, strict=False)],
        }
        self._catalog = _checked(folder) | {instrument.name: entry}  # with what others have made meanwhile
        self._write_catalog()

    def _write_catalog(self) -> None:
        if self.folder:
            entries = {one.name: self._catalog[one.name] for one in INSTRUMENTS if one.name in self._catalog}
            data = json.dumps({"instruments": entries, "sha256": _checksum(entries)}).encode()
            path = self.folder / CATALOG
            if not path.is_file() or path.read_bytes() != data:
                write_atomically(path, data)


def _font() -> bytes:
    path = soundfont.find_font()
    missing = [
        what
        for what, is_there in (
            (f"{soundfont.FONT_NAME}, which comes with the package pretty_midi,", path is not None),
            ("the package midirenderer", soundfont.renderer_version() is not None),
        )
        if not is_there
    ]
    if path is None or missing:
        raise RenderError(f"{' and '.join(missing)} cannot be found, so no instrument can be sampled")
    return path.read_bytes()


def _version(font: bytes) -> str:
    made_by = f"{_RECIPE} {soundfont.renderer_version()} {hashlib.sha256(font).hexdigest()}"
    return hashlib.sha256(made_by.encode()).hexdigest()[:16]


def _writable(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def _checked(folder: Path) -> dict[str, Any]:
    """The entries of the folder's catalog whose files are as they were written."""
    try:
        catalog = json.loads((folder / CATALOG).read_bytes())
        entries = catalog["instruments"]
        if catalog["sha256"] != _checksum(entries):
            return {}
    except (OSError, ValueError, TypeError, KeyError):  # missing, or not our catalog
        return {}
    return {name: entry for name, entry in entries.items() if _is_whole(folder / entry["file"], entry["sha256"])}


def _is_whole(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except OSError:
        return False


def _checksum(entries: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(entries).encode()).hexdigest()


def _entry(note: Sample, place: int) -> dict[str, Any]:
    loop = note.loop and [(place + moment) / RATE for moment in note.loop]
    end = (place + len(note.waveform)) / RATE
    return {"pitch": note.pitch, "start": place / RATE, "end": end, "loop": loop, "decay": note.decay}


def _read(folder: Path, entry: dict[str, Any]) -> list[Sample]:
    import wave

    try:
        waveform, rate = read_wav((folder / entry["file"]).read_bytes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{entry['file']} is damaged") from error
    out = []
    for note in entry["notes"]:
        start, end = round(note["start"] * rate), round(note["end"] * rate)
        loop = note["loop"] and tuple(round(moment * rate) - start for moment in note["loop"])
        out.append(Sample(note["pitch"], waveform[start:end], loop or None, note["decay"]))
    return out
