"""Clock, plan and grammar as numbered states with tables, for a loop that never waits for Python.

The automata stay where they are written: ``model.position.clock``, ``model.position.plan`` and ``grammar.automaton``
say what a character means. Here their states get numbers, and their answers are kept in arrays: the next state, the
costs of all characters. An entry is worked out when somebody asks for it for the first time, so the automata are *lazy*
(as the deterministic automata of RE2 are, https://swtch.com/~rsc/regexp/regexp3.html): most states are never met.

A *frame* is what a position in the grammar has beside its node: the structure that the bar stands in and the base of
its costs. Within a bar the frame stays, so that bars which are filled alike share their nodes; over a bar line it
changes, and the table of crossings has the answer.
"""

import logging
import threading
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from charrnn import collector, limits
from charrnn.grammar.automaton import END, Grammar, Position
from charrnn.grammar.bar import IMPOSSIBLE, Bar
from charrnn.grammar.structure import Structure
from charrnn.inference import kept_tables
from charrnn.inference.kernel.arrays import Arrays
from charrnn.inference.kernel.registers import (
    ACCIDENTAL,
    ALWAYS,
    BY_FRAME,
    CROSSES,
    MARK,
    MOST_NODES,
    NEVER,
    NO_LETTER,
    PASSES,
    TIES,
    UNKNOWN,
)
from charrnn.model.position.clock import Clock, Node, Reading, Situation
from charrnn.model.position.closes import ACCIDENTALS, LETTERS
from charrnn.model.position.plan import PlanState, after, alike

_LETTERS = "ABCDEFGabcdefg"
_MARKS = limits.MAX_SAMPLED_OCTAVE_MARKS + 1
_MARGIN = 1_000  # numbers that are left for what rows ask for until the tables are started anew
_OF_NUMBER = tuple(Situation)
_SITUATIONS = {situation: number for number, situation in enumerate(_OF_NUMBER)}

Ints = npt.NDArray[np.int32]
_log = logging.getLogger(__name__)


def crossing_key(frame: int, node: int, character: int, characters: int) -> int:
    """The same sum as in the kernel."""
    return (frame * (MOST_NODES + 1) + node) * characters + character


class Table:
    """An array that grows by rows."""

    def __init__(self, *shape: int, fill: int = UNKNOWN, rows: int = 256) -> None:
        self.array: Ints = np.full((rows, *shape), fill, np.int32)
        self._fill = fill
        self.length = 0

    def append(self, row: Any = None) -> int:
        """One more row; its number."""
        if self.length == len(self.array):
            self.array = np.concatenate([self.array, np.full_like(self.array, self._fill)])
        if row is not None:
            self.array[self.length] = row
        self.length += 1
        return self.length - 1

    @property
    def rows(self) -> Ints:
        """A copy of those that there are."""
        return self.array[: self.length].copy()

    def take(self, rows: Ints) -> None:
        """These instead of its own."""
        room = np.full((max(0, len(self.array) - len(rows)), *self.array.shape[1:]), self._fill, np.int32)
        self.array, self.length = np.concatenate([rows, room]), len(rows)


class Crossings:
    """Where a bar line and what follows it lead, as a hash table with open addressing."""

    def __init__(self) -> None:
        self.keys, self.values = self._empty(1 << 10)
        self._count = 0

    @staticmethod
    def _empty(places: int) -> tuple[npt.NDArray[np.int64], Ints]:
        return np.full(places, -1, np.int64), np.zeros((places, 2), np.int32)

    def take(self, keys: npt.NDArray[np.int64], values: Ints) -> None:
        """These instead of its own."""
        self.keys, self.values, self._count = keys, values, int(np.count_nonzero(keys >= 0))

    def put(self, key: int, frame: int, node: int) -> None:
        """Readers in other threads see the value before its key."""
        if 2 * self._count >= len(self.keys):
            self._grow()
        self._count += self._put(self.keys, self.values, key, (frame, node))

    @staticmethod
    def _put(keys: npt.NDArray[np.int64], values: Ints, key: int, value: Any) -> bool:
        """Whether the key is new."""
        place = key % (len(keys) - 1)
        while keys[place] not in (-1, key):
            place = (place + 1) & (len(keys) - 1)
        is_new = bool(keys[place] < 0)
        values[place] = value
        keys[place] = key
        return is_new

    def _grow(self) -> None:
        keys, values = self._empty(2 * len(self.keys))
        for place in np.flatnonzero(self.keys >= 0).tolist():
            self._put(keys, values, int(self.keys[place]), self.values[place])
        self.keys, self.values = keys, values


class Known(NamedTuple):
    """What tables know, without the automata that told them."""

    readings: list[Reading]
    plans: list[PlanState]
    states: list[tuple[Any, Any]]  # of the grammar's nodes, each with its compass
    frames: list[tuple[Structure, int]]
    rows: dict[str, Ints]  # of each table
    crossings: tuple[npt.NDArray[np.int64], Ints]  # keys and values


