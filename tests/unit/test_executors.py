"""Jobs in workers: results in order, the same on any number of workers, and a lost worker is told."""

import os
import time

import pytest

from sim.study.executors import WorkerLost, run_jobs
from sim.study.replication import replicate_scenarios
from tests.unit.tiny import tiny_scenario


def last_comes_first(place: int) -> int:
    """Return the place; the first job takes longest."""
    time.sleep(0.05 * (4 - place))
    return place


def divide_by(number: int) -> float:
    return 1.0 / number


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
    assert run_jobs(_own_process, [0, 1], 1, Tally()) == [os.getpid()] * 2


def test_no_more_workers_are_started_than_there_are_jobs():
    assert run_jobs(_own_process, [0], 8, Tally()) == [os.getpid()]


def _own_process(_: int) -> int:
    return os.getpid()


def test_no_jobs_give_no_results():
    assert run_jobs(divide_by, [], 2, Tally()) == []


@pytest.mark.slow
def test_worker_that_dies_is_reported_with_a_remedy():
    with pytest.raises(WorkerLost, match="fewer workers"):
        run_jobs(os._exit, [1, 1], 2, Tally())


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
