"""Stores: goods made ahead of demand, and goods and vehicles that wait for each other.

Made to stock (Buzacott and Shanthikumar 1993, "Stochastic Models of Manufacturing Systems", section 4.2): a store
holds up to S = 2 goods; each demand takes one and orders another from one machine. Demands Poisson at 0.5, making
exponential of mean 1 minute. The orders outstanding are those of M/M/1 at utilisation 0.5: P(n) = 0.5^(n + 1). A
demand waits if n >= S, for n - S + 1 goods: P(wait) = 0.5^S = 1/4, mean wait 0.5^S / (1 - 0.5) = 1/2 minute.
No start-up bias: n orders are outstanding at minute 0, n from that law, with max(S - n, 0) goods in the store and
max(n - S, 0) demands waiting; one more demand then arrives and by PASTA sees the stationary law, as do all later.

Two sides (Kendall 1951, "Some problems in the theory of queues", section 5): goods come at rate 1, vehicles at rate
0.9, both Poisson, and leave in pairs. From empty, goods minus vehicles at minute 10 is the difference of Poisson
numbers with means 10 and 9 (Skellam 1946), so the goods that wait are its positive part, the vehicles its negative.
"""

import numpy as np
import pytest
from scipy import stats

from sim.kernel import Pool, assemble, delay, release, run, seize
from tests.theory.queueing import arrive_by_poisson, assert_mean_is

STOCK = 2
MAKING_MIN = 1.0


def make_to_stock(rng, demands):
    outstanding = rng.geometric(0.5) - 1
    backlog, ready = max(outstanding - STOCK, 0), max(STOCK - outstanding, 0)
    ordered_min = np.append(np.zeros(outstanding), arrive_by_poisson(rng, 0.5, demands))
    making = rng.exponential(MAKING_MIN, len(ordered_min)).tolist()
    orders = [
        (start, [seize("machine"), delay(minutes), release("machine"), release("stock")])
        for start, minutes in zip(ordered_min.tolist(), making, strict=True)
    ]
    demand_min = ordered_min[outstanding - backlog :].tolist()
    opening = [(0.0, [release("stock", ready)])] if ready else []
    return backlog, [*opening, *orders, *((start, [seize("stock")]) for start in demand_min)]


def measure_waits(engine, seed):
    backlog, movements = make_to_stock(np.random.default_rng(seed), 8_000)
    program = assemble([Pool.of("machine", 1), Pool.of("stock", 0)], movements)
    trace = run(program, engine)
    takes = program.first_step[:-1][np.diff(program.first_step) == 1]
    takes = takes[program.op[takes] == seize("stock").op]
    return (trace.ended_min - trace.began_min)[takes][backlog:]


@pytest.fixture(scope="module")
def waits(engine):
    return [measure_waits(engine, seed) for seed in range(20)]


@pytest.mark.slow
def test_mean_wait_for_goods_follows_buzacott_and_shanthikumar(waits):
    assert_mean_is([w.mean() for w in waits], 1 / 2, power=0.1)


@pytest.mark.slow
def test_probability_of_an_empty_store_follows_buzacott_and_shanthikumar(waits):
    assert_mean_is([(w > 0.0).mean() for w in waits], 1 / 4)


MINUTES, GOODS_RATE, VEHICLE_RATE = 10.0, 1.0, 0.9


def count_waiting(engine, seed):
    """Return the goods and the vehicles that wait at the horizon."""
    rng = np.random.default_rng(seed)
    sides = []
    for own, other, rate in (("goods", "vehicles", GOODS_RATE), ("vehicles", "goods", VEHICLE_RATE)):
        times = rng.uniform(0.0, MINUTES, rng.poisson(rate * MINUTES)).tolist()
        sides += [(start, [release(own), seize(other)]) for start in times]
    program = assemble([Pool.of("goods", 0), Pool.of("vehicles", 0)], sides, horizon_min=MINUTES)
    waiting = np.isnan(run(program, engine).ended_min[1::2])
    wants_vehicle = program.target[1::2] == 1
    return [(waiting & wants_vehicle).sum(), (waiting & ~wants_vehicle).sum()]


@pytest.fixture(scope="module")
def waiting(engine):
    return np.array([count_waiting(engine, seed) for seed in range(2_500)])


@pytest.mark.parametrize("side", [0, 1], ids=["goods", "vehicles"])
def test_one_side_waits_by_the_difference_that_skellam_describes(waiting, side):
    means = np.array([GOODS_RATE, VEHICLE_RATE]) * MINUTES
    more = np.arange(1, 200)
    expected = more @ stats.skellam.pmf(more, means[side], means[1 - side])
    assert_mean_is(waiting[:, side], expected, power=0.15)
