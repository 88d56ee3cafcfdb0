"""Plays a score by its signs alone, as a musician does: the oracle of what is drawn and of what stands in MusicXML."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from xml.etree import ElementTree

from charrnn.notation.order.parts import parse_order
from charrnn.notation.tune import SEMITONES, Pitch, Tune
from charrnn.render.pitches import midi_number
from charrnn.render.score.layout import Segment, written

Sounds = list[tuple[Fraction, int]]  # (onset in whole notes, MIDI number), in order


@dataclass
class Piece:
    """A measure, with the signs that stand at its edges."""

    opens: bool = False
    closes: int = 0  # a repeat, so many times more
    ending: int = 0  # those in the same ending have the same; 0 outside
    numbers: tuple[int, ...] = ()
    marks: set[str] = field(default_factory=set)  # segno, coda, to coda, fine, da capo, dal segno
    part: str = ""  # that begins with it
    duration: Fraction = Fraction(0)
    struck: list[tuple[Fraction, int]] = field(default_factory=list)  # onset in the measure, MIDI number
    held: set[int] = field(default_factory=set)  # tied to what is played before it
    holds: set[int] = field(default_factory=set)  # tied to what is played after it


def unrolled(pieces: Sequence[Piece], part_order: str = "") -> Sounds:
    """A tied note is struck where the one that it is tied to was not played before it."""
    now, found = Fraction(0), []
    holds: set[int] = set()
    for piece in _in_order(pieces, part_order):
        found += [(now + onset, pitch) for onset, pitch in piece.struck]
        found += [(now, pitch) for pitch in piece.held - holds]
        now, holds = now + piece.duration, piece.holds
    return sorted(found)


def _in_order(pieces: Sequence[Piece], part_order: str) -> list[Piece]:
    parts = _parts(pieces)
    order = parse_order(part_order)
    is_in_parts = bool(order) and parts.keys() >= set(order)
    stretches = [parts[""], *(parts[label] for label in order)] if is_in_parts else [list(pieces)]
    played = [piece for stretch in stretches for piece in _with_repeats(stretch)]
    places = [place for place, piece in enumerate(played) if piece.marks & {"da capo", "dal segno"}]
    if not places:
        return played
    once = [piece for stretch in stretches for piece in _once(stretch)]
    return [*played[: places[-1] + 1], *_after_jump(once, played[places[-1]])]


def _parts(pieces: Sequence[Piece]) -> dict[str, list[Piece]]:
    found: dict[str, list[Piece]] = {"": []}
    group = found[""]
    for piece in pieces:
        if piece.part:
            group = [] if piece.part in found else found.setdefault(piece.part, [])
        group.append(piece)
    return found


def _with_repeats(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Goes back at a repeat sign, as often as it says or as there are endings, and plays each ending in its turns."""
    place, start, turn, last_ending = 0, 0, 1, 0
    while place < len(pieces):
        piece = pieces[place]
        if (piece.opens and place != start) or (last_ending and not piece.ending):
            start, turn = place, 1
        last_ending = piece.ending
        if piece.ending and turn not in piece.numbers:
            place += 1
            continue
        yield piece
        following = pieces[place + 1] if place + 1 < len(pieces) else Piece()
        if piece.closes and (turn < _highest(pieces, place) if piece.ending else turn <= piece.closes):
            place, turn, last_ending = start, turn + 1, 0
            continue
        place += 1
        if piece.closes and not following.ending:
            start, turn = place, 1


def _highest(pieces: Sequence[Piece], place: int) -> int:
    """Of the numbers of the endings that stand together."""
    first = last = place
    while first and pieces[first - 1].ending:
        first -= 1
    while last + 1 < len(pieces) and pieces[last + 1].ending:
        last += 1
    return max(number for piece in pieces[first : last + 1] for number in piece.numbers)


