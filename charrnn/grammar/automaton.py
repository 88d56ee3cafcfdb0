"""The grammar of what the model may write: for every position in a tune, the characters that keep it right.

    grammar = Grammar(alphabet)
    position = read_seed(grammar, "M:6/8\\nL:1/8\\nK:D\\n", "|:A|dfd").position
    position = grammar.advance(position, "e")
    grammar.costs(position)     # for each character: how many more the tune needs after it

It puts automata together: ``structure`` (sections, repeats, endings: which bar line may come), ``bar`` (what fits into
the bar), and, where the tune is for an instrument, ``compass`` (which notes it has). What has been worked out for a bar
or a bar line is kept, so that the next tune finds it.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from math import ceil

from charrnn import limits
from charrnn.grammar.bar import (
    IMPOSSIBLE,
    TICKS,
    Bar,
    Way,
    Ways,
    cost,
    costs_of_steps,
    finished,
    grid_of,
    step,
)
from charrnn.grammar.compass import Compass, Mark, after_mark, surcharge
from charrnn.grammar.compass import step as step_compass
from charrnn.grammar.structure import Exit, Structure, When

_LARGE, _SMALL = "ABCDEFG", "abcdefg"  # letters of pitches
_PITCHED = f"{_LARGE}{_SMALL}^_="  # what notes begin with
END = "\n"  # the character that ends a tune
_MAX_NODES = 20_000  # kept at once, some 100 MB; all of the training music visits a third of them
_MAX_TIMES = 512  # at which a bar line "anywhere" is looked at; more are in no meter that people use


@dataclass(frozen=True, slots=True)
class _Marks:
    """Where a bar line, an ending's number or an inline field is in progress."""

    structure: Structure  # before it
    bar: Bar  # the bar that it ends or begins
    text: str
    inside: Bar | None = None  # after "[": the bar in which it opens a chord
    base: int = 0  # of that bar


