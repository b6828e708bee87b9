"""A daily quota whose unused places lapse: the bulk service queue (Bailey 1954, "On queueing processes with bulk
service").

Each day K = 3 may enter and A ~ Poisson(2) arrive. Who waits when a day ends are those who waited the day before,
plus the arrivals, less the quota, but never fewer than none: X' = max(X + A - K, 0). The stationary law of this
chain is found by raising its transition matrix to a high power (numbers to 200; utilisation 2/3).

No start-up bias: X at minute 0 is drawn from that law.
"""

from functools import cache

import numpy as np
import pytest
from scipy import stats

from sim.kernel import Pool, run, seize
from tests.theory.queueing import assert_mean_is, draw_state, offer_alike

QUOTA, ARRIVALS, DAY_MIN, DAYS, MOST = 3, 2.0, 1_440.0, 1_500, 200


@cache
def find_stationary_law() -> np.ndarray:
    jumps = np.zeros((MOST, MOST))
    for before in range(MOST):
        after = np.clip(before + np.arange(MOST) - QUOTA, 0, MOST - 1)
        np.add.at(jumps[before], after, stats.poisson.pmf(np.arange(MOST), ARRIVALS))
    law = np.linalg.matrix_power(jumps, 10_000)[0]
    return law / law.sum()


def count_waiting(engine, seed):
    """Return how many wait when each day ends."""
    rng = np.random.default_rng(seed)
    waiting = draw_state(rng, find_stationary_law())
    end = DAYS * DAY_MIN
    arrivals = np.sort(rng.uniform(0.0, end, rng.poisson(ARRIVALS * DAYS)))
    start = np.append(np.zeros(waiting), arrivals)
    quota = Pool.of("quota", [(DAY_MIN * day, QUOTA) for day in range(DAYS)], refills=True)
    granted = np.sort(run(offer_alike([quota], start, [seize("quota")], horizon_min=end), engine).ended_min)
    day_ends = DAY_MIN * np.arange(1, DAYS + 1)
    return np.searchsorted(start, day_ends) - np.searchsorted(granted, day_ends)


@pytest.fixture(scope="module")
def waiting(engine):
    return [count_waiting(engine, seed) for seed in range(20)]


def test_mean_number_left_over_follows_the_bulk_service_queue(waiting):
    assert_mean_is([days.mean() for days in waiting], find_stationary_law() @ np.arange(MOST), power=0.1)


def test_days_that_leave_nobody_over_are_as_many_as_the_bulk_service_queue_says(waiting):
    assert_mean_is([(days == 0).mean() for days in waiting], find_stationary_law()[0])
