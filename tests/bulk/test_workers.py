"""Worker processes: results in order, whoever works them out, and what happens when one of them ends."""

import os
from pathlib import Path

import pytest

from charrnn.bulk.crew import BLOCK, Crew
from charrnn.bulk.workers import AHEAD, Workers, cores, usual_workers
from charrnn.errors import CharrnnError, WorkerError
from charrnn.model.training.processes import Processes
from tests.bulk.refusals import ERRORS, Refusing
from tests.support.doubling import Doubling, Unready


@pytest.mark.parametrize("count", [1, 2, 3])
def test_one_slow_task_does_not_reorder_the_results(count: int) -> None:
    numbers = range(3 * AHEAD * count)
    with Workers(Doubling(slow=0), count) as workers:
        results = list(workers.map(numbers))
        assert [result for result, _ in workers.map([7])] == [14]  # the same workers take more
    assert [result for result, _ in results] == [2 * number for number in numbers]
    pids = {pid for _, pid in results}
    assert len(pids) == count
    assert (os.getpid() in pids) == (count == 1)


def test_a_few_tasks_are_shared_out_evenly() -> None:
    with Workers(Doubling(), 2) as workers:
        assert len({pid for _, pid in workers.map([1, 2])}) == 2


@pytest.mark.parametrize("count", [1, 2])
def test_what_a_task_raises_on_purpose_is_raised(count: int) -> None:
    with Workers(Doubling(refused=3), count) as workers, pytest.raises(CharrnnError, match=r"^3 is refused$"):
        list(workers.map(range(40)))
    with Workers(Unready(), count) as unready, pytest.raises(CharrnnError, match=r"^there is no model$"):
        list(unready.map(range(40)))


@pytest.mark.parametrize("kind", ["model", "sampling", "abc", "odd"])
def test_an_error_of_any_type_keeps_it(kind: str) -> None:
    told = ERRORS[kind]()
    with Workers(Refusing(kind), 2) as workers, pytest.raises(CharrnnError) as raised:
        list(workers.map(range(4)))
    assert type(raised.value) is type(told)
    assert (str(raised.value), vars(raised.value)) == (str(told), vars(told))


def test_an_error_that_cannot_travel_leaves_its_sentence() -> None:
    with Workers(Refusing("heavy"), 2) as workers, pytest.raises(CharrnnError, match=r"^it is too heavy$") as raised:
        list(workers.map(range(4)))
    assert type(raised.value) is CharrnnError


def test_a_worker_that_is_killed_is_named() -> None:
    with (
        Workers(Doubling(fatal=20), 2) as workers,
        pytest.raises(WorkerError, match=r"^worker process [12] of 2 was ended by SIGKILL$"),
    ):
        list(workers.map(range(40)))


def test_a_crashing_task_ends_its_worker_with_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    with (
        Workers(Doubling(faulty=20), 2) as workers,
        pytest.raises(WorkerError, match=r"^worker process [12] of 2 has failed, with exit code 1$"),
    ):
        list(workers.map(range(40)))
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_no_worker_outlives_the_work() -> None:
    with Workers(Doubling(), 2) as workers:
        pids = {pid for _, pid in workers.map(range(40))}
    assert len(pids) == 2
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_the_default_worker_count_suits_cores_and_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    assert [usual_workers(tunes) for tunes in (1, 99, 100, 300, 100_000)] == [1, 1, 2, 6, 8]
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")  # of torchrun's processes on this machine
    assert cores() == usual_workers(100_000) == 2
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "16")
    assert cores() == 1


class Mail(Processes):
    """Processes that run one after the other, the first of them last: what they send waits in a list."""

    workers = (1, 2, 3)
    sent: dict[int, list[object]]

    def gathered(self, value: object) -> list[object]:
        assert value == self.workers[self.rank]
        return list(self.workers)

    def send(self, value: object) -> None:
        sent.setdefault(self.rank, []).append(value)

    def receive(self, rank: int) -> object:
        return sent[rank].pop(0)


sent: dict[int, list[object]] = {}


@pytest.mark.parametrize("tasks", [0, 1, BLOCK, 6 * BLOCK, 10 * BLOCK + 1])
def test_the_first_process_gets_all_results_in_order(tasks: int) -> None:
    """Of three processes with different numbers of workers."""
    sent.clear()
    results = []
    for rank in (1, 2, 0):
        with Crew(Doubling(), Mail.workers[rank], Mail(rank, 3)) as crew:
            results = list(crew.map(range(tasks)))
            assert bool(results) == (rank == 0 and tasks > 0)
    assert [result for result, _ in results] == [2 * number for number in range(tasks)]
    assert not any(sent.values())
