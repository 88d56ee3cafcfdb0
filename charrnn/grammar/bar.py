"""One bar, character by character: which texts are notes that fit, and how many characters lead to its end.

A ``Bar`` is what the characters so far mean: how far the bar is filled, what waits (a tuplet, broken rhythm, a tie, a
chord), and the symbol in progress. ``step`` reads one character more; ``cost`` says how many are needed from there to
the end of the tune, ``IMPOSSIBLE`` where no text leads there.

Everything is counted in whole numbers, for speed: lengths, as they are written, in *parts* of the unit length, ``grid``
of them in each; times, as they sound, in *ticks*, ``TICKS`` in each part, which every tuplet divides.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any, ClassVar, NamedTuple

from charrnn import limits
from charrnn.grammar.structure import When
from charrnn.notation.symbols import ACCIDENTALS, Q_IN_ANY_METER, spell_length

IMPOSSIBLE = 1 << 20  # characters: more than any tune has
TICKS = lcm(*range(1, limits.MAX_TUPLET + 1))

_LETTERS = "ABCDEFGabcdefg"
_BEGINNINGS = _LETTERS + "^_=z-<>([]"  # of symbols
_SIGNS = "^_="
_LONGER_NOTE = ",'0123456789/"  # what goes on with a note, a rest or a chord that is closed
_LONGER = {
    **dict.fromkeys(_SIGNS, _LETTERS + _SIGNS),
    "<": "<",
    ">": ">",
    "(": "0123456789:",
    "[": _LETTERS + _SIGNS + "]",
}  # what goes on with a symbol, by its first character
_ACCIDENTALS = tuple(filter(None, ACCIDENTALS))
_TUPLET_NUMBERS = tuple(map(str, (3, 2, *range(4, limits.MAX_TUPLET + 1))))  # of one digit; the usual one first
_BROKEN = (">", ">>", ">>>", "<", "<<", "<<<")
_MAX_WAYS = 1 << 16  # known at once; a tune needs a few dozen
_SOME_TIE = "?"  # a tie to a pitch that is not looked at; counted as one of two characters
_COMMON_LENGTHS = tuple(map(Fraction, ("1", "1/2", "2", "1/4")))
_TUPLET_LENGTHS = (*_COMMON_LENGTHS, *map(Fraction, ("3", "4", "3/2", "6", "8", "3/4", "1/8")))


class Way(NamedTuple):
    """A bar line that the bar may end with, and the characters that the tune needs after it."""

    mark: str
    when: When
    at: int  # ticks, for When.AT and When.UP_TO
    tail: int

    @property
    def cost(self) -> int:
        return len(self.mark) + self.tail

    def last(self, cap: int) -> int:
        """The last place, in ticks, where it may stand in a bar that is filled no further than ``cap``; -1 for none."""
        if self.when is When.AT:
            return self.at if self.at <= cap else -1
        return -1 if self.when is When.BEFORE else self.when.last(self.at, cap)


class Ways:
    """The ways home of a bar. Equal ones are one object (``Ways.of``), so that bars are compared fast."""

    __slots__ = ("_ways",)
    _known: ClassVar[dict[tuple[Way, ...], "Ways"]] = {}

    def __init__(self, ways: tuple[Way, ...]) -> None:
        self._ways = ways

    @classmethod
    def of(cls, ways: Iterable[Way]) -> "Ways":
        key = tuple(ways)
        if len(cls._known) >= _MAX_WAYS:
            cls._known.clear()  # those in use stay alive; the next ones are merely not the same objects
        return cls._known.setdefault(key, cls(key))

    def __iter__(self) -> Iterator[Way]:
        return iter(self._ways)

    def __reduce__(self) -> tuple[Any, ...]:
        return same_ways, (self._ways,)  # one object in another process, too


def same_ways(ways: tuple[Way, ...]) -> Ways:
    """The one object of these ways, for who reads them from a file."""
    return Ways.of(ways)


class Tuplet(NamedTuple):
    """``(p:q:r``: how many of its r notes are still to come."""

    p: int
    q: int
    left: int


class Chord(NamedTuple):
    """A chord in progress: its pitches, and the length of its first note, which holds for all."""

    pitches: tuple[str, ...] = ()  # sorted, for their order does not matter; none once the chord is closed
    length: int = 0  # parts; 0 before the first note

    @classmethod
    def of(cls, pitches: Iterable[str], length: int) -> "Chord":
        return cls(tuple(sorted(pitches)), length)


class Bar(NamedTuple):
    """See the module. Bars that are equal can be continued in the same ways."""

    grid: int  # lengths are multiples of 1/grid, so that the rest of a bar can always be written
    longest: int  # parts in one note
    cap: int  # ticks: the bar is filled no further
    odd_q: int
    ways: Ways
    filled: int = 0  # ticks
    has_sound: bool = False  # a note or rest stands in it
    has_graces: bool = False  # which a note has to follow
    tie: str = ""  # the pitch that the next note has to have
    owed: int = 0  # ticks: after ">", what the next note has to last
    breakable: int = 0  # ticks: how long the note just written lasts, if ">" may follow it
    may_tie: bool = False
    tuplet: Tuplet | None = None
    chord: Chord | None = None
    partial: str = ""  # the symbol in progress; of most notes only whether their letter is small or large

    def ticks(self, parts: int) -> int:
        """What a written length sounds like here."""
        return parts * TICKS * self.tuplet.q // self.tuplet.p if self.tuplet else parts * TICKS

    @property
    def is_open(self) -> bool:
        """Whether something waits for another note, so that no bar line may stand here."""
        return bool(self.tuplet or self.owed or self.chord or self.has_graces)


def grid_of(*lengths: Fraction) -> int:
    """The finest division of the unit length that notes may have, where these lengths have to be filled."""
    base = lcm(*(length.denominator for length in lengths))
    fine = lcm(8, base)
    return fine if fine <= limits.MAX_LENGTH_DENOMINATOR else base


# -- lengths


@lru_cache(maxsize=64)
def _lengths(grid: int) -> dict[str, int]:
    """Every length that may be written, in parts, by its spelling; the shortest spellings first."""
    found = {
        spell_length(Fraction(above, below)): above * grid // below
        for below in range(1, min(grid, limits.MAX_LENGTH_DENOMINATOR) + 1)
        if grid % below == 0
        for above in range(1, limits.MAX_SAMPLED_LENGTH + 1)
    }
    return dict(sorted(found.items(), key=lambda pair: len(pair[0])))


@lru_cache(maxsize=64)
def _spellings(grid: int) -> dict[int, int]:
    """How many characters each length takes."""
    return {parts: len(text) for text, parts in _lengths(grid).items()}


@lru_cache(maxsize=64)
def _begun_lengths(grid: int) -> frozenset[str]:
    """What the spellings of lengths begin with."""
    return frozenset(text[:written] for text in _lengths(grid) for written in range(len(text) + 1))


@lru_cache(maxsize=64)
def _common_lengths(grid: int) -> tuple[int, ...]:
    return tuple(int(length * grid) for length in _COMMON_LENGTHS if grid % length.denominator == 0)


@lru_cache(maxsize=64)
def _tuplet_lengths(grid: int) -> tuple[int, ...]:
    return tuple(int(length * grid) for length in _TUPLET_LENGTHS if grid % length.denominator == 0)


# -- steps


def step(bar: Bar, character: str) -> Bar | None:
    """The bar with one character more, None where it can stand in no bar. Bar lines are the structure's business."""
    extended = _extended(bar, character)
    if extended is not None:
        return extended
    done = finished(bar)
    return _begun(done, character) if done is not None else None


def costs_of_steps(bar: Bar, done: Bar | None, characters: str) -> dict[str, int]:
    """For each of the characters that ``step`` takes, how many more the tune needs after it. ``done`` is
    ``finished(bar)``."""
    found: dict[str, int] = {}
    if done is not None:
        found.update(_costs_of_beginning(done._replace(breakable=0, may_tie=False), characters))
        for character in "-<>":  # what looks at the note that is done
            following = _begun(done, character)
            if following is not None:
                found[character] = cost(following)
    for character, following in _extensions(bar, characters):
        found[character] = cost(following)
    return found


@lru_cache(maxsize=1 << 14)
def _costs_of_beginning(bar: Bar, characters: str) -> dict[str, int]:
    """Of the characters that begin a symbol. Many notes lead to one bar, so this is worked out for all of them."""
    found: dict[str, int] = {}
    alike: dict[bool, int] = {}
    looked_at = bar.chord.pitches if bar.chord else ()
    for character in characters:
        is_small = character.islower()
        is_alike = character in _LETTERS and not bar.tie and character not in looked_at
        if is_alike and is_small in alike:
            found[character] = alike[is_small]
        elif character in _BEGINNINGS:
            following = _begun(bar, character)
            if following is not None:
                found[character] = cost(following)
                if is_alike:
                    alike[is_small] = found[character]
    return found


def _extensions(bar: Bar, characters: str) -> Iterator[tuple[str, Bar]]:
    """The characters that belong to the symbol in progress, and the bars that they lead to."""
    for character in _LONGER.get(bar.partial[0], _LONGER_NOTE) if bar.partial else "":
        following = _extended(bar, character) if character in characters else None
        if following is not None:
            yield character, following


def finished(bar: Bar) -> Bar | None:
    """The bar with the symbol in progress taken as complete; None where it cannot be."""
    partial = bar.partial
    if not partial:
        return bar
    if partial[0] in "<>":
        return bar._replace(owed=bar.breakable, breakable=0, partial="")
    if partial[0] == "(":
        return _with_tuplet(bar)
    if partial[0] == "[" or partial in _ACCIDENTALS:
        return None
    pitch, written = _split(partial)
    parts = _lengths(bar.grid).get(written)
    if parts is None or (bar.tie and pitch != bar.tie):
        return None
    if bar.chord and pitch != "]":
        return _with_chord_note(bar, bar.chord, pitch, parts)
    if not bar.chord:
        return _with_note(bar, parts, pitch)
    each = bar.chord.length
    return _with_note(bar._replace(chord=None), parts * each // bar.grid) if bar.grid in (parts, each) else None


def _split(partial: str) -> tuple[str, str]:
    """A note's pitch without its accidental, and its length."""
    end = 1
    while end < len(partial) and partial[end] in ",'":
        end += 1
    return partial[:end], partial[end:]


def _extended(bar: Bar, character: str) -> Bar | None:
    """The bar in which the character belongs to the symbol in progress."""
    partial, longer = bar.partial, bar.partial + character
    if not partial:
        return None
    if partial in _ACCIDENTALS:
        if character in _LETTERS:
            return bar._replace(partial=_note_partial(bar, character))
        return bar._replace(partial=longer) if longer in _ACCIDENTALS else None
    if partial[0] in "<>":
        return bar._replace(partial=longer) if longer in _BROKEN else None
    if partial[0] == "(":
        return bar._replace(partial=longer) if _is_tuplet(longer) else None
    if partial[0] == "[":
        return _in_chord(bar, character)
    pitch, written = _split(partial)
    if character in ",'":
        return bar._replace(partial=longer) if not written and _is_pitch(bar, longer) else None
    if (bar.tie and pitch != bar.tie) or written + character not in _begun_lengths(bar.grid):
        return None
    return bar._replace(partial=_with_length(bar, pitch, written + character))


def _begun(bar: Bar, character: str) -> Bar | None:
    """The bar in which the character begins a symbol."""
    if bar.chord:
        return _in_chord(bar, character)
    if character in _LETTERS:
        is_another_pitch = bar.tie and bar.tie[0] != character
        return None if is_another_pitch else _with_symbol(bar, _note_partial(bar, character))
    if character == "-":
        return bar._replace(tie=_SOME_TIE, may_tie=False) if bar.may_tie else None
    if character in "<>":
        return bar._replace(partial=character) if bar.breakable else None
    if character == "(":
        return None if bar.is_open else _with_symbol(bar, character)
    if bar.tie:
        return None
    if character == "[":
        return _with_symbol(bar, character)._replace(chord=Chord())
    is_adorned_rest = character == "z" and bar.has_graces
    return _with_symbol(bar, character) if character in "^_=z" and not is_adorned_rest else None


def _with_symbol(bar: Bar, partial: str) -> Bar:
    """The note before it can no longer be tied or broken."""
    return bar._replace(partial=partial, breakable=0, may_tie=False)


def _note_partial(bar: Bar, letter: str) -> str:
    """All notes of one case are alike, but where a tie or a chord looks at their pitch."""
    return letter if bar.tie or bar.chord else "a" if letter.islower() else "A"


def _with_length(bar: Bar, pitch: str, written: str) -> str:
    """Once its length has begun, no octave mark can follow: all notes are alike, but where a tie or a chord looks."""
    is_looked_at = bar.tie or bar.chord or pitch[0] not in _LETTERS
    return (pitch if is_looked_at else "a") + written


def _is_pitch(bar: Bar, text: str) -> bool:
    if bar.tie:
        return bar.tie.startswith(text)
    marks = len(text) - 1
    return text[0] in _LETTERS and marks <= limits.MAX_SAMPLED_OCTAVE_MARKS and text[1:] == marks * _mark_of(text)


def _mark_of(pitch: str) -> str:
    """The octave mark that leads further out: small letters are high already, large ones low."""
    return "'" if pitch[0].islower() else ","


def _is_tuplet(text: str) -> bool:
    """``(3``, ``(3:2``, ``(3:2:4`` and what they begin with; numbers of one digit."""
    numbers = text[1:].split(":")
    if len(numbers) > 3 or "" in numbers[:-1]:
        return False
    return all(number in _TUPLET_NUMBERS for number in numbers if number)


def _with_tuplet(bar: Bar) -> Bar | None:
    p, q, r = (int(number) if number else 0 for number in (*bar.partial[1:].split(":"), "", "")[:3])
    q = q or Q_IN_ANY_METER.get(p, bar.odd_q)
    return bar._replace(tuplet=Tuplet(p, q, r or p), partial="") if p and q and bar.partial[-1] != ":" else None


def _in_chord(bar: Bar, character: str) -> Bar | None:
    """A character after ``[`` or after a whole note of a chord."""
    chord = bar.chord
    assert chord is not None
    if character == "]":
        return bar._replace(partial="]", chord=Chord(length=chord.length)) if len(chord.pitches) > 1 else None
    if len(chord.pitches) >= limits.MAX_SAMPLED_CHORD_NOTES:
        return None
    return bar._replace(partial=character) if character in _LETTERS + _SIGNS else None


def _with_chord_note(bar: Bar, chord: Chord, pitch: str, parts: int) -> Bar | None:
    if pitch in chord.pitches or chord.length not in (0, parts):
        return None
    return bar._replace(chord=Chord.of((*chord.pitches, pitch), parts), partial="")


def _with_note(bar: Bar, parts: int, pitch: str = "") -> Bar | None:
    """The bar after a note, rest (``pitch`` "z") or chord (no pitch) of this written length."""
    ticks = bar.ticks(parts)
    if bar.filled + ticks > bar.cap or parts > bar.longest or bar.owed not in (0, ticks):
        return None
    tuplet = bar.tuplet._replace(left=bar.tuplet.left - 1) if bar.tuplet and bar.tuplet.left > 1 else None
    ends_tuplet = bar.tuplet is not None and tuplet is None
    return bar._replace(
        filled=bar.filled + ticks,
        has_sound=True,
        has_graces=False,
        tie="",
        owed=0,
        breakable=0 if bar.owed or ends_tuplet else ticks,
        may_tie=pitch not in ("", "z"),
        tuplet=tuplet,
        partial="",
    )


# -- costs


@lru_cache(maxsize=1 << 15)
def cost(bar: Bar) -> int:
    """Characters from here to the end of the tune on a short way; ``IMPOSSIBLE`` where there is none.

    Where there is one, some next character lowers it by one: what is within reach stays within reach.
    """
    partial = bar.partial
    if (partial or bar.chord) and not _has_room(bar):
        return IMPOSSIBLE
    if partial in ("", "["):
        return _cost_of_chord(_settled(bar), *_wanted(bar.chord)) if bar.chord else _cost_between(_settled(bar))
    if partial[0] in "<>(":
        return _cost_of_sign(bar)
    if partial in _ACCIDENTALS:
        return 1 + _cost_of_note(bar, "", "")
    return _cost_of_note(bar, *_split(partial))


def _has_room(bar: Bar) -> bool:
    """Whether a bar line may stand later than here: all that is in progress takes time, and lists of what could become
    of it are long."""
    return any(way.last(bar.cap) > bar.filled for way in bar.ways)


def _cost_of_sign(bar: Bar) -> int:
    """Where broken rhythm or a tuplet's numbers are in progress: complete as they are, or the first way to go on."""
    done = finished(bar)
    now = cost(done) if done is not None else IMPOSSIBLE
    has_room = 2 * (bar.cap - bar.filled) >= bar.grid * TICKS  # half a unit length; shorter tuplets nobody writes
    if now < IMPOSSIBLE or bar.partial[0] != "(" or not has_room:
        return now
    longer = (bar.partial + character for character in (*_TUPLET_NUMBERS, ":"))
    costs = (1 + cost(bar._replace(partial=text)) for text in longer if _is_tuplet(text))
    return next((found for found in costs if found < IMPOSSIBLE), IMPOSSIBLE)


def _cost_of_note(bar: Bar, pitch: str, start: str) -> int:
    """Where ``start`` is written of the length of a note, a rest, or a chord that is closed."""
    settled, chord = _settled(bar), bar.chord
    if chord and pitch != "]":
        return _cost_of_chord_note(settled, chord, pitch, start)
    if chord and chord.length != bar.grid:  # its notes have a length, so it has none of its own
        return IMPOSSIBLE if start else _costs_behind(settled).get(chord.length, IMPOSSIBLE)
    missing_marks = len(bar.tie) - len(pitch) if bar.tie else 0
    return missing_marks + _costs_of_length(settled).get(start, IMPOSSIBLE)


@lru_cache(maxsize=1 << 13)
def _costs_of_length(bar: Bar) -> dict[str, int]:
    """By what is written of the length of the next note: the characters that the rest of it and the tune take."""
    behind = _costs_behind(bar)
    return _by_start({text: behind[parts] for text, parts in _lengths(bar.grid).items() if parts in behind})


def _cost_of_chord_note(bar: Bar, chord: Chord, pitch: str, start: str) -> int:
    missing_mark = pitch in chord.pitches  # no pitch twice: an octave mark makes it another
    if missing_mark and (start or pitch[1:] or pitch + _mark_of(pitch) in chord.pitches):
        return IMPOSSIBLE
    notes = max(0, 1 - len(chord.pitches))
    return missing_mark + _costs_of_chord_length(bar, notes, chord.length).get(start, IMPOSSIBLE)


@lru_cache(maxsize=1 << 13)
def _costs_of_chord_length(bar: Bar, notes: int, length: int) -> dict[str, int]:
    """By what is written of the length of a chord's note, after which it needs so many more: the characters that the
    rest of it and the tune take. The length is given by the first note; 0 where this is the first."""
    lengths = _lengths(bar.grid).items()
    return _by_start({text: _cost_of_chord(bar, notes, parts) for text, parts in lengths if length in (0, parts)})


def _by_start(costs: dict[str, int]) -> dict[str, int]:
    """From what comes after each length to what comes after each beginning of one, its rest counted in."""
    found: dict[str, int] = {}
    for text, behind in costs.items():
        for written in range(len(text) + 1):
            rest = len(text) - written + behind
            found[text[:written]] = min(rest, found.get(text[:written], rest))
    return found


def _wanted(chord: Chord) -> tuple[int, int]:
    """How many notes the chord still needs, and of which length."""
    return max(0, 2 - len(chord.pitches)), chord.length


@lru_cache(maxsize=1 << 13)
def _cost_of_chord(bar: Bar, notes: int, parts: int) -> int:
    """Between two notes of a chord that needs so many more, of this length; of any, where it is 0."""
    behind, spellings = _costs_behind(bar), _spellings(bar.grid)
    outer = min((spellings[length] + after for length, after in behind.items()), default=IMPOSSIBLE)
    lengths = [parts] if parts else [bar.grid, *behind]
    return min(
        notes * (1 + spellings.get(length, IMPOSSIBLE)) + 1
        + (outer if length == bar.grid else behind.get(length, IMPOSSIBLE))
        for length in lengths
    )  # fmt: skip


@lru_cache(maxsize=1 << 13)
def _costs_behind(bar: Bar) -> dict[int, int]:
    """For each length that the next note may have, the cost after that note."""
    found: dict[int, int] = {}
    spellings = _spellings(bar.grid)
    for parts in _tuplet_lengths(bar.grid) if bar.tuplet else spellings:
        behind = _with_note(bar, parts) if parts in spellings else None
        after = _cost_between(_settled(behind)) if behind else IMPOSSIBLE
        if after < IMPOSSIBLE:
            found[parts] = after
    return found


def _settled(bar: Bar) -> Bar:
    """The bar without what has no bearing on how it ends."""
    if bar.partial or bar.chord or bar.breakable or bar.may_tie:
        return bar._replace(partial="", chord=None, breakable=0, may_tie=False)
    return bar


@lru_cache(maxsize=1 << 15)
def _cost_between(bar: Bar) -> int:
    """Between two symbols, outside chords."""
    longer_pitch = max(0, len(bar.tie) - 1) if bar.tie != _SOME_TIE else 1
    if bar.owed:
        return longer_pitch + _cost_of_owed(bar)
    if bar.tuplet:
        return longer_pitch + _cost_of_tuplet(bar, bar.tuplet)
    return longer_pitch + min((_cost_of_filling(bar, way) + way.cost for way in bar.ways), default=IMPOSSIBLE)


def _cost_of_owed(bar: Bar) -> int:
    parts, rest = divmod(bar.owed, bar.ticks(1))
    behind = _with_note(bar, parts) if not rest and parts in _spellings(bar.grid) else None
    return 1 + _spellings(bar.grid)[parts] + _cost_between(_settled(behind)) if behind else IMPOSSIBLE


def _cost_of_tuplet(bar: Bar, tuplet: Tuplet) -> int:
    """All its notes of one common length but the last, which makes the sum right."""
    best, spellings = IMPOSSIBLE, _spellings(bar.grid)
    bare = bar._replace(has_sound=True, has_graces=False, tie="", tuplet=None)
    for last in _tuplet_lengths(bar.grid):
        for each in _common_lengths(bar.grid) if tuplet.left > 1 else (0,):
            filled = bar.filled + bar.ticks((tuplet.left - 1) * each + last)
            if filled <= bar.cap and filled % TICKS == 0:
                notes = (tuplet.left - 1) * (1 + spellings.get(each, 0)) + 1 + spellings[last]
                best = min(best, notes + _cost_between(bare._replace(filled=filled)))
    return best


def _cost_of_filling(bar: Bar, way: Way) -> int:
    """Notes up to the place of a bar line."""
    can_stand = bar.has_sound and not bar.has_graces and (not bar.tie or way.mark == "|")
    if way.when is When.BEFORE:
        return IMPOSSIBLE if bar.has_sound or bar.tie else 0
    if way.when is When.AT:
        if way.at == bar.filled:
            return 0 if can_stand else IMPOSSIBLE
        return _cost_of_time(bar, way.at - bar.filled) if way.at <= bar.cap else IMPOSSIBLE
    if bar.filled % TICKS:
        return IMPOSSIBLE
    room = way.last(bar.cap) - bar.filled
    if can_stand and room >= 0:
        return 0
    notes = (parts for parts in _common_lengths(bar.grid) if parts * TICKS <= room)
    return min((1 + _spellings(bar.grid)[parts] for parts in notes), default=IMPOSSIBLE)


def _cost_of_time(bar: Bar, ticks: int) -> int:
    """Notes that fill so much: one, unless it would be longer than a note may be."""
    parts, rest = divmod(ticks, TICKS)
    if ticks <= 0 or rest:
        return IMPOSSIBLE
    spellings = _spellings(bar.grid)
    if parts <= bar.longest and parts in spellings:
        return 1 + spellings[parts]
    whole, fraction = divmod(parts, bar.grid)
    longest = bar.longest // bar.grid
    notes, last = divmod(whole, longest) if longest else (whole, 0)
    short = [length for length in (last * bar.grid, fraction) if length]
    if not longest or any(length not in spellings for length in short):
        return IMPOSSIBLE
    return notes * (1 + spellings[longest * bar.grid]) + sum(1 + spellings[length] for length in short)
