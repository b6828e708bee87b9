"""Two stations in a row with room for B between them: blocking after service (Hunt 1956).

Both serve exponential times of rate 1 and the first never lacks work. With n at the second station, in the buffer
or blocked at the first (0..B+2), n rises at rate 1 below B + 2 and falls at rate 1 above 0: all B + 3 states are
equally likely, and the second station works in all but n = 0, so (B + 2) / (B + 3) leave per minute. Were the
first station freed before the next place is granted, there would be B + 4 states.

No start-up bias: n at minute 0 is drawn from the stationary law by giving the first n movements no first service;
the expected number that leave in T minutes is then exactly T (B + 2) / (B + 3).
"""

import numpy as np
import pytest

from sim.kernel import Pool, delay, release, run, seize
from tests.theory.queueing import assert_mean_is, by_movement, hunt_throughput, offer_alike

MINUTES = 2_000.0


def lay_route(buffer: int, first: np.ndarray, second: np.ndarray) -> list:
    if buffer == 0:
        between = [seize("second"), release("first")]
    else:
        between = [seize("buffer"), release("first"), seize("second"), release("buffer")]
    return [seize("first"), delay(first), *between, delay(second), release("second")]


def count_departures(engine, buffer, seed):
    rng = np.random.default_rng(seed)
    movements = int(1.3 * MINUTES)
    first, second = rng.exponential(1.0, (2, movements))
    first[: rng.integers(0, buffer + 3)] = 0.0
    pools = [Pool.of("first", 1), Pool.of("buffer", buffer), Pool.of("second", 1)]
    program = offer_alike(pools, np.zeros(movements), lay_route(buffer, first, second), horizon_min=MINUTES)
    return np.isfinite(by_movement(program, run(program, engine).ended_min)[:, -1]).sum()


@pytest.mark.parametrize("buffer", [0, 1, 4])
def test_blocking_after_service_costs_the_throughput_that_hunt_found(engine, buffer):
    rates = [count_departures(engine, buffer, seed) / MINUTES for seed in range(20)]
    assert_mean_is(rates, hunt_throughput(1.0, buffer), power=0.03)
