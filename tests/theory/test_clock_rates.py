"""Clocks that run slower or faster: a change of time, so nothing is averaged.

Let O(t) be the minutes that a clock shows at t, the integral of its rate. Work of w minutes begun at t ends at the
first time at which O is O(t) + w. O is piecewise linear; its inverse is read here with numpy.interp from the values
at the edges. (Over a gap O keeps its value and has no inverse; no draw hits one.)
    One server on such a clock (Lindley 1952, "The theory of queues with a single server"): vehicle i is granted at
    max(arrive_i, leave_(i-1)) and leaves at the inverse of O(granted) + w_i.
    One clock of rate r for ever: O(t) = r t, so services of w last w / r. M/M/1 with services of mean m is then M/M/1
    with services of mean m / r, and so is every other queue, time by time and bit by bit.
    An exit that lets one vehicle out per headway h of a clock is a fluid bottleneck (Newell 1993): of a queue that
    does not end, floor((O(t) - O(0)) / h) + 1 have left by t.
"""

import numpy as np
import pytest

from sim.kernel import Calendar, Pool, delay, release, run, seize
from tests.theory.queueing import arrive_by_poisson, assert_mean_is, by_movement, mmc_wait, offer_alike

CLOSE = 1e-9


def draw_hours(seed: int, intervals: int = 400) -> Calendar:
    """Return intervals of some minutes at rates from 0.05 to 5; half of them touch the next."""
    rng = np.random.default_rng(seed)
    gaps = rng.exponential(2.0, intervals) * (rng.random(intervals) < 0.5)
    minutes, rates = rng.exponential(4.0, intervals), rng.uniform(0.05, 5.0, intervals)
    closes = np.cumsum(gaps + minutes)
    opens = np.where(gaps > 0.0, closes - minutes, np.append(0.0, closes[:-1]))
    return Calendar.of("clock", list(zip(opens, closes, rates, strict=True)))


class Integral:
    """O of a calendar and its inverse."""

    def __init__(self, hours: Calendar) -> None:
        passed = np.cumsum((hours.closes_min - hours.opens_min) * hours.rate)
        self.edges = np.column_stack([hours.opens_min, hours.closes_min]).ravel()
        self.shown = np.column_stack([np.append(0.0, passed[:-1]), passed]).ravel()

    def show(self, time):
        return np.interp(time, self.edges, self.shown)

    def find(self, shown):
        return np.interp(shown, self.shown, self.edges)


@pytest.mark.parametrize("seed", range(5))
def test_work_ends_where_the_integral_of_the_rate_reaches_its_minutes(engine, seed):
    hours, rng = draw_hours(seed), np.random.default_rng((seed, 1))
    clock = Integral(hours)
    start = np.sort(rng.uniform(0.0, 0.7 * clock.edges[-1], 2_000))
    minutes = rng.exponential(30.0, len(start))
    program = offer_alike([], start, [delay(minutes, "clock")], [hours])
    ended = by_movement(program, run(program, engine).ended_min)[:, 0]
    np.testing.assert_allclose(ended, clock.find(clock.show(start) + minutes), rtol=0.0, atol=CLOSE)


@pytest.mark.parametrize("seed", range(5))
def test_tokens_are_given_where_the_integral_of_the_rate_reaches_their_minutes(engine, seed):
    """As many stores as gifts, so that each taker tells when its own gift came."""
    hours, rng = draw_hours(seed), np.random.default_rng((seed, 2))
    clock = Integral(hours)
    start, minutes = np.sort(rng.uniform(0.0, 0.7 * clock.edges[-1], 100)), rng.exponential(30.0, 100)
    names = [f"store {i}" for i in range(100)]
    stores = [Pool.of(name, 0, clock="clock") for name in names]
    program = offer_alike(stores, start, [release(names, 1, minutes), seize(names)], [hours])
    taken = by_movement(program, run(program, engine).ended_min)[:, 1]
    np.testing.assert_allclose(taken, clock.find(clock.show(start) + minutes), rtol=0.0, atol=CLOSE)


