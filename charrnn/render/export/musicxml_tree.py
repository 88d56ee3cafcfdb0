"""What music21 does not write, put into the tree of its MusicXML: bar numbers, the tempo to play at, the instrument,
and on which side of the staff things stand."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import count
from xml.etree.ElementTree import Element, SubElement

from charrnn.notation.fields import quarters_per_minute
from charrnn.notation.tune import Tempo, Transposition, Tune
from charrnn.render.playing.performance import tempos_of_returns
from charrnn.render.score.heading import NOT_XML
from charrnn.render.score.layout import Segment
from charrnn.render.score.marks import Mark
from charrnn.render.signs import VELOCITIES

_LOUDEST = 90  # the MIDI velocity of which MusicXML's dynamics are percents
_DRUMS = 10  # the channel of a MIDI file that has no pitches
HELD = "held"  # a syllable's identifier, where the syllable is sung on: music21 has no sign for that
_BELOW = {"dynamics", "wedge"}
RHYTHM = "rhythm"  # the name of the field for R:, of which MusicXML knows nothing


def complete(root: Element, tune: Tune, segments: Sequence[Segment], program: int, tempo: Tempo) -> None:
    """Completes a document that music21 made of these segments. ``program`` is of General MIDI, counted from 0;
    ``tempo`` is played where none is written."""
    for creator in root.findall("identification/creator"):
        if creator.text == "Music21":
            root.find("identification").remove(creator)  # type: ignore[union-attr]
    _number(root, segments)
    _play_at(root, quarters_per_minute(tempo))
    _go_back(root, segments, tempos_of_returns(tune))
    _mark(root, segments)
    _add_instrument(root, program)
    _transpose(root, tune.transposition)
    _add_words(root, tune.words)
    _add_rhythm(root, tune.rhythm)
    _place(root)
    _sign(root)
    for lyric in root.iter("lyric"):
        if lyric.attrib.pop("name", None) == HELD:
            SubElement(lyric, "extend")


def _number(root: Element, segments: Sequence[Segment]) -> None:
    """Numbers the measures as a musician counts bars: a pick-up is 0, and neither it nor the rest of a bar counts."""
    for part in root.iter("part"):
        uncounted = count(1)
        for measure, segment in zip(part.iter("measure"), segments, strict=True):
            measure.set("number", f"X{next(uncounted)}" if segment.number is None else str(segment.number))
            measure.set("implicit", "no" if segment.number else "yes")


def _play_at(root: Element, quarters: Fraction) -> None:
    """A tempo for players, where none is written at the start."""
    _insert_tempo(next(root.iter("measure")), quarters)


def _go_back(root: Element, segments: Sequence[Segment], tempos: dict[int, Tempo]) -> None:
    """Tempos for players where a repeat leads back to one, or an ending does not have that of the one before it."""
    waiting = sorted(tempos, reverse=True)
    for measure, segment in zip(root.iter("measure"), segments, strict=False):
        while waiting and segment.symbols[0].element >= waiting[-1]:
            _insert_tempo(measure, quarters_per_minute(tempos[waiting.pop()]))


def _insert_tempo(measure: Element, quarters: Fraction) -> None:
    """At the start of a measure that has no tempo there."""
    first = _first_sound(measure)
    for child in measure[first:]:
        if child.tag == "note":
            break
        if child.find("sound[@tempo]") is not None:
            return
    measure.insert(first, Element("sound", {"tempo": f"{float(quarters):g}"}))


def _mark(root: Element, segments: Sequence[Segment]) -> None:
    """The signs of the order of playing that the player goes by, with what they mean to other players."""
    for measure, segment in zip(root.iter("measure"), segments, strict=False):
        for mark in segment.marks_before:
            if mark.acts:
                measure.insert(_first_sound(measure), _direction(mark))
        for mark in segment.marks_after:
            if mark.acts:
                lines = [place for place, child in enumerate(measure) if child.get("location") == "right"]
                measure.insert(lines[0] if lines else len(measure), _direction(mark))


def _direction(mark: Mark) -> Element:
    direction = Element("direction", {"placement": "above"})
    kind = SubElement(direction, "direction-type")
    if mark.text:
        SubElement(kind, "words").text = mark.text
    else:
        SubElement(kind, mark.kind)
    name, value = _SOUNDS[mark.kind]
    SubElement(direction, "sound", {name: value})
    return direction


_SOUNDS = {
    "segno": ("segno", "1"), "coda": ("coda", "1"), "to coda": ("tocoda", "1"), "fine": ("fine", "yes"),
    "da capo": ("dacapo", "yes"), "dal segno": ("dalsegno", "1"),
}  # fmt: skip


def _first_sound(measure: Element) -> int:
    places = [place for place, child in enumerate(measure) if child.tag in ("note", "direction", "harmony")]
    return places[0] if places else len(measure)


def _add_instrument(root: Element, program: int) -> None:
    for number, part in enumerate(root.iter("score-part"), start=1):
        name = part.findtext("part-name")
        instrument = SubElement(part, "score-instrument", {"id": f"P{number}-I1"})
        SubElement(instrument, "instrument-name").text = name
        midi = SubElement(part, "midi-instrument", {"id": f"P{number}-I1"})
        SubElement(midi, "midi-channel").text = str(number + (number >= _DRUMS))
        SubElement(midi, "midi-program").text = str(program + 1)


def _transpose(root: Element, transposition: Transposition | None) -> None:
    """From written to sounding notes, in all parts. It is less than an octave."""
    if transposition is None:
        return
    for part in root.iter("part"):
        transpose = SubElement(next(part.iter("attributes")), "transpose")  # after the clef
        SubElement(transpose, "diatonic").text = str(-transposition.steps)
        SubElement(transpose, "chromatic").text = str(-transposition.semitones)


def _add_words(root: Element, lines: Sequence[str]) -> None:
    """What stands after the tune, as words of the page."""
    text = NOT_XML.sub("", "\n".join(lines)).strip()
    if text:
        credit = Element("credit", {"page": "1"})
        SubElement(credit, "credit-words").text = text
        root.insert([child.tag for child in root].index("part-list"), credit)


def _add_rhythm(root: Element, rhythm: str) -> None:
    """As a field of its own, which this program reads back and others keep."""
    identification = root.find("identification")
    text = NOT_XML.sub("", rhythm).strip()
    if text and identification is not None:
        fields = SubElement(identification, "miscellaneous")
        SubElement(fields, "miscellaneous-field", {"name": RHYTHM}).text = text


def _place(root: Element) -> None:
    """Tempo, words and chords stand above the staff, dynamics below it."""
    for harmony in root.iter("harmony"):
        harmony.set("placement", "above")
    for direction in root.iter("direction"):
        kinds = {kind.tag for kind in direction.iterfind("direction-type/*")}
        if direction.get("placement") is None:
            direction.set("placement", "below" if kinds & _BELOW else "above")


def _sign(root: Element) -> None:
    """Dynamics as loud as ours, where the reader puts them; a snap pizzicato by its own sign, not as any pizzicato."""
    for direction in root.iter("direction"):
        for dynamics in direction.iterfind("direction-type/dynamics"):
            dynamics.attrib.clear()
            sound = direction.find("sound")
            if sound is not None:
                sound.set("dynamics", f"{100 * VELOCITIES[dynamics[0].tag] / _LOUDEST:.2f}")
    for note in root.iter("note"):
        if note.attrib.pop("pizzicato", None):
            notations = note.find("notations")
            if notations is None:
                notations = Element("notations")
                lyrics = [place for place, child in enumerate(note) if child.tag == "lyric"]
                note.insert(lyrics[0] if lyrics else len(note), notations)
            technical = notations.find("technical")
            SubElement(SubElement(notations, "technical") if technical is None else technical, "snap-pizzicato")
