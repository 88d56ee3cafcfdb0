"""Figures of a tune's shape: compass, close, leaps, accidentals, rhythm, repetition, form.

Each figure has a name, words for the report and a function of a tune. They depend on what sounds and on bars, keys and
repeats, not on the spelling. ``MOVED`` names those that change when a tune is transposed; all others stay.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from charrnn.evaluation.music import SoundingBar, ends_on_tonic, played_bars, written_bars
from charrnn.evaluation.two_sample.line import LineNote, line
from charrnn.model.likeness.features import beat
from charrnn.notation.order.repeats import Section, sections
from charrnn.notation.tune import Ending, Note, Tune

MOVED = frozenset({"lowest", "highest", "mean_pitch"})
_THIRDS = frozenset({0, 3, 4, 7})  # degrees of the tonic chord, major or minor


@dataclass(frozen=True, slots=True)
class View:
    """A tune with at least one note, and what several figures need of it."""

    tune: Tune
    notes: Sequence[LineNote]
    leaps: Sequence[int]  # melodic intervals in semitones
    bars: Sequence[SoundingBar]  # as written, without pick-ups
    openings: Sequence[LineNote]  # the first notes of bars
    closes: Sequence[LineNote]  # the last note of each part
    played: int  # bars as played

    @classmethod
    def of(cls, tune: Tune) -> "View":
        notes = line(tune)
        leaps = [after.pitch - before.pitch for before, after in pairwise(notes)]
        openings = [note for note in notes if note.onset == 0]
        return cls(tune, notes, leaps, written_bars(tune), openings, _closes(tune, notes), len(played_bars(tune)))


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    words: str
    shown: str  # a format
    value: Callable[[View], float]


def figures_of(view: View) -> dict[str, float]:
    """All figures of a tune, by name."""
    return {figure.name: float(figure.value(view)) for figure in FIGURES}


def _share(values: Iterable[object]) -> float:
    """Of those that are true."""
    flags = [bool(value) for value in values]
    return sum(flags) / len(flags) if flags else 0.0


def _closes(tune: Tune, notes: Sequence[LineNote]) -> list[LineNote]:
    starts = [note.number for note in notes]
    found, count = [], 0
    for _, inside in _parts(tune):
        count += inside
        found.append(notes[bisect_right(starts, count - 1) - 1])
    return found


def _parts(tune: Tune) -> Iterator[tuple[Section, int]]:
    """The sections that have notes, and how many. What stands before a "|:" at the start is an empty section."""
    for part in sections(tune.elements):
        inside = sum(isinstance(one, Note) for one in tune.elements[part.start : part.end])
        if inside:
            yield part, inside


# -- pitch


def _mean_pitch(notes: Sequence[LineNote]) -> float:
    return sum(note.pitch for note in notes) / len(notes)


def _rise(view: View) -> float:
    """How much higher the second half of the notes lies, in semitones."""
    half = len(view.notes) // 2
    return _mean_pitch(view.notes[half:]) - _mean_pitch(view.notes[:half]) if half else 0.0


def _interval_share(low: int, high: int) -> Callable[[View], float]:
    """Share of the melodic intervals of ``low`` to ``high`` semitones, up or down."""
    return lambda view: _share(low <= abs(leap) <= high for leap in view.leaps)


def _turns(view: View) -> float:
    """Share of the moves that change direction."""
    moves = [leap for leap in view.leaps if leap]
    return _share((first > 0) != (second > 0) for first, second in pairwise(moves))


def _broken_chords(view: View) -> float:
    """Share of the pairs of intervals that go on by thirds or fourths in one direction."""
    pairs = pairwise(view.leaps)
    return _share(first * second > 0 and 3 <= abs(first) <= 5 and 3 <= abs(second) <= 5 for first, second in pairs)


def _outside(*degrees: int) -> Callable[[View], float]:
    """Share of the notes that are these degrees and are not in the key signature."""
    return lambda view: _share(not note.in_key and note.degree in degrees for note in view.notes)


# -- rhythm


def _mean_note(view: View) -> float:
    """In beats."""
    return float(sum(note.duration for note in view.notes) / len(view.notes))


def _even_bars(view: View) -> float:
    """Share of the bars whose notes are all of one length, at least three of them."""
    return _share(len(bar.sounds) > 2 and len({each for _, each in bar.sounds}) == 1 for bar in view.bars)


def _dotted_pairs(view: View) -> float:
    """Pairs of notes in a bar, one three times as long as the other, a bar; triplets make none."""
    pairs = ((one, other) for bar in view.bars for (_, one), (_, other) in pairwise(bar.sounds))
    dotted = (one / other in (3, Fraction(1, 3)) and (one + other).denominator % 3 for one, other in pairs)
    return sum(map(bool, dotted)) / max(1, len(view.bars))


def _triplet_notes(view: View) -> float:
    """Notes of a bar that are a third of what the meter divides into."""
    found = (duration.denominator % 3 == 0 for bar in view.bars for _, duration in bar.sounds)
    return sum(found) / max(1, len(view.bars))


def _rhythms(view: View) -> list[tuple[Fraction, ...]]:
    return [bar.pattern[1] for bar in view.bars]


def _different_rhythms(view: View) -> float:
    rhythms = _rhythms(view)
    return len(set(rhythms)) / len(rhythms) if rhythms else 0.0


def _usual_rhythm(view: View) -> float:
    """Share of the bars with the rhythm that is the most frequent in the tune."""
    rhythms = _rhythms(view)
    return Counter(rhythms).most_common(1)[0][1] / len(rhythms) if rhythms else 0.0


def _across_beats(view: View) -> float:
    """Share of the notes that begin within a beat and last into the next."""
    length = beat(view.tune.meter)
    return _share(note.onset % length and note.onset % length + note.duration * length > length for note in view.notes)


def _bar_length(view: View) -> float:
    return float(view.tune.meter.bar or 0)


def _last_length(view: View) -> float:
    return float(view.notes[-1].duration)


def _pickup(view: View) -> float:
    return float(view.notes[0].onset > 0)


# -- repetition and form


def _repeated(distance: int) -> Callable[[View], float]:
    """Share of the bars that are note for note the bar so many before."""
    return lambda view: _share(
        one.sounds == other.sounds for one, other in zip(view.bars, view.bars[distance:], strict=False)
    )


def _repeats_earlier(view: View) -> float:
    sounds = [bar.sounds for bar in view.bars]
    return 1 - len(set(sounds)) / len(sounds) if sounds else 0.0


def _rhythm_repeated(view: View) -> float:
    """Share of the bars with the rhythm of the bar before."""
    return _share(one == other for one, other in pairwise(_rhythms(view)))


def _sequences(view: View) -> float:
    """Share of the bars that are the bar before, note for note, on another degree."""
    return _share(_moved(one, other) for one, other in pairwise(view.bars))


def _moved(one: SoundingBar, other: SoundingBar) -> bool:
    """By one step: the contour and the rhythm are the same, the pitches are not."""
    if one.sounds == other.sounds or one.pattern != other.pattern or len(one.sounds) < 3:
        return False
    return _contour(one) == _contour(other)


def _contour(bar: SoundingBar) -> list[int]:
    pitches = [pitch or 0 for pitch, _ in bar.sounds]
    return [(after > before) - (after < before) for before, after in pairwise(pitches)]


def _same_close(view: View) -> float:
    """Whether the two halves of the written bars end with the same bar."""
    half = len(view.bars) // 2
    return float(half > 0 and view.bars[half - 1].sounds == view.bars[-1].sounds)


def _second_half_from_first(view: View) -> float:
    """Share of the bars of the second half that stand in the first."""
    half = len(view.bars) // 2
    first = {bar.sounds for bar in view.bars[:half]}
    return _share(bar.sounds in first for bar in view.bars[half:])


def _repeated_parts(view: View) -> float:
    return _share(part.repeats for part, _ in _parts(view.tune))


def _endings(view: View) -> float:
    return float(any(isinstance(element, Ending) for element in view.tune.elements))


FIGURES = (
    Figure("lowest", "lowest note, MIDI number", ".1f", lambda view: min(note.pitch for note in view.notes)),
    Figure("highest", "highest note, MIDI number", ".1f", lambda view: max(note.pitch for note in view.notes)),
    Figure("mean_pitch", "mean pitch, MIDI number", ".1f", lambda view: _mean_pitch(view.notes)),
    Figure(
        "compass", "compass, semitones", ".1f",
        lambda view: max(note.pitch for note in view.notes) - min(note.pitch for note in view.notes),
    ),
    Figure("rise", "second half higher than the first, semitones", ".2f", _rise),
    Figure("repeated_notes", "repeated notes", ".1%", _interval_share(0, 0)),
    Figure("steps", "steps (up to a whole tone)", ".1%", _interval_share(1, 2)),
    Figure("thirds", "thirds", ".1%", _interval_share(3, 4)),
    Figure("leaps", "leaps of a fourth or more", ".1%", _interval_share(5, 99)),
    Figure("tritones", "tritones", ".2%", _interval_share(6, 6)),
    Figure("sevenths", "sevenths and larger", ".2%", _interval_share(10, 99)),
    Figure(
        "widest", "widest interval, semitones", ".1f", lambda view: max((abs(leap) for leap in view.leaps), default=0)
    ),
    Figure("turns", "moves that change direction", ".1%", _turns),
    Figure("broken_chords", "broken chords (two thirds or fourths one way)", ".1%", _broken_chords),
    Figure("on_tonic", "ends on the tonic", ".1%", lambda view: ends_on_tonic(view.tune)),
    Figure(
        "last_three", "last three notes are the tonic", ".1%",
        lambda view: all(note.degree == 0 for note in view.notes[-3:]),
    ),
    Figure("parts_home", "parts that end on the tonic", ".1%", lambda view: _share(n.degree == 0 for n in view.closes)),
    Figure("tonic", "notes that are the tonic", ".1%", lambda view: _share(n.degree == 0 for n in view.notes)),
    Figure(
        "tonic_openings", "bars that begin on the tonic chord", ".1%",
        lambda view: _share(note.degree in _THIRDS for note in view.openings),
    ),
    Figure("first_degree", "begins on the tonic", ".1%", lambda view: view.notes[0].degree == 0),
    Figure("raised_fourth", "raised fourths outside the key", ".2%", _outside(6)),
    Figure("lowered_seventh", "lowered sevenths outside the key", ".2%", _outside(10)),
    Figure("raised_seventh", "raised sevenths outside the key", ".2%", _outside(11)),
    Figure("other_third", "thirds of the other mode", ".2%", _outside(3, 4)),
    Figure("other_outside", "other notes outside the key", ".2%", _outside(0, 1, 2, 5, 7, 8, 9)),
    Figure("notes", "notes as written", ".1f", lambda view: len(view.notes)),
    Figure("notes_a_bar", "notes a bar", ".2f", lambda view: len(view.notes) / max(1, len(view.bars))),
    Figure("bar_length", "length of a bar, whole notes", ".3f", _bar_length),
    Figure("compound", "compound meter", ".1%", lambda view: view.tune.meter.compound),
    Figure("mean_note", "mean note, beats", ".3f", _mean_note),
    Figure("shortest", "shortest note, beats", ".3f", lambda view: float(min(note.duration for note in view.notes))),
    Figure("longest", "longest note, beats", ".2f", lambda view: float(max(note.duration for note in view.notes))),
    Figure("last_length", "last note, beats", ".2f", _last_length),
    Figure("even_bars", "bars of equal notes", ".1%", _even_bars),
    Figure("dotted_pairs", "dotted pairs a bar", ".3f", _dotted_pairs),
    Figure("triplet_notes", "triplet notes a bar", ".3f", _triplet_notes),
    Figure("across_beats", "notes held over a beat (syncopation)", ".2%", _across_beats),
    Figure("different_rhythms", "different rhythms, of the bars", ".1%", _different_rhythms),
    Figure("usual_rhythm", "bars with the tune's most frequent rhythm", ".1%", _usual_rhythm),
    Figure("rhythm_repeated", "bars with the rhythm of the bar before", ".1%", _rhythm_repeated),
    Figure("pickup", "begins with a pick-up", ".1%", _pickup),
    Figure("bars", "bars as written", ".1f", lambda view: len(view.bars)),
    Figure("played", "bars as played", ".1f", lambda view: view.played),
    Figure("parts", "parts as written", ".2f", lambda view: len(view.closes)),
    Figure("repeated_parts", "parts with a repeat", ".1%", _repeated_parts),
    Figure("endings", "has first and second endings", ".1%", _endings),
    Figure("repetition", "bars that repeat an earlier one", ".1%", _repeats_earlier),
    Figure("next_bar", "bars that the next one repeats", ".1%", _repeated(1)),
    Figure("two_later", "bars that stand again two later", ".1%", _repeated(2)),
    Figure("four_later", "bars that stand again four later", ".1%", _repeated(4)),
    Figure("sequences", "bars with contour and rhythm of the bar before, on other notes", ".1%", _sequences),
    Figure("same_close", "both halves end with the same bar", ".1%", _same_close),
    Figure("from_first", "bars of the second half that stand in the first", ".1%", _second_half_from_first),
)  # fmt: skip
