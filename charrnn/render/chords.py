"""Chords chosen from a melody, by one rule.

A chord holds for half a bar in 4/4, 2/2, 6/8 and 12/8, else for a bar. In each such stretch a chord earns the time of
the melody's notes that belong to it, those on a beat twice and the root's once more by half, and pays for those that do
not. Changing costs, in the middle of a bar more than at its start. Chords are the triads of the key, the main ones of
the mode (I, IV, V; in Dorian and Mixolydian i or I, bVII, IV) at no price, the others at a small one; diminished ones
are left out, and minor has the major V where the melody raises its seventh. A section ends on the tonic for choice,
with V (or bVII) before it. The dearest way through the tune wins: a dynamic programme, linear in its length.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from charrnn.notation.bars import Bar, bars
from charrnn.notation.keys import C_MAJOR, Key
from charrnn.notation.tune import SEMITONES, BarLine, Change, Element, Meter, Note, Rest, Tune
from charrnn.render.harmony import Chord, parse_chord
from charrnn.render.performance import sounding_pitches
from charrnn.render.upbeats import upbeat

_LETTERS = "CDEFGAB"
_ON_BEAT = 2  # times as much as off it
_ROOT = 1.5
_FOREIGN = -0.75  # a note that is not in the chord
# In quarter notes of melody on a beat:
_CHANGE, _CHANGE_INSIDE_A_BAR = 0.5, 1.5
_CADENCE, _OPENING = 3, 1  # the tonic at a section's end, and at its start
_BEFORE_CADENCE = 1.5
# What a degree (0 is the tonic) costs, by mode; degrees that are not named cost _RARE.
_COMMON = {
    "maj": {0: 0, 3: 0, 4: 0, 1: 1, 5: 1},
    "min": {0: 0, 6: 0, 4: 0, 3: 1, 2: 1, 5: 1},
    "dor": {0: 0, 6: 0, 3: 1, 4: 1, 2: 1},
    "mix": {0: 0, 6: 0, 3: 0, 4: 1, 1: 1},
    "lyd": {0: 0, 1: 0, 4: 0},
    "phr": {0: 0, 1: 0, 6: 0},
    "loc": {0: 0},
}
_RARE = 2
_DOMINANTS = {"maj": (4,), "lyd": (4,), "min": (4, 6), "dor": (6,), "mix": (6, 4), "phr": (1, 6), "loc": (4,)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A triad of the key."""

    symbol: str
    chord: Chord
    degree: int  # 0 is the tonic
    mode: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """As long as one chord holds."""

    element: int  # the first note or rest that begins in it
    key: Key
    weights: tuple[tuple[int, float], ...]  # (pitch class, weighted quarter notes)
    begins_bar: bool
    begins_section: bool
    ends_section: bool


def with_chords(tune: Tune) -> Tune:
    """The tune with chord symbols where the harmony changes and where a section begins. Where a person wrote chords,
    those hold (see ``_given``); before and behind them the tune gets its own, as if it had none."""
    given, last_symbol = _given(tune)
    elements: list[Element] = list(tune.elements)
    before = ""
    for stretch, symbol in chosen(tune):
        if stretch.element in given:
            before = last_symbol
            continue
        if symbol == before and not stretch.begins_section:
            continue
        element = elements[stretch.element]
        assert isinstance(element, Note | Rest)
        if not element.chord_symbol:  # words of the writer's own stay
            elements[stretch.element] = replace(element, chord_symbol=symbol)
            before = symbol
    return replace(tune, elements=tuple(elements))


def _given(tune: Tune) -> tuple[range, str]:
    """The elements in which a person's chords hold, and the last of those chords.

    They hold from the first bar that has one to the end of the last, in the order of the text; one on a pick-up holds
    through the bar to which it leads. If no more bars follow than the person let a chord hold for elsewhere, the tune
    is chorded throughout, and they hold to its end.
    """
    all_bars = bars(tune)
    symbols = [_chords_in(tune, bar) for bar in all_bars]
    numbers = [number for number, found in enumerate(symbols) if found]
    if not numbers:
        return range(0), ""
    first, last = numbers[0], numbers[-1]
    held = max((after - before for before, after in pairwise(numbers)), default=1)
    end = last + 1 if upbeat(all_bars, last) else last
    if len(all_bars) - last <= held:
        end = len(all_bars) - 1
    return range(all_bars[first].first, all_bars[end].end), symbols[last][-1]


def _chords_in(tune: Tune, bar: Bar) -> list[str]:
    sounds = (element for element in tune.elements[bar.first : bar.end] if isinstance(element, Note | Rest))
    return [sound.chord_symbol for sound in sounds if parse_chord(sound.chord_symbol)]


def chosen(tune: Tune) -> list[tuple[Stretch, str]]:
    """The stretches of the tune, each with the symbol of its chord."""
    stretches = list(_stretches(tune))
    table: list[list[tuple[float, int]]] = []  # for each stretch and candidate: best worth so far, choice before
    options = [_candidates(stretch.key) for stretch in stretches]
    for index, stretch in enumerate(stretches):
        row: list[tuple[float, int]] = []
        for candidate in options[index]:
            own = _worth(candidate, stretch)
            if not index:
                row.append((own, -1))
                continue
            ways = (
                (worth + _step(options[index - 1][place], candidate, stretch), place)
                for place, (worth, _) in enumerate(table[index - 1])
            )
            best = max(ways, key=lambda way: way[0])
            row.append((own + best[0], best[1]))
        table.append(row)
    symbols: list[str] = []
    place = max(range(len(table[-1])), key=lambda option: table[-1][option][0]) if table else 0
    for index in range(len(stretches) - 1, -1, -1):
        symbols.append(options[index][place].symbol)
        place = table[index][place][1]
    return list(zip(stretches, reversed(symbols), strict=True))


