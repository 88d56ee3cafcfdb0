"""Chords chosen for a melody.

Each stretch of melody (``render.stretches``) earns the time of its notes that belong to its chord, and pays for those
that do not, the more on a beat. Chords have prices, changes have prices and gains (``render.practice``); a phrase ends
for choice with the dominant and the tonic, its first half on either. The same bars have the same chords.

A dynamic programme finds the best way through the tune as it stands; then the passages with the same melody are given
one answer, each the best beside its neighbours, until nothing changes. Linear in the tune's length.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise, product
from types import MappingProxyType

from charrnn.render.practice import Candidate, candidates, step
from charrnn.render.stretches import Passage, Stretch

_ROOT, _THIRD, _FIFTH, _SEVENTH = 1.1, 1.0, 1.0, 0.5  # what a note is worth, by its place in the chord
_FOREIGN, _PASSING = -0.75, -0.5  # a note that is not in the chord, on a beat and off it
# In quarter notes of melody on a beat:
_CHANGE, _CHANGE_INSIDE_A_BAR = 0.4, 1.5
_CLOSE, _HALF_CLOSE, _OPENING = 3.0, 1.5, 1.5  # the tonic at a phrase's end, tonic or dominant at its half, at a start
_BEFORE_CLOSE = 2.4  # the dominant that leads there
_MOST_CANDIDATES, _MOST_WAYS = 7, 20  # that are looked at for a stretch, and for a passage
_MOST_ROUNDS = 8

Way = tuple[Candidate, ...]  # a chord for each stretch of a passage


def harmonised(found: Sequence[Passage], given: Mapping[int, Way] = MappingProxyType({})) -> list[Way]:
    """A way for each passage of a tune. ``given`` are those that a person chose, by the index of the passage: they
    hold, and where their melody comes again."""
    if not found:
        return []
    repeated: dict[object, Way] = {}
    for at, way in given.items():
        repeated.setdefault(found[at].melody, way)
    ways = _ways(found)
    for at, passage in enumerate(found):
        if passage.melody in repeated:
            ways[at] = [(given.get(at, repeated[passage.melody]), 0)]
    free = [at for at, passage in enumerate(found) if passage.melody not in repeated]
    return _settled(found, ways, _best_path(found, ways), free)


# -- worth


def _ways(found: Sequence[Passage]) -> list[list[tuple[Way, float]]]:
    """For each passage the ways to chord it that suit its melody best, each with its worth there. Passages with the
    same melody have the same ways."""
    shared: dict[tuple[object, ...], list[tuple[Way, float]]] = {}
    out = []
    for passage in found:
        if passage.melody not in shared:
            shared[passage.melody] = _melodic_ways(passage)
        out.append([(way, worth + _structural(passage, way)) for way, worth in shared[passage.melody]])
    return out


def _melodic_ways(passage: Passage) -> list[tuple[Way, float]]:
    """What the melody says, wherever it stands."""
    options = (candidates(each.key, each.pitch_classes, each.has_leading_note) for each in passage.stretches)
    fits = [
        {candidate: _fit(stretch, candidate) for candidate in found}
        for stretch, found in zip(passage.stretches, options, strict=True)
    ]
    best = [sorted(each, key=lambda candidate: -each[candidate])[:_MOST_CANDIDATES] for each in fits]
    ways = [
        (way, sum(fit[candidate] for fit, candidate in zip(fits, way, strict=True)) - _changes(way))
        for way in product(*best)
    ]
    return sorted(ways, key=lambda way: -way[1])[:_MOST_WAYS]


def _changes(way: Way) -> float:
    return _CHANGE_INSIDE_A_BAR * sum(a.symbol != b.symbol for a, b in pairwise(way))


def _fit(stretch: Stretch, candidate: Candidate) -> float:
    whole = stretch.begins_bar and stretch.ends_bar
    worth = -candidate.price if whole else -candidate.price / 2
    for notes, foreign in ((stretch.on_beat, _FOREIGN), (stretch.off_beat, _PASSING)):
        worth += sum(weight * _belongs(pitch_class, candidate, foreign) for pitch_class, weight in notes)
    return worth


def _belongs(pitch_class: int, candidate: Candidate, foreign: float) -> float:
    worths = zip(candidate.chord.pitch_classes, (_ROOT, _THIRD, _FIFTH, _SEVENTH), strict=False)
    return next((worth for tone, worth in worths if tone == pitch_class), foreign)


def _structural(passage: Passage, way: Way) -> float:
    """What the place in the phrase says."""
    worth = 0.0
    for stretch, candidate in zip(passage.stretches, way, strict=True):
        if stretch.begins_bar and stretch.place.begins_section and candidate.is_tonic:
            worth += _OPENING
        if stretch.ends_bar:
            worth += _rest(stretch, candidate)
    return worth + sum(
        step(*chords) + _close(*chords, *stretches)
        for chords, stretches in zip(pairwise(way), pairwise(passage.stretches), strict=True)
    )


def _rest(stretch: Stretch, candidate: Candidate) -> float:
    """For a chord on which a phrase or half of one may end, if the melody permits it."""
    if not stretch.stresses(candidate.chord.pitch_classes):
        return 0
    if stretch.place.ends_phrase:
        return _CLOSE * candidate.is_tonic
    return _HALF_CLOSE * (stretch.place.ends_half and (candidate.is_tonic or candidate.is_dominant))


def _close(before: Candidate, after: Candidate, earlier: Stretch, stretch: Stretch) -> float:
    """For the dominant before the tonic that ends a phrase, if the melody permits it."""
    leads = before.is_dominant and after.is_tonic and stretch.place.ends_phrase
    return _BEFORE_CLOSE * (leads and earlier.stresses(before.chord.pitch_classes))


def _link(last: Candidate, first: Candidate, earlier: Passage, passage: Passage) -> float:
    """What the change between two passages is worth."""
    if first.symbol == last.symbol:
        return 0
    stretch = passage.stretches[0]
    cost = _CHANGE if stretch.begins_bar else _CHANGE_INSIDE_A_BAR
    return step(last, first) + _close(last, first, earlier.stretches[-1], stretch) - cost


# -- the best way


def _best_path(found: Sequence[Passage], ways: Sequence[Sequence[tuple[Way, float]]]) -> list[Way]:
    """The best in the order of the text, every passage for itself."""
    table: list[list[tuple[float, int]]] = [[(worth, 0) for _, worth in ways[0]]]
    for at in range(1, len(found)):
        lasts: dict[Candidate, int] = {}  # the best place of those that end with a chord
        for place, (before, _) in enumerate(ways[at - 1]):
            if table[-1][place][0] > table[-1][lasts.setdefault(before[-1], place)][0]:
                lasts[before[-1]] = place
        reached: dict[Candidate, tuple[float, int]] = {}  # by the first chord
        for way, _ in ways[at]:
            if way[0] not in reached:
                links = [
                    (table[-1][place][0] + _link(last, way[0], found[at - 1], found[at]), place)
                    for last, place in lasts.items()
                ]
                reached[way[0]] = max(links, key=lambda link: link[0])
        table.append([(own + reached[way[0]][0], reached[way[0]][1]) for way, own in ways[at]])
    place = max(range(len(table[-1])), key=lambda option: table[-1][option][0])
    path = []
    for at in range(len(found) - 1, -1, -1):
        path.append(ways[at][place][0])
        place = table[at][place][1]
    return path[::-1]


def _settled(
    found: Sequence[Passage], ways: Sequence[Sequence[tuple[Way, float]]], path: list[Way], free: Sequence[int]
) -> list[Way]:
    """One answer for all passages with the same melody, of those that are free."""
    groups: dict[object, list[int]] = {}
    for at in free:
        groups.setdefault(found[at].melody, []).append(at)
    before = _passages_before(found)
    after: dict[int, list[int]] = {}
    for at, other in before.items():
        after.setdefault(other, []).append(at)

    def worth(at: int, way: Way, own: float) -> float:
        if at in before:
            own += _link(path[before[at]][-1], way[0], found[before[at]], found[at])
        return own + sum(_link(way[-1], path[other][0], found[at], found[other]) for other in after.get(at, ()))

    for _ in range(_MOST_ROUNDS):
        changed = False
        for members in groups.values():
            options = [sum(worth(at, *ways[at][place]) for at in members) for place in range(len(ways[members[0]]))]
            best = ways[members[0]][max(range(len(options)), key=options.__getitem__)][0]
            changed |= any(path[at] != best for at in members)
            for at in members:
                path[at] = best
        if not changed:
            break
    return path


def _passages_before(found: Sequence[Passage]) -> dict[int, int]:
    """For each passage the one that is played before it at first: a second ending follows what the first followed."""
    lasts = {passage.bar: at for at, passage in enumerate(found)}
    out = {}
    for at, passage in enumerate(found):
        stretch = passage.stretches[0]
        if not stretch.begins_bar:
            out[at] = at - 1
        elif stretch.place.before in lasts:
            out[at] = lasts[stretch.place.before]
    return out
