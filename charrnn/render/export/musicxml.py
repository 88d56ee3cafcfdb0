"""A tune as MusicXML, for notation programs: our written segments as music21 objects, written by music21.

music21 only writes here; what the tune says was read by our own parser. It is imported where it is needed: 0.4 s.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from charrnn.errors import RenderError
from charrnn.notation.chord_symbols import read_chord
from charrnn.notation.decorations import DYNAMICS, FINGERS, OVER_RESTS, decoration_name
from charrnn.notation.fields import quarters_per_minute
from charrnn.notation.keys import EXPLICIT, SHARP_ORDER, Key
from charrnn.notation.tune import Meter, Note, Pitch, Rest, Tempo, Tune
from charrnn.render.export.musicxml_tree import HELD, complete
from charrnn.render.export.played_out import playable
from charrnn.render.fingering import with_string_lines
from charrnn.render.harmony.chord import kind_and_degrees
from charrnn.render.pitches import midi_number
from charrnn.render.playing.performance import default_tempo
from charrnn.render.score.beside import Beside, written_beside
from charrnn.render.score.layout import Head, Segment, Symbol, with_single_rests, written
from charrnn.render.score.lines import lines
from charrnn.render.score.lyrics import Sung, sung
from charrnn.render.score.values import spelled
from charrnn.render.signs import sign_of

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TYPES = {
    Fraction(4): "longa", Fraction(2): "breve", Fraction(1): "whole", Fraction(1, 2): "half", Fraction(1, 4): "quarter",
    Fraction(1, 8): "eighth", Fraction(1, 16): "16th", Fraction(1, 32): "32nd", Fraction(1, 64): "64th",
    Fraction(1, 128): "128th", Fraction(1, 256): "256th",
}  # fmt: skip
_MODES = {"maj": "major", "min": "minor", "dor": "dorian", "mix": "mixolydian", "phr": "phrygian", "lyd": "lydian",
          "loc": "locrian"}  # fmt: skip
_STYLES = {"single": "regular", "double": "light-light", "final": "final"}


def musicxml(tune: Tune, part_name: str = "Tune", program: int = 0, as_typed: bool = False) -> str:
    """The tune as a MusicXML document (version 4.0), the same text each time. Programs show the part's name before its
    first staff; ``program`` is the sound, of General MIDI, counted from 0. ``as_typed`` beams notes and
    ends lines where the text does (``notation.writing.layout``). A part (``render.transposing``) says how it sounds.

    Raises RenderError where there is no note or rest to write, or more bars than ``limits.MAX_ENGRAVED_NOTES``, or no
    music21.
    """
    tempo = default_tempo(tune)
    tune = with_string_lines(playable(tune))
    segments = _without_open_repeat(list(with_single_rests(written(tune, as_typed))))
    if not segments:
        raise RenderError("there is no note to write in this tune")
    try:
        from music21.musicxml.m21ToXml import ScoreExporter
    except ImportError as error:
        raise RenderError(f"MusicXML cannot be written, for music21 cannot be loaded: {error}") from error
    if tune.transposition:
        part_name = f"Part in {tune.transposition.name}"
    exporter = ScoreExporter(_score(tune, segments, part_name), makeNotation=False)
    root = exporter.parse()
    complete(root, tune, segments, program, tempo)
    text: str = exporter.asBytes(root).decode("utf-8")
    return _without_noise(text)


def _without_noise(text: str) -> str:
    """Without the day and the version, so that the same tune is the same file."""
    noise = r"\s*<(encoding-date|software)\b[^>]*>[^<]*</\1>|\s*<!--=[^>]*=-->"
    text = text.replace("<degree>", '<degree print-object="no">')  # the chord's text has it
    text = re.sub(noise, "", text)
    for number, name in enumerate(dict.fromkeys(re.findall(r"\bP[0-9a-f]{32}\b", text)), start=1):
        text = text.replace(name, f"P{number}")
    return text


def _without_open_repeat(segments: list[Segment]) -> list[Segment]:
    """A last ``|:`` that nothing closes is played once; other programs refuse it."""
    for index in range(len(segments) - 1, -1, -1):
        line = segments[index].right
        if line and line.closes_repeat:
            return segments
        if segments[index].opens_repeat:
            return [*segments[:index], replace(segments[index], opens_repeat=False), *segments[index + 1 :]]
    return segments


def _score(tune: Tune, segments: list[Segment], part_name: str) -> Any:
    """A part for the first voice with its overlays, and one for each other voice."""
    from music21 import clef, metadata, stream

    voices = written_beside(tune, segments)
    overlays = [voice for voice in voices if voice.is_overlay]
    parts = [_part(tune, segments, overlays)]
    parts[0].partName = part_name
    parts[0][0].insert(0, clef.TrebleClef())
    for voice in voices:
        if not voice.is_overlay:
            part = _part(replace(voice.tune, tempo=None, tempo_words=""), _with_signs(voice.segments, segments), [])
            part.partName = f"{part_name} {_text(voice.name)}"
            part[0].insert(0, clef.BassClef() if voice.is_low else clef.TrebleClef())
            parts.append(part)
    score = stream.Score(parts)
    score.metadata = metadata.Metadata()
    score.metadata.title = _text(tune.title) or "Tune"
    if _text(tune.composer):
        score.metadata.composer = _text(tune.composer)
    return score


def _with_signs(voice: list[Segment], first: list[Segment]) -> list[Segment]:
    """With the repeats, endings and meters of the first voice."""
    return [
        replace(
            own,
            meter=of.meter,
            opens_repeat=of.opens_repeat,
            right=of.right,
            ending=of.ending,
            ending_numbers=of.ending_numbers,
        )
        for own, of in zip(voice, first, strict=True)
    ]


def _part(tune: Tune, segments: list[Segment], overlays: list[Beside]) -> Any:
    from music21 import expressions, layout, spanner, stream

    part = stream.Part()
    sounds: dict[str, Any] = {}
    words = sung(tune)
    made = [_measure(tune, segment, place, sounds, words) for place, segment in enumerate(segments)]
    first = made[0]
    if segments[0].key is None:
        first.insert(0, _key(tune.key))
    if segments[0].meter is None:
        first.insert(0, _meter(tune.meter))
    if tune.tempo and segments[0].symbols[0].tempo is None:
        first.insert(0, _tempo(tune.tempo))
    elif _text(tune.tempo_words):
        first.insert(0, expressions.TextExpression(_text(tune.tempo_words)))
    for measure, before in zip(made, [None, *segments], strict=False):
        if before and before.ends_line:
            measure.insert(0, layout.SystemLayout(isNew=True))
        part.append(measure)
    for numbers, members in _endings(segments):
        part.insert(0, spanner.RepeatBracket([made[index] for index in members], number=numbers))
    _add_lines(part, tune, segments, sounds)
    for overlay in overlays:
        _add_overlay(part, made, overlay)
    return part


def _add_lines(part: Any, tune: Tune, segments: list[Segment], sounds: dict[str, Any]) -> None:
    for line in lines(tune, segments):
        part.insert(0, _line(line.kind, sounds[line.start], sounds[line.end]))


def _add_overlay(part: Any, measures: list[Any], overlay: Beside) -> None:
    """Puts an overlay beside the notes of its measures, as a voice of its own."""
    sounds: dict[str, Any] = {}
    words = sung(overlay.tune)
    for measure, segment in zip(measures, overlay.segments, strict=True):
        own = _voice(_measure(overlay.tune, segment, 0, sounds, words), 2 + len(measure.voices))
        if any(symbol.heads for symbol in segment.symbols):
            if not measure.voices:
                _into_voice(measure)
            own.id = str(1 + len(measure.voices))
            measure.insert(0, own)
    _add_lines(part, overlay.tune, overlay.segments, sounds)


def _into_voice(measure: Any) -> None:
    """The notes and rests of a measure, with what belongs to them, as its first voice."""
    voice = _voice(measure, 1)
    for element in voice:
        measure.remove(element)
    measure.insert(0, voice)


def _voice(measure: Any, number: int) -> Any:
    from music21 import stream

    voice = stream.Voice(id=str(number))
    for element in measure.notesAndRests:
        voice.insert(element.getOffsetBySite(measure), element)
    return voice


def _line(kind: str, start: Any, end: Any) -> Any:
    from music21 import dynamics, expressions, spanner

    if kind == "trill":
        start.expressions.append(expressions.Trill())
        return expressions.TrillExtension(start, end)
    if kind == "slur":
        return spanner.Slur(start, end)
    return {"crescendo": dynamics.Crescendo, "diminuendo": dynamics.Diminuendo}[kind](start, end)


def _text(text: str) -> str:
    return _NOT_XML.sub("", text).strip()


def _endings(segments: list[Segment]) -> Iterator[tuple[str, list[int]]]:
    """The numbers of each ending, and the indices of its segments."""
    members: dict[int, list[int]] = {}
    for index, segment in enumerate(segments):
        if segment.ending:
            members.setdefault(segment.ending, []).append(index)
    for indices in members.values():
        yield ",".join(map(str, segments[indices[0]].ending_numbers)), indices


def _measure(tune: Tune, segment: Segment, place: int, sounds: dict[str, Any], words: dict[int, list[Sung]]) -> Any:
    """``sounds`` takes music21's notes and rests, by the ids of the symbols."""
    from music21 import bar, expressions, stream

    made = stream.Measure(number=place)
    if segment.key:
        made.insert(0, _key(segment.key))
    if segment.meter:
        made.insert(0, _meter(segment.meter))
    now = Fraction(0)
    tuplets, beams = _tuplet_edges(segment.symbols), beam_marks(segment.symbols)
    for symbol, edges, marks in zip(segment.symbols, tuplets, beams, strict=True):
        sound = sounds[symbol.id] = _sound(tune, symbol)
        sound.lyrics = [_lyric(one) for one in words.get(symbol.element, ())] if symbol.is_first else []
        sound.duration = _duration(symbol, edges, segment.duration)
        for mark in marks:
            sound.beams.append(*mark)
        if _text(symbol.part):
            made.insert(4 * now, expressions.RehearsalMark(_text(symbol.part)))
        if symbol.tempo:
            made.insert(4 * now, _tempo(symbol.tempo))
        for thing in (*_before(tune, symbol), sound):
            made.insert(4 * now, thing)
        now += segment.duration if symbol.whole_bars else symbol.duration
    if segment.opens_repeat:
        made.leftBarline = bar.Repeat(direction="start")
    if segment.right is None:
        made.rightBarline = bar.Barline("none")
    elif segment.right.closes_repeat:
        times = segment.right.closes_repeat + 1
        made.rightBarline = bar.Repeat(direction="end", times=times if times > 2 else None)
    else:
        made.rightBarline = bar.Barline(_STYLES[segment.right.style])
    return made


