"""Jobs in workers: each taken once, the same on any number of workers, whoever dies."""

import os
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.executors import Failure, WorkerLost, run_each, run_jobs
from sim.study.executors.flight import fly
from sim.study.replication import replicate_scenarios
from tests.unit.jobs import DIES_ALWAYS, DIES_ONCE, divide_by, kill_own_worker, last_comes_first, own_process, refuse
from tests.unit.tiny import tiny_scenario


class Tally:
    """Counts how often it was called."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_results_come_in_the_order_of_the_jobs(workers):
    tally = Tally()
    assert run_jobs(last_comes_first, range(5), workers, tally) == [0, 1, 2, 3, 4]
    assert tally.calls == 5


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_error_of_a_job_is_raised(workers):
    with pytest.raises(ZeroDivisionError):
        run_jobs(divide_by, [1, 0, 2], workers, Tally())


def test_one_worker_is_this_process():
    assert run_jobs(own_process, [0, 1], 1, Tally()) == [os.getpid()] * 2


def test_no_more_workers_are_started_than_there_are_jobs():
    assert run_jobs(own_process, [0], 8, Tally()) == [os.getpid()]


def test_no_jobs_give_no_results():
    assert run_jobs(divide_by, [], 2, Tally()) == []


@pytest.mark.slow
def test_worker_that_dies_is_reported_with_a_remedy():
    with pytest.raises(WorkerLost, match="fewer workers"):
        run_jobs(os._exit, [1, 1], 2, Tally())


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_job_that_fails_is_told_and_the_others_go_on(workers):
    taken: dict[int, object] = {}
    run_each(refuse, range(3), workers, taken.__setitem__)
    failure = taken.pop(1)
    assert taken == {0: 0, 2: 2}
    assert isinstance(failure, Failure)
    assert failure.message == "ScenarioError: port.hours is 'noon', must be opening hours"


@pytest.mark.slow
def test_jobs_of_workers_that_died_are_done_again_and_only_who_kills_them_always_fails(tmp_path):
    taken: list[int] = []
    failed: dict[int, Failure] = {}

    def take(place: int, result: int | Failure) -> None:
        taken.append(place)
        if isinstance(result, Failure):
            failed[place] = result
        else:
            assert result == place

    run_each(kill_own_worker, ((place, tmp_path) for place in range(9)), 2, take)
    assert {path.name for path in tmp_path.iterdir()} == {str(DIES_ONCE)}
    assert sorted(taken) == list(range(9))
    assert list(failed) == [DIES_ALWAYS]
    assert "memory" in failed[DIES_ALWAYS].message


class Breaking(Executor):
    """Does so many jobs at once, loses the next and refuses all others."""

    def __init__(self, endures: int) -> None:
        self.left = endures

    def submit(self, fn, /, *args, **kwargs):
        self.left -= 1
        future: Future[int] = Future()
        if self.left >= 0:
            future.set_result(fn(*args, **kwargs))
        elif self.left == -1:
            future.set_exception(BrokenExecutor())
        else:
            raise BrokenExecutor
        return future


@given(st.integers(0, 20), st.lists(st.integers(0, 5), max_size=8), st.integers(1, 5))
def test_however_often_executors_break_no_job_is_lost_and_none_is_taken_twice(jobs, breaks, most):
    taken: list[int] = []
    waiting: Iterator[tuple[int, int]] = enumerate(range(jobs))
    for endures in [*breaks, jobs]:
        lost = fly(int, waiting, Breaking(endures), lambda: most, lambda place, _: taken.append(place))
        waiting = chain(lost, waiting)
    assert sorted(taken) == list(range(jobs))


def test_jobs_are_read_as_they_are_needed():
    read, taken, ahead = [], [], []

    def take(place: int, _: object) -> None:
        taken.append(place)
        ahead.append(len(read) - len(taken))

    jobs = ((place, read.append(place)) for place in range(50))
    fly(str, jobs, Breaking(99), lambda: 4, take)
    assert sorted(taken) == list(range(50))
    assert max(ahead) < 4


@pytest.mark.slow
def test_one_worker_and_two_workers_give_identical_studies():
    scenarios = {"today": tiny_scenario(), "longer": tiny_scenario(**{"port.hours.day.open": "24/7"})}
    alone, together = (replicate_scenarios(scenarios, 3, seed=5, workers=count) for count in (1, 2))
    assert alone.outcomes.equals(together.outcomes, null_equal=True)
    assert alone.series.keys() == together.series.keys()
    for label in scenarios:
        assert alone.visits[label].to_frame().equals(together.visits[label].to_frame(), null_equal=True)
        for one, other in zip(alone.series[label], together.series[label], strict=True):
            assert (one.queue == other.queue).all()
            assert (one.present == other.present).all()


def test_replications_differ_and_the_same_seed_repeats_them():
    scenarios = {"today": tiny_scenario()}
    first, again, other = (replicate_scenarios(scenarios, 2, seed=seed).outcomes for seed in (1, 1, 2))
    assert first.equals(again, null_equal=True)
    assert not first.equals(other, null_equal=True)
    zero, one = (first.filter(replication=n).drop("replication") for n in (0, 1))
    assert not zero.equals(one, null_equal=True)
