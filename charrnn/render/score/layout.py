"""A tune as it is put on paper: segments of written notes, from which ``mei`` and ``musicxml`` write their measures.

A bar is what a musician counts. A segment is what stands between two bar lines, or between one and a change of key, an
ending or a jump inside a bar: a bar has one segment or several, and a bar that a repeat sign cuts in two has two.
Segments carry the number of the bar that begins with them (``number_bars``).

Every tune that the parser gives can be written, however broken. What no single note can say is taken apart: 5/16 are
two tied notes, a third of a quarter is a note of a tuplet, a bar without end goes on in pieces. Times add up exactly.

Ids: note ``i`` of ``Tune.notes`` is ``n<i>``, its second and further tied pieces ``n<i>-2``, ``n<i>-3``; the pitches of
a chord ``n<i>.0``, ``n<i>.1``, its graces ``n<i>.g0``; rests ``r<k>`` by the index of their element; the segment of bar
``j`` of ``notation.bars.bars`` is ``m<j>``, the bar's second segment (after a change of key) ``m<j>-2``.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from charrnn import limits
from charrnn.errors import RenderError
from charrnn.notation.bars import Bar, bars
from charrnn.notation.keys import Key
from charrnn.notation.order.repeats import Section, is_in_parts, sections_in_parts
from charrnn.notation.symbols import merged
from charrnn.notation.tune import (
    BarLine,
    Element,
    Ending,
    Meter,
    Note,
    PartStart,
    Pitch,
    Place,
    Rest,
    Tempo,
    Tune,
    TupletStart,
)
from charrnn.notation.writing.beams import group_starts
from charrnn.notation.writing.layout import typed_groups
from charrnn.render.pitches import Alterations, alterations, midi_number
from charrnn.render.score.marks import Mark, Marks, marks
from charrnn.render.score.values import Division, Value, spelled
from charrnn.render.upbeats import bar_numbers

_MOST_SYMBOLS = 32  # in a segment: more would not fit on a page's width


@dataclass(slots=True)
class Head:
    """One pitch on paper."""

    id: str
    letter: str
    octave: int
    alteration: int  # semitones, as it sounds
    accidental: int | None  # semitones, as drawn; None where nothing is drawn
    tied_to: str = ""  # id of the head that prolongs it
    tied_from: str = ""  # id of the head that it prolongs
    is_tied_into_ending: bool = False  # by a tie that is drawn into the first ending; this one is a later one


@dataclass(frozen=True, slots=True)
class Tuplet:
    """``number`` in the time of ``base``."""

    id: int  # those of the same tuplet have the same
    number: int
    base: int


@dataclass(slots=True)
class Symbol:
    """A note, chord or rest on paper, or a piece of one."""

    id: str
    element: int  # index into Tune.elements
    note: int | None  # index into Tune.notes; None for a rest
    heads: list[Head]  # lowest first is not promised; none in a rest
    value: Value
    tuplets: tuple[Tuplet, ...] = ()  # the outer one first
    beam: int = 0  # those under one beam have the same; 0 where there is none
    is_first: bool = True  # of the pieces: carries chord symbol, decorations and graces
    graces: list[Head] = field(default_factory=list)
    tempo: Tempo | None = None  # a change before it
    part: str = ""  # the label of a part that begins with it
    whole_bars: int = 0  # a rest that fills so many bars

    def tuplet_at(self, depth: int) -> Tuplet | None:
        """The outer one at 0; None further in than it lies."""
        return self.tuplets[depth] if len(self.tuplets) > depth else None

    @property
    def duration(self) -> Fraction:
        """Whole notes; of a rest that fills bars, one of them."""
        ratio = Fraction(1)
        for tuplet in self.tuplets:
            ratio *= Fraction(tuplet.base, tuplet.number)
        return self.value.duration * ratio


@dataclass(slots=True)
class Segment:
    """What is drawn as one measure: a bar, or a piece of one."""

    id: str
    bar: int  # index into notation.bars.bars
    number: int | None = None  # of the bar that begins here, 0 for a pick-up; None where a bar goes on
    symbols: list[Symbol] = field(default_factory=list)
    duration: Fraction = Fraction(0)  # whole notes
    full: Fraction | None = None  # what the meter asks for
    key: Key | None = None  # a change before it
    meter: Meter | None = None
    opens_repeat: bool = False
    right: BarLine | None = None  # None: nothing is drawn
    ending: int = 0  # those in the same ending have the same; 0 outside
    ending_numbers: tuple[int, ...] = ()
    ends_line: bool = False  # where the text has it so
    marks_before: tuple[Mark, ...] = ()  # of the order of playing, at its start
    marks_after: tuple[Mark, ...] = ()  # at its end

    @property
    def is_full(self) -> bool:
        return self.duration == self.full

    @property
    def notes(self) -> list[int]:
        """Indices into Tune.notes, each once."""
        return list(dict.fromkeys(symbol.note for symbol in self.symbols if symbol.note is not None))


def written(tune: Tune, as_typed: bool = False) -> list[Segment]:
    """The segments of a tune; with ``as_typed``, beams and line ends are those of its text. Never raises."""
    scribe = Scribe(tune)
    for index, element in enumerate(tune.elements):
        scribe.take(index, element)
    scribe.close(None)
    tie_notes(tune, scribe.segments)
    beam_notes(scribe.segments, typed_groups(tune) if as_typed else group_starts(tune))
    if as_typed:
        _end_lines(tune, scribe.segments)
    return _for_voices(scribe.segments) if tune.voices else scribe.segments


def _for_voices(segments: list[Segment]) -> list[Segment]:
    """Other voices may have notes where the first has a rest of several bars."""
    try:
        return list(with_single_rests(segments))
    except RenderError:
        return segments


def with_single_rests(segments: Iterable[Segment]) -> Iterator[Segment]:
    """A rest of several bars as so many segments. Raises RenderError where they are more than a score has."""
    total = 0
    for segment in segments:
        bars = max(1, segment.symbols[0].whole_bars)
        total += max(bars, len(segment.symbols))
        if total > limits.MAX_ENGRAVED_NOTES:
            raise RenderError(f"a score has at most {limits.MAX_ENGRAVED_NOTES:,} notes and bars of rest")
        yield from _single(segment, bars) if bars > 1 else [segment]


def _single(segment: Segment, bars: int) -> Iterator[Segment]:
    symbol = replace(segment.symbols[0], whole_bars=1)
    again = replace(symbol, is_first=False, tempo=None, part="")
    for bar in range(bars):
        is_first, is_last = bar == 0, bar == bars - 1
        suffix = "" if is_first else f"-{bar + 1}"
        yield replace(
            segment,
            id=segment.id + suffix,
            number=segment.number + bar if segment.number is not None else None,
            symbols=[symbol if is_first else replace(again, id=symbol.id + suffix)],
            duration=segment.duration / bars,
            key=segment.key if is_first else None,
            meter=segment.meter if is_first else None,
            opens_repeat=segment.opens_repeat and is_first,
            right=segment.right if is_last else BarLine(Place(1, 1)),
            ends_line=segment.ends_line and is_last,
            marks_before=segment.marks_before if is_first else (),
            marks_after=segment.marks_after if is_last else (),
        )


def up_to_last_bar_line(tune: Tune) -> tuple[Element, ...]:
    """The elements of a tune that still grows, without its last bar while that is open."""
    ends = [index for index, element in enumerate(tune.elements) if isinstance(element, BarLine)]
    return tune.elements[: ends[-1] + 1 if ends else 0]


class Scribe:
    """Writes element after element; ``segment`` is the one that is open."""

    def __init__(self, tune: Tune) -> None:
        self.tune = tune
        self.altered = alterations(tune)
        self.number = {index: number for number, index in enumerate(self.altered)}
        self.bars = bars(tune)
        self.bar_numbers = bar_numbers(tune.elements, self.bars)
        self.bar = 0
        self.lines = _played_lines(tune)
        self.marks = marks(tune)
        self.endings = dict(_endings(tune))  # element -> (ending, its numbers)
        self.key, self.meter = tune.key, tune.meter
        self.in_key = tune.key.alterations
        self.is_in_parts = is_in_parts(tune.elements, tune.part_order)
        self.part = ""  # that begins at the next note
        self.tempo: Tempo | None = None  # a change that waits for its note
        self.drawn: dict[tuple[str, int], int | None] = {}  # (letter, octave) -> what a reader knows from this bar
        self.held: dict[tuple[str, int], int] = {}  # what a tie brings
        self.segments: list[Segment] = []
        self.segment = Segment("m0", 0)
        self.piece = 1  # of the bar
        self.tuplets_begun = 0
        self.tuplet: Tuplet | None = None
        self.tuplet_left = 0
        self.implied: Tuplet | None = None  # for values that the text divides without a tuplet's sign
        self.implied_total = Fraction(0)

    def take(self, index: int, element: Element) -> None:
        """A mark stands at the edge of a segment: there a player, and another program, can jump."""
        own = self.marks.get(index, Marks())
        is_sound = isinstance(element, Note | Rest)
        if is_sound and (own.before or own.ahead):
            self.close(None)
        self._mark_end(own.ahead if is_sound else own.ahead + own.after)
        self.take_plain(index, element)
        self.segment.marks_before += own.before
        if is_sound and own.after:
            self.close(None)
            self._mark_end(own.after)

    def _mark_end(self, ends: tuple[Mark, ...]) -> None:
        """At the end of what has been written so far; before the first note there is nothing to end."""
        if ends and self.segment.symbols:
            self.segment.marks_after += ends
        elif ends and self.segments:
            self.segments[-1].marks_after += ends

    def take_plain(self, index: int, element: Element) -> None:
        if isinstance(element, Note | Rest):
            self._write(index, element)
        elif isinstance(element, BarLine):
            self._bar_line(self.lines.get(index, element))
        elif isinstance(element, TupletStart):
            self.tuplets_begun += 1
            self.tuplet, self.tuplet_left = Tuplet(self.tuplets_begun, element.p, element.q), element.r
        elif isinstance(element, Ending):
            self.close(self.lines.get(index))
        elif isinstance(element, PartStart):
            if self.is_in_parts:
                self.close(None)
            self.part = element.label
        elif not isinstance(element.value, Fraction):
            self._change(element.value)

    def close(self, line: BarLine | None) -> None:
        """End the segment, if there is anything in it."""
        if not self.segment.symbols:
            return
        self.segment.right = line
        self.segments.append(self.segment)
        self.piece += 1
        self.segment = Segment("", self.bar)
        self.implied = None

    def _bar_line(self, line: BarLine) -> None:
        if self.segment.symbols:
            self.close(line)
        elif self.segments and (line.closes_repeat or not line.opens_repeat):  # "| [K:D] |" is one line
            before = self.segments[-1].right
            self.segments[-1].right = merged(before, line) if before else line
        self.segment.opens_repeat |= line.opens_repeat > 0
        self.drawn, self.tuplet_left = {}, 0

    def _change(self, value: Key | Meter | Tempo) -> None:
        if isinstance(value, Tempo):
            self.tempo = value
            return
        self.close(None)
        if isinstance(value, Key):
            self.segment.key = value if value != self.key else self.segment.key
            self.key, self.in_key = value, value.alterations
        else:
            self.segment.meter = value if value != self.meter else self.segment.meter
            self.meter = value

    # -- notes and rests

    def _write(self, index: int, element: Note | Rest) -> None:
        bar = self._bar_of(index)
        if self._is_overfull(bar):
            self.close(None)
        if not self.segment.symbols:
            self._open(index)
        whole_bars = element.whole_bars if isinstance(element, Rest) else 0
        if whole_bars and bar.full and bar.duration == bar.full * whole_bars and self._is_alone(index, bar):
            symbols = [Symbol(f"r{index}", index, None, [], Value(bar.full), whole_bars=whole_bars)]
        else:
            symbols = list(self.pieces(index, element))
        symbols[0].tempo, self.tempo = self.tempo, None
        symbols[0].part, self.part = self.part, ""
        self.segment.symbols += symbols
        self.segment.duration += element.duration
        self.tuplet_left = max(0, self.tuplet_left - 1)

    def _bar_of(self, index: int) -> Bar:
        before = self.bar
        while index >= self.bars[self.bar].end:
            self.bar += 1
        if self.bar != before:
            self.piece = 1
        return self.bars[self.bar]

    def _is_alone(self, index: int, bar: Bar) -> bool:
        sounding = (e for e in self.tune.elements[bar.first : bar.end] if isinstance(e, Note | Rest))
        return next(sounding) is self.tune.elements[index] and next(sounding, None) is None

    def _is_overfull(self, bar: Bar) -> bool:
        """Whether a line may break here, in a bar that is far too long."""
        if self.tuplet_left or not self.segment.symbols:
            return False
        full = self.meter.bar or Fraction(1)
        return (bar.duration > 2 * full and self.segment.duration >= full) or (
            len(self.segment.symbols) >= _MOST_SYMBOLS
        )

    def _open(self, index: int) -> None:
        segment = self.segment
        segment.bar = self.bar
        segment.id = f"m{self.bar}" + (f"-{self.piece}" if self.piece > 1 else "")
        segment.number = self.bar_numbers[self.bar] if self.piece == 1 else None
        segment.full = self.meter.bar
        segment.ending, segment.ending_numbers = self.endings.get(index, (0, ()))

    def pieces(self, index: int, element: Note | Rest) -> Iterator[Symbol]:
        number = self.number.get(index)
        name = f"r{index}" if number is None else f"n{number}"
        tuplets, division = self.spelled(element.duration)
        graces: list[Head] = []
        heads: list[Head] = []
        if isinstance(element, Note):
            graces, heads = self._heads(name, element, self.altered[index])
        else:
            self.held = {}
        first, *more = division.values
        yield Symbol(name, index, number, heads, first, tuplets, graces=graces)
        yield from tied_pieces(Symbol(name, index, number, heads, first, tuplets), more, 2)

    def spelled(self, duration: Fraction) -> tuple[tuple[Tuplet, ...], Division]:
        """The values of what comes next, and the tuplets that they are in."""
        tuplets: tuple[Tuplet, ...] = ()
        total = duration
        if self.tuplet_left and self.tuplet:
            tuplets = (self.tuplet,)
            duration = duration * self.tuplet.number / self.tuplet.base
        division = spelled(duration, self.segment.duration)
        if (division.number, division.base) != (1, 1):
            tuplets += (self._implied_tuplet(division.number, division.base, total),)
        else:
            self.implied = None
        return tuplets, division

    def _implied_tuplet(self, number: int, base: int, duration: Fraction) -> Tuplet:
        """The one that is open, if it has this ratio and has not come to an end."""
        if not self.implied or (self.implied.number, self.implied.base) != (number, base):
            self.tuplets_begun += 1
            self.implied, self.implied_total = Tuplet(self.tuplets_begun, number, base), Fraction(0)
        tuplet = self.implied
        self.implied_total += duration
        below = self.implied_total.denominator
        if below & (below - 1) == 0:
            self.implied = None
        return tuplet

    # -- accidentals

    def _heads(self, name: str, note: Note, altered: Alterations) -> tuple[list[Head], list[Head]]:
        graces = [
            self._head(f"{name}.g{place}", pitch, semitones)
            for place, (pitch, semitones) in enumerate(zip(note.graces, altered.graces, strict=True))
        ]
        held, self.held = self.held, {}
        heads = []
        for place, (pitch, semitones) in enumerate(zip(note.pitches, altered.pitches, strict=True)):
            head_name = f"{name}.{place}" if len(note.pitches) > 1 else name
            spelled_pitch = pitch.letter, pitch.octave
            if pitch.accidental is None and held.get(spelled_pitch) == semitones and spelled_pitch not in self.drawn:
                # The tie brings it into this bar, and only as far as it reaches: the next one is drawn.
                heads.append(Head(head_name, pitch.letter, pitch.octave, semitones, None))
                if semitones != self.in_key[pitch.letter]:
                    self.drawn[spelled_pitch] = None
            else:
                heads.append(self._head(head_name, pitch, semitones))
            if pitch.tied:
                self.held[spelled_pitch] = semitones
        return graces, heads

    def _head(self, name: str, pitch: Pitch, semitones: int) -> Head:
        """An accidental is drawn where a reader would not know it, and where the writer wrote one and it does not stand
        in this bar already: a reader takes it for its own octave only, ABC for every one."""
        place = pitch.letter, pitch.octave
        known = self.drawn.get(place, self.in_key[pitch.letter])
        is_drawn = known != semitones or (pitch.accidental is not None and place not in self.drawn)
        if is_drawn:
            self.drawn[place] = semitones
        return Head(name, pitch.letter, pitch.octave, semitones, semitones if is_drawn else None)


def tied_pieces(first: Symbol, values: Iterable[Value], number: int) -> Iterator[Symbol]:
    """Further pieces of a note or rest, numbered from ``number`` on."""
    heads, name = first.heads, first.id
    for place, value in enumerate(values, start=number):
        piece = f"{name}-{place}"
        heads = [_prolonging(head, piece + _which(head)) for head in heads]
        yield Symbol(piece, first.element, first.note, heads, value, first.tuplets, is_first=False)


def _which(head: Head) -> str:
    """``.1`` in a chord, nothing else."""
    _, point, place = head.id.partition(".")
    return point + place


def _prolonging(head: Head, name: str) -> Head:
    """The same pitch again, tied to the head."""
    head.tied_to = name
    return Head(name, head.letter, head.octave, head.alteration, None, tied_from=head.id)


def _played_lines(tune: Tune) -> dict[int, BarLine]:
    """The bar lines at the edges of what is repeated, by index, as they are played: a repeat that goes back to a double
    bar is opened there, one that the next ``|:`` closes is closed, and after the last ending nothing is repeated. A
    tune's start needs no sign. A line at the index of an ending stands before it, where the text has none."""
    elements = tune.elements
    lines: dict[int, BarLine] = {}
    for section in sections_in_parts(elements, tune.part_order):
        if not (section.repeats or section.plays_last_ending_once):
            continue
        lines.update(_lines_of_endings(elements, section))
        first, last = section.start - 1, section.end - 1
        line = lines.get(first, elements[first]) if first >= 0 else None
        if isinstance(line, BarLine):
            highest = max((max(numbers) for numbers, _ in section.endings), default=0)
            lines[first] = replace(line, opens_repeat=max(section.times, min(highest, 2)) - 1)
        line = elements[last] if last >= section.start else None
        if isinstance(line, BarLine) and not section.plays_last_ending_once:
            lines[last] = replace(line, closes_repeat=section.times - 1)
    return lines