class Tables:
    """The states that have numbers, and what is known of them."""

    def __init__(self, clock: Clock, grammar: Grammar) -> None:
        self._clock, self._grammar = clock, grammar
        self.characters = clock.characters
        width = len(self.characters)
        self.index_of = {character: index for index, character in enumerate(self.characters)}
        self.clock_nodes: list[Node] = []
        self._clock_numbers: dict[Node, int] = {}
        self._clock_next, self._moments = Table(width), Table(2)
        self._situations, self._in_header = Table(), Table()
        self.plan_states: list[PlanState] = []
        self._plan_numbers: dict[PlanState, int] = {}
        self._plan_next, self._plan_places = Table(len(Situation), width), Table(2)
        self.nodes: list[Any] = []
        self._node_numbers: dict[Any, int] = {}
        self._next, self._costs, self._ends, self._tie_rows = Table(width), Table(width), Table(), Table()
        self._ties = Table(len(_LETTERS) * _MARKS)
        self.frame_list: list[tuple[Structure, int]] = []
        self._frame_numbers: dict[tuple[Structure, int], int] = {}
        self._frames, self._crossings = Table(2), Crossings()
        self._pitches = np.array([self._pitch(character) for character in self.characters], np.int32)
        self._letters = np.array([self._letter(character) for character in self.characters], np.int32)
        self._signs = np.array([ord(character) * character.isascii() for character in self.characters], np.int32)

    @staticmethod
    def _pitch(character: str) -> int:
        if character in _LETTERS:
            return _LETTERS.index(character) * _MARKS
        return MARK if character in ",'" else -1

    @staticmethod
    def _letter(character: str) -> int:
        if character in ACCIDENTALS:
            return ACCIDENTAL
        return LETTERS.index(character.upper()) if character.upper() in LETTERS else NO_LETTER

    @property
    def arrays(self) -> Arrays:
        """As they are now, to be taken under the lock of ``Automata``. What is added later may be in them or not."""
        return Arrays(
            clock_next=self._clock_next.array,
            clock_moments=self._moments.array,
            clock_situations=self._situations.array,
            clock_in_header=self._in_header.array,
            plan_next=self._plan_next.array,
            plan_places=self._plan_places.array,
            next=self._next.array,
            costs=self._costs.array,
            ends=self._ends.array,
            tie_rows=self._tie_rows.array,
            ties=self._ties.array,
            frames=self._frames.array,
            crossing_keys=self._crossings.keys,
            crossings=self._crossings.values,
            pitches=self._pitches,
            letters=self._letters,
            signs=self._signs,
        )

    @property
    def size(self) -> int:
        """States of the automaton that has the most."""
        return max(len(self.clock_nodes), len(self.plan_states), len(self.nodes), len(self.frame_list))

    # -- from run to run

    @property
    def known(self) -> Known:
        """All of it, in copies."""
        return Known(
            [node.reading for node in self.clock_nodes],
            self.plan_states.copy(),
            [(node.state, node.compass) for node in self.nodes],
            self.frame_list.copy(),
            {name: table.rows for name, table in vars(self).items() if isinstance(table, Table)},
            (self._crossings.keys.copy(), self._crossings.values.copy()),
        )

    def take(self, known: Known) -> None:
        """Begin with what others have known."""
        self.clock_nodes = [self._clock.node(reading) for reading in known.readings]
        self.plan_states, self.frame_list = known.plans, known.frames
        self.nodes = [self._grammar.node(*state) for state in known.states]
        self._clock_numbers, self._plan_numbers, self._node_numbers, self._frame_numbers = (
            {state: number for number, state in enumerate(states)}
            for states in (self.clock_nodes, self.plan_states, self.nodes, self.frame_list)
        )
        for name, rows in known.rows.items():
            getattr(self, name).take(rows)
        self._crossings.take(*known.crossings)

    # -- states to numbers

    def of_clock(self, node: Node) -> int:
        if node not in self._clock_numbers:
            self.clock_nodes.append(node)
            self._moments.append(node.moment)
            self._situations.append(_SITUATIONS[node.situation])
            self._in_header.append(int(node.reading.in_header))
            self._clock_numbers[node] = self._clock_next.append()
        return self._clock_numbers[node]

    def of_plan(self, state: PlanState) -> int:
        """Which plan it is does not matter: only the place in it."""
        bare = state._replace(plan=None)
        if bare not in self._plan_numbers:
            self.plan_states.append(bare)
            self._plan_places.append((bare.section, bare.bars))
            self._plan_numbers[bare] = self._plan_next.append()
        return self._plan_numbers[bare]

    def of_position(self, position: Position) -> tuple[int, int]:
        """Frame and node."""
        return self._of_frame(position), self._of_node(position)

    def _of_frame(self, position: Position) -> int:
        frame = position.structure, position.base
        if frame not in self._frame_numbers:
            self.frame_list.append(frame)
            self._frame_numbers[frame] = self._frames.append((position.base, int(position.structure.may_end)))
        return self._frame_numbers[frame]

    def _of_node(self, position: Position) -> int:
        node = position.node
        if node not in self._node_numbers:
            costs = np.minimum(self._grammar.costs(position), IMPOSSIBLE)
            costs[self.index_of[END]] = IMPOSSIBLE
            self.nodes.append(node)
            self._costs.append(costs)
            self._ends.append(self._may_end(position))
            self._tie_rows.append()
            self._node_numbers[node] = self._next.append(self._passing(position))
        return self._node_numbers[node]

    def _passing(self, position: Position) -> Ints | None:
        """Which characters come behind a bar line that is complete; None where none does."""
        if not self._grammar.is_complete_mark(position):
            return None
        row = np.full(len(self.characters), PASSES, np.int32)
        row[self._numbers_of(self._grammar.longer(position) + END)] = UNKNOWN
        return row

    def _may_end(self, position: Position) -> int:
        state = position.node.state
        if isinstance(state, Bar):
            return NEVER if state.partial or state.has_sound else BY_FRAME
        return ALWAYS if self._grammar.may_end(position) else NEVER

    # -- numbers to states

    def position(self, frame: int, node: int, pitch: int) -> Position:
        structure, base = self.frame_list[frame]
        return Position(structure, self.nodes[node], base, spelled(pitch))

    def situation(self, clock: int) -> int:
        return int(self._situations.array[clock])

    # -- answers

    def step_clock(self, state: int, character: int) -> None:
        if self._clock_next.array[state, character] >= 0:
            return
        node = self.clock_nodes[state]
        same = self._numbers_of(self._clock.alike(node, self.characters[character]))
        following = self.of_clock(self._clock.step(node, character))
        self._clock_next.array[state, same] = following

    def step_plan(self, state: int, situation: int, character: int) -> None:
        if self._plan_next.array[state, situation, character] >= 0:
            return
        following = self.of_plan(after(self.plan_states[state], _OF_NUMBER[situation], self.characters[character]))
        self._plan_next.array[state, situation, self._numbers_of(alike(self.characters[character]))] = following

    def step_grammar(self, frame: int, node: int, pitch: int, index: int) -> None:
        """Raises ValueError where the character is not allowed."""
        if self._next.array[node, index] >= 0:
            return
        position, character, state = self.position(frame, node, pitch), self.characters[index], self.nodes[node].state
        if self._next.array[node, index] == PASSES:
            behind = self._grammar.behind(position)
            across = self.of_position(behind)
            self._crossings.put(crossing_key(frame, node, self.index_of[END], len(self.characters)), *across)
            self.step_grammar(*across, pitch_number(behind.pitch), index)
            return
        following = self._grammar.advance(position, character)
        new_frame, new_node = self.of_position(following)
        if not isinstance(state, Bar) or character in "|:[":
            self._crossings.put(crossing_key(frame, node, index, len(self.characters)), new_frame, new_node)
            self._next.array[node, index] = CROSSES
        elif character == "-":
            if self._tie_rows.array[node] < 0:
                self._tie_rows.array[node] = self._ties.append()
            self._ties.array[self._tie_rows.array[node], pitch] = new_node
            self._next.array[node, index] = TIES
        else:
            self._next.array[node, self._numbers_of(self._grammar.alike(position, character))] = new_node

    def _numbers_of(self, characters: str) -> list[int]:
        """Of those that the network knows."""
        return [self.index_of[character] for character in characters if character in self.index_of]


