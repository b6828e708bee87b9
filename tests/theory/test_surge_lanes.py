"""M/M/1 with a second server while many wait: a birth-death process (Moder and Phillips 1962, "Queuing with fixed and
variable channels"; Kleinrock 1975, section 3.1, for its equilibrium).

One lane is always open, a second one when q vehicles wait, at once; it closes with the next vehicle that is done if
fewer wait then. With arrival rate a and services of 1 minute on average, the number present n falls at rate 1 for
1 <= n <= q and at rate 2 for n > q, so that

    p(n) = p(0) a^n for n <= q,    p(n) = p(q) (a / 2)^(n - q) for n > q,

and by Little's law the mean wait is (sum n p(n)) / a - 1. A lane stays open for some time at least; here that is a
fiftieth of a service, which makes waits shorter by about as much, a fraction of the interval's width.
"""

import numpy as np

from sim.kernel import Calendar, Pool, delay, release, run, seize, skip, try_seize
from sim.port.surge import put_before, write_supervisor
from sim.scenario.staffing import SurgeLanes
from tests.theory.queueing import arrive_by_poisson, assert_mean_is, by_movement, draw_state, offer_alike

RATE, QUEUE = 0.9, 3
VEHICLES = 1500
SURGE = SurgeLanes.model_construct(lanes=1, queue=QUEUE, ready_min=0.0, open_min=0.02)


def states(most: int = 400) -> np.ndarray:
    """Return the probabilities of 0..most present."""
    falls = np.where(np.arange(1, most + 1) <= QUEUE, 1.0, 2.0)
    weights = np.append(1.0, np.cumprod(RATE / falls))
    return weights / weights.sum()


def measure_wait(seed: int) -> float:
    """Return the mean wait of vehicles that find the equilibrium, as those present at minute 0 are drawn from it."""
    rng = np.random.default_rng(seed)
    present = draw_state(rng, states())
    start = np.append(np.zeros(present), arrive_by_poisson(rng, RATE, VEHICLES))
    lane = [try_seize("lanes", 1), skip(3), release("waiting"), seize("lanes"), seize("waiting", priority=-1)]
    route = [*lane, delay(rng.exponential(1.0, len(start))), release("lanes")]
    end = float(start[-1]) + 100.0
    always = Calendar.of("always", [(0.0, end)])
    program = offer_alike([Pool.of("lanes", 2), Pool.store("waiting")], start, route, [always], end)
    # It needs a round for each open_min in which the lane is open, less than half of the time.
    supervisor = write_supervisor("lanes", SURGE, 0, (0, 1, 0), rounds=int(end / SURGE.open_min / 2.0))
    ended = run(put_before(program, [supervisor])).ended_min[supervisor.length :]
    served = by_movement(program, ended)[:, 5] - np.array(route[5].value)
    return float((served - start)[present:].mean())


def test_mean_wait_is_that_of_the_birth_death_process():
    present = float(np.arange(401) @ states())
    assert_mean_is([measure_wait(seed) for seed in range(20)], present / RATE - 1.0, power=0.1)
