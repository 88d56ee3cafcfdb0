"""music21's measures to the elements of a tune."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from charrnn import limits
from charrnn.errors import OpeningError
from charrnn.importing.accidentals import Accidentals, Spelling
from charrnn.importing.signatures import key_of, meter_of, tempo_of
from charrnn.importing.tuplets import START, with_tuplets
from charrnn.notation.keys import C_MAJOR, Key
from charrnn.notation.symbols import merged
from charrnn.notation.tune import (
    COMMON_TIME,
    BarLine,
    Change,
    Element,
    Ending,
    Meter,
    Note,
    Pitch,
    Rest,
    Syllable,
    Tempo,
)
from charrnn.render.signs import decoration_of

_STYLES = {
    "double": "double", "light-light": "double", "heavy-light": "double", "final": "final", "light-heavy": "final",
}  # fmt: skip
_COARSE = 96  # the largest denominator of a duration that had to be rounded
_GAP = Fraction(1, 256)  # whole notes: less silence between two notes is a rounded number
_JUMPS = {
    "Segno": "segno", "Coda": "coda", "Fine": "fine", "DaCapo": "D.C.", "DaCapoAlFine": "D.C.alfine",
    "DaCapoAlCoda": "D.C.alcoda", "DalSegno": "D.S.", "DalSegnoAlFine": "D.S.alfine", "DalSegnoAlCoda": "D.S.alcoda",
}  # fmt: skip


@dataclass(slots=True)
class Reader:
    """Reads the measures of one voice; what it has found so far."""

    voice: str | None  # music21's id of it; None where the part's measures have no voices
    has_jumps: bool = True  # whether words such as D.C. tell the player where to go on
    slurs: dict[int, list[int]] = field(default_factory=dict)  # id of a note -> [begin, end]
    key: Key | None = None
    meter: Meter | None = None
    tempo: Tempo | None = None
    elements: list[Element] = field(default_factory=list)
    accidentals: Accidentals = field(default_factory=lambda: Accidentals(C_MAJOR))
    _graces: list[Any] = field(default_factory=list)
    _chord: str = ""
    _texts: list[str] = field(default_factory=list)
    _marks: list[str] = field(default_factory=list)

    def read(self, part: Any) -> None:
        measures = list(part.getElementsByClass("Measure"))
        endings, last_of_endings = _endings(part, measures)
        for spanner in part.recurse().getElementsByClass("Slur"):
            self._note_slur(spanner)
        for index, measure in enumerate(measures):
            self._bar_line(_left(measure))
            if index in endings:
                self.elements.append(Ending(endings[index], START))
                self.accidentals.ending(1 in endings[index])
            self._measure(measure)
            right = _right(measure, index in last_of_endings)
            if right and self._marks:
                right = replace(right, decorations=tuple(self._marks))
                self._marks = []
            self._bar_line(right)
        self.meter = self.meter or COMMON_TIME

    def _note_slur(self, spanner: Any) -> None:
        first, last = spanner.getFirst(), spanner.getLast()
        if first is not None and last is not None and first is not last:
            self.slurs.setdefault(id(first), [0, 0])[0] += 1
            self.slurs.setdefault(id(last), [0, 0])[1] += 1

    def _bar_line(self, line: BarLine | None) -> None:
        if line is None:
            return
        if self.elements and isinstance(self.elements[-1], BarLine):
            self.elements[-1] = merged(self.elements[-1], line)
        elif self.elements or line.opens_repeat:
            self.elements.append(line)
        self.accidentals.bar_line()

    def _measure(self, measure: Any) -> None:
        """Silence is filled with rests: where the voice is absent, and where it begins later."""
        sounds: list[Element] = []
        now = Fraction(0)
        for offset, element in _contents(measure, self.voice):
            if _is_sound(element):
                if element.duration.isGrace:
                    self._graces.append(element)
                    continue
                if not element.duration.quarterLength > 0:  # it has no place in time
                    continue
                if offset - now > _GAP:
                    sounds.append(self._rest(offset - now))
                    now = offset
                sound = self._sound(element)
                sounds.append(sound)
                now += sound.duration
            else:
                sounds.extend(self._other(element))
        length = _whole(measure.highestTime)
        if length - now > _GAP:
            sounds.append(self._rest(length - now))
        self.elements.extend(with_tuplets(sounds))

    def _rest(self, duration: Fraction) -> Rest:
        self.accidentals.rest()
        return Rest(_checked(duration), START)

    def _other(self, element: Any) -> Iterator[Change]:
        """A change of key, meter or tempo; what else belongs to the next note is kept for it."""
        names = element.classes
        name = names[0]
        if "KeySignature" in names:
            yield from self._change(key_of(element))
        elif "TimeSignature" in names or name == "SenzaMisuraTimeSignature":
            yield from self._change(meter_of(element))
        elif "MetronomeMark" in names:
            yield from self._change(tempo_of(element))
        elif "ChordSymbol" in names:
            self._chord = chord_text(element)
        elif name in _JUMPS and (self.has_jumps or name in ("Segno", "Coda")):
            self._marks.append(_JUMPS[name])
        elif name in _JUMPS:
            self._texts.append("^" + element.getText())
        elif name == "TextExpression":
            self._texts.append("^" + str(element.content)[: limits.MAX_CHORD_CHARACTERS])

    def _change(self, value: Key | Meter | Tempo | None) -> Iterator[Change]:
        """At the tune's start it belongs to the header."""
        if value is None:
            return
        name = "key" if isinstance(value, Key) else "meter" if isinstance(value, Meter) else "tempo"
        if isinstance(value, Key):
            self.accidentals.key = value
        is_at_start = not any(isinstance(element, Note | Rest) for element in self.elements)
        if is_at_start and getattr(self, name) is None:
            setattr(self, name, value)
        else:
            yield Change(value, START)

    def _sound(self, element: Any) -> Note | Rest:
        duration = _checked(_whole(element.duration.quarterLength))
        pitches = [] if element.isRest else _spelled(element)
        chord, texts, marks = self._chord, tuple(self._texts), tuple(self._marks)
        self._chord, self._texts, self._marks = "", [], []
        decorations = (*marks, *_decorations(element))[: limits.MAX_DECORATIONS]
        if not pitches:
            self.accidentals.rest()
            self._graces = []
            is_visible = not getattr(element.style, "hideObjectOnPrint", False)
            return Rest(duration, START, is_visible, 0, marks, chord, texts)
        graces, slashed = self._take_graces()
        begin, end = self.slurs.get(id(element), (0, 0))
        return Note(
            self.accidentals.note(pitches),
            duration,
            START,
            graces,
            decorations,
            chord,
            slashed,
            texts[: limits.MAX_DECORATIONS],
            min(begin, limits.MAX_SLURS),
            min(end, limits.MAX_SLURS),
            _words(element.lyrics),
        )

    def _take_graces(self) -> tuple[tuple[Pitch, ...], bool]:
        graces, self._graces = self._graces[: limits.MAX_GRACES], []
        spelled = [spelling for grace in graces for spelling, _ in _spelled(grace)]
        slashed = bool(graces) and bool(getattr(graces[0].duration, "slash", False))
        return self.accidentals.graces(spelled), slashed


