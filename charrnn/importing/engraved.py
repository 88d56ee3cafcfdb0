"""A MusicXML score as a tune: the melody's part and voice, with title, composer, rhythm, key, meter and repeats."""

from typing import Any
from xml.etree.ElementTree import Element

from charrnn import limits
from charrnn.errors import OpeningError
from charrnn.importing.candidates import Candidate, melody_of
from charrnn.importing.measures import Reader
from charrnn.importing.voices import Chosen, chosen_voice
from charrnn.notation.keys import C_MAJOR
from charrnn.notation.tune import COMMON_TIME, Tune
from charrnn.render.export.musicxml_tree import RHYTHM


def tune_of_score(score: Any, root: Element, voice: int | None) -> Chosen:
    """The tune of the melody, or of the voice with this number from 1. Raises OpeningError where no tune can be made
    of it."""
    found = [one for part in score.parts for one in _voices(part)]
    if not found:
        raise OpeningError("holds no notes")
    index = chosen_voice([candidate for _, _, candidate in found], voice, melody_of([one for *_, one in found]))
    part, name, candidate = found[index]
    if len(candidate.pitches) > limits.MAX_EVENTS:
        raise OpeningError(f"has {len(candidate.pitches):,} notes; a tune has at most {limits.MAX_EVENTS:,}")
    reader = Reader(name, has_jumps=_has_jumps(root))
    reader.read(part)
    tune = Tune(
        tuple(reader.elements),
        reader.key or C_MAJOR,
        reader.meter or COMMON_TIME,
        tempo=reader.tempo,
        title=_text(root.findtext("movement-title") or root.findtext("work/work-title")),
        rhythm=_text(root.findtext(f".//miscellaneous-field[@name='{RHYTHM}']")),
        composer=_text(root.findtext("identification/creator[@type='composer']")),
    )
    return Chosen(tune, tuple(candidate.name for *_, candidate in found), index + 1, ())


def _has_jumps(root: Element) -> bool:
    """Whether the document says in figures, too, where the player goes on."""
    jumps = {"dacapo", "dalsegno", "fine", "tocoda"}
    return any(jumps & set(sound.attrib) for sound in root.iter("sound"))


def _voices(part: Any) -> list[tuple[Any, str | None, Candidate]]:
    """The voices of a part that hold notes: by music21's ids where its measures have some."""
    measures = list(part.getElementsByClass("Measure"))
    ids = list(dict.fromkeys(str(voice.id) for measure in measures for voice in measure.voices))
    names: list[str | None] = [*ids] if ids else [None]
    if ids and "1" not in ids:
        names = ["1", *ids]
    found = []
    for name in names:
        pitches = tuple(_pitches(measures, name))
        if pitches:
            label = _text(part.partName) or "Part"
            found.append((part, name, Candidate(f"{label}, voice {name}" if len(names) > 1 else label, pitches)))
    return found


def _pitches(measures: list[Any], name: str | None) -> list[int]:
    """The highest MIDI number of each note and chord of a voice."""
    found: list[int] = []
    for measure in measures:
        own = [voice for voice in measure.voices if str(voice.id) == name] if measure.voices else []
        if not measure.voices and name in (None, "1"):
            own = [measure]
        for stream in own:
            sounds = [sound for sound in stream.notes if "Harmony" not in sound.classes]
            found.extend(max(pitch.midi for pitch in sound.pitches) for sound in sounds if sound.pitches)
    return found


def _text(text: str | None) -> str:
    return " ".join((text or "").split())[: limits.MAX_FIELD_CHARACTERS]