@dataclass(eq=False, slots=True)
class _Node:
    """A state, with the cost of every character once it has been asked for."""

    state: Bar | _Marks
    compass: Compass | None  # None where the tune is for any instrument
    within: dict[str, "_Node"] = field(default_factory=dict)  # where a character leads, within the bar
    across: dict[Hashable, "Position | None"] = field(default_factory=dict)  # over a bar line
    costs: tuple[int, ...] | None = None
    may_end: bool | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a text stands in the grammar. Positions share nodes; ``base`` is what the costs of a node leave out."""

    structure: Structure
    node: _Node
    base: int
    pitch: str = ""  # of the last note, for a tie to hold; bar lines forget it


class Grammar:
    """The grammar over the characters of an alphabet. Safe to share: positions come in and go out."""

    def __init__(self, alphabet: str) -> None:
        self.alphabet = alphabet
        self._nodes: dict[Hashable, _Node] = {}

    # -- what a caller asks

    def advance(self, position: Position, character: str) -> Position:
        """The position one character further. Raises ValueError where the character is not allowed."""
        following = self.try_advance(position, character)
        if following is None:
            raise ValueError(f"{character!r} leads nowhere here")
        return following

    def costs(self, position: Position) -> tuple[int, ...]:
        """For each character of the alphabet, how many more the tune needs after it, ``position.base`` not counted;
        ``IMPOSSIBLE`` or more where it is not allowed. ``END`` is never counted here: ``may_end`` tells."""
        node = position.node
        if node.costs is None:
            costs = self._costs_in_bar if isinstance(node.state, Bar) else self._costs_in_marks
            node.costs = costs(node.state, node.compass)  # type: ignore[arg-type]
        return node.costs

    def cost(self, position: Position) -> int:
        """Characters from here to the end of the tune, at least; ``IMPOSSIBLE`` where no text leads there."""
        return 0 if self.may_end(position) else 1 + position.base + min(self.costs(position))

    def may_end(self, position: Position) -> bool:
        """Whether ``END`` is allowed here."""
        node = position.node
        if isinstance(node.state, Bar):
            return position.structure.may_end and not (node.state.partial or node.state.has_sound)
        if node.may_end is None:
            node.may_end = _is_complete(node.state) and _behind(node.state).may_end
        return node.may_end

    def is_complete(self, position: Position) -> bool:
        """Whether the bar line in progress, if there is one, may stay as it is."""
        return isinstance(position.node.state, Bar) or self.is_complete_mark(position)

    def is_complete_mark(self, position: Position) -> bool:
        """Whether there is a bar line in progress that may stay as it is."""
        state = position.node.state
        return isinstance(state, _Marks) and _is_complete(state)

    def longer(self, position: Position) -> str:
        """The characters that make the bar line in progress longer."""
        state = position.node.state
        assert isinstance(state, _Marks)
        return _longer(state, position.node.compass)

    def behind(self, position: Position) -> Position:
        """Before the first note after the bar line in progress, which is complete."""
        state = position.node.state
        assert isinstance(state, _Marks)
        return self._behind(state, position.node.compass)

    def alike(self, position: Position, character: str) -> str:
        """The characters that lead to the same node as this one: within a bar, the letters of one case, unless a tie,
        a chord or an instrument makes a difference between pitches."""
        node, letters = position.node, _SMALL if character in _SMALL else _LARGE
        is_alike = isinstance(node.state, Bar) and node.compass is None and not (node.state.tie or node.state.chord)
        return letters if character in letters and is_alike else character

    # -- positions

    def at_bar(self, structure: Structure, tie: str = "", compass: Compass | None = None) -> Position:
        """Before the first note of a bar."""
        bar, base = fresh_bar(structure)
        bar = bar._replace(tie=tie)
        return self.within_bar(structure, bar, base, compass and _with_change(compass, structure, bar, base))

    def within_bar(self, structure: Structure, bar: Bar, base: int, compass: Compass | None = None) -> Position:
        return Position(structure, self.node(bar, compass), base)

    def with_compass(self, position: Position, compass: Compass) -> Position:
        """The same position in a tune for an instrument. No chord may be open there."""
        structure, state = position.structure, position.node.state
        if isinstance(state, Bar):
            compass = _with_change(compass, structure, state, position.base)
        return replace(position, node=self.node(state, compass))

    def node(self, state: Bar | _Marks, compass: Compass | None) -> _Node:
        """The node of this state, made where there is none."""
        key = state if compass is None else (state, compass)
        node = self._nodes.get(key)
        if node is None:
            if len(self._nodes) >= _MAX_NODES:
                self._nodes.clear()  # positions in use keep their nodes
            node = self._nodes[key] = _Node(state, compass)
        return node

    def try_advance(self, position: Position, character: str) -> Position | None:
        """The position one character further, None where the character is not allowed."""
        state, across = position.node.state, position.node.across
        key: Hashable = character
        if isinstance(state, Bar):
            if character not in "|:[":
                return self._advance_in_bar(position, state, character)
            key = position.structure, position.base, character
        if key not in across:
            advance = self._advance_to_mark if isinstance(state, Bar) else self._advance_from_mark
            across[key] = advance(position, character)
        return across[key]

    def _advance_in_bar(self, position: Position, bar: Bar, character: str) -> Position | None:
        pitch = position.pitch
        if character in _LARGE or character in _SMALL:
            pitch = character
        elif character in ",'":
            pitch += character
        key = character if character != "-" else "-" + pitch
        node = position.node.within.get(key)
        if node is None:
            following, compass = step(bar, character), position.node.compass
            if following is None or cost(following) >= IMPOSSIBLE:
                return None
            if compass is not None:
                compass = step_compass(compass, bar, character)
                if compass is None:
                    return None
            node = self.node(following._replace(tie=pitch) if character == "-" else following, compass)
            position.node.within[key] = node
        return Position(position.structure, node, position.base, pitch)

    def _advance_to_mark(self, position: Position, character: str) -> Position | None:
        bar, compass = position.node.state, position.node.compass
        assert isinstance(bar, Bar)
        following, done = step(bar, character), finished(bar)
        if following is not None and cost(following) >= IMPOSSIBLE:
            following = None
        if compass is not None:
            if compass.mark is Mark.MUST:
                return None
            if character == "[":
                following = None  # the model begins no chord
                if compass.change >= IMPOSSIBLE and _cost_of_line(done, "[") >= IMPOSSIBLE:
                    return None
            compass = compass.without_memory
        if done is not None and not done.is_open:
            marks = _Marks(position.structure, _without_memory(done), character, following, position.base)
            if any(_marks(marks, compass)):
                return Position(position.structure, self.node(marks, compass), 0)
        if following is None:
            return None
        return Position(position.structure, self.node(following, compass), position.base)

    def _advance_from_mark(self, position: Position, character: str) -> Position | None:
        state, compass = position.node.state, position.node.compass
        assert isinstance(state, _Marks)
        if character in _longer(state, compass):
            longer = replace(state, text=state.text + character, inside=None, base=0)
            return replace(position, node=self.node(longer, compass))
        if _is_complete(state):
            return self.try_advance(self._behind(state, compass), character)
        if state.inside is None:
            return None
        return self.try_advance(self.within_bar(state.structure, state.inside, state.base), character)

    def _behind(self, state: _Marks, compass: Compass | None) -> Position:
        """Before the first note after a mark that is complete."""
        tie = state.bar.tie if state.text == "|" else ""
        return self.at_bar(_behind(state), tie, after_mark(compass, state.text) if compass else None)

    # -- costs

    def _costs_in_bar(self, bar: Bar, compass: Compass | None) -> tuple[int, ...]:
        done = finished(bar)
        steps = costs_of_steps(bar, done, self.alphabet)
        if compass is not None:
            steps = _within_compass(compass, bar, steps)
        if compass is None or compass.mark is not Mark.MUST:
            for character in "|:[":
                steps[character] = min(_cost_of_line(done, character), steps.get(character, IMPOSSIBLE))
        if compass is not None:
            steps["["] = min(compass.change, steps.get("[", IMPOSSIBLE))
        return tuple(steps.get(character, IMPOSSIBLE) for character in self.alphabet)

    def _costs_in_marks(self, state: _Marks, compass: Compass | None) -> tuple[int, ...]:
        marks, is_complete = list(_marks(state, compass)), _is_complete(state)
        written = len(state.text)
        longer: dict[str, int] = {}
        for mark in marks:
            if len(mark) > written:
                cost_of_mark = len(mark) - written - 1 + _cost_behind(state, mark)
                longer[mark[written]] = min(cost_of_mark, longer.get(mark[written], cost_of_mark))
        otherwise = [IMPOSSIBLE] * len(self.alphabet)
        if is_complete:
            behind = self._behind(state, compass)
            otherwise = [behind.base + each for each in self.costs(behind)]
        elif state.inside is not None:
            steps = costs_of_steps(state.inside, finished(state.inside), self.alphabet)
            otherwise = [state.base + steps.get(character, IMPOSSIBLE) for character in self.alphabet]
        return tuple(longer.get(character, each) for character, each in zip(self.alphabet, otherwise, strict=True))


def _with_change(compass: Compass, structure: Structure, bar: Bar, base: int) -> Compass:
    """With what a change of key costs here; there is one before the first note of a bar at most."""
    if "K" not in structure.fields or bar.has_sound or bar.tie or bar.partial or bar.is_open:
        return compass
    mark = compass.notes.shortest_change
    behind = _to_end_behind(structure, "[K:C]", bar.filled, bar.grid)
    return compass._replace(change=min(IMPOSSIBLE, len(mark) - 1 + behind - base))


def _within_compass(compass: Compass, bar: Bar, steps: dict[str, int]) -> dict[str, int]:
    """The costs of steps within a bar that the instrument follows, with what its notes need more."""
    found: dict[str, int] = {}
    for character, least in steps.items():
        if step_compass(compass, bar, character) is not None:
            more = surcharge(compass, bar, character) if character in _PITCHED else 0
            found[character] = least + (more or 0)
    return found


# -- bars


@lru_cache(maxsize=1 << 14)
def fresh_bar(structure: Structure) -> tuple[Bar, int]:
    """The bar that begins here, and what its tails leave out: the least that all ways home have in common."""
    return bar_with(structure, bare_bar(structure), structure.exits())


def bar_with(structure: Structure, bare: Bar, exits: tuple[Exit, ...]) -> tuple[Bar, int]:
    """The bar with these bar lines to end with, and the base of their tails."""
    tails = {exit: _tail(structure, bare, exit) for exit in _within_reach(structure, bare, exits)}
    base = min(tails.values(), default=0)
    ways = [
        Way(exit.mark, exit.when, to_ticks(structure, bare, exit.at), tail - base)
        for exit, tail in tails.items()
        if tail < IMPOSSIBLE
    ]
    return bare._replace(ways=Ways.of(ways)), base


def bare_bar(structure: Structure, *more: Fraction) -> Bar:
    """The bar without its ways home. ``more`` are other times that have to be filled in it."""
    full = structure.full if structure.full is not None else Fraction(limits.MAX_NOTE_LENGTH)
    times = (full, structure.filled, structure.phase, structure.split, *more)
    grid = grid_of(*(time / structure.unit for time in times))
    longest = min(limits.MAX_SAMPLED_LENGTH * grid, int(limits.MAX_NOTE_LENGTH / structure.unit * grid))
    bare = Bar(grid, longest, 0, structure.odd_q, Ways.of(()))
    return bare._replace(cap=to_ticks(structure, bare, full), filled=to_ticks(structure, bare, structure.filled))


def to_ticks(structure: Structure, bar: Bar, time: Fraction) -> int:
    """Whole notes in the ticks of a bar; rounded up where a person's faulty bar fits into no grid."""
    return ceil(time / structure.unit * bar.grid * TICKS)


