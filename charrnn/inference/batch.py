"""Rows of the kernel: lines that are written together, and that join and leave at any time. Each weight of the network
is read from memory once for all of them.

Each row has a slot in arrays that stay where they are. The kernel writes up to ``TURNS`` characters in every row at a
call; the lines get them afterwards. Guides other than the grammar are Python code, so their rows are in a batch of
their own and advance by one character a call.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from charrnn.errors import CharrnnError, ModelError, SamplingError
from charrnn.inference import ears as hearing
from charrnn.inference.draws import AS_LEARNT, DAMAGED, NO_WAY_ON
from charrnn.inference.ears import KnownJudges
from charrnn.inference.guides import GrammarGuide, NoGuide
from charrnn.inference.kernel import loop
from charrnn.inference.kernel.arrays import Memory, Rows, Saved
from charrnn.inference.kernel.products import LANES
from charrnn.inference.kernel.registers import (
    BEGUN,
    BEST,
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
    FOLLOWS,
    FRAME,
    FREE,
    GIVEN,
    GIVENS,
    GREEDY,
    IS_SAVED,
    JUDGE,
    KEPT,
    KIND,
    LEFT,
    LONGEST_TRY,
    NO_JUDGE,
    NO_PROBABILITIES,
    NODE,
    PHASE,
    PITCH,
    PLAN,
    RANDOM,
    READY,
    REGISTERS,
    ROOM,
    SECTIONS,
    SEEN,
    SETTLED,
    STAGE,
    START,
    TIMES,
    TONIC,
    TRIED,
    WHOLE,
)
from charrnn.inference.layout import Floats, upper_halves
from charrnn.inference.line import Line
from charrnn.inference.tables import Tables, pitch_number
from charrnn.inference.tries import Tries
from charrnn.model.network import State
from charrnn.model.position.closes import LETTERS
from charrnn.model.position.plan import PlanState

if TYPE_CHECKING:
    from charrnn.inference.compiled import CompiledStepper  # which begins its steps with slots

TURNS = 32  # characters a call: some milliseconds
_BLOCK = 8 * TURNS  # random numbers taken from a generator at a time
_LONGEST_BRIDGE = 8
_NO_PLAN = -1  # of a row's sections
_ROOM = 512  # characters of a tune that is heard, at first

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
            written=np.zeros((count, LONGEST_TRY + TURNS), np.int64),
            removed=np.zeros((count, LONGEST_TRY + TURNS)),
            weights=np.zeros((count, LONGEST_TRY + TURNS, characters), np.float32),
            likeness=np.zeros(count),
        )
        self.saved = Saved(
            registers=np.zeros((2, count, REGISTERS), np.int64),
            hidden=np.zeros((2, layers, count, units), np.float32),
            cell=np.zeros((2, layers, count, units), np.float32),
            probabilities=np.zeros((2, count, characters), np.float32),
            untempered=np.zeros((2, count, characters), np.float32),
            nats=np.zeros((2, count)),
            written=np.zeros((count, LONGEST_TRY), np.int64),
            removed=np.zeros((count, LONGEST_TRY)),
            weights=np.zeros((count, LONGEST_TRY, characters), np.float32),
            moments=self._pages_of(count, LONGEST_TRY),
        )
        self.ears, self.judges = hearing.empty(count, _ROOM), KnownJudges()
        self.memory = self._pages_of(4 * count)
        self._free_pages = list(range(4 * count))
        self._pages: list[list[int]] = [[] for _ in range(count)]

    def _pages_of(self, count: int, lanes: int = LANES) -> Memory:
        stepper, kind = self.stepper, self.stepper.kept_as
        panels = -(-stepper.units // LANES)
        return Memory(
            ids=np.zeros((count, lanes), np.int64),
            intervals=np.zeros((count, lanes), np.int64),
            recall_keys=np.zeros((count, stepper.width, lanes), kind),
            recall_values=np.zeros((count, panels, lanes, LANES), kind),
            pointer_keys=np.zeros((stepper.heads, count, stepper.width, lanes), kind),
        )

    def begin(self, slot: int, state: State, row: int = 0) -> None:
        """Fill the slot from one row of a state: from there, the network goes on."""
        rows, registers = self.rows, self.rows.registers[slot]
        registers[:] = 0
        registers[JUDGE] = NO_JUDGE
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
        keys, values, pointer = (
            self._kept(each[row].numpy()) for each in (state.recall_keys, state.recall_values, state.pointer_keys)
        )
        values = np.pad(values, [(0, 0), (0, -values.shape[1] % LANES)])
        for start, page in zip(range(0, seen, LANES), self._pages[slot], strict=False):
            part = slice(start, min(start + LANES, seen))
            lanes = part.stop - start
            memory.ids[page, :lanes] = state.ids[row, part].numpy()
            memory.intervals[page, :lanes] = state.intervals[row, part].numpy()
            memory.recall_keys[page, :, :lanes] = keys[part].T
            memory.recall_values[page, :, :lanes] = values[part].reshape(lanes, -1, LANES).transpose(1, 0, 2)
            heads = pointer[part].reshape(lanes, len(memory.pointer_keys), -1)
            memory.pointer_keys[:, page, :, :lanes] = heads.transpose(1, 2, 0)

    def _kept(self, values: Floats) -> np.ndarray:
        return upper_halves(values) if self.stepper.kept_as == np.uint16 else values

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

    def write_in_tries(self, slot: int, tries: Tries, before: list[int]) -> None:
        """``before`` are the characters of the music that stands already."""
        registers = self.rows.registers[slot]
        registers[TIMES] = tries.times
        registers[WHOLE], registers[BEGUN] = hearing.lengths(tries.prefix)
        if tries.closing is not None:
            registers[TONIC] = LETTERS.index(tries.closing.letter)
            registers[CLOSES] = sum(1 << section for section in tries.closing.sections)
        self._hear_at_least(len(before))
        hearing.listen(self.ears, slot, tries.header, before)
        if tries.judge is not None:
            registers[JUDGE] = self.judges.number(tries.judge)

    def _hear_at_least(self, characters: int) -> None:
        self.ears = hearing.with_room(self.ears, characters)

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
        """Up to so many turns in each of these slots, exactly one where that is asked for, with answers from Python
        where the tables have none."""
        order = np.array(slots, np.int64)
        reached = self._reached(order)
        for slot, moments in zip(slots, reached.tolist(), strict=True):
            self.make_room(slot, moments + turns + 1)
        if self.rows.registers[order, TIMES].any():
            self._hear_at_least(int(reached.max()) + turns)
        while turns:
            if self.automata.tables is not self.tables:
                self._renumber(slots)
            with self.automata.lock:  # no array of some length beside one of another
                tables = self.tables.arrays
            turns -= loop.run(
                *(self.stepper.arrays, tables, self.rows, self.saved, self.memory),
                *(self.ears, self.judges.arrays, order, turns),
            )
            stuck = order[self.rows.registers[order, STAGE] == CAME_IN]  # at a missing entry
            if not len(stuck):
                return
            with self.automata.lock:
                for slot in stuck:
                    self._fill_in(self.rows.registers[slot].tolist())
                self.automata.keep_or_renew()

    def _reached(self, slots: Ints) -> Ints:
        """How many characters each row has read: now, or at the end of the try that may be put back."""
        registers = self.rows.registers[slots]
        best = np.where(registers[:, TRIED] > 0, self.saved.registers[BEST, slots, SEEN], 0)
        reached: Ints = np.maximum(registers[:, SEEN], best)
        return reached

    def _fill_in(self, registers: list[int]) -> None:
        """Work out the entries of the tables that a row needs next."""
        tables, character, clock = self.tables, registers[CAME], registers[CLOCK]
        if self.stepper.has_hints:
            tables.step_clock(clock, character)
            if registers[SECTIONS] != _NO_PLAN:
                tables.step_plan(registers[PLAN], tables.situation(clock), character)
        if registers[KIND] == BY_GRAMMAR and registers[FOLLOWS]:
            tables.step_grammar(registers[FRAME], registers[NODE], registers[PITCH], character)

    def _renumber(self, slots: Sequence[int]) -> None:
        """Go on with tables that were started anew."""
        old, new = self.tables, self.automata.tables
        with self.automata.lock:
            for slot in slots:
                registers = self.rows.registers[slot]
                _translate(registers, old, new)
                if registers[IS_SAVED]:
                    _translate(self.saved.registers[START, slot], old, new)
                if registers[TRIED]:
                    _translate(self.saved.registers[BEST, slot], old, new)
        self.tables = new


def _translate(registers: Ints, old: Tables, new: Tables) -> None:
    """From the numbers that states have in some tables to those that they have in others."""
    registers[CLOCK] = new.of_clock(old.clock_nodes[registers[CLOCK]])
    registers[PLAN] = new.of_plan(old.plan_states[registers[PLAN]])
    if registers[KIND] == BY_GRAMMAR:
        position = old.position(*(int(registers[name]) for name in (FRAME, NODE, PITCH)))
        registers[FRAME], registers[NODE] = new.of_position(position)


class CompiledBatch:
    """See ``engine.Batch``. A slot for each of up to ``count`` lines."""

    def __init__(self, stepper: "CompiledStepper", end: int, count: int) -> None:
        self._end = end
        self._slots = Slots(stepper, count)
        self._lines: dict[int, Line] = {}
        self._given: dict[int, list[int]] = {}  # what is still to be read, the next character last

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
        if line.tries is not None:
            assert isinstance(line.guide, GrammarGuide | NoGuide), "what Python offers cannot be taken back"
            index_of = slots.tables.index_of
            slots.write_in_tries(slot, line.tries, [index_of[character] for character in line.tries.prefix])
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
            if line.is_finished:
                finished.append(line)
                self._leave(slot)
        return finished

    def _prepare(self, slot: int, turns: int) -> None:
        rows, line, given = self._slots.rows, self._lines[slot], self._given[slot]
        registers = rows.registers[slot]
        self._forget_collected(slot)
        waiting = rows.given[slot, registers[GIVEN] : registers[GIVENS]]  # for a row that had to wait in the last call
        given += waiting[::-1].tolist()
        registers[GIVEN] = 0
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

    def _forget_collected(self, slot: int) -> None:
        """What is left is the try under way."""
        rows, registers = self._slots.rows, self._slots.rows.registers[slot]
        first, end = int(registers[SETTLED]), int(registers[KEPT])
        if first < end:
            for kept in (rows.written[slot], rows.removed[slot], rows.weights[slot]):
                kept[: end - first] = kept[first:end].copy()
        registers[SETTLED], registers[KEPT] = 0, end - first

    def _collect(self, slot: int, line: Line) -> None:
        """What was written, and stays, goes to its line."""
        rows = self._slots.rows
        registers = rows.registers[slot]
        if not registers[TIMES]:
            registers[SETTLED] = registers[KEPT]
        settled = int(registers[SETTLED])
        written = rows.written[slot, :settled].tolist()
        line.indices += written
        line.removed += rows.removed[slot, :settled].tolist()
        line.nats = float(self._slots.saved.nats[START, slot] if registers[IS_SAVED] else rows.nats[slot])
        if settled:
            line.weights.append(rows.weights[slot, :settled].copy())
        if registers[FAULT]:
            line.finish(_fault(int(registers[FAULT])))
            return
        line.has_ended = bool(registers[ENDED])
        line.is_over = bool(registers[STAGE] == DONE)
        if registers[KIND] == BY_MASK:
            for index in [*written, *([self._end] if line.has_ended else [])]:
                line.guide.advance(index)
            line.is_over = line.is_over or line.guide.is_done
        line.is_finished = line.is_over


def _fault(number: int) -> CharrnnError:
    return ModelError(DAMAGED) if number == NO_PROBABILITIES else SamplingError(NO_WAY_ON)