# -- notes


def _sound(tune: Tune, symbol: Symbol) -> Any:
    from music21 import articulations, chord, note

    element = tune.elements[symbol.element]
    sound: Any
    if isinstance(element, Rest):
        sound = note.Rest()
        sound.fullMeasure = bool(symbol.whole_bars)
        sound.style.hideObjectOnPrint = not element.visible
    elif len(symbol.heads) == 1:
        sound = _note(symbol.heads[0])
    else:
        heads = symbol.heads
        if isinstance(element, Note) and element.fret_and_string:
            heads = sorted(heads, key=_sounding, reverse=True)  # music21 writes them beside the first note
        sound = chord.Chord([_note(head) for head in heads])
    if symbol.is_first and isinstance(element, Note | Rest):
        _decorate(sound, element)
    if symbol.is_first and isinstance(element, Note) and element.fret_and_string:
        fret, string = element.fret_and_string
        sound.articulations += [articulations.StringIndication(string), articulations.FretIndication(fret)]
    return sound


def _sounding(head: Head) -> int:
    """The MIDI number."""
    return midi_number(Pitch(head.letter, head.octave), head.alteration)


def _decorate(sound: Any, element: Note | Rest) -> None:
    from music21 import articulations, expressions

    for name in dict.fromkeys(map(decoration_name, element.decorations)):
        if isinstance(element, Rest) and name not in OVER_RESTS:
            continue
        sign = sign_of(name, is_chord=isinstance(element, Note) and len(element.pitches) > 1)
        if name in FINGERS:
            sound.articulations.append(articulations.Fingering(int(name)))
        elif sign and hasattr(articulations, sign.musicxml):
            sound.articulations.append(getattr(articulations, sign.musicxml)())
        elif sign:
            made = getattr(expressions, sign.musicxml)()
            if sign.musicxml == "Fermata":
                made.type = "inverted" if name == "invertedfermata" else "upright"
            sound.expressions.append(made)


