"""CHOOSE between two servers by the shorter queue: the stationary law of its Markov chain, solved numerically.

Poisson arrivals of rate a = 1.3, two servers with exponential services of rate 1, a queue each. With n1 and n2 there,
waiting or in service, the rule sees those who wait: an arrival joins the first if
    max(n1 - 1, 0) <= max(n2 - 1, 0)
and else the second, for ever. So it may join a first server that is busy although the second is idle, which makes
this chain another than the one of Haight 1958 ("Two queues in parallel", who counts those in service too).
The chain on 0 <= n1, n2 <= 40 is solved for pi Q = 0, sum pi = 1; arrivals that would go past 40 are left out. The
states on that border have less than 1e-9 of the probability, which `test_truncation_leaves_out_nothing` asserts.
Expected are then
    mean number present = sum of pi (n1 + n2),  share that join the first = sum of pi over where the first is joined
(PASTA, Wolff 1982), and the mean stay is mean number / a (Little 1961).

No start-up bias: the numbers at minute 0 are drawn from pi, services start afresh.
"""

from functools import cache

import numpy as np
import pytest

from sim.kernel import Choice, Op, Option, Pool, assemble, choose, delay, release, run, seize
from tests.theory.queueing import assert_mean_is

RATE, MOST, MINUTES = 1.3, 40, 8_000.0
SHORTER = Choice("shorter", tuple(Option(watched=(name,), min_per_token=(1.0,)) for name in ("first", "second")))
POOLS = [Pool.of("first", 1), Pool.of("second", 1)]


def joins_first(first, second):
    return np.maximum(first - 1, 0) <= np.maximum(second - 1, 0)


@cache
def solve_chain() -> np.ndarray:
    """Return the stationary probabilities of (n1, n2), shape (41, 41)."""
    first, second = (n.ravel() for n in np.indices((MOST + 1, MOST + 1)))
    state = np.arange(len(first))
    to_first = joins_first(first, second)
    moves = [
        (to_first & (first < MOST), MOST + 1, RATE),
        (~to_first & (second < MOST), 1, RATE),
        (first > 0, -(MOST + 1), 1.0),
        (second > 0, -1, 1.0),
    ]
    into = np.zeros((len(state), len(state)))
    for happens, change, rate in moves:
        into[state[happens] + change, state[happens]] += rate
        into[state[happens], state[happens]] -= rate
    into[0] = 1.0
    law = np.linalg.solve(into, np.eye(1, len(state))[0])
    return law.reshape(MOST + 1, MOST + 1)


def expect_numbers() -> tuple[float, float, float]:
    """Return the mean number at each server and the share that join the first."""
    law, (first, second) = solve_chain(), np.indices((MOST + 1, MOST + 1))
    return (law * first).sum(), (law * second).sum(), law[joins_first(first, second)].sum()


def serve(pool: str, minutes: float) -> list:
    return [seize(pool), delay(minutes), release(pool)]


@cache
def measure(engine: str, seed: int) -> tuple[float, float, float]:
    """Return the mean numbers present and the share that join the first, over `MINUTES`."""
    rng = np.random.default_rng((seed, 5))
    law = solve_chain().ravel().clip(0.0)
    present = np.divmod(rng.choice(len(law), p=law / law.sum()), MOST + 1)
    there = [
        (0.0, serve(pool.name, rng.exponential())) for pool, n in zip(POOLS, present, strict=True) for _ in range(n)
    ]
    arrive = np.sort(rng.uniform(0.0, MINUTES, rng.poisson(RATE * MINUTES)))
    ways = [choose("shorter", serve("first", m), serve("second", m)) for m in rng.exponential(1.0, len(arrive))]
    program = assemble(POOLS, [*there, *zip(arrive, ways, strict=True)], horizon_min=MINUTES, choices=[SHORTER])
    trace = run(program, engine)
    asks = (program.op == Op.SEIZE) & ~np.isnan(trace.began_min)
    leave = np.nan_to_num(trace.ended_min[np.flatnonzero(asks) + 2], nan=MINUTES)
    stay = leave - trace.began_min[asks]
    numbers = np.bincount(program.target[asks], stay, minlength=2) / MINUTES
    joined = program.target[asks][sum(present) :]
    return float(numbers[0]), float(numbers[1]), float((joined == 0).mean())


def test_truncation_leaves_out_nothing():
    law = solve_chain()
    assert law.min() > -1e-15
    assert law.sum() == pytest.approx(1.0, abs=1e-12)
    assert law[MOST].sum() + law[:, MOST].sum() < 1e-9
    assert sum(1.0 - law.sum(axis=axis)[0] for axis in (0, 1)) == pytest.approx(RATE, abs=1e-9)


@pytest.mark.slow
def test_number_present_is_that_of_the_chain_that_joins_the_shorter_queue(engine):
    first, second, _ = expect_numbers()
    runs = [measure(engine, seed) for seed in range(20)]
    assert_mean_is([a + b for a, b, _ in runs], first + second)


@pytest.mark.slow
def test_number_at_each_server_is_that_of_the_chain(engine):
    runs = [measure(engine, seed) for seed in range(20)]
    for server, expected in enumerate(expect_numbers()[:2]):
        assert_mean_is([each[server] for each in runs], expected, power=0.08)


@pytest.mark.slow
def test_share_that_joins_the_first_of_equal_queues_is_that_of_the_chain(engine):
    assert_mean_is([measure(engine, seed)[2] for seed in range(20)], expect_numbers()[2], power=0.02)
