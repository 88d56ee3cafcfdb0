"""Changes to a tune that has been chosen: some bars drawn anew, more of it, a variation, another key.

What is not changed is not spelled anew: new bars are put into the text as it is, with its titles, words, chord symbols
and graces. In the bars that are drawn anew, those are lost, and a remark says so; so it does where words (``w:``) stand
below a changed line, for they may fit no longer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from charrnn import limits
from charrnn.corpus.originality.index import OriginalityIndex
from charrnn.errors import ModelError, OptionError, OutOfTimeError, SamplingError
from charrnn.grammar.bar import IMPOSSIBLE
from charrnn.grammar.compass import Compass, compass_after, notes_of
from charrnn.grammar.form import Part
from charrnn.grammar.start import Start, keep_to, read_seed
from charrnn.inference.guides import GrammarGuide, masks_for
from charrnn.inference.line import Draws
from charrnn.model.checkpoint import Checkpoint
from charrnn.model.position.plan import Plan
from charrnn.model.reading import patient
from charrnn.model.scoring import character_bits
from charrnn.notation.bars import Bar, bars
from charrnn.notation.instruments.table import instrument_of
from charrnn.notation.keys import Key, parse_key
from charrnn.notation.reading.parser import parse
from charrnn.notation.spans import BarSpan, bars_of, with_bars
from charrnn.notation.tokens import lex, lex_music, normalise_newlines
from charrnn.notation.transpose import interval, transpose_text
from charrnn.notation.tune import Change, Meter, Note, Rest, Tune
from charrnn.notation.writing.canonical import canonical_header
from charrnn.notation.writing.writer import canonical_music, readable
from charrnn.render.playing.performance import sounding_pitches
from charrnn.render.problems import problems
from charrnn.render.upbeats import counted
from charrnn.sampling.batch import numbered
from charrnn.sampling.checks import check_candidates
from charrnn.sampling.compose import Composition, Draft, grow
from charrnn.sampling.editing.redraw import Frame, redraw
from charrnn.sampling.options import Request
from charrnn.sampling.start.seed import header_and_music

__all__ = ["BarSpan", "Variant", "bars_of", "continued", "regenerate", "transposed", "varied", "with_part"]

_ROUNDS = 2  # of candidates, before a selection is given up
_CANDIDATES_OF_A_VARIATION = 4  # for each of its bars
_LOST = "chord symbols, graces and signs of the bars that were drawn anew are lost"
_WORDS = "the words (w:) may no longer fit the notes"


@dataclass(frozen=True, slots=True)
class Variant:
    """The tune with some bars drawn anew."""

    abc: str
    score: float  # bits a character that the model needs for what follows the bars; lower is better
    bars: tuple[int, int]  # first and last, as ``bars_of`` numbers them
    remarks: tuple[str, ...] = ()  # what was lost on the way


def regenerate(
    checkpoint: Checkpoint,
    abc: str,
    first_bar: int,
    last_bar: int,
    request: Request,
    count: int = 8,
    index: OriginalityIndex | None = None,
    check: Callable[[], None] = patient,
) -> Iterator[list[Variant]]:
    """Other ways to write the bars from the first to the last, best first: those after which the model is least
    surprised by the rest of the tune. All are different, and other than what stands there; they may be fewer than
    ``count``. With ``index`` and ``request.most_shared``, those with a longer shared passage come last.

    Yields [] after each character so that callers can cancel, and the list last. While they are ranked, ``check`` is
    called.

    Of the request, temperature, repetition, seed, most_shared and instrument count. Raises OptionError where there are
    no such bars, SamplingError where they cannot be drawn anew or nothing else is found for them.
    """
    count = check_candidates(count)
    selection = _Selection(abc, first_bar, last_bar)
    plan = checkpoint.plan_of(selection.text_read)  # new bars do not change it
    for attempt in range(_ROUNDS):
        requests = [numbered(request, attempt * count + number) for number in range(count)]
        found: dict[str, str] = {}
        drawn: list[tuple[str, ...]] = []
        compass = selection.compass(request)
        for so_far in redraw(checkpoint, selection.header, selection.before, selection.frames, requests, plan, compass):
            yield []
            drawn = so_far
        for texts in drawn:
            selection.add_changed(texts, found)
        if found:
            yield _ranked(checkpoint, selection, plan, found, request, index, check)
            return
    raise SamplingError("The model found nothing else for these bars; at a higher temperature it may.")


def varied(
    checkpoint: Checkpoint, abc: str, request: Request, share: float = 0.4, check: Callable[[], None] = patient
) -> Iterator[Variant | None]:
    """The tune as one bar after another is drawn anew, until so large a share of its bars has been; the last one is
    the finished variation. The first and the last bar stay; bars that cannot be drawn anew are passed over. Yields None
    after each character so that callers can cancel.

    Raises OptionError for an invalid share, SamplingError where no bar could be changed.
    """
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise OptionError(f"Share must be a number over 0, up to 1, not {share!r}.")
    inner = len(bars_of(abc)) - 2
    random = np.random.default_rng(request.seed)
    wanted = max(1, round(share * inner))
    order = random.permutation(max(0, inner)) + 1
    remarks: dict[str, None] = {}
    changed = 0
    for number in order.tolist():
        one, best = numbered(request, number), None
        try:
            for found in regenerate(checkpoint, abc, number, number, one, _CANDIDATES_OF_A_VARIATION, check=check):
                best = found[0] if found else None
                yield None
        except (ModelError, OutOfTimeError):
            raise
        except SamplingError:
            yield None
        if best is None:
            continue
        abc, changed = best.abc, changed + 1
        remarks |= dict.fromkeys(best.remarks)
        yield replace(best, remarks=tuple(remarks))
        if changed == wanted:
            return
    if not changed:
        raise SamplingError("The model found no other way to write any of the bars.")


def continued(checkpoint: Checkpoint, abc: str, request: Request) -> Iterator[Composition]:
    """The tune as it goes on after its end, until it ends once more or ``request.length`` characters are written. If
    its parts are repeated, what follows begins with a repeat sign, too.

    Raises SamplingError where nothing can follow.
    """
    return _more(checkpoint, abc, request, None)


def with_part(checkpoint: Checkpoint, abc: str, request: Request, bars: int = 8) -> Iterator[Composition]:
    """The tune as it gets one more part of so many bars, repeated if the others are.

    Raises OptionError for a number of bars that no part has, SamplingError where no part can follow.
    """
    most = limits.MAX_FORM_BARS
    if isinstance(bars, bool) or not isinstance(bars, int) or not 1 <= bars <= most:
        raise OptionError(f"Bars must be a whole number from 1 to {most}, not {bars!r}.")
    return _more(checkpoint, abc, request, bars)


def transposed(abc: str, semitones: int = 0, key: str | None = None) -> str:
    """The tune so many semitones higher, or in another key of the same mode, the nearer way; signatures, accidentals,
    chord symbols and graces move with it, exactly. Raises OptionError where no spelling of it exists."""
    tune = parse(abc)
    try:
        fifths, octaves = _by_key(tune.keys, key) if key is not None else interval(tune.keys, _semitones(semitones))
        return transpose_text(normalise_newlines(abc), fifths, octaves)
    except ValueError as error:
        raise OptionError(f"The tune cannot be transposed so: {error}.") from error


def _semitones(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > limits.MAX_SEMITONES:
        raise OptionError(f"Semitones must be a whole number from -{limits.MAX_SEMITONES} to {limits.MAX_SEMITONES}.")
    return value


def _by_key(keys: Sequence[Key], wanted: str) -> tuple[int, int]:
    """The interval from the first key to another; only its tonic counts if no mode is given."""
    old = keys[0]
    name = wanted.strip()
    sign = name[1:2] if name[1:2] in ("#", "b") else ""
    # Dbm would need eight flats and is no key, but it names a tonic: the mode is read beside the letter alone.
    new = parse_key(name.replace(sign, "", 1))
    tonic = new.tonic + sign
    if not new.tonic or not old.tonic or (name != tonic and new.mode != old.mode):
        raise ValueError(f"from {old} a tune moves to another key of the same mode, not to {wanted}")
    return interval(keys, None, tonic)


# -- bars drawn anew


class _Selection:
    """Some bars of a tune, as the person wrote them and as the model reads them."""

    def __init__(self, abc: str, first: int, last: int) -> None:
        """Raises OptionError where there are no such bars, SamplingError where they cannot be drawn anew."""
        self.text = normalise_newlines(abc)
        self.tune, self.spans = parse(self.text), bars_of(self.text)
        found = bars(self.tune)
        self.header, self.music = canonical_header(self.tune), canonical_music(self.tune)
        self._read_spans = bars_of(self.header + self.music)
        if not len(self.spans) == len(found) == len(self._read_spans):
            raise SamplingError("This text cannot be taken apart into its bars.")
        _check_bars(first, last, len(found))
        self.first, self.last = first, last
        for number in range(first, last + 1):
            self._check(found[number], self.spans[number])
        self._check_ties(found[first], found[last])
        self.frames = [self._frame(found[number], number) for number in range(first, last + 1)]
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


def _check_bars(first: object, last: object, count: int) -> None:
    for name, value, low in (("First bar", first, 0), ("Last bar", last, first)):
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value < count:  # type: ignore[operator]
            raise OptionError(f"{name} must be a whole number from {low} to {count - 1}, not {value!r}.")


def _ranked(
    checkpoint: Checkpoint,
    selection: _Selection,
    plan: Plan | None,
    found: Mapping[str, str],
    request: Request,
    index: OriginalityIndex | None,
    check: Callable[[], None],
) -> list[Variant]:
    bits = character_bits(checkpoint.network, checkpoint.vocabulary, list(found), check, [plan] * len(found))
    variants = [
        Variant(
            abc,
            float(each[-len(selection.following) :].mean()),
            (selection.first, selection.last),
            selection.remarks,
        )
        for abc, each in zip(found.values(), bits, strict=True)
    ]

    def order(variant: Variant) -> tuple[bool, float]:
        if index is None or request.most_shared is None:
            return False, variant.score
        longest = index.compare(parse(variant.abc)).longest
        return longest is not None and longest.notes > request.most_shared, variant.score

    return sorted(variants, key=order)


# -- more of a tune


def _more(checkpoint: Checkpoint, abc: str, request: Request, part_bars: int | None) -> Iterator[Composition]:
    tune = parse(abc)
    if not tune.notes:
        raise SamplingError("There is no music to go on from.")
    if tune.voices:
        raise SamplingError("A tune of several voices cannot be continued.")
    header, music = canonical_header(tune), canonical_music(tune)
    is_repeated = ":" in "".join(token.text for token in lex_music(music) if token.kind == "bar")
    line = ("::" if music.endswith(":|") else "|:") if is_repeated else "||"
    prefix = music.removesuffix("|]").removesuffix(":|") + line
    masks = masks_for(checkpoint.vocabulary.characters)
    start = read_seed(masks.grammar, header, prefix, is_closed=True)
    instrument, most = instrument_of(request.instrument), request.length
    if part_bars is not None:
        if start.position.structure.full is None:
            raise SamplingError("This tune has no meter, so a part has no bars to count; it can be continued.")
        part = Part(part_bars, opens=is_repeated, closes=is_repeated)
        structure = replace(start.position.structure, plan=(part,), bars=0)
        start, most = Start(masks.grammar.at_bar(structure), start.bridge), limits.MAX_LENGTH
    if instrument is not None:
        start = keep_to(masks.grammar, start, notes_of(instrument), header, prefix, prefix)
    if masks.grammar.cost(start.position) >= IMPOSSIBLE:
        raise SamplingError("No such part can follow this tune.")
    guide = GrammarGuide(masks, start, most)
    own_header, typed = header_and_music(normalise_newlines(abc))
    typed = _reopened(typed, is_repeated)
    sections = checkpoint.plan_of(f"{header}{music}\n")
    plan = (*sections, part_bars or sections[-1]) if sections else None  # as many bars again, where nobody says
    composition = Composition(request, header, typed, "", Draws(), title=tune.title, own_header=own_header, plan=plan)
    random = np.random.default_rng(request.seed)
    composition, kind = replace(composition, request=replace(request, grammar=True)), "form" if part_bars else "free"
    draft = Draft(checkpoint, composition, prefix, guide, guide.left, random, kind)
    return (one for (one,) in grow(checkpoint, [draft]))


def _reopened(typed: str, is_repeated: bool) -> str:
    """The music with a last bar line that ends a part and not the tune, and a new line begun."""
    lines = typed.split("\n")
    no_music = ("blank", "newline", "continuation", "comment", "field line")
    last = [token for token in lex(typed) if token.kind not in no_music][-1]
    line, end = lines[last.line - 1], last.column - 1 + len(last.text)
    if last.kind != "bar":
        line = line[:end] + ("|" if is_repeated else "||") + line[end:]
    elif not is_repeated and ":" not in last.text:
        line = line[: last.column - 1] + "||" + line[end:]
    return "\n".join([*lines[: last.line - 1], line, *lines[last.line :]]) + ("\n|:" if is_repeated else "\n")