def _contents(measure: Any, voice: str | None) -> list[tuple[Fraction, Any]]:
    """What stands in a measure for one voice, by offset in whole notes; what is no note before the notes."""
    voices = {str(one.id): one for one in measure.voices}
    found = [(element.getOffsetBySite(measure), element) for element in measure if element.classes[0] != "Voice"]
    if voices:
        found = [(offset, element) for offset, element in found if not _is_sound(element)]
        own = voices.get(voice or "")
        found += [(element.getOffsetBySite(own), element) for element in own] if own is not None else []
    elif voice not in (None, "1"):
        found = [(offset, element) for offset, element in found if not _is_sound(element)]
    return [(_whole(offset), element) for offset, element in sorted(found, key=lambda one: (one[0], _is_sound(one[1])))]


def _is_sound(element: Any) -> bool:
    return "GeneralNote" in element.classes and "Harmony" not in element.classes


def _whole(quarters: Any) -> Fraction:
    """music21's quarters, which are a float or a Fraction, as whole notes. Some programs round the notes of a tuplet;
    what no music is written with becomes the nearest that is."""
    exact = Fraction(quarters).limit_denominator(1 << 14) / 4
    odd = exact.denominator // (exact.denominator & -exact.denominator)
    return exact if odd in (1, 3, 5, 7, 9) else exact.limit_denominator(_COARSE)