def to_time(structure: Structure, bar: Bar, ticks: int) -> Fraction:
    return structure.unit * ticks / (bar.grid * TICKS)


def _times(bare: Bar) -> int:
    """How many places for a bar line there are in a bar."""
    return bare.cap // TICKS


def _within_reach(structure: Structure, bare: Bar, exits: tuple[Exit, ...]) -> Iterator[Exit]:
    """In a bar of thousands of places, a bar line that might stand anywhere stands at the end."""
    for exit in exits:
        if structure.full is None or exit.when in (When.AT, When.BEFORE) or _times(bare) <= _MAX_TIMES:
            yield exit
        elif exit.when is When.ANYWHERE:
            yield Exit(exit.mark, When.AT, structure.full)


def _tail(structure: Structure, bare: Bar, exit: Exit) -> int:
    """Characters after a bar line; at most so many, if it may stand in several places."""
    if exit.when is When.AT:
        return to_end(structure.after(exit.mark, exit.at))
    if exit.when is When.BEFORE:
        return to_end(structure.after(exit.mark, structure.filled))
    if structure.full is None:
        return to_end(structure.after(exit.mark, structure.unit))
    last = exit.when.last(to_ticks(structure, bare, exit.at), bare.cap) // TICKS
    return _longest_tail(structure.without_memory, exit.mark, last, bare.grid)


