"""M/M/c: mean wait and probability of waiting from Erlang's C formula (Erlang 1917; `queueing.erlang_c`).

Services last 1 minute on average, so the arrival rate is a = c * utilisation, and
    P(wait > 0) = C(c, a),   E(wait) = C(c, a) / (c - a),   P(wait > t) = C(c, a) exp(-(c - a) t).

No start-up bias: at minute 0 the number present is drawn from the stationary law of M/M/c, services start
afresh (the exponential law has no memory), and one more movement arrives. It sees the stationary law, and by
PASTA (Wolff 1982) so do all Poisson arrivals after it.
"""

import numpy as np
import pytest

from sim.kernel import Pool, delay, release, run, seize
from tests.theory.queueing import (
    arrive_by_poisson,
    assert_mean_is,
    by_movement,
    draw_state,
    erlang_c,
    mmc_states,
    mmc_wait,
    offer_alike,
)

STATIONS = [(1, 0.5), (2, 0.6), (4, 0.7)]
MOVEMENTS = {1: 10_000, 2: 15_000, 4: 20_000}


def measure_waits(engine: str, servers: int, utilisation: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng((seed, servers))
    offered = servers * utilisation
    present = draw_state(rng, mmc_states(servers, offered))
    start = np.append(np.zeros(present), arrive_by_poisson(rng, offered, MOVEMENTS[servers]))
    minutes = rng.exponential(1.0, len(start))
    program = offer_alike([Pool.of("servers", servers)], start, [seize("servers"), delay(minutes), release("servers")])
    granted = by_movement(program, run(program, engine).ended_min)[:, 0]
    return (granted - start)[present:]


@pytest.fixture(scope="module", params=STATIONS, ids=lambda station: f"{station[0]}-servers")
def station(engine, request):
    servers, utilisation = request.param
    return servers, utilisation, [measure_waits(engine, servers, utilisation, seed) for seed in range(20)]


@pytest.mark.slow
def test_mean_wait_follows_erlang_c(station):
    servers, utilisation, waits = station
    assert_mean_is([w.mean() for w in waits], mmc_wait(servers, servers * utilisation, 1.0), power=0.1)


@pytest.mark.slow
def test_probability_of_waiting_follows_erlang_c(station):
    servers, utilisation, waits = station
    assert_mean_is([(w > 0.0).mean() for w in waits], erlang_c(servers, servers * utilisation), power=0.04)


@pytest.mark.slow
def test_long_waits_are_as_rare_as_erlang_c_says(station):
    servers, utilisation, waits = station
    mean_long = 1.0 / (servers * (1.0 - utilisation))
    expected = erlang_c(servers, servers * utilisation) * np.exp(-1.0)
    assert_mean_is([(w > mean_long).mean() for w in waits], expected, power=0.1)