def _note(head: Head) -> Any:
    from music21 import note, pitch, tie

    made = note.Note(f"{head.letter}{min(max(head.octave, 0), 9)}")  # MusicXML knows no others
    if head.alteration or head.accidental is not None:
        made.pitch.accidental = pitch.Accidental(head.alteration)
        made.pitch.accidental.displayStatus = head.accidental is not None
    if head.tied_to or head.tied_from:
        kind = "continue" if head.tied_to and head.tied_from else "start" if head.tied_to else "stop"
        made.tie = tie.Tie(kind)
    return made


def _before(tune: Tune, symbol: Symbol) -> Iterator[Any]:
    """Chord symbol and graces."""
    element = tune.elements[symbol.element]
    assert isinstance(element, Note | Rest)
    text = _text(element.chord_symbol)
    if text and symbol.is_first:
        yield _chord_symbol(text)
    if symbol.is_first:
        yield from _texts(element)
        yield from _dynamics(element)
    for head in symbol.graces:
        grace = _note(head)
        grace.duration = _grace_duration(isinstance(element, Note) and element.slashed)
        yield grace


def _texts(element: Note | Rest) -> Iterator[Any]:
    from music21 import expressions

    for annotation in element.texts:
        text = _text(annotation[1:])
        if text:
            made = expressions.TextExpression(text)
            made.placement = "below" if annotation[0] == "_" else "above"
            yield made


