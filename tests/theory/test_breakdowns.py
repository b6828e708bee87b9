"""Servers that fail and are repaired, busy or not: up and down times are drawn before the run and become a calendar.

Up exponential at rate f, down exponential at rate r (mean d = 1 / r), boxes Poisson at rate a, services exponential
at rate u.
    One server, work freezes and resumes (White and Christie 1958, "Queuing with preemptive priorities or with
    breakdown"; Avi-Itzhak and Naor 1963, "Some queuing problems with the service station subject to breakdown",
    model A): a service of work w takes w and f w repairs, (1 + f d) / u on average. An arrival finds L boxes and, with
    probability f d / (1 + f d), a repair that lasts d more. No law here has a memory, so its time in the system is
        T = (L + 1) (1 + f d) / u + f d^2 / (1 + f d),   and by Little L = a T.
    The same and c servers that all stop together (wind, power), and one server that ends the service under way before
    it stops: the balance p Q = 0 of the number present (0..199) and of what the servers do, solved numerically;
    the mean time is L / a.
    Box by box, one server that ends its service: granted at the first up time from max(arrive_i, leave_(i-1)) on.
    (Boxes under a clock that freezes: test_clock_rates.)

No start-up bias: number present and state at minute 0 are drawn from that law, services and repairs afresh (no
memory), and one more box comes, which sees the stationary law, as by PASTA do all later.
"""

from functools import cache

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import spsolve

from sim.kernel import Calendar, Pool, delay, release, run, seize
from tests.theory.queueing import arrive_by_poisson, assert_mean_is, by_movement, offer_alike

FAILS, REPAIRS, SERVES, MOST, BOXES = 0.1, 0.4, 1.0, 200, 3_000
UP, DOWN, ENDING = 0, 1, 2
ARRIVES = {1: 0.4, 3: 1.5}


def white_and_christie_time(arrival_rate: float) -> float:
    lost = FAILS / REPAIRS
    return ((1.0 + lost) / SERVES + lost / REPAIRS / (1.0 + lost)) / (1.0 - arrival_rate * (1.0 + lost) / SERVES)


def list_rates(servers: int, arrival_rate: float, ends_service: bool):
    """Yield (from, to, rate) between states (number present, what the servers do)."""
    for n in range(MOST):
        stops = ENDING if ends_service and n else DOWN
        yield (n, UP), (n, stops), FAILS
        yield (n, DOWN), (n, UP), REPAIRS
        yield (n, ENDING), (n, UP), REPAIRS
        if n:
            yield (n, UP), (n - 1, UP), min(n, servers) * SERVES
            yield (n, ENDING), (n - 1, DOWN), SERVES
        if n + 1 < MOST:
            yield from (((n, state), (n + 1, state), arrival_rate) for state in (UP, DOWN, ENDING))


@cache
def find_stationary_law(servers: int, ends_service: bool) -> np.ndarray:
    """Return the probabilities of (number present, what the servers do)."""
    rates = list(list_rates(servers, ARRIVES[servers], ends_service))
    begin, end = (np.array([3 * n + state for n, state in states]) for states in list(zip(*rates, strict=True))[:2])
    flow = sparse.coo_array(([rate for *_, rate in rates], (end, begin)), shape=(3 * MOST, 3 * MOST)).tolil()
    flow.setdiag(-flow.sum(axis=0))
    flow[0, :] = 1.0
    law = spsolve(flow.tocsc(), np.append(1.0, np.zeros(3 * MOST - 1))).clip(0.0).reshape(MOST, 3)
    assert law[-20:].sum() < 1e-9, "the law is cut off too early"
    return law / law.sum()


def expect_time(servers: int, ends_service: bool) -> float:
    return np.arange(MOST) @ find_stationary_law(servers, ends_service).sum(axis=1) / ARRIVES[servers]


def draw_up_times(rng: np.random.Generator, starts_up: bool, end: float) -> list[tuple[float, float]]:
    """Return when the servers are up, from minute 0 until past `end`."""
    many = int(1.3 * end / (1.0 / FAILS + 1.0 / REPAIRS)) + 50
    up, down = rng.exponential(1.0 / FAILS, many), rng.exponential(1.0 / REPAIRS, many)
    down[0] *= not starts_up
    repaired = np.cumsum(down) + np.cumsum(up) - up
    assert repaired[-1] > end
    return list(zip(repaired.tolist(), (repaired + up).tolist(), strict=True))


def serve(engine: str, servers: int, ends_service: bool, seed: int):
    """Return arrivals, minutes of service, grants and ends of all boxes, how many were there, and the up times."""
    rng = np.random.default_rng((seed, servers, ends_service))
    law = find_stationary_law(servers, ends_service)
    present, state = divmod(int(rng.choice(law.size, p=law.ravel())), 3)
    start = np.append(np.zeros(present), arrive_by_poisson(rng, ARRIVES[servers], BOXES))
    minutes = rng.exponential(1.0 / SERVES, len(start))
    up = draw_up_times(rng, state == UP, 1.2 * start[-1] + 500.0)
    calendar, pool = Calendar.of("up", up), Pool.of("servers", servers)
    if ends_service:
        # The last service before a stop begins at minute 0, the stop a rounding later.
        stop = float(np.nextafter(0.0, 1.0))
        changes = {UP: [], DOWN: [(0.0, 0)], ENDING: [(0.0, 1), (stop, 0)]}[state]
        changes += [change for opens, closes in up for change in ((opens, servers), (closes, 0))]
        pool = Pool.of("servers", changes)
    route = [seize("servers"), delay(minutes, None if ends_service else "up"), release("servers")]
    program = offer_alike([pool], start, route, [calendar])
    times = by_movement(program, run(program, engine).ended_min)
    return start, minutes, times[:, 0], times[:, 2], present, up


@pytest.fixture(scope="module", params=[(1, False), (3, False), (1, True)], ids=["freeze-1", "freeze-3", "end-1"])
def station(engine, request):
    return *request.param, [serve(engine, *request.param, seed) for seed in range(40)]


def test_law_of_one_server_that_freezes_has_the_mean_of_white_and_christie():
    assert expect_time(1, False) == pytest.approx(white_and_christie_time(ARRIVES[1]), rel=1e-9)


def test_mean_time_of_boxes_at_servers_that_fail_follows_the_theory(station):
    servers, ends_service, runs = station
    times = [(left - start)[present:].mean() for start, _, _, left, present, _ in runs]
    assert_mean_is(times, expect_time(servers, ends_service), power=0.1)


def test_server_that_ends_its_service_grants_the_next_when_it_is_up_again(engine):
    start, minutes, granted, left, present, up = serve(engine, 1, True, seed=100)
    opens, closes = np.array(up).T
    server_free = left[present]
    for box in range(present + 1, len(start)):
        ready = max(start[box], server_free)
        shift = np.searchsorted(closes, ready, side="right")
        assert granted[box] == max(ready, opens[shift])
        server_free = granted[box] + minutes[box]
        assert left[box] == server_free
    assert (granted > np.maximum(start, np.append(0.0, left[:-1]))).mean() > 0.05
