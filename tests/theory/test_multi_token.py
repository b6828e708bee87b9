"""Requests for several tokens at once, lost or waiting.

Lost: classes that ask for k tokens or leave (`TRY`) are blocked with the probabilities of the recursion of
Kaufman 1981 and Roberts 1981; the stationary law of the numbers (n1, n2) present is a product of Poisson terms
a1^n1 / n1! a2^n2 / n2! cut off at n1 k1 + n2 k2 <= c.

Waiting: two servers, never a lack of work, jobs need one server with probability p and both with 1 - p, all for
an exponential time of rate 1, first come first served without overtaking. The states are: one large job (A), two
small (B), one small while a large one is next and waits (C). Embedded at departures, A -> A or B or C, B -> B or C,
C -> A give weights A : B : C = 1 : p^2 / (1 - p) : p with mean stays 1, 1/2, 1. Departures per minute
    (A + B + C) / (A + B/2 + C) = 1 / (1 - p^2 / 2),
the bound of the stability criterion of Rumyantsev and Morozov 2017, "Stability criterion of a multiserver model
with simultaneous service". For p = 1/2: 8/7. Were small jobs let past a waiting large one, it would be larger:
C would not last.

No start-up bias: both start in the stationary law; the exponential law has no memory. In the second, A, B or C is
set by the needs of the first two jobs.
"""

from math import factorial

import numpy as np
import pytest

from sim.kernel import Pool, delay, release, run, seize, try_seize
from tests.theory.queueing import (
    arrive_by_poisson,
    assert_mean_is,
    by_movement,
    kaufman_roberts_losses,
    offer_alike,
)

SERVERS, OFFERED, TOKENS = 6, (2.0, 1.0), (1, 2)
MINUTES = 1_000.0


def draw_present(rng):
    pairs = [(n, m) for n in range(SERVERS + 1) for m in range(SERVERS // 2 + 1) if n + 2 * m <= SERVERS]
    weights = np.array([OFFERED[0] ** n / factorial(n) * OFFERED[1] ** m / factorial(m) for n, m in pairs])
    return pairs[rng.choice(len(pairs), p=weights / weights.sum())]


def measure_losses(engine, seed, movements=6_000):
    rng = np.random.default_rng(seed)
    small, large = draw_present(rng)
    start = np.append(np.zeros(small + large), arrive_by_poisson(rng, sum(OFFERED), movements))
    asked = rng.choice(TOKENS, len(start), p=np.array(OFFERED) / sum(OFFERED))
    asked[: small + large] = [1] * small + [2] * large
    minutes = rng.exponential(1.0, len(start))
    route = [try_seize("servers", otherwise_skip=2, tokens=asked), delay(minutes), release("servers", tokens=asked)]
    program = offer_alike([Pool.of("servers", SERVERS)], start, route)
    lost = np.isnan(by_movement(program, run(program, engine).ended_min)[:, 1])[small + large :]
    return [lost[asked[small + large :] == k].mean() for k in TOKENS]


@pytest.fixture(scope="module")
def losses(engine):
    return np.array([measure_losses(engine, seed) for seed in range(20)])


@pytest.mark.parametrize("position", range(len(TOKENS)), ids=["small", "large"])
def test_lost_requests_follow_kaufman_and_roberts(losses, position):
    assert_mean_is(losses[:, position], kaufman_roberts_losses(SERVERS, OFFERED, TOKENS)[position])


def count_departures(engine, small, seed):
    rng = np.random.default_rng(seed)
    jobs = int(2.0 * MINUTES)
    asked = rng.choice([1, 2], jobs, p=[small, 1.0 - small])
    stays = np.array([1.0, small**2 / (1.0 - small) / 2.0, small])
    first = ([2], [1, 1], [1, 2])[rng.choice(3, p=stays / stays.sum())]
    asked[: len(first)] = first
    route = [
        seize("servers", tokens=asked),
        delay(rng.exponential(1.0, jobs)),
        release("servers", tokens=asked),
    ]
    program = offer_alike([Pool.of("servers", 2)], np.zeros(jobs), route, horizon_min=MINUTES)
    return np.isfinite(by_movement(program, run(program, engine).ended_min)[:, 2]).sum()


@pytest.mark.parametrize("small", [0.5, 0.8])
def test_large_requests_cost_the_throughput_that_no_overtaking_predicts(engine, small):
    rates = [count_departures(engine, small, seed) / MINUTES for seed in range(20)]
    assert_mean_is(rates, 1.0 / (1.0 - small**2 / 2.0), power=0.04)