def _once(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """With the last ending of each repeat: the one that no higher number follows before the next first ending."""
    for place, piece in enumerate(pieces):
        if not piece.ending:
            yield piece
            continue
        later: list[int] = []
        for other in pieces[place:]:
            if not other.ending or (1 in other.numbers and other.ending != piece.ending):
                break
            later += other.numbers
        if max(later) in piece.numbers:
            yield piece


def _after_jump(once: Sequence[Piece], jump: Piece) -> Iterator[Piece]:
    start = _marked(once, "segno") if "dal segno" in jump.marks else 0
    coda = _marked(once, "coda")
    place = start
    while place < len(once):
        piece = once[place]
        yield piece
        if "fine" in piece.marks:
            return
        place = coda if "to coda" in piece.marks and place < coda else place + 1


def _marked(pieces: Sequence[Piece], mark: str) -> int:
    return next((place for place, piece in enumerate(pieces) if mark in piece.marks), 0)


# -- what is drawn


def drawn(tune: Tune) -> Sounds:
    return unrolled([of_segment(segment) for segment in written(tune)], tune.part_order)


def with_signs_of(first: Sequence[Piece], voice: Iterable[Piece]) -> list[Piece]:
    """Another voice, played by the signs of the first."""
    return [
        replace(signs, struck=own.struck, held=own.held, holds=own.holds)
        for signs, own in zip(first, voice, strict=True)
    ]


def of_segment(segment: Segment) -> Piece:
    marks = {mark.kind for mark in (*segment.marks_before, *segment.marks_after) if mark.acts}
    piece = Piece(segment.opens_repeat, 0, segment.ending, segment.ending_numbers, marks, segment.symbols[0].part)
    piece.closes = segment.right.closes_repeat if segment.right else 0
    for symbol in segment.symbols:
        numbers = {midi_number(Pitch(head.letter, head.octave), head.alteration): head for head in symbol.heads}
        held = {number for number, head in numbers.items() if head.tied_from}
        piece.struck += [(piece.duration, number) for number in sorted(numbers.keys() - held)]
        piece.held |= set() if piece.duration else held
        piece.holds = {number for number, head in numbers.items() if head.tied_to}
        piece.duration += symbol.duration * (symbol.whole_bars or 1)
    return piece


# -- what stands in MusicXML


def unrolled_musicxml(text: str, part: int = 0) -> Sounds:
    """A part of a MusicXML document, played by its own signs: <repeat>, <ending> and <sound>."""
    root = ElementTree.fromstring(text)
    first, *others = (list(_pieces(part)) for part in root.iterfind("part"))
    return unrolled(with_signs_of(first, others[part - 1]) if part else first)


def parts_of(text: str) -> int:
    return len(ElementTree.fromstring(text).findall("part"))


def _pieces(part: ElementTree.Element) -> Iterator[Piece]:
    divisions, ending, count = 1, 0, 0
    numbers: tuple[int, ...] = ()
    for measure in part.iter("measure"):
        divisions = int(measure.findtext("attributes/divisions", str(divisions)))
        started = measure.find("barline/ending[@type='start']")
        if started is not None:
            count += 1
            ending, numbers = count, tuple(map(int, started.get("number", "").split(",")))
        piece = _of_measure(measure, divisions)
        piece.ending, piece.numbers = ending, numbers if ending else ()
        yield piece
        if any(sign.get("type") in ("stop", "discontinue") for sign in measure.iterfind("barline/ending")):
            ending = 0


def _of_measure(measure: ElementTree.Element, divisions: int) -> Piece:
    piece = Piece(opens=measure.find("barline/repeat[@direction='forward']") is not None)
    backward = measure.find("barline/repeat[@direction='backward']")
    piece.closes = int(backward.get("times", "2")) - 1 if backward is not None else 0
    for sound in measure.iterfind("direction/sound"):
        piece.marks |= {_MARKS[name] for name in sound.attrib.keys() & _MARKS.keys()}
    now = before = Fraction(0)
    ends: defaultdict[Fraction, set[int]] = defaultdict(set)  # of notes with a tie, by when they end
    for child in measure:
        length = Fraction(int(child.findtext("duration", "0")), 4 * divisions)
        if child.tag == "note":
            start = before if child.find("chord") is not None else now
            ties = {tie.get("type") for tie in child.iterfind("tie")}
            if child.find("pitch") is not None and child.find("grace") is None:
                if "stop" not in ties:
                    piece.struck.append((start, _number(child)))
                elif not start:
                    piece.held.add(_number(child))
                ends[start + length] |= {_number(child)} if "start" in ties else set()
            before, now = start, start + length
        elif child.tag in ("backup", "forward"):
            now += length if child.tag == "forward" else -length
        piece.duration = max(piece.duration, now)
    piece.holds = ends[piece.duration]
    return piece


_MARKS = {
    "segno": "segno", "coda": "coda", "tocoda": "to coda", "fine": "fine", "dacapo": "da capo",
    "dalsegno": "dal segno",
}  # fmt: skip


def _number(note: ElementTree.Element) -> int:
    octave, alter = int(note.findtext("pitch/octave", "0")), int(note.findtext("pitch/alter", "0"))
    return 12 * (octave + 1) + SEMITONES[note.findtext("pitch/step", "")] + alter
