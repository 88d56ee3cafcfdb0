"""One engine for everybody: lines of all requests, written together on every core.

    with engine_for(network, END).write(lines) as ticket:
        while not ticket.wait(0.05): ...          # the lines grow

Each worker thread has rows of its own and gives Python's lock back while the kernel runs. Between two calls of some
milliseconds, lines that are finished leave their rows and waiting ones get them (continuous batching: Yu et al. 2022,
https://www.usenix.org/conference/osdi22/presentation/yu). The request with the fewest rows gets the next free one, so
that a request for many tunes does not delay the others. A line does not depend on the lines beside it.
"""

import atexit
import itertools
import logging
import threading
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol
from weakref import WeakKeyDictionary, WeakSet, ref

from charrnn.errors import CharrnnError, SamplingError
from charrnn.inference import threads
from charrnn.inference.by_numpy.batch import NumpyBatch
from charrnn.inference.by_numpy.steps import NumpyStepper
from charrnn.inference.guides import GrammarGuide, NoGuide
from charrnn.inference.line import Line
from charrnn.inference.stepper import stepper_for, versions_of
from charrnn.inference.steps import Stepper
from charrnn.model.network import CharLSTM

ROWS = 8  # of one batch: with more, their weights no longer share the processor's caches, and nothing is won
_IDLE_SECONDS = 1.0  # after which a thread without work ends
_PATIENCE = 10.0  # seconds for a thread to come to the end of its call

_log = logging.getLogger(__name__)
_all: "WeakSet[Engine]" = WeakSet()


class Batch(Protocol):
    """Some lines that are written together."""

    @property
    def lines(self) -> list[Line]:
        """Those that are in it."""

    def join(self, line: Line) -> None:
        """Let a line in, and read what comes before its first draw."""

    def drop(self, line: Line) -> None:
        """Give its row back, wherever the line stands."""

    def turn(self) -> list[Line]:
        """Write some characters of each line. Those that are finished have left."""


class Ticket:
    """The lines of one request."""

    def __init__(self, engine: "Engine", lines: Sequence[Line]) -> None:
        self.lines = lines
        self.waiting = deque(lines)
        self.running = 0  # rows
        self._engine = engine
        self._left = len(lines)
        self._all_finished = threading.Event()
        if not lines:
            self._all_finished.set()

    @property
    def is_finished(self) -> bool:
        """Whether all lines are."""
        return self._all_finished.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether all lines are finished, after so many seconds at most. Raises the first fault of a line."""
        self._all_finished.wait(seconds)
        for line in self.lines:
            if line.fault is not None:
                raise line.fault
        return self._all_finished.is_set()

    def finished(self) -> None:
        """One more line is. Called by the engine, under its lock: several of its threads finish lines of one ticket."""
        self._left -= 1
        if not self._left:
            self._all_finished.set()

    def __enter__(self) -> "Ticket":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nobody waits for the lines any more: those that are not finished give their rows back."""
        self._engine.forget(self)