def _lines_of_endings(elements: Sequence[Element], section: Section) -> Iterator[tuple[int, BarLine]]:
    """The endings say how often a section is played. Nothing goes back before a first one; a lone later one comes after
    the turns without it; and each goes back that is not played last."""
    if not section.plays_last_ending_once:
        return
    first_numbers, first = section.endings[0]
    is_alone = len(section.endings) == 1
    line = elements[first - 1] if first > section.start else None
    if isinstance(line, BarLine):
        yield first - 1, replace(line, closes_repeat=min(first_numbers) - 1 if is_alone else 0)
    elif is_alone and 1 not in first_numbers:
        yield first, BarLine(elements[first].place, closes_repeat=min(first_numbers) - 1)
    highest = max(max(numbers) for numbers, _ in section.endings)
    stops = [*(index for _, index in section.endings[1:]), section.end]
    for (numbers, _), stop in zip(section.endings, stops, strict=True):
        line = elements[stop - 1]
        if isinstance(line, BarLine):
            yield stop - 1, _end_of_ending(line, min(numbers) < highest, stop == len(elements))


def _end_of_ending(line: BarLine, goes_back: bool, is_last: bool) -> BarLine:
    if goes_back:
        return replace(line, style="single", closes_repeat=1)
    style = ("final" if is_last else "double") if line.closes_repeat else line.style
    return replace(line, style=style, closes_repeat=0)