def _dynamics(element: Note | Rest) -> Iterator[Any]:
    from music21 import dynamics

    for name in dict.fromkeys(element.decorations):
        if name in DYNAMICS:
            yield dynamics.Dynamic(name)


def _grace_duration(slashed: bool) -> Any:
    from music21 import duration

    made = duration.GraceDuration("eighth")
    made.slash = slashed
    return made


def _chord_symbol(text: str) -> Any:
    """A chord, shown as it is written, or words."""
    from music21 import expressions, harmony, interval

    symbol = read_chord(text)
    if symbol is None:
        return expressions.TextExpression(text)
    kind, degrees = kind_and_degrees(symbol)
    if not symbol.root:
        return harmony.NoChord(text)
    made = harmony.ChordSymbol(
        root=_pitch_name(symbol.root),
        bass=_pitch_name(symbol.bass or symbol.root),
        kind=kind,
        kindStr=symbol.suffix,
        updatePitches=False,
    )
    for degree in degrees:
        change = interval.Interval(degree.alter)
        made.addChordStepModification(harmony.ChordStepModification(degree.type, degree.value, change))
    return made


def _pitch_name(name: str) -> str:
    """As music21 has it, where a flat is a minus sign."""
    return name[0] + name[1:].replace("b", "-")


def _duration(symbol: Symbol, edges: list[str | None], bar: Fraction) -> Any:
    from music21 import duration

    if symbol.whole_bars:
        return duration.Duration(4 * bar)
    made = duration.Duration(_TYPES[symbol.value.base], dots=symbol.value.dots)
    for tuplet, edge in zip(symbol.tuplets, edges, strict=True):
        part: Any = duration.Tuplet(tuplet.number, tuplet.base, _TYPES[symbol.value.base])
        part.type = edge
        made.appendTuplet(part)
    return made