def spelled(pitch: int) -> str:
    """A pitch by its number: a letter with its octave marks; "" for none."""
    if pitch < 0:
        return ""
    letter, marks = _LETTERS[pitch // _MARKS], pitch % _MARKS
    return letter + marks * ("'" if letter.islower() else ",")


def pitch_number(pitch: str) -> int:
    return _LETTERS.index(pitch[0]) * _MARKS + len(pitch) - 1 if pitch else -1


class Automata:
    """The tables of one network, shared by all threads; begun with those that were kept, and again when they are
    full."""

    def __init__(self, clock: Clock, grammar: Grammar) -> None:
        self._clock, self._grammar = clock, grammar
        self.lock = (
            threading.RLock()
        )  # held by who adds to the tables, and who takes their arrays; who reads those needs none
        self.tables = self._begun()
        self._next_size = kept_tables.size_to_keep(self.tables.size)

    def _begun(self) -> Tables:
        tables = Tables(self._clock, self._grammar)
        with collector.paused():
            known = kept_tables.read(self._clock.characters)
            try:
                if known is not None:
                    tables.take(known)
            except Exception as error:  # whatever it is, tables can be made again
                _log.info("the kept tables cannot be used: %s", error)
                return Tables(self._clock, self._grammar)
        return tables

    def keep_or_renew(self) -> None:
        """Called by who has added to the tables. They are kept now and then, and begun again when they are full: who
        goes on with states of the old ones has their numbers translated (``Batch``)."""
        size = self.tables.size
        if self._next_size <= size and self._next_size <= kept_tables.MOST:
            self._next_size = kept_tables.size_to_keep(size)
            kept_tables.keep(self._clock.characters, self.tables.known)
        if size >= MOST_NODES - _MARGIN:
            self.tables = self._begun()