def _endings(tune: Tune) -> Iterator[tuple[int, tuple[int, tuple[int, ...]]]]:
    """For each element inside an ending: which ending of the tune, and its numbers."""
    count = 0
    for section in sections_in_parts(tune.elements, tune.part_order):
        if section.has_lone_ending:
            continue
        starts = [index for _, index in section.endings]
        stops = [*starts[1:], _last_ending_stop(tune, starts, section.end)][: len(starts)]
        for (numbers, start), stop in zip(section.endings, stops, strict=True):
            count += 1
            for index in range(start, stop):
                yield index, (count, numbers)


def _last_ending_stop(tune: Tune, starts: list[int], end: int) -> int:
    """Where the bracket of a section's last ending stops: at the section's end, or, where no sign stands there, after
    as many bar lines as the ending before it has."""
    last = tune.elements[end - 1] if end else None
    if not starts or (isinstance(last, BarLine) and not last.is_plain):
        return end
    before = tune.elements[starts[-2] : starts[-1]] if len(starts) > 1 else ()
    lines = [index for index in range(starts[-1], end) if isinstance(tune.elements[index], BarLine)]
    count = max(1, sum(isinstance(element, BarLine) for element in before))
    return lines[count - 1] if len(lines) >= count else end


# -- ties


def tie_notes(tune: Tune, segments: list[Segment]) -> None:
    """Tie each pitch with a tie to the same sound in the next note, if nothing stands between the two. A tie into a
    first ending reaches into the other ones, too."""
    waiting: dict[int, Head] = {}  # MIDI number -> head with the tie
    into_endings = waiting
    ending = 0
    for segment in segments:
        if segment.ending not in (0, ending):
            if not ending or 1 in segment.ending_numbers:
                into_endings = waiting
            else:
                waiting = into_endings
        ending = segment.ending
        for symbol in segment.symbols:
            if symbol.note is None:
                waiting = {}
                continue
            note = tune.elements[symbol.element]
            assert isinstance(note, Note)
            if symbol.is_first:
                for head in symbol.heads:
                    before = waiting.get(_number(head))
                    if before:
                        before.tied_to, head.tied_from = before.tied_to or head.id, before.id
                        head.is_tied_into_ending = before.tied_to != head.id
                waiting = {}
            waiting = waiting | {
                _number(head): head
                for head, pitch in zip(symbol.heads, note.pitches, strict=True)
                if pitch.tied and not head.tied_to
            }


