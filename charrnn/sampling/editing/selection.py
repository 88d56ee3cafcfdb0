"""The bars of a tune that are to be drawn anew: what they have to fit into, and the tune with others in their place."""

from collections.abc import Sequence
from fractions import Fraction

from charrnn.errors import SamplingError
from charrnn.grammar.compass import Compass, compass_after, notes_of
from charrnn.notation.bars import Bar, bars
from charrnn.notation.instruments.table import instrument_of
from charrnn.notation.reading.parser import parse
from charrnn.notation.spans import BarSpan, bars_of, with_bars
from charrnn.notation.tokens import lex, lex_music, normalise_newlines
from charrnn.notation.tune import Change, Meter, Note, Rest, Tune
from charrnn.notation.writing.canonical import canonical_header
from charrnn.notation.writing.writer import canonical_music, readable
from charrnn.render.playing.performance import sounding_pitches
from charrnn.render.problems import problems
from charrnn.render.upbeats import counted
from charrnn.sampling.checks import check_whole_number
from charrnn.sampling.editing.redraw import Frame
from charrnn.sampling.options import Request
from charrnn.sampling.start.seed import header_and_music

_LOST = "chord symbols, graces and signs of the bars that were drawn anew are lost"
_WORDS = "the words (w:) may no longer fit the notes"


class Selection:
    """Some bars of a tune, as the person wrote them and as the model reads them."""

    def __init__(self, abc: str, first: int, last: int) -> None:
        """``first`` and ``last`` as ``bars_of`` numbers them. Raises OptionError where there are no such bars,
        SamplingError where they cannot be drawn anew."""
        self.text = normalise_newlines(abc)
        self.tune, self.spans = parse(self.text), bars_of(self.text)
        found = bars(self.tune)
        self.header, self.music = canonical_header(self.tune), canonical_music(self.tune)
        self._read_spans = bars_of(self.header + self.music)
        if not len(self.spans) == len(found) == len(self._read_spans):
            raise SamplingError("This text cannot be taken apart into its bars.")
        self.first = check_whole_number("First bar", first, 0, len(found) - 1)
        self.last = check_whole_number("Last bar", last, self.first, len(found) - 1)
        numbers = range(self.first, self.last + 1)
        for number in numbers:
            self._check(found[number], self.spans[number])
        self._check_ties(found[self.first], found[self.last])
        self.frames = [self._frame(found[number], number) for number in numbers]
        self._heard = self._outside(self.tune)

    @property
    def before(self) -> str:
        """The music up to the bars, in canonical spelling."""
        return (self.header + self.music)[len(self.header) : self._read_spans[self.first].start]

    @property
    def text_read(self) -> str:
        """The whole tune as the model reads it."""
        return f"{self.header}{self.music}\n"

    def compass(self, request: Request) -> Compass | None:
        """What the letters sound as where the bars begin, in a tune for an instrument."""
        instrument = instrument_of(request.instrument)
        if instrument is None:
            return None
        notes = (index for index, each in enumerate(self.tune.elements) if isinstance(each, Note | Rest))
        start = next(index for index in notes if index >= bars(self.tune)[self.first].first)
        return compass_after(notes_of(instrument), self.tune.key, self.tune.elements[:start])

    @property
    def following(self) -> str:
        """What follows the bars, with the end of the tune."""
        return (self.header + self.music)[self._read_spans[self.last].end :] + "\n"

    def add_changed(self, texts: Sequence[str], found: dict[str, str]) -> None:
        """The tune with the bars written so, by what the model reads in it, where that is right and new."""
        laid_out = {self.first + number: self._laid_out(number, text) for number, text in enumerate(texts)}
        abc = with_bars(self.text, laid_out)
        tune = parse(abc)
        music = canonical_music(tune)
        is_right = len(problems(tune)) <= len(problems(self.tune)) and self._outside(tune) == self._heard
        if is_right and music != self.music:
            found.setdefault(f"{self.header}{music}\n", abc)

    @property
    def remarks(self) -> tuple[str, ...]:
        chosen = "".join(self.text[span.start : span.end] for span in self.spans[self.first : self.last + 1])
        kinds = {token.kind for token in lex_music(chosen.replace("\n", " "))}
        lost = kinds & {"annotation", "decoration", "shorthand", "grace open", "slur"}
        has_words = any(token.kind == "field line" and token.parts["name"] == "w" for token in lex(self.text))
        return (_LOST,) * bool(lost) + (_WORDS,) * has_words

    def _number(self, bar: int) -> int:
        """As musicians count."""
        return counted(self.tune)[bar]

    def _check(self, bar: Bar, span: BarSpan) -> None:
        if span.has_field:
            raise SamplingError(f"Bar {self._number(span.number)} has a field in its middle and cannot be drawn anew.")
        text = self.text[span.start : span.end].replace("\n", " ")
        if any(token.kind == "overlay" for token in lex_music(text)):
            raise SamplingError(f"Bar {self._number(span.number)} has an overlay & and cannot be drawn anew.")
        if bar.whole_bars > 1:
            raise SamplingError(f"Bar {self._number(span.number)} is a rest of several bars and cannot be drawn anew.")

    def _check_ties(self, first: Bar, last: Bar) -> None:
        before = [element for element in self.tune.elements[: first.first] if isinstance(element, Note)]
        inside = [element for element in self.tune.elements[: last.end] if isinstance(element, Note)]
        if before and any(pitch.tied for pitch in before[-1].pitches):
            raise SamplingError(f"Bar {self._number(self.first)} is tied to the bar before it; choose both.")
        if len(inside) < len(self.tune.notes) and inside and any(pitch.tied for pitch in inside[-1].pitches):
            raise SamplingError(f"Bar {self._number(self.last)} is tied to the bar after it; choose both.")

    def _frame(self, bar: Bar, number: int) -> Frame:
        meter, unit = self.tune.meter, self.tune.unit
        for element in self.tune.elements[: bar.end]:
            if isinstance(element, Change) and isinstance(element.value, Meter):
                meter = element.value
            elif isinstance(element, Change) and isinstance(element.value, Fraction):
                unit = element.value
        read = self.header + self.music
        end = self._read_spans[number].end
        next_start = self._read_spans[number + 1].start if number + 1 < len(self._read_spans) else len(read)
        return Frame(meter, unit, bar.duration, read[end:next_start])

    def _outside(self, tune: Tune) -> list[tuple[tuple[int, ...], Fraction]]:
        """The notes outside the bars as they sound."""
        sounding = sounding_pitches(tune)
        notes = [(sounding[i], e.duration) for i, e in enumerate(tune.elements) if isinstance(e, Note)]
        behind = len(self.tune.notes) - 1 - self.spans[self.last].last_note
        return notes[: self.spans[self.first].first_note] + notes[len(notes) - behind :]

    def _laid_out(self, number: int, text: str) -> str:
        """With blanks between the groups of notes, where the person writes blanks, too."""
        if " " not in header_and_music(self.text)[1]:
            return text
        frame = self.frames[number]
        written = readable(parse(f"M:{frame.meter}\nL:{frame.unit}\nK:C\n{text}|"))
        return written.partition("K:C\n")[2].rstrip("\n").removesuffix("|")
