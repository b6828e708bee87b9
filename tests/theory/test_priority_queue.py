"""Non-preemptive priorities: the mean wait of each class (Cobham 1954).

With loads r1, r2, ... (most urgent first) class k waits R / ((1 - r1 - .. - r(k-1)) (1 - r1 - .. - rk)).
One server, services of class k with second moment m_k: R = sum of rate_k m_k / 2 (Kleinrock 1976, "Queueing
Systems II", section 3.6). Several servers, all services exponential of mean 1: R = C(c, a) / c with Erlang's C.
    one server: constant services 1 and 2, rates 0.3 and 0.2: R = (0.3 + 0.8) / 2 = 0.55, loads 0.3 and 0.4,
        waits 0.55 / 0.7 = 0.786 and 0.55 / (0.7 * 0.3) = 2.619
    two servers, rates 0.5 and 0.9: a = 1.4, C = 0.57647, R = 0.28824, loads 0.25 and 0.45,
        waits 0.38431 and 1.28105

Start-up: runs begin empty; the first 500 minutes are discarded, and the last, whose patient movements see no
later urgent arrivals. The relaxation time of M/M/1 at utilisation 0.7 is 1 / (1 - sqrt(0.7))^2 = 37 mean services
(Cohen 1982, "The Single Server Queue", III.7.3), at most 52 minutes here, so exp(-9) of the bias is left.
"""

import numpy as np
import pytest

from sim.kernel import Pool, delay, release, run, seize
from tests.theory.queueing import assert_mean_is, by_movement, cobham_waits, erlang_c, offer_alike

MARGIN, MINUTES = 500.0, 20_000.0


def draw_arrivals(rng, rates):
    """Return Poisson arrival times and the class of each."""
    start = np.cumsum(rng.exponential(1.0 / sum(rates), int(MINUTES * sum(rates))))
    return start, rng.choice(len(rates), len(start), p=np.array(rates) / sum(rates))


def measure_waits(engine, servers, start, classes, minutes):
    route = [seize("servers", priority=classes), delay(minutes), release("servers")]
    program = offer_alike([Pool.of("servers", servers)], start, route)
    wait = by_movement(program, run(program, engine).ended_min)[:, 0] - start
    settled = (start > MARGIN) & (start < start[-1] - MARGIN)
    return [wait[settled & (classes == k)].mean() for k in np.unique(classes)]


def measure_one_server(engine, seed):
    rng = np.random.default_rng(seed)
    start, classes = draw_arrivals(rng, (0.3, 0.2))
    return measure_waits(engine, 1, start, classes, classes + 1.0)


def measure_two_servers(engine, seed):
    rng = np.random.default_rng(seed)
    start, classes = draw_arrivals(rng, (0.5, 0.9))
    return measure_waits(engine, 2, start, classes, rng.exponential(1.0, len(start)))


@pytest.fixture(scope="module")
def one_server(engine):
    return np.array([measure_one_server(engine, seed) for seed in range(20)])


@pytest.fixture(scope="module")
def two_servers(engine):
    return np.array([measure_two_servers(engine, seed) for seed in range(20)])


@pytest.mark.slow
@pytest.mark.parametrize("position", [0, 1], ids=["urgent", "patient"])
def test_classes_wait_as_cobham_found_for_one_server(one_server, position):
    assert_mean_is(one_server[:, position], cobham_waits(0.55, (0.3, 0.4))[position], power=0.08)


@pytest.mark.slow
@pytest.mark.parametrize("position", [0, 1], ids=["urgent", "patient"])
def test_classes_wait_as_cobham_found_for_two_servers(two_servers, position):
    expected = cobham_waits(erlang_c(2, 1.4) / 2.0, (0.25, 0.45))
    assert_mean_is(two_servers[:, position], expected[position], power=0.08)