@lru_cache(maxsize=1 << 13)
def _longest_tail(structure: Structure, mark: str, last: int, grid: int) -> int:
    """Of a bar line that may stand after each of so many places of a bar."""
    times = (structure.unit * place / grid for place in range(1, last + 1))
    return max((to_end(structure.after(mark, time)) for time in times), default=IMPOSSIBLE)


@lru_cache(maxsize=1 << 15)
def to_end(structure: Structure) -> int:
    """Characters from the beginning of a bar to the end of the tune, along the way home."""
    characters, plan = 0, structure.plan
    while not structure.may_end:
        if structure.plan != plan:  # another part begins, as it does in tunes with other parts before it
            return min(IMPOSSIBLE, characters + to_end(structure))
        exit = structure.home(structure.filled, has_sound=False)
        if exit is None:
            return IMPOSSIBLE
        bare = bare_bar(structure)
        cost_of_bar = cost(
            bare._replace(ways=Ways.of((Way(exit.mark, exit.when, to_ticks(structure, bare, exit.at), 0),)))
        )
        characters += cost_of_bar
        if exit.when in (When.ANYWHERE, When.SHORT, When.UP_TO):
            return min(IMPOSSIBLE, characters + _tail(structure, bare, exit))
        if characters >= IMPOSSIBLE:
            return IMPOSSIBLE
        following = structure.after(exit.mark, exit.at if exit.when is When.AT else structure.filled)
        alike = following.bars_like(structure)
        characters += alike * cost_of_bar
        structure = replace(following, bars=following.bars + alike) if alike else following
    return characters