def _number(head: Head) -> int:
    return midi_number(Pitch(head.letter, head.octave), head.alteration)


# -- beams


def beam_notes(segments: list[Segment], starts: Set[int]) -> None:
    """Beam the short notes of each group that stand side by side; tuplets have beams of their own. ``starts`` are the
    indices of the elements that begin a group."""
    group, beam, read = 0, 0, 0
    for segment in segments:
        run: list[Symbol] = []
        run_of: tuple[object, ...] = ()
        for symbol in [*segment.symbols, None]:
            if symbol is not None:
                group += any(index in starts for index in range(read, symbol.element + 1))
                read = max(read, symbol.element + 1)
                of = (group, symbol.tuplets)
                if symbol.heads and symbol.value.base < Fraction(1, 4) and of == run_of:
                    run.append(symbol)
                    continue
            if len(run) > 1:
                beam += 1
                for member in run:
                    member.beam = beam
            is_short = symbol is not None and symbol.heads and symbol.value.base < Fraction(1, 4)
            run = [symbol] if is_short and symbol else []
            run_of = of if run else ()


# -- lines


def _end_lines(tune: Tune, segments: list[Segment]) -> None:
    """Marks the segments after which the text begins a new line, at a bar line."""
    for segment, following in pairwise(segments):
        places = range(segment.symbols[-1].element + 1, following.symbols[0].element + 1)
        segment.ends_line = segment.right is not None and any(place in tune.layout.lines for place in places)