def _tuplet_edges(symbols: list[Symbol]) -> list[list[str | None]]:
    """For each symbol and each of its tuplets: whether it starts or stops there."""
    found: list[list[str | None]] = []
    for index, symbol in enumerate(symbols):
        before = symbols[index - 1].tuplets if index else ()
        after = symbols[index + 1].tuplets if index + 1 < len(symbols) else ()
        found.append([_EDGES[tuplet not in before, tuplet not in after] for tuplet in symbol.tuplets])
    return found


_EDGES = {(True, True): "startStop", (True, False): "start", (False, True): "stop", (False, False): None}


def beam_marks(symbols: list[Symbol]) -> list[list[tuple[str, ...]]]:
    """For each symbol, from the first beam (eighths) on: start, continue, stop, or a stub to one side."""
    levels = [_beams(symbol) if symbol.beam else 0 for symbol in symbols]

    def joined(index: int, other: int, level: int) -> bool:
        return 0 <= other < len(symbols) and symbols[other].beam == symbols[index].beam > 0 and levels[other] >= level

    marks: list[list[tuple[str, ...]]] = []
    for index, beams in enumerate(levels):
        own: list[tuple[str, ...]] = []
        for level in range(1, beams + 1):
            left, right = joined(index, index - 1, level), joined(index, index + 1, level)
            if left or right:
                own.append(("continue",) if left and right else ("stop",) if left else ("start",))
            else:
                own.append(("partial", "left" if joined(index, index - 1, 1) else "right"))
        marks.append(own)
    return marks


def _beams(symbol: Symbol) -> int:
    """1 for an eighth, 2 for a sixteenth ..."""
    return (symbol.value.base.denominator // 4).bit_length() - 1


def _lyric(sung: Sung) -> Any:
    from music21 import note

    syllabic: Any = _SYLLABIC[sung.begins_word, sung.ends_word]
    held = HELD if sung.is_held and sung.ends_word else None
    return note.Lyric(_text(sung.text), sung.verse, syllabic=syllabic, applyRaw=True, identifier=held)


_SYLLABIC = {(True, True): "single", (True, False): "begin", (False, False): "middle", (False, True): "end"}


# -- signatures


def _key(key: Key) -> Any:
    from music21 import key as keys

    if key.explicit:
        made = keys.KeySignature(None)
        made.alteredPitches = [
            f"{letter}{'#' * semitones or '-' * -semitones}"
            for letter in SHARP_ORDER
            if (semitones := key.alteration(letter))
        ]
        return made
    if key.special or key.mode == EXPLICIT:
        return keys.KeySignature(0 if key.special == "HP" else key.fifths)
    return keys.Key(key.tonic.replace("b", "-"), _MODES[key.mode])


def _meter(meter: Meter) -> Any:
    from music21 import meter as meters

    if not meter.numerator:
        return meters.SenzaMisuraTimeSignature("")
    made = meters.TimeSignature(str(meter))
    made.symbol = {"C": "common", "C|": "cut"}.get(meter.sign, "")
    return made


def _tempo(tempo: Tempo) -> Any:
    from music21 import duration
    from music21 import tempo as tempos

    words = _text(tempo.words) or None
    division = spelled(tempo.beat)
    if len(division.values) > 1 or division.number > 1:
        return tempos.MetronomeMark(words, float(quarters_per_minute(tempo)))
    beat = duration.Duration(_TYPES[division.values[0].base], dots=division.values[0].dots)
    return tempos.MetronomeMark(words, tempo.per_minute, beat)