class Engine:
    """Of one network with the weights that it has now."""

    def __init__(self, network: CharLSTM, end: int) -> None:
        self._network, self._versions, self._end = ref(network), versions_of(network), end
        self._stepper = stepper_for(network)
        self._changed = threading.Condition()
        self._tickets: list[Ticket] = []  # with lines that wait, the first come first
        self._workers: dict[int, threading.Thread] = {}
        self._is_ending = False
        _all.add(self)

    def write(self, lines: Sequence[Line]) -> Ticket:
        """Let the lines be written, some of them at once and the others when there are rows. Raises RuntimeError where
        no thread can be had for them."""
        ticket = Ticket(self, lines)
        if not lines:
            return ticket
        with self._changed:
            self._tickets.append(ticket)
            self._changed.notify_all()
            try:
                for _ in range(min(threads.of_engine() - len(self._workers), len(lines))):
                    self._start_worker()
            except RuntimeError:  # there is none: those that there are do it all
                if not self._workers:
                    self._tickets.remove(ticket)
                    raise
        return ticket

    def forget(self, ticket: Ticket) -> None:
        """Write none of the ticket's waiting lines, and free its rows after the current call of the kernel."""
        with self._changed:
            ticket.waiting.clear()
            if ticket in self._tickets:
                self._tickets.remove(ticket)
        for line in ticket.lines:
            line.is_dropped = True

    def _start_worker(self) -> None:
        number = next(number for number in itertools.count() if number not in self._workers)
        worker = threading.Thread(target=self._work, args=(number,), name=f"engine {number}", daemon=True)
        worker.start()
        self._workers[number] = worker

    def end(self) -> None:
        """What is under way stays unfinished. For the end of the process, which must not come in the middle of a step:
        that aborts it."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
            workers = list(self._workers.values())
        for worker in workers:
            worker.join(_PATIENCE)

    def is_of(self, network: CharLSTM) -> bool:
        """Whether the weights are those that it writes with."""
        return versions_of(network) == self._versions

    @property
    def stepper(self) -> Stepper:
        """What takes the steps now: the kernel, from when it is ready."""
        network = self._network()
        if network is not None and self.is_of(network):
            self._stepper = stepper_for(network)
        return self._stepper

    # -- what a worker does

    def _work(self, number: int) -> None:
        """Whatever ends a worker, nobody waits for lines that no worker writes."""
        tickets: dict[Line, Ticket] = {}
        try:
            self._write(number, tickets)
        except Exception as error:  # of no batch: no memory, say
            tickets |= self._abandoned(number)
            self._fail(list(tickets), error)
            for line, ticket in tickets.items():
                self._leave(line, ticket)

    def _abandoned(self, number: int) -> dict[Line, Ticket]:
        """Waiting lines that nobody would write when this worker is gone. The next request starts others."""
        with self._changed:
            self._workers.pop(number, None)
            if self._workers:
                return {}
            tickets, self._tickets = self._tickets, []
            return {line: ticket for ticket in tickets for line in ticket.waiting}

    def _write(self, number: int, tickets: dict[Line, Ticket]) -> None:
        """Lines are in ``tickets`` for as long as they have a row."""
        stepper = self.stepper
        fast, guided = self._batch(stepper), self._batch(stepper)  # guides in Python would keep the others waiting
        while not self._is_ending:
            if stepper is self.stepper:
                admitted = self._admitted(number, tickets)
            elif tickets:
                admitted = []  # what is under way comes to its end as it began
            else:
                stepper = self.stepper
                fast, guided = self._batch(stepper), self._batch(stepper)
                continue
            if admitted is None:
                return
            for ticket, line in admitted:
                tickets[line] = ticket
                self._join(fast if isinstance(line.guide, GrammarGuide | NoGuide) else guided, line)
            for batch in (fast, guided):
                for line in self._turned(batch):
                    self._leave(line, tickets.pop(line))
            for line in [line for line in tickets if line.is_finished or line.is_dropped]:
                for batch in (fast, guided):
                    batch.drop(line)
                self._leave(line, tickets.pop(line))

    def _batch(self, stepper: Stepper) -> Batch:
        if isinstance(stepper, NumpyStepper):
            return NumpyBatch(stepper, self._end)
        from charrnn.inference.batch import CompiledBatch

        return CompiledBatch(stepper, self._end, ROWS)  # type: ignore[arg-type]

    def _admitted(self, number: int, tickets: dict[Line, Ticket]) -> list[tuple[Ticket, Line]] | None:
        """The lines that get this worker's free rows. An idle worker waits for lines; None if there are none after
        ``_IDLE_SECONDS``: then the worker ends."""
        found: list[tuple[Ticket, Line]] = []
        with self._changed:
            is_idle = not tickets and not self._tickets
            if is_idle and not self._changed.wait_for(lambda: self._tickets or self._is_ending, _IDLE_SECONDS):
                del self._workers[number]
                return None
            waiting = sum(len(ticket.waiting) for ticket in self._tickets)
            share = -(-waiting // max(1, len(self._workers)))  # leave some for the other workers
            while self._tickets and len(found) < min(ROWS - len(tickets), share):
                ticket = min(self._tickets, key=lambda ticket: ticket.running)
                found.append((ticket, ticket.waiting.popleft()))
                ticket.running += 1
                if not ticket.waiting:
                    self._tickets.remove(ticket)
        return found

    def _join(self, batch: Batch, line: Line) -> None:
        try:
            batch.join(line)
        except Exception as error:
            self._fail([line], error)

    def _turned(self, batch: Batch) -> list[Line]:
        lines = batch.lines
        if not lines:
            return []
        try:
            return batch.turn()
        except Exception as error:
            self._fail(lines, error)
            return []

    def _fail(self, lines: Sequence[Line], error: Exception) -> None:
        """A fault that is not of one line ends all that were written together; the others go on."""
        if not isinstance(error, CharrnnError):
            _log.exception("the engine failed")
            failed = SamplingError("the tune could not be written")
            failed.__cause__ = error
            error = failed
        for line in lines:
            line.finish(error)

    def _leave(self, line: Line, ticket: Ticket) -> None:
        with self._changed:
            ticket.running -= 1
            line.is_finished = True
            ticket.finished()


@atexit.register
def _end_all() -> None:
    for engine in list(_all):
        engine.end()


_engines: WeakKeyDictionary[CharLSTM, Engine] = WeakKeyDictionary()
_lock = threading.Lock()


def engine_for(network: CharLSTM, end: int) -> Engine:
    """The network's engine, one for as long as its weights stay as they are. ``end`` is the character that ends a
    text."""
    with _lock:
        if network not in _engines or not _engines[network].is_of(network):
            _engines[network] = Engine(network, end)
        return _engines[network]
