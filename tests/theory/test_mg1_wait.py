"""M/G/1: mean wait from Pollaczek and Khinchine (Kleinrock 1975, section 5.7), for three laws of service.

With arrival rate 0.6 and services of mean 1 minute the wait is 0.6 E(S^2) / (2 * 0.4):
    constant             E(S^2) = 1       wait 0.75
    Erlang of 2 phases   E(S^2) = 3/2     wait 1.125
    a mixture, 3/4 exponential of mean 2/3 and 1/4 of mean 2
                         E(S^2) = 2 (3/4 * 4/9 + 1/4 * 4) = 8/3    wait 2

No start-up bias: the stationary workload is a sum of R residual services, P(R = r) = 0.4 * 0.6^r (Benes 1957).
One movement that keeps the server for that long begins at minute 0; the next arrival then sees the stationary
workload, and by PASTA (Wolff 1982) so do all after it. A residual service has density P(S > x) / E(S): uniform
for a constant, Erlang of 1 or 2 phases with even odds, and a mixture whose odds are 1/2 and 1/2.
"""

import numpy as np
import pytest

from sim.kernel import Pool, delay, release, run, seize
from tests.theory.queueing import (
    arrive_by_poisson,
    assert_mean_is,
    by_movement,
    offer_alike,
    pollaczek_khinchine_wait,
)

RATE = 0.6


def draw_constant(rng, n):
    return np.ones(n)


def draw_residual_constant(rng, n):
    return rng.uniform(0.0, 1.0, n)


def draw_erlang(rng, n):
    return rng.gamma(2.0, 0.5, n)


def draw_residual_erlang(rng, n):
    return rng.gamma(rng.integers(1, 3, n), 0.5)


def draw_mixture(rng, n):
    return rng.exponential(rng.choice([2 / 3, 2.0], n, p=[3 / 4, 1 / 4]))


def draw_residual_mixture(rng, n):
    return rng.exponential(rng.choice([2 / 3, 2.0], n))


LAWS = {
    "constant": (draw_constant, draw_residual_constant, 1.0, 8_000),
    "erlang": (draw_erlang, draw_residual_erlang, 3 / 2, 12_000),
    "mixture": (draw_mixture, draw_residual_mixture, 8 / 3, 24_000),
}


def measure_wait(engine: str, law: str, seed: int) -> float:
    draw_service, draw_residual, _, movements = LAWS[law]
    rng = np.random.default_rng(seed)
    workload = draw_residual(rng, rng.geometric(1.0 - RATE) - 1).sum()
    start = np.append(0.0, arrive_by_poisson(rng, RATE, movements))
    minutes = np.append(workload, draw_service(rng, movements))
    program = offer_alike([Pool.of("server", 1)], start, [seize("server"), delay(minutes), release("server")])
    granted = by_movement(program, run(program, engine).ended_min)[:, 0]
    return (granted - start)[1:].mean()


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_mean_wait_follows_pollaczek_and_khinchine(engine, law):
    waits = [measure_wait(engine, law, seed) for seed in range(20)]
    assert_mean_is(waits, pollaczek_khinchine_wait(RATE, 1.0, LAWS[law][2]), power=0.06)
