"""Chooses chords for a melody: the sequence with the best score, found by dynamic programming.

Each slot of the melody (``render.harmony.slots``) scores its chord's tones up and all other notes down, by duration and
metrical position. Chords have costs, chord changes have costs and bonuses (``render.harmony.candidates``). A phrase
should end with dominant and tonic and its first half on either of them. Bars with the same melody get the same chords.

``_best_path`` (Viterbi) treats every bar by itself. ``_with_same_chords`` then gives all bars with the same melody the
chords that score best in their contexts, and repeats this until nothing changes (iterated conditional modes, Besag
1986). Time is linear in the tune's length.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from types import MappingProxyType

from charrnn.render.harmony.candidates import Candidate, candidates, step
from charrnn.render.harmony.slots import ChordSlot, MelodyBar

_ROOT, _THIRD, _FIFTH, _SEVENTH = 1.1, 1.0, 1.0, 0.5  # score of a note by its place in the chord
_FOREIGN_ON_BEAT, _FOREIGN_OFF_BEAT = -0.75, -0.5
# In the unit of the scores, a quarter note of melody:
_CHANGE, _CHANGE_INSIDE_A_BAR = 0.4, 1.5
_CLOSE, _HALF_CLOSE, _OPENING = 3.0, 1.5, 1.5  # tonic at a phrase's end; tonic or dominant at its half; tonic at first
_BEFORE_CLOSE = 2.4  # the dominant that leads to the tonic at a phrase's end
_MAX_CANDIDATES, _MAX_CHORDINGS = 7, 20  # per slot, per bar: the best by the melody alone
_MAX_ROUNDS = 8

Chording = tuple[Candidate, ...]  # a chord for each slot of a bar
Options = list[tuple[Chording, float]]  # with its score in its place, without the chord changes at its ends


def harmonised(bars: Sequence[MelodyBar], given: Mapping[int, Chording] = MappingProxyType({})) -> list[Chording]:
    """The chords of each bar of a tune. ``given`` are a person's chords by the index of the bar: they stay as they are
    and are used wherever their melody comes again."""
    if not bars:
        return []
    by_melody: dict[object, Chording] = {}
    for at, chording in given.items():
        by_melody.setdefault(bars[at].melody, chording)
    options = list(_options(bars))
    for at, bar in enumerate(bars):
        if bar.melody in by_melody:
            options[at] = [(given.get(at, by_melody[bar.melody]), 0)]
    free = [at for at, bar in enumerate(bars) if bar.melody not in by_melody]
    return _with_same_chords(bars, options, _best_path(bars, options), free)


# -- scores


def _options(bars: Sequence[MelodyBar]) -> Iterator[Options]:
    """For each bar. Bars with the same melody have the same chordings, with scores of their own."""
    by_melody: dict[object, Options] = {}
    for bar in bars:
        if bar.melody not in by_melody:
            by_melody[bar.melody] = _melodic_options(bar)
        yield [(chording, score + _position_score(bar, chording)) for chording, score in by_melody[bar.melody]]


def _melodic_options(bar: MelodyBar) -> Options:
    """The best chordings by the melody alone."""
    scores = [{candidate: _melodic_score(slot, candidate) for candidate in _candidates(slot)} for slot in bar.slots]
    best = [sorted(found, key=lambda candidate: -found[candidate])[:_MAX_CANDIDATES] for found in scores]
    options = [
        (chording, sum(found[candidate] for found, candidate in zip(scores, chording, strict=True)) - _cost(chording))
        for chording in product(*best)
    ]
    return sorted(options, key=lambda option: -option[1])[:_MAX_CHORDINGS]


def _candidates(slot: ChordSlot) -> tuple[Candidate, ...]:
    return candidates(slot.key, slot.melody, slot.has_leading_note)


def _cost(chording: Chording) -> float:
    return _CHANGE_INSIDE_A_BAR * sum(before.symbol != after.symbol for before, after in pairwise(chording))


def _melodic_score(slot: ChordSlot, candidate: Candidate) -> float:
    score = -candidate.cost if slot.begins_bar and slot.ends_bar else -candidate.cost / 2
    for notes, foreign in ((slot.on_beat, _FOREIGN_ON_BEAT), (slot.off_beat, _FOREIGN_OFF_BEAT)):
        score += sum(weight * _tone_score(pitch_class, candidate, foreign) for pitch_class, weight in notes)
    return score


def _tone_score(pitch_class: int, candidate: Candidate, foreign: float) -> float:
    scores = zip(candidate.chord.pitch_classes, (_ROOT, _THIRD, _FIFTH, _SEVENTH), strict=False)
    return next((score for tone, score in scores if tone == pitch_class), foreign)


def _position_score(bar: MelodyBar, chording: Chording) -> float:
    """For the place of the bar in its phrase, and the changes inside it."""
    first, last = bar.slots[0], bar.slots[-1]
    score = _OPENING * (first.begins_bar and first.position.begins_section and chording[0].is_tonic)
    score += _rest(last, chording[-1]) if last.ends_bar else 0
    return score + sum(
        step(*chords) + _close(*chords, *slots)
        for chords, slots in zip(pairwise(chording), pairwise(bar.slots), strict=True)
    )


def _rest(slot: ChordSlot, candidate: Candidate) -> float:
    """For a chord on which a phrase or half of one may end, if the melody permits it."""
    if not slot.permits(candidate.chord.pitch_classes):
        return 0
    if slot.position.ends_phrase:
        return _CLOSE * candidate.is_tonic
    return _HALF_CLOSE * (slot.position.ends_half and (candidate.is_tonic or candidate.is_dominant))


def _close(before: Candidate, after: Candidate, earlier: ChordSlot, slot: ChordSlot) -> float:
    """For the dominant before the tonic that ends a phrase, if the melody permits it."""
    leads = before.is_dominant and after.is_tonic and slot.position.ends_phrase
    return _BEFORE_CLOSE * (leads and earlier.permits(before.chord.pitch_classes))


def _change(last: Candidate, first: Candidate, earlier: MelodyBar, bar: MelodyBar) -> float:
    """Score of the change from one bar to the next."""
    if first.symbol == last.symbol:
        return 0
    slot = bar.slots[0]
    cost = _CHANGE if slot.begins_bar else _CHANGE_INSIDE_A_BAR
    return step(last, first) + _close(last, first, earlier.slots[-1], slot) - cost


# -- search


def _best_path(bars: Sequence[MelodyBar], options: Sequence[Options]) -> list[Chording]:
    """The best sequence in the order of the text."""
    table = [[(score, 0) for _, score in options[0]]]  # best score up to this option, and the option before it
    for at in range(1, len(bars)):
        best_by_last: dict[Candidate, int] = {}  # the best option before that ends with a chord
        for place, (chording, _) in enumerate(options[at - 1]):
            if table[-1][place][0] > table[-1][best_by_last.setdefault(chording[-1], place)][0]:
                best_by_last[chording[-1]] = place
        reached: dict[Candidate, tuple[float, int]] = {}  # by the first chord
        for first in {chording[0]: None for chording, _ in options[at]}:
            changes = [
                (table[-1][place][0] + _change(last, first, bars[at - 1], bars[at]), place)
                for last, place in best_by_last.items()
            ]
            reached[first] = max(changes, key=lambda change: change[0])
        table.append([(score + reached[way[0]][0], reached[way[0]][1]) for way, score in options[at]])
    place = max(range(len(table[-1])), key=lambda option: table[-1][option][0])
    path = []
    for at in range(len(bars) - 1, -1, -1):
        path.append(options[at][place][0])
        place = table[at][place][1]
    return path[::-1]


def _with_same_chords(
    bars: Sequence[MelodyBar], options: Sequence[Options], path: list[Chording], free: Sequence[int]
) -> list[Chording]:
    """The path with the same chords in all ``free`` bars that have the same melody."""
    groups: dict[object, list[int]] = {}
    for at in free:
        groups.setdefault(bars[at].melody, []).append(at)
    before = _bars_before(bars)
    after: dict[int, list[int]] = {}
    for at, other in before.items():
        after.setdefault(other, []).append(at)

    def score(at: int, chording: Chording, own: float) -> float:
        if at in before:
            own += _change(path[before[at]][-1], chording[0], bars[before[at]], bars[at])
        return own + sum(_change(chording[-1], path[other][0], bars[at], bars[other]) for other in after.get(at, ()))

    for _ in range(_MAX_ROUNDS):
        changed = False
        for members in groups.values():
            count = len(options[members[0]])
            scores = [sum(score(at, *options[at][place]) for at in members) for place in range(count)]
            best = options[members[0]][max(range(count), key=scores.__getitem__)][0]
            changed |= any(path[at] != best for at in members)
            for at in members:
                path[at] = best
        if not changed:
            break
    return path


def _bars_before(bars: Sequence[MelodyBar]) -> dict[int, int]:
    """For each bar the one played before it at first: a second ending follows the bar before the first ending."""
    lasts = {bar.number: at for at, bar in enumerate(bars)}
    found = {}
    for at, bar in enumerate(bars):
        slot = bar.slots[0]
        if not slot.begins_bar:
            found[at] = at - 1
        elif slot.position.before in lasts:
            found[at] = lasts[slot.position.before]
    return found