@pytest.mark.parametrize("seed", range(5))
def test_server_on_a_clock_follows_lindley_in_the_minutes_of_the_clock(engine, seed):
    hours, rng = draw_hours(seed), np.random.default_rng((seed, 3))
    clock = Integral(hours)
    arrive = np.sort(rng.uniform(0.0, 0.5 * clock.edges[-1], 1_000))
    minutes = rng.exponential(0.8 * clock.show(arrive[-1]) / len(arrive), len(arrive))
    program = offer_alike(
        [Pool.of("server", 1)], arrive, [seize("server"), delay(minutes, "clock"), release("server")], [hours]
    )
    times = by_movement(program, run(program, engine).ended_min)
    left = 0.0
    for i, begin in enumerate(arrive):
        granted = max(begin, left)
        left = clock.find(clock.show(granted) + minutes[i])
        assert times[i, [0, 2]] == pytest.approx([granted, left], rel=0.0, abs=CLOSE)
    assert (times[:, 0] > arrive).mean() > 0.3


@pytest.mark.parametrize("rate", [0.25, 0.5, 2.0, 0.7])
@pytest.mark.parametrize("servers", [1, 3])
def test_queue_on_a_slow_clock_is_the_queue_of_longer_services_bit_for_bit(engine, servers, rate):
    rng = np.random.default_rng(servers)
    start, minutes = arrive_by_poisson(rng, servers * 0.8 * rate, 2_000), rng.exponential(1.0, 2_000)
    clock, pool = Calendar.of("clock", [(0.0, np.inf, rate)]), Pool.of("servers", servers)

    def serve(step):
        program = offer_alike([pool], start, [seize("servers"), step, release("servers")], [clock])
        return run(program, engine).ended_min

    slow, plain = serve(delay(minutes, "clock")), serve(delay(minutes / rate))
    np.testing.assert_array_equal(slow, plain)
    assert not np.array_equal(plain, serve(delay(minutes)))


@pytest.mark.parametrize("rate", [0.25, 1.0, 4.0])
def test_exit_on_a_clock_lets_out_what_the_integral_of_the_rate_says(engine, rate):
    """Headways of 1/32 of the clock: 64 intervals of 4 minutes, every other at another rate, a quarter after a gap."""
    headway = 0.03125
    opens = np.cumsum([5.0 if n % 4 == 0 else 4.0 for n in range(64)]) - 4.0
    hours = Calendar.of("clock", [(begin, begin + 4.0, rate if n % 2 else 1.0) for n, begin in enumerate(opens)])
    clock = Integral(hours)
    vehicles = int(clock.shown[-1] / headway)
    route = [seize("exit"), release("exit", 1, headway)]
    program = offer_alike([Pool.of("exit", 1, clock="clock")], np.zeros(vehicles), route, [hours])
    left = by_movement(program, run(program, engine).ended_min)[:, 0]
    for t in np.arange(0.5, opens[-1], 7.3):
        assert (left <= t).sum() == np.floor(clock.show(t) / headway) + 1


def measure_wait(engine: str, rate: float, seed: int, movements: int = 20_000) -> float:
    """Return the mean wait of M/M/1 whose stationary workload is brought by the first movement.

    With probability 1/2 nobody is there; else the workload of M/M/1 at load 1/2 is exponential of mean 2 services.
    """
    rng = np.random.default_rng((seed, 4))
    workload = rng.exponential(2.0) * (rng.random() < 0.5)
    start = np.append(0.0, arrive_by_poisson(rng, 0.5 * rate, movements))
    minutes = np.append(workload, rng.exponential(1.0, movements))
    route = [seize("server"), delay(minutes, "clock"), release("server")]
    program = offer_alike([Pool.of("server", 1)], start, route, [Calendar.of("clock", [(0.0, np.inf, rate)])])
    granted = by_movement(program, run(program, engine).ended_min)[:, 0]
    return float((granted - start)[1:].mean())


@pytest.mark.slow
def test_mean_wait_on_a_slow_clock_is_that_of_longer_services(engine):
    rate = 0.4
    waits = [measure_wait(engine, rate, seed) for seed in range(20)]
    assert_mean_is(waits, mmc_wait(1, 0.5 * rate, rate), power=0.08)
