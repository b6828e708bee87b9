"""Queues whose customers leave when their patience ends, by `WITHIN`, against exact formulas.

Exponential patience (M/M/c+M): Palm 1957, "Research on telephone traffic carried by full availability groups"; named
    Erlang-A by Garnett, Mandelbaum and Reiman 2002, "Designing a call center with impatient customers". The number
    present is a birth-death chain: up at rate a, down from n at rate min(n, c) m + max(n - c, 0) t. Those who leave
    without service are t E[number waiting] a minute, a share t E[number waiting] / a of all who come.
Constant patience (M/M/c+D): Barrer 1957, "Queuing with impatient customers and ordered service"; Baccelli and
    Hebuterne 1981, "On queues with impatient customers". The wait that is offered to an arrival has the density
    v(x) = a p exp(a x - c m x) up to the patience d and a p exp(a d - c m x) beyond, for then nobody joins any more,
    with p the probability that just one server is free before the arrival (p_(c-1)). Lost is whoever is offered more
    than d: the integral of v beyond d is a p exp((a - c m) d) / (c m). An empty start: p_n = a^n / (n! m^n) p_0.
"""

from math import factorial

import numpy as np
import pytest

from sim.kernel import Pool, Program, Trace, delay, release, run, seize_within, skip
from tests.theory.queueing import arrive_by_poisson, assert_mean_is, by_movement, offer_alike

CUSTOMERS, WARM_UP, SEEDS = 20_000, 1_000, range(24)
SERVICE = 1.0
QUEUES = {"one-server": (1, 0.8, 0.5), "one-server-overloaded": (1, 1.6, 1.0), "four-servers": (4, 4.4, 0.4)}
"""Servers, arrivals a minute (service takes a minute), and how many of those who wait lose patience a minute."""


def serve(engine: str, servers: int, arrive: np.ndarray, service: np.ndarray, patience) -> tuple[Program, Trace]:
    """Run a queue in order of coming; those who get no server in time leave."""
    route = [seize_within("servers", patience), skip(2), delay(service), release("servers")]
    program = offer_alike([Pool.of("servers", servers)], arrive, route)
    return program, run(program, engine)


def look_back(program: Program, trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Return how long each customer waited, served or not, and whether it left without service."""
    began, ended = (by_movement(program, minutes)[WARM_UP:] for minutes in (trace.began_min, trace.ended_min))
    return ended[:, 0] - began[:, 0], ~np.isnan(began[:, 1])


def erlang_a_states(servers: int, arrival_rate: float, leaving_rate: float, most: int = 500) -> np.ndarray:
    """Return the stationary probabilities of 0..most present; service takes a minute."""
    present = np.arange(1, most + 1)
    down = np.minimum(present, servers) / SERVICE + np.maximum(present - servers, 0) * leaving_rate
    weights = np.append(1.0, np.cumprod(arrival_rate / down))
    return weights / weights.sum()


def barrer_loss(servers: int, arrival_rate: float, patience: float) -> float:
    """Return the share of those who leave if all wait equally long at most."""
    drift = arrival_rate - servers / SERVICE
    states = np.array([(arrival_rate * SERVICE) ** n / factorial(n) for n in range(servers)])
    waits = arrival_rate * states[-1] * (np.expm1(drift * patience) / drift if drift else patience)
    lost = arrival_rate * states[-1] * np.exp(drift * patience) * SERVICE / servers
    return float(lost / (states.sum() + waits + lost))


@pytest.fixture(scope="module", params=QUEUES.values(), ids=QUEUES)
def queue(request):
    return request.param


@pytest.fixture(scope="module")
def runs(engine, queue):
    """Return for each seed the waits, the lost, and the minutes from the first arrival looked at to the last."""
    servers, arrival_rate, leaving_rate = queue
    seen = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        customers = CUSTOMERS if engine == "compiled" else CUSTOMERS // 4
        arrive = arrive_by_poisson(rng, arrival_rate, customers)
        service, patience = rng.exponential(SERVICE, customers), rng.exponential(1.0 / leaving_rate, customers)
        seen.append((*look_back(*serve(engine, servers, arrive, service, patience)), arrive[-1] - arrive[WARM_UP]))
    return seen


def test_share_that_loses_patience_is_that_of_erlang_a(runs, queue):
    servers, arrival_rate, leaving_rate = queue
    states = erlang_a_states(*queue)
    waiting = np.dot(states, np.maximum(np.arange(len(states)) - servers, 0))
    assert_mean_is([lost.mean() for _, lost, _ in runs], leaving_rate * waiting / arrival_rate)


def test_mean_number_waiting_is_that_of_erlang_a(runs, queue):
    states = erlang_a_states(*queue)
    waiting = np.dot(states, np.maximum(np.arange(len(states)) - queue[0], 0))
    assert_mean_is([waits.sum() / minutes for waits, _, minutes in runs], waiting, power=0.08)


def test_share_that_need_not_wait_is_that_of_erlang_a(runs, queue):
    expected = erlang_a_states(*queue)[: queue[0]].sum()
    assert_mean_is([(waits == 0.0).mean() for waits, _, _ in runs], expected)


@pytest.mark.parametrize(
    ("servers", "arrival_rate", "patience"), [(1, 0.8, 1.5), (1, 1.0, 2.0), (1, 1.5, 1.0), (4, 4.4, 0.5)]
)
def test_share_that_loses_its_constant_patience_is_that_of_barrer(engine, servers, arrival_rate, patience):
    shares = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        customers = CUSTOMERS if engine == "compiled" else CUSTOMERS // 4
        arrive, service = arrive_by_poisson(rng, arrival_rate, customers), rng.exponential(SERVICE, customers)
        waits, lost = look_back(*serve(engine, servers, arrive, service, patience))
        np.testing.assert_allclose(waits[lost], patience)
        assert waits.max() <= patience + 1e-9
        shares.append(lost.mean())
    assert_mean_is(shares, barrer_loss(servers, arrival_rate, patience))


def test_one_server_of_barrer_is_his_closed_form():
    """M/M/1+D: (1 - r) r exp((r - 1) d) / (1 - r r exp((r - 1) d)) with r arrivals a service."""
    for load, patience in ((0.8, 1.5), (1.5, 1.0)):
        lasts = load * np.exp((load - 1.0) * patience)
        assert barrer_loss(1, load, patience) == pytest.approx((1.0 - load) * lasts / (1.0 - load * lasts))