def _worth(candidate: Candidate, stretch: Stretch) -> float:
    worth = -_COMMON[candidate.mode].get(candidate.degree, _RARE) / 2
    for pitch_class, weight in stretch.weights:
        if pitch_class == candidate.chord.root:
            worth += weight * _ROOT
        else:
            worth += weight * (1 if pitch_class in candidate.chord.pitch_classes else _FOREIGN)
    if candidate.degree == 0:
        worth += _CADENCE * stretch.ends_section + _OPENING * stretch.begins_section
    return worth


def _step(before: Candidate, candidate: Candidate, stretch: Stretch) -> float:
    if before.symbol == candidate.symbol:
        return 0
    cost = _CHANGE if stretch.begins_bar else _CHANGE_INSIDE_A_BAR
    leads_home = stretch.ends_section and candidate.degree == 0 and before.degree in _DOMINANTS[candidate.mode]
    return (_BEFORE_CADENCE if leads_home else 0) - cost


# -- candidates


def _candidates(key: Key) -> list[Candidate]:
    """The major and minor triads of a key's scale, spelled in it."""
    if not key.tonic:  # the pipes play in A Mixolydian; without a key, the white notes
        key = Key("A", "mix") if key.special in ("HP", "Hp") else replace(C_MAJOR, explicit=key.explicit)
    start = _LETTERS.index(key.tonic[0])
    scale = [_LETTERS[(start + degree) % 7] for degree in range(7)]
    mode = {"ion": "maj", "aeo": "min", "exp": "maj"}.get(key.mode, key.mode)
    found = []
    for degree in range(7):
        letters = [scale[(degree + step) % 7] for step in (0, 2, 4)]
        classes = [(SEMITONES[letter] + key.alteration(letter)) % 12 for letter in letters]
        kind = _KINDS.get(((classes[1] - classes[0]) % 12, (classes[2] - classes[0]) % 12))
        kinds = ["", "m"] if (mode, degree, kind) == ("min", 4, "m") else [kind]  # E beside Em in A minor
        for name in kinds:
            root = letters[0] + _SIGNS.get(key.alteration(letters[0]), "?")
            chord = parse_chord(f"{root}{name}") if name is not None else None
            if chord:
                found.append(Candidate(f"{root}{name}", chord, degree, mode))
    return found or [Candidate("C", Chord(0, (0, 4, 7), 0), 0, "maj")]


_KINDS = {(4, 7): "", (3, 7): "m"}
_SIGNS = {-1: "b", 0: "", 1: "#"}


# -- stretches


def _stretches(tune: Tune) -> Iterator[Stretch]:
    """In the order of the text. A pick-up has none, and so has a stretch in which no note begins: there the chord
    before it goes on."""
    pitches = sounding_pitches(tune)
    all_bars = bars(tune)
    firsts, lasts = _edges(tune, all_bars)
    key, meter, read = tune.key, tune.meter, 0
    for number, bar in enumerate(all_bars):
        for element in tune.elements[read : bar.end]:
            if isinstance(element, Change):
                key = element.value if isinstance(element.value, Key) else key
                meter = element.value if isinstance(element.value, Meter) else meter
        read = bar.end
        if upbeat(all_bars, number):
            continue
        groups = _groups(tune, bar, _chord_length(meter, bar))
        for place, group in enumerate(groups):
            yield Stretch(
                group[0][1],
                key,
                _weights(tune, group, pitches, meter),
                begins_bar=place == 0,
                begins_section=place == 0 and number in firsts,
                ends_section=place == len(groups) - 1 and number in lasts,
            )


def _chord_length(meter: Meter, bar: Bar) -> Fraction:
    if meter.bar is None:
        return Fraction(1)
    in_halves = (meter.numerator, meter.denominator) in ((4, 4), (2, 2), (6, 8), (12, 8))
    return meter.bar / 2 if in_halves else meter.bar


def _groups(tune: Tune, bar: Bar, length: Fraction) -> list[list[tuple[Fraction, int]]]:
    """The notes and rests of a bar as (onset, index), by the stretch in which they begin."""
    groups: dict[int, list[tuple[Fraction, int]]] = {}
    now = Fraction(0)
    for index in range(bar.first, bar.end):
        element = tune.elements[index]
        if isinstance(element, Note | Rest):
            groups.setdefault(int(now / length), []).append((now, index))
            now += element.duration
    return list(groups.values())


def _weights(
    tune: Tune, group: list[tuple[Fraction, int]], pitches: dict[int, tuple[int, ...]], meter: Meter
) -> tuple[tuple[int, float], ...]:
    beat = Fraction(3, meter.denominator) if meter.compound else Fraction(1, 4)
    found: dict[int, float] = {}
    for onset, index in group:
        element = tune.elements[index]
        assert isinstance(element, Note | Rest)
        weight = 4 * float(element.duration) * (_ON_BEAT if onset % beat == 0 else 1)
        for pitch in pitches.get(index, ()):
            found[pitch % 12] = found.get(pitch % 12, 0) + weight
    return tuple(found.items())


def _edges(tune: Tune, all_bars: list[Bar]) -> tuple[set[int], set[int]]:
    """Which bars are the first and the last of a part: those at a double bar, a repeat sign, or the tune's ends."""
    full = [number for number in range(len(all_bars)) if not upbeat(all_bars, number)]
    firsts, lasts = set(full[:1]), set(full[-1:])
    for before, after in pairwise(full):
        line = tune.elements[all_bars[before].end]
        if isinstance(line, BarLine) and not line.is_plain:
            lasts.add(before)
            firsts.add(after)
    return firsts, lasts
