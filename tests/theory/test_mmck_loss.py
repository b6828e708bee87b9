"""M/M/c/K and M/G/c/c: the share of arrivals that find no room and leave.

M/M/c/K (Kleinrock 1975, section 3.7): with a erlangs offered, the stationary probability of n present is
proportional to a^n / (min(n, c)! c^max(n - c, 0)); an arrival is lost with the probability of K.
For c = 2, K = 4, a = 1.6: 1, 1.6, 1.28, 1.024, 0.8192 sum to 5.7232, loss 0.8192 / 5.7232 = 0.14314.
Erlang B (Erlang 1917) is the case K = c, and holds for any law of service with the same mean (Sevastyanov 1957):
for c = 5, a = 4, loss (4^5 / 120) / (1 + 4 + 8 + 32/3 + 32/3 + 128/15) = 0.19907.

No start-up bias: the number present at minute 0 is drawn from the stationary law, each in service with a
residual service of its own (for M/G/c/c independent, with density P(S > x) / E(S)); one more movement then
arrives, and by PASTA (Wolff 1982) it and all Poisson arrivals after it see the stationary law.
"""

import numpy as np
import pytest

from sim.kernel import Pool, delay, release, run, seize, try_seize
from tests.theory.queueing import (
    arrive_by_poisson,
    assert_mean_is,
    by_movement,
    draw_state,
    erlang_b,
    mmck_states,
    offer_alike,
)

MOVEMENTS = 6_000
LAWS = {
    "exponential": (lambda rng, n: rng.exponential(1.0, n), lambda rng, n: rng.exponential(1.0, n)),
    "constant": (lambda rng, n: np.ones(n), lambda rng, n: rng.uniform(0.0, 1.0, n)),
}


def measure_loss(engine, servers, room, offered, law, seed):
    draw_service, draw_residual = LAWS[law]
    rng = np.random.default_rng(seed)
    present = draw_state(rng, mmck_states(servers, room, offered))
    start = np.append(np.zeros(present), arrive_by_poisson(rng, offered, MOVEMENTS))
    minutes = np.append(draw_residual(rng, present), draw_service(rng, MOVEMENTS))
    route = [
        try_seize("room", otherwise_skip=4),
        seize("servers"),
        delay(minutes),
        release("servers"),
        release("room"),
    ]
    program = offer_alike([Pool.of("room", room), Pool.of("servers", servers)], start, route)
    served = by_movement(program, run(program, engine).ended_min)[present:, 2]
    return np.isnan(served).mean()


def test_full_room_loses_as_many_as_birth_and_death_say(engine):
    losses = [measure_loss(engine, 2, 4, 1.6, "exponential", seed) for seed in range(20)]
    assert_mean_is(losses, mmck_states(2, 4, 1.6)[-1])


@pytest.mark.parametrize("law", LAWS)
def test_loss_follows_erlang_b_whatever_the_law_of_service(engine, law):
    losses = [measure_loss(engine, 5, 5, 4.0, law, seed) for seed in range(20)]
    assert_mean_is(losses, erlang_b(5, 4.0))