# -- marks


def _without_memory(bar: Bar) -> Bar:
    """The bar without what no bar line looks at."""
    return bar._replace(breakable=0, may_tie=False)


def _stands(way: Way, bar: Bar) -> bool:
    """Whether this bar line may stand where the bar is now; nothing in it is open."""
    if way.when is When.BEFORE:
        return not (bar.has_sound or bar.tie)
    if not bar.has_sound or (bar.tie and way.mark != "|"):
        return False
    if way.when is When.AT:
        return bar.filled == way.at
    return bar.filled % TICKS == 0 and bar.filled <= way.last(bar.cap)


@lru_cache(maxsize=1 << 14)
def _all_marks(structure: Structure, bar: Bar) -> tuple[str, ...]:
    lines = tuple(way.mark for way in bar.ways if _stands(way, bar))
    return lines + (structure.field_texts() if not (bar.has_sound or bar.tie) else ())


def _marks(state: _Marks, compass: Compass | None) -> Iterable[str]:
    """The marks that begin with what is written. Of the keys, those that an instrument usually plays, or any where a
    person has begun another one."""
    found = [mark for mark in _all_marks(state.structure, state.bar) if mark.startswith(state.text)]
    if compass is None:
        return found
    usual = [mark for mark in found if not mark.startswith("[K:") or mark[3:-1] in compass.notes.keys]
    return usual or found


def _longer(state: _Marks, compass: Compass | None) -> str:
    written = len(state.text)
    return "".join({mark[written] for mark in _marks(state, compass) if len(mark) > written})


def _is_complete(state: _Marks) -> bool:
    return state.text in _all_marks(state.structure, state.bar)


def _behind(state: _Marks) -> Structure:
    return state.structure.after(state.text, _time(state))


def _time(state: _Marks) -> Fraction:
    return to_time(state.structure, state.bar, state.bar.filled)


def _cost_behind(state: _Marks, mark: str) -> int:
    longer_pitch = len(state.bar.tie) - 1 if state.bar.tie else 0
    if mark.startswith("[K:"):
        mark = "[K:C]"  # no key takes more characters than another
    return longer_pitch + _to_end_behind(state.structure, mark, state.bar.filled, state.bar.grid)


@lru_cache(maxsize=1 << 15)
def _to_end_behind(structure: Structure, mark: str, filled: int, grid: int) -> int:
    """Characters after a mark to the end of the tune, where the bar is filled up to so many ticks of its grid."""
    return to_end(structure.after(mark, structure.unit * filled / (grid * TICKS)))


def _cost_of_line(done: Bar | None, character: str) -> int:
    """Of the bar lines that begin with this character, in a bar whose last symbol is taken as complete; inline fields
    are not on the way home."""
    if done is None or done.is_open:
        return IMPOSSIBLE
    longer_pitch = max(0, len(done.tie) - 1)
    ways = (way for way in done.ways if way.mark[0] == character and _stands(way, done))
    return min((way.cost - 1 + longer_pitch for way in ways), default=IMPOSSIBLE)