def _checked(duration: Fraction) -> Fraction:
    """Raises OpeningError for what is longer than any note."""
    if duration > limits.MAX_NOTE_LENGTH:
        raise OpeningError(
            f"has a note or rest of {float(duration):,.0f} whole notes; at most {limits.MAX_NOTE_LENGTH}"
        )
    return duration


def _spelled(element: Any) -> list[tuple[Spelling, bool]]:
    """The pitches of a note or chord, from the lowest, each with whether it is tied to the next."""
    notes = element.notes if hasattr(element, "notes") else [element]
    pitched = [note for note in notes if getattr(note, "pitch", None) is not None]
    found = [
        (
            (note.pitch.step, 4 if note.pitch.octave is None else note.pitch.octave, _alteration(note.pitch)),
            note.tie is not None and note.tie.type in ("start", "continue"),
        )
        for note in pitched
    ]
    return found[: limits.MAX_CHORD_NOTES]


def _alteration(pitch: Any) -> int:
    nearest: int = round(pitch.alter)  # of a quarter tone
    return min(max(nearest, -2), 2)


def _decorations(element: Any) -> Iterator[str]:
    for sign in (*element.articulations, *element.expressions):
        name = decoration_of(type(sign).__name__)
        if type(sign).__name__ == "Fingering" and str(sign.fingerNumber) in "012345":
            yield str(sign.fingerNumber)
        elif name == "fermata" and getattr(sign, "type", "") == "inverted":
            yield "invertedfermata"
        elif name:
            yield name


def _words(lyrics: Iterable[Any]) -> tuple[Syllable, ...]:
    """Syllables by verse."""
    by_verse = {
        lyric.number: Syllable(lyric.text or "", lyric.syllabic in ("begin", "middle"))
        for lyric in lyrics
        if 1 <= lyric.number <= limits.MAX_VERSES
    }
    return tuple(by_verse.get(verse, Syllable()) for verse in range(1, max(by_verse, default=0) + 1))


def chord_text(symbol: Any) -> str:
    """The chord as it was shown, or in its usual short form."""
    from music21 import harmony

    if type(symbol).__name__ == "NoChord":
        return "N.C."
    root, bass = symbol.root(), symbol.bass()
    if root is None:
        return ""
    kind = symbol.chordKindStr or _abbreviation(harmony, symbol.chordKind)
    over = f"/{_name(bass)}" if bass is not None and bass.name != root.name else ""
    return f"{_name(root)}{kind}{over}"[: limits.MAX_CHORD_CHARACTERS]


def _abbreviation(harmony: Any, kind: str) -> str:
    found: Sequence[str] = harmony.CHORD_TYPES.get(kind, ["", [""]])[1]
    return found[0] if found else ""


def _name(pitch: Any) -> str:
    """music21 writes a flat as a minus sign."""
    return str(pitch.name).replace("-", "b")


def _left(measure: Any) -> BarLine | None:
    line = measure.leftBarline
    if line is None:
        return None
    if getattr(line, "direction", "") == "start":
        return BarLine(START, opens_repeat=1)
    return BarLine(START, "double") if _STYLES.get(line.type) == "double" else None


def _right(measure: Any, ends_ending: bool) -> BarLine | None:
    """An ending that no repeat sign closes ends at a double bar, as ABC has it."""
    line = measure.rightBarline
    if line is not None and getattr(line, "direction", "") == "end":
        return BarLine(START, closes_repeat=max((line.times or 2) - 1, 1))
    if line is not None and line.type == "none" and not ends_ending:
        return None
    style = _STYLES.get(line.type, "single") if line is not None else "single"
    return BarLine(START, "double" if ends_ending and style == "single" else style)


def _endings(part: Any, measures: list[Any]) -> tuple[dict[int, tuple[int, ...]], set[int]]:
    """Where endings begin, with their numbers; and the last measures of those that no ending follows."""
    places = {id(measure): index for index, measure in enumerate(measures)}
    begins: dict[int, tuple[int, ...]] = {}
    ends: set[int] = set()
    for bracket in part.getElementsByClass("RepeatBracket"):
        indices = sorted(places[id(one)] for one in bracket.getSpannedElements() if id(one) in places)
        numbers = tuple(number for number in bracket.numberRange if 0 < number <= limits.MAX_ENDING)
        if indices and numbers:
            begins[indices[0]] = numbers
            ends.add(indices[-1])
    return begins, {index for index in ends if index + 1 not in begins}
