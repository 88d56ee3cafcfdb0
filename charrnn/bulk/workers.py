"""Work for every core of this machine: worker processes that are each made ready once and then given task after task.

    with Workers(start, 4) as workers:
        for result in workers.map(tasks): ...     # in the order of the tasks, whoever worked them out

``start`` is called in each worker and gives the function that does a task; it is pickled, and so are tasks and
results. A worker does several tasks at a time, each in a thread of its own: tunes that are composed together take less
time than one after another (``inference.engine``). One worker is this process itself, which composes on every core.
Workers keep nothing that has to be saved, and end by themselves when this process is no more.
"""

import contextlib
import multiprocessing
import os
import pickle
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from charrnn.errors import CharrnnError, WorkerError

Task = TypeVar("Task")
Result = TypeVar("Result")
Start = Callable[[], Callable[[Task], Result]]

TOGETHER = 12  # tasks that a worker does at a time: more than one batch of the engine has rows, so that none waits
AHEAD = 6 * TOGETHER  # tasks given to a worker at a time: those after a long one are finished while it goes on
GRACE = 2.0  # seconds for tasks in hand when all is over; one that runs a program clears up after it
WORTH_A_WORKER = 50  # tunes; those that one could write while another process is being started


def cores() -> int:
    """That this process may use; those of the machine are shared by the processes that torchrun started on it."""
    every = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, every // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))


def usual_workers(tasks: int) -> int:
    """One a core, but no more than have something to do in this process, which has its share of the tasks."""
    return max(1, min(cores(), tasks // int(os.environ.get("WORLD_SIZE", "1")) // WORTH_A_WORKER))


class Workers(Generic[Task, Result]):
    """So many of them, ready for tasks as long as the ``with`` lasts."""

    def __init__(self, start: Start[Task, Result], count: int) -> None:
        self._start, self._count = start, count
        self._alone: Callable[[Task], Result] | None = None
        self._processes: list[Any] = []
        self._ends: list[Connection] = []  # ours, of the pipe to each of them
        self._given: list[deque[int]] = []  # numbers of the tasks that each of them has in hand

    def __enter__(self) -> "Workers[Task, Result]":
        try:
            if self._count > 1:
                with _signals_held_back():
                    self._begin()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers: with what they have in hand, or in the middle of it where that takes too long."""
        for end in self._ends:
            end.close()
        patience = time.monotonic() + GRACE
        for process in self._processes:
            process.join(max(0.0, patience - time.monotonic()))
            process.terminate()
            process.join()
        self._processes, self._ends = [], []

    def map(self, tasks: Sequence[Task]) -> Iterator[Result]:
        """The result of each task, in order; to be read to its end before the next ``map``.

        Raises what a task raises on purpose, a bare CharrnnError with its sentence where that cannot be pickled; and
        WorkerError when a worker has ended for another reason.
        """
        if self._count == 1:
            self._alone = self._alone or self._start()
            yield from _in_turn(self._alone, iter(tasks), cores())
            return
        todo, ready, wanted = deque(enumerate(tasks)), dict[int, Result](), 0
        for _ in range(TOGETHER):  # in turns, so that few tasks are shared out evenly
            for worker in range(self._count):
                self._give(worker, todo)
        while any(self._given):
            for worker in self._with_news():
                result = self._receive(worker)
                ready[self._given[worker].popleft()] = result
                self._give(worker, todo)
                if len(self._given[worker]) < AHEAD:  # little by little: a full pipe would have both sides wait
                    self._give(worker, todo)
            while wanted in ready:
                yield ready.pop(wanted)
                wanted += 1

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy the locks of torch's threads
        for _ in range(self._count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, self._start), daemon=True)
            process.start()
            theirs.close()  # so that we read its end when the worker ends
            self._processes.append(process)
            self._ends.append(ours)
            self._given.append(deque())

    def _with_news(self) -> list[int]:
        busy = {end: worker for worker, end in enumerate(self._ends) if self._given[worker]}
        return [busy[end] for end in wait(list(busy)) if isinstance(end, Connection)]

    def _give(self, worker: int, todo: deque[tuple[int, Task]]) -> None:
        if not todo:
            return
        number, task = todo.popleft()
        with self._loss_named(worker):
            self._ends[worker].send(task)
        self._given[worker].append(number)

    def _receive(self, worker: int) -> Result:
        result: Result
        with self._loss_named(worker):
            result, error = self._ends[worker].recv()
        if error is not None:
            raise _unpacked(*error)
        return result

    @contextlib.contextmanager
    def _loss_named(self, worker: int) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError) as error:
            self._processes[worker].join()
            raise WorkerError(
                f"worker process {worker + 1} of {self._count} {_ending(self._processes[worker].exitcode)}"
            ) from error


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"has failed, with exit code {code}"


def _in_turn(
    work: Callable[[Task], Result], tasks: Iterator[Task], cores: int, is_there: Callable[[], bool] = lambda: True
) -> Iterator[Result]:
    """The result of each task, in order, with as many in hand as fill so many cores. ``is_there`` tells whether the
    next task can be had at once; it is waited for only where none is in hand."""
    in_hand: deque[Future[Result]] = deque()
    with _threads(TOGETHER * cores) as pool:
        while True:
            while len(in_hand) < AHEAD * cores and (not in_hand or is_there()):
                try:
                    in_hand.append(pool.submit(work, next(tasks)))
                except StopIteration:
                    break
            if not in_hand:
                return
            yield in_hand.popleft().result()


@contextlib.contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Whose tasks are not begun any more when the ``with`` ends."""
    pool = ThreadPoolExecutor(count)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _serve(end: Connection, start: Start[Task, Result]) -> None:
    """The life of a worker. What it raises on purpose it sends; a fault of the program ends it, with a traceback."""
    with contextlib.suppress(EOFError, ConnectionError):  # nobody is there any more
        try:
            for result in _in_turn(start(), _received(end), 1, end.poll):
                end.send((result, None))
        except CharrnnError as error:
            end.send((None, _packed(error)))
            while True:
                end.recv()  # who leaves tasks unread takes back what it has sent


def _packed(error: CharrnnError) -> tuple[bytes, str]:
    """The error, empty where it cannot be pickled, and its sentence."""
    try:
        return pickle.dumps((type(error), error.args, vars(error))), str(error)
    except Exception:  # whatever pickling something raises
        return b"", str(error)


def _unpacked(data: bytes, sentence: str) -> CharrnnError:
    """The error, made without its constructor, which may want other arguments than those it keeps."""
    try:
        kind, arguments, attributes = pickle.loads(data)
        error: CharrnnError = kind.__new__(kind, *arguments)
        vars(error).update(attributes)
    except Exception:  # whatever unpickling something raises
        return CharrnnError(sentence)
    return error


def _received(end: Connection) -> Iterator[Any]:
    while True:
        yield end.recv()


@contextlib.contextmanager
def _signals_held_back() -> Iterator[None]:
    """Workers started here never hear of Ctrl-C, which a terminal sends to all: this process takes it, and ends them.
    A signal that comes meanwhile is delivered afterwards."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows: a worker may print that it was interrupted
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
