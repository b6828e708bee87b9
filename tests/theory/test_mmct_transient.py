"""M/M/c(t): a station from empty whose servers come and go, by the Kolmogorov forward equations.

Arrivals 2 and services 1 per minute, all exponential; c = 3 for 6 minutes, then 1 for 8, then 3. With s in service
and q waiting, arrivals raise s below c and q otherwise; services end at rate s, and one that ends while s <= c has a
successor if q > 0. When c falls, s may exceed it until it has drained; when c rises, the waiting are granted at once.
These equations (Kleinrock 1975, section 2.4) are solved by a matrix exponential for each stretch of constant c.
The transient value is exact, so nothing is discarded; the truncation of q is where less than 1e-9 is found.
"""

import numpy as np
import pytest
from scipy.sparse import lil_array
from scipy.sparse.linalg import expm_multiply

from sim.kernel import Pool, delay, release, run, seize
from tests.theory.queueing import assert_mean_is, by_movement, offer_alike

PHASES = ((6.0, 3), (8.0, 1), (6.0, 3))
ROOM = 80


def make_generator(servers):
    """Return the rates between states (s in service, q waiting), s in 0..3 and q below ROOM."""
    rates = lil_array((4 * ROOM, 4 * ROOM))
    for s, q in np.ndindex(4, ROOM):
        came = (s + 1, q) if s < servers else (s, q + 1)
        left = (s, q - 1) if s <= servers and q else (s - 1, q)
        for (to_s, to_q), rate in ((came, 2.0), (left, float(s))):
            if rate and to_q < ROOM:
                rates[s * ROOM + q, to_s * ROOM + to_q] += rate
                rates[s * ROOM + q, s * ROOM + q] -= rate
    return rates.tocsr()


def grant_the_waiting(states, servers):
    """Move probability to where added servers have taken who waits."""
    moved = np.zeros_like(states)
    for s, q in np.ndindex(4, ROOM):
        granted = min(max(servers - s, 0), q)
        moved[(s + granted) * ROOM + q - granted] += states[s * ROOM + q]
    return moved


def solve_mean_present(at):
    states, clock = np.eye(1, 4 * ROOM).ravel(), 0.0
    for minutes, servers in PHASES:
        states = grant_the_waiting(states, servers)
        lasts = min(minutes, at - clock)
        states = expm_multiply(make_generator(servers).T * lasts, states)
        clock += lasts
        if clock == at:
            break
    assert states.reshape(4, ROOM)[:, -1].sum() < 1e-9
    return states @ np.add.outer(np.arange(4), np.arange(ROOM)).ravel()


def count_present(engine, at, seed):
    rng = np.random.default_rng(seed)
    start = np.sort(rng.uniform(0.0, at, rng.poisson(2.0 * at)))
    ends = np.cumsum([0.0] + [minutes for minutes, _ in PHASES])
    crew = Pool.of("crew", [(begin, servers) for begin, (_, servers) in zip(ends, PHASES, strict=False)])
    route = [seize("crew"), delay(rng.exponential(1.0, len(start))), release("crew")]
    program = offer_alike([crew], start, route, horizon_min=at)
    return np.isnan(by_movement(program, run(program, engine).ended_min)[:, 2]).sum()


@pytest.mark.parametrize("at", [7.0, 14.0, 19.0])
def test_number_present_follows_the_forward_equations_as_servers_come_and_go(engine, at):
    present = [count_present(engine, at, seed) for seed in range(1_500)]
    assert_mean_is(present, solve_mean_present(at), power=0.08)
