"""Rows of the kernel: lines that are written together, and that join and leave at any time. Each weight of the network
is read from memory once for all of them.

Each row has a slot in arrays that stay where they are. The kernel writes up to ``TURNS`` characters in every row at a
call; the lines get them afterwards. Guides other than the grammar are Python code, so their rows are in a batch of
their own and advance by one character a call.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from charrnn.errors import CharrnnError, ModelError, SamplingError
from charrnn.inference import kernel
from charrnn.inference.draws import AS_LEARNT, DAMAGED, NO_WAY_ON
from charrnn.inference.guides import GrammarGuide, NoGuide
from charrnn.inference.kernel import (
    AT_BARS,
    BEFORE_DRAW,
    BRIDGES,
    BY_GRAMMAR,
    BY_MASK,
    CAME,
    CAME_IN,
    CLOCK,
    CLOSES,
    DONE,
    END,
    ENDED,
    FAULT,
    FRAME,
    FREE,
    GIVEN,
    GIVENS,
    GREEDY,
    IS_SAVED,
    KEPT,
    KIND,
    LANES,
    LEFT,
    MOST_TRIES,
    NO_LETTER,
    NO_PROBABILITIES,
    NODE,
    NOTE,
    PAUSED,
    PAUSES,
    PHASE,
    PITCH,
    PLAN,
    RANDOM,
    READY,
    REGISTERS,
    ROOM,
    SECTIONS,
    SEEN,
    STAGE,
    TAKEN_BACK,
    TONIC,
    TRIES,
    Memory,
    Rows,
    Saved,
)  # fmt: skip
from charrnn.inference.line import Line
from charrnn.inference.tables import Tables, pitch_number
from charrnn.inference.tries import Bars
from charrnn.model.network import State
from charrnn.model.position.closes import LETTERS
from charrnn.model.position.plan import PlanState

if TYPE_CHECKING:
    from charrnn.inference.compiled import CompiledStepper  # which begins its steps with slots

TURNS = 16  # characters a call: some milliseconds
_BLOCK = 8 * TURNS  # random numbers taken from a generator at a time
_LONGEST_BRIDGE = 8
_NO_PLAN = -1  # of a row's sections

Ints = np.ndarray


class Slots:
    """The arrays of so many rows, with room to grow in their pages."""

    def __init__(self, stepper: "CompiledStepper", count: int) -> None:
        self.stepper, self.automata = stepper, stepper.automata
        self.tables: Tables = self.automata.tables
        layers, units, characters = stepper.layer_count, stepper.units, stepper.characters
        self.rows = Rows(
            registers=np.zeros((count, REGISTERS), np.int64),
            settings=np.array([AS_LEARNT.settings] * count, np.float32),
            hidden=np.zeros((layers, count, units), np.float32),
            cell=np.zeros((layers, count, units), np.float32),
            pages=np.zeros((count, 16), np.int64),
            plans=np.zeros((count, 16), np.int64),
            given=np.zeros((count, TURNS), np.int64),
            bridges=np.zeros((count, _LONGEST_BRIDGE), np.int64),
            masks=np.zeros((count, characters), np.int8),
            probabilities=np.zeros((count, characters), np.float32),
            untempered=np.zeros((count, characters), np.float32),
            nats=np.zeros(count),
            randoms=np.zeros((count, _BLOCK)),
            written=np.zeros((count, TURNS), np.int64),
            removed=np.zeros((count, TURNS)),
            weights=np.zeros((count, TURNS, characters), np.float32),
        )
        names = ("registers", "hidden", "cell", "probabilities", "untempered", "nats")
        self.saved = Saved(*(np.zeros_like(getattr(self.rows, name)) for name in names))
        self.memory = self._pages_of(4 * count)
        self._free_pages = list(range(4 * count))
        self._pages: list[list[int]] = [[] for _ in range(count)]

    def _pages_of(self, count: int) -> Memory:
        stepper = self.stepper
        return Memory(
            ids=np.zeros((count, LANES), np.int64),
            intervals=np.zeros((count, LANES), np.int64),
            recall_keys=np.zeros((count, stepper.width, LANES), np.float32),
            recall_values=np.zeros((count, LANES, stepper.units), np.float32),
            pointer_keys=np.zeros((stepper.heads, count, stepper.width, LANES), np.float32),
        )

    def begin(self, slot: int, state: State, row: int = 0) -> None:
        """Fill the slot from one row of a state: from there, the network goes on."""
        rows, registers = self.rows, self.rows.registers[slot]
        registers[:] = 0
        registers[NOTE] = NO_LETTER
        rows.nats[slot] = 0
        rows.hidden[:, slot], rows.cell[:, slot] = state.hidden[:, row].numpy(), state.cell[:, row].numpy()
        registers[PHASE], registers[SEEN], registers[STAGE] = int(state.phase[row]), state.ids.shape[1], READY
        with self.automata.lock:
            registers[CLOCK] = self.tables.of_clock(state.time[row])
            registers[PLAN] = self.tables.of_plan(state.plan[row])
        self._tell_plan(slot, state.plan[row])
        self.make_room(slot, state.ids.shape[1] + TURNS)
        self._remember(slot, state, row)

    def _tell_plan(self, slot: int, state: PlanState) -> None:
        if state.plan is None:
            self.rows.registers[slot, SECTIONS] = _NO_PLAN
            return
        sections, room = len(state.plan), self.rows.plans.shape[1]
        if sections > room:
            wider = np.pad(self.rows.plans, ((0, 0), (0, sections)))
            self.rows = self.rows._replace(plans=wider)
        self.rows.registers[slot, SECTIONS] = sections
        self.rows.plans[slot, :sections] = state.plan

    def _remember(self, slot: int, state: State, row: int) -> None:
        memory, seen = self.memory, state.ids.shape[1]
        kept = state.recall_keys[row].numpy(), state.recall_values[row].numpy(), state.pointer_keys[row].numpy()
        for start, page in zip(range(0, seen, LANES), self._pages[slot], strict=False):
            part = slice(start, min(start + LANES, seen))
            lanes = part.stop - start
            memory.ids[page, :lanes] = state.ids[row, part].numpy()
            memory.intervals[page, :lanes] = state.intervals[row, part].numpy()
            memory.recall_keys[page, :, :lanes] = kept[0][part].T
            memory.recall_values[page, :lanes] = kept[1][part]
            heads = kept[2][part].reshape(lanes, len(memory.pointer_keys), -1)
            memory.pointer_keys[:, page, :, :lanes] = heads.transpose(1, 2, 0)

    def make_room(self, slot: int, moments: int) -> None:
        """Pages for so many moments."""
        pages = self._pages[slot]
        while len(pages) * LANES < moments:
            if not self._free_pages:
                self._grow_memory()
            if len(pages) == self.rows.pages.shape[1]:
                wider = np.pad(self.rows.pages, ((0, 0), (0, len(pages))))
                self.rows = self.rows._replace(pages=wider)
            pages.append(self._free_pages.pop())
            self.rows.pages[slot, len(pages) - 1] = pages[-1]

    def _grow_memory(self) -> None:
        count = len(self.memory.ids)
        pairs = zip(self.memory, self._pages_of(count), (0, 0, 0, 0, 1), strict=True)
        self.memory = Memory(*(np.concatenate([old, new], axis) for old, new, axis in pairs))
        self._free_pages = list(range(count, 2 * count))

    def moments(self, slot: int, first: int, end: int) -> Memory:
        """What the row may look back at from one moment to another."""
        pages, lanes = self._places(slot, first, end)
        memory = self.memory
        return Memory(
            memory.ids[pages, lanes],
            memory.intervals[pages, lanes],
            memory.recall_keys[pages, :, lanes],
            memory.recall_values[pages, lanes],
            memory.pointer_keys[:, pages, :, lanes],
        )

    def put_moments(self, slot: int, end: int, moments: Memory) -> None:
        pages, lanes = self._places(slot, end - len(moments.ids), end)
        memory = self.memory
        memory.ids[pages, lanes], memory.intervals[pages, lanes] = moments.ids, moments.intervals
        memory.recall_keys[pages, :, lanes], memory.recall_values[pages, lanes] = moments[2], moments[3]
        memory.pointer_keys[:, pages, :, lanes] = moments.pointer_keys

    def _places(self, slot: int, first: int, end: int) -> tuple[Ints, Ints]:
        """Page and lane of each moment."""
        moments = np.arange(first, end)
        return self.rows.pages[slot, moments // LANES], moments % LANES

    def leave(self, slot: int) -> None:
        """The slot is free again, and so are its pages."""
        self._free_pages.extend(self._pages[slot])
        self._pages[slot] = []
        self.rows.registers[slot, STAGE] = DONE

    def read(self, slots: Sequence[int], ids: Sequence[int] | Ints) -> None:
        """Feed each slot one character, which the caller chose."""
        for slot, index in zip(slots, ids, strict=True):
            registers = self.rows.registers[slot]
            self.rows.given[slot, 0], registers[GIVEN], registers[GIVENS] = index, 0, 1
        self.run(slots, 1)

    def run(self, slots: Sequence[int], turns: int) -> None:
        """So many turns in these slots, with answers from Python where the tables have none."""
        for slot in slots:
            self.make_room(slot, int(self.rows.registers[slot, SEEN]) + turns + 1)
        order = np.array(slots, np.int64)
        while turns:
            if self.automata.tables is not self.tables:
                self._renumber(slots)
            turns -= kernel.run(
                self.stepper.arrays, self.tables.arrays, self.rows, self.saved, self.memory, order, turns
            )
            stuck = [slot for slot in slots if self.rows.registers[slot, STAGE] == CAME_IN]  # at a missing entry
            if not stuck:
                return
            with self.automata.lock:
                for slot in stuck:
                    self._fill_in(self.rows.registers[slot])
                self.automata.renew_if_full()

    def _fill_in(self, registers: Ints) -> None:
        """Work out the entries of the tables that a row needs next."""
        tables, character, clock = self.tables, int(registers[CAME]), int(registers[CLOCK])
        if self.stepper.has_hints:
            tables.step_clock(clock, character)
            if registers[SECTIONS] != _NO_PLAN:
                tables.step_plan(int(registers[PLAN]), tables.situation(clock), character)
        if registers[KIND] == BY_GRAMMAR and registers[kernel.FOLLOWS]:
            frame, node, pitch = (int(registers[name]) for name in (FRAME, NODE, PITCH))
            tables.step_grammar(frame, node, pitch, character)

    def _renumber(self, slots: Sequence[int]) -> None:
        """Go on with tables that were started anew."""
        old, new = self.tables, self.automata.tables
        with self.automata.lock:
            for slot in slots:
                registers = self.rows.registers[slot]
                _translate(registers, old, new)
                if registers[IS_SAVED]:
                    _translate(self.saved.registers[slot], old, new)
        self.tables = new


def _translate(registers: Ints, old: Tables, new: Tables) -> None:
    """From the numbers that states have in some tables to those that they have in others."""
    registers[CLOCK] = new.of_clock(old.clock_nodes[registers[CLOCK]])
    registers[PLAN] = new.of_plan(old.plan_states[registers[PLAN]])
    if registers[KIND] == BY_GRAMMAR:
        position = old.position(*(int(registers[name]) for name in (FRAME, NODE, PITCH)))
        registers[FRAME], registers[NODE] = new.of_position(position)


class SlotCopy(NamedTuple):
    """A slot between two draws."""

    registers: Ints
    tables: Tables  # in which its states have these numbers
    arrays: tuple[np.ndarray, ...]
    nats: float
    moments: Memory  # those since another copy

    @property
    def seen(self) -> int:
        return int(self.registers[SEEN])


class SlotRow:
    """A slot to copy and to put back (``tries.Written``)."""

    def __init__(self, slots: Slots, slot: int) -> None:
        self._slots, self._slot = slots, slot

    def copy(self, since: SlotCopy | None) -> SlotCopy:
        slots, slot = self._slots, self._slot
        rows, registers = slots.rows, slots.rows.registers[slot]
        arrays = rows.hidden[:, slot], rows.cell[:, slot], rows.probabilities[slot], rows.untempered[slot]
        seen = int(registers[SEEN])
        moments = slots.moments(slot, since.seen if since else seen, seen)
        return SlotCopy(registers.copy(), slots.tables, tuple(each.copy() for each in arrays), rows.nats[slot], moments)

    def put(self, copy: SlotCopy) -> None:
        """Random numbers that have been used stay used."""
        slots, slot = self._slots, self._slot
        rows, registers = slots.rows, slots.rows.registers[slot]
        random = registers[RANDOM]
        registers[:] = copy.registers
        registers[RANDOM] = random
        if copy.tables is not slots.tables:
            with slots.automata.lock:
                _translate(registers, copy.tables, slots.tables)
        rows.hidden[:, slot], rows.cell[:, slot], rows.probabilities[slot], rows.untempered[slot] = copy.arrays
        rows.nats[slot] = copy.nats
        slots.put_moments(slot, copy.seen, copy.moments)


class CompiledBatch:
    """See ``engine.Batch``. A slot for each of up to ``count`` lines."""

    def __init__(self, stepper: "CompiledStepper", end: int, count: int) -> None:
        self._end = end
        self._slots = Slots(stepper, count)
        self._lines: dict[int, Line] = {}
        self._given: dict[int, list[int]] = {}  # what is still to be read, the next character last
        self._bars: dict[int, Bars] = {}  # of lines that are written in tries

    @property
    def lines(self) -> list[Line]:
        return list(self._lines.values())

    def join(self, line: Line) -> None:
        slot = next(slot for slot in range(len(self._slots.rows.registers)) if slot not in self._lines)
        slots = self._slots
        slots.begin(slot, replace(line.state, plan=(PlanState(line.plan),)))
        rows = slots.rows
        registers = rows.registers[slot]
        rows.settings[slot] = line.sampling.settings
        registers[GREEDY], registers[END], registers[ROOM] = line.sampling.is_greedy, self._end, line.most
        registers[RANDOM] = _BLOCK  # all are used up: ``_prepare`` draws new ones
        registers[PITCH] = -1
        if line.closing is not None:
            assert isinstance(line.guide, GrammarGuide | NoGuide), "what Python offers cannot be taken back"
            registers[TONIC], registers[TRIES] = LETTERS.index(line.closing.letter), MOST_TRIES
            registers[CLOSES] = sum(1 << section for section in line.closing.sections)
        if line.tries is not None:
            assert isinstance(line.guide, GrammarGuide | NoGuide), "what Python offers cannot be taken back"
            assert line.closing is None, "the copies that closes go back to are not kept"
            registers[PAUSES] = BEFORE_DRAW
        self._offer(slot, line)
        self._given[slot] = line.ids[::-1]
        self._lines[slot] = line

    def _offer(self, slot: int, line: Line) -> None:
        rows, guide = self._slots.rows, line.guide
        registers = rows.registers[slot]
        if isinstance(guide, NoGuide):
            registers[KIND] = FREE
        elif isinstance(guide, GrammarGuide):
            registers[KIND] = BY_GRAMMAR
            with self._slots.automata.lock:
                registers[FRAME], registers[NODE] = self._slots.tables.of_position(guide.position)
            registers[PITCH] = pitch_number(guide.position.pitch)
            registers[LEFT], registers[BRIDGES] = guide.left, len(guide.bridge)
            index_of = self._slots.tables.index_of
            rows.bridges[slot, : len(guide.bridge)] = [index_of[character] for character in guide.bridge]
        else:
            registers[KIND] = BY_MASK

    def drop(self, line: Line) -> None:
        for slot, one in list(self._lines.items()):
            if one is line:
                self._leave(slot)

    def _leave(self, slot: int) -> None:
        self._slots.leave(slot)
        del self._lines[slot], self._given[slot]
        self._bars.pop(slot, None)

    def turn(self) -> list[Line]:
        registers = self._slots.rows.registers
        is_by_mask = any(registers[slot, KIND] == BY_MASK for slot in self._lines)
        turns = 1 if is_by_mask else TURNS
        for slot in list(self._lines):
            self._prepare(slot, turns)
        self._slots.run(list(self._lines), turns)
        finished = []
        for slot, line in list(self._lines.items()):
            self._collect(slot, line)
            try:
                if line.tries is not None and line.fault is None:
                    self._look_at_bar(slot, line)
            except CharrnnError as error:
                line.finish(error)
            line.is_finished = line.is_finished or line.is_over
            if line.is_finished:
                finished.append(line)
                self._leave(slot)
        return finished

    def _look_at_bar(self, slot: int, line: Line) -> None:
        """Where a bar begins or ends: see ``inference.tries``."""
        registers = self._slots.rows.registers[slot]
        if not line.is_over and registers[STAGE] != PAUSED:
            return
        if slot not in self._bars:
            assert line.tries is not None
            registers[PAUSES] = AT_BARS
            self._bars[slot] = Bars(line.tries, line, SlotRow(self._slots, slot))
        else:
            plan = self._slots.tables.plan_states[registers[PLAN]]
            self._bars[slot].end(line.indices, plan, line.is_over)
        if not line.is_over:
            registers[STAGE] = READY

    def _prepare(self, slot: int, turns: int) -> None:
        rows, line, given = self._slots.rows, self._lines[slot], self._given[slot]
        registers = rows.registers[slot]
        registers[KEPT] = registers[GIVEN] = 0
        registers[GIVENS] = count = min(turns, len(given))
        for place in range(count):
            rows.given[slot, place] = given.pop()
        left = _BLOCK - int(registers[RANDOM])
        if left < turns:
            rows.randoms[slot, :left] = rows.randoms[slot, _BLOCK - left :]
            rows.randoms[slot, left:] = line.random.random(_BLOCK - left)
            registers[RANDOM] = 0
        if registers[KIND] == BY_MASK and not count:
            rows.masks[slot] = line.guide.mask()

    def _collect(self, slot: int, line: Line) -> None:
        """What was written goes to its line."""
        rows = self._slots.rows
        registers = rows.registers[slot]
        if registers[TAKEN_BACK]:
            line.take_back(int(registers[TAKEN_BACK]))
            registers[TAKEN_BACK] = 0
        kept = int(registers[KEPT])
        written = rows.written[slot, :kept].tolist()
        line.indices += written
        line.removed += rows.removed[slot, :kept].tolist()
        line.nats = float(rows.nats[slot])
        if kept:
            line.weights.append(rows.weights[slot, :kept].copy())
        if registers[FAULT]:
            line.finish(_fault(int(registers[FAULT])))
            return
        line.has_ended = bool(registers[ENDED])
        line.is_over = bool(registers[STAGE] == DONE)
        if registers[KIND] == BY_MASK:
            for index in [*written, *([self._end] if line.has_ended else [])]:
                line.guide.advance(index)
            line.is_over = line.is_over or line.guide.is_done


def _fault(number: int) -> CharrnnError:
    return ModelError(DAMAGED) if number == NO_PROBABILITIES else SamplingError(NO_WAY_ON)
