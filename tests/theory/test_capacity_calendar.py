"""Opening hours: work that freezes and shifts that drain.

Frozen work is a change of clock. Let O(t) be the open minutes until t.
    Room for all, Poisson arrivals at rate l at all hours, S open minutes each: who came at u is present at t if
    S > O(t) - O(u), so the number is Poisson with mean integral of l P(S > O(t) - O(u)) du (Eick, Massey and Whitt
    1993, theorem 1, with the stay measured on the open clock).
    One server that freezes, Poisson arrivals in open minutes only: on the open clock this is M/G/1, and waits in
    open minutes follow Pollaczek and Khinchine; at rate 0.6 and constant services of 1, 0.75 minutes. It starts
    with the stationary workload as in test_mg1_wait.

A shift that drains: 4 servers with exponential services of mean 1 and never a lack of work. At the close all 4 are
busy and finish without successors: the last leaves 1/4 + 1/3 + 1/2 + 1 = 25/12 minutes later on average (Renyi 1953,
"On the theory of order statistics"). A shift of 5 minutes grants 4 at once and one per departure while it
lasts: 4 + 4 * 5 = 24. The gap of 60 minutes outlasts the drain but for a chance of 4 exp(-60).
"""

import numpy as np
import pytest

from sim.kernel import Calendar, Pool, delay, release, run, seize
from tests.theory.queueing import (
    arrive_by_poisson,
    assert_mean_is,
    by_movement,
    mt_g_infinity_mean,
    offer_alike,
    pollaczek_khinchine_wait,
)

OPEN, DAY = 10.0, 25.0


def make_hours(days: int) -> Calendar:
    return Calendar.of("hours", [(DAY * day, DAY * day + OPEN) for day in range(days)])


def to_open(clock):
    return clock // DAY * OPEN + np.minimum(clock % DAY, OPEN)


def to_clock(opened):
    return opened // OPEN * DAY + opened % OPEN


def count_present(engine, at, seed, rate=2.0):
    rng = np.random.default_rng(seed)
    start = np.sort(rng.uniform(0.0, at, rng.poisson(rate * at)))
    program = offer_alike([], start, [delay(rng.exponential(6.0, len(start)), "hours")], [make_hours(60)], at)
    return np.isnan(run(program, engine).ended_min).sum()


@pytest.mark.parametrize("at", [33.0, 49.0])
def test_frozen_work_keeps_as_many_present_as_the_open_clock_predicts(engine, at):
    def outlasts(u, t):
        return np.exp(-(to_open(t) - to_open(u)) / 6.0)

    expected = mt_g_infinity_mean(lambda _: 2.0, outlasts, at)
    assert_mean_is([count_present(engine, at, seed) for seed in range(500)], expected, power=0.04)


def measure_open_wait(engine, seed, movements=4_000):
    rng = np.random.default_rng(seed)
    workload = rng.uniform(0.0, 1.0, rng.geometric(0.4) - 1).sum()
    start_open = np.append(0.0, arrive_by_poisson(rng, 0.6, movements))
    minutes = np.append(workload, np.ones(movements))
    route = [seize("server"), delay(minutes, "hours"), release("server")]
    hours = make_hours(int(start_open[-1] / OPEN) + 20)
    program = offer_alike([Pool.of("server", 1)], to_clock(start_open), route, [hours])
    granted = by_movement(program, run(program, engine).ended_min)[:, 0]
    return (to_open(granted) - start_open)[1:].mean()


@pytest.mark.slow
def test_open_minutes_waited_for_a_freezing_server_follow_pollaczek_and_khinchine(engine):
    waits = [measure_open_wait(engine, seed) for seed in range(20)]
    assert_mean_is(waits, pollaczek_khinchine_wait(0.6, 1.0, 1.0), power=0.08)


SERVERS, SHIFT, GAP, SHIFTS = 4, 5.0, 60.0, 100


def work_in_shifts(engine, seed):
    """Return when each movement of a saturated station was granted and when it left."""
    rng = np.random.default_rng(seed)
    shifts = [(SHIFT + GAP) * n for n in range(SHIFTS)]
    crew = Pool.of("crew", [change for begin in shifts for change in ((begin, SERVERS), (begin + SHIFT, 0))])
    movements = int(1.2 * SERVERS * (1 + SHIFT) * SHIFTS)
    route = [seize("crew"), delay(rng.exponential(1.0, movements)), release("crew")]
    program = offer_alike([crew], np.zeros(movements), route, horizon_min=SHIFTS * (SHIFT + GAP))
    times = by_movement(program, run(program, engine).ended_min)
    assert np.isnan(times[-1, 0]), "the station ran out of work"
    return times[~np.isnan(times[:, 0])][:, [0, 2]]


@pytest.fixture(scope="module")
def shifts(engine):
    return [work_in_shifts(engine, seed) for seed in range(20)]


def test_shift_end_drains_as_the_last_of_four_exponential_services(shifts):
    def overrun(times):
        shift = (times[:, 0] // (SHIFT + GAP)).astype(int)
        last = np.zeros(SHIFTS)
        np.maximum.at(last, shift, times[:, 1])
        return (last - (SHIFT + GAP) * np.arange(SHIFTS) - SHIFT).mean()

    assert_mean_is([overrun(times) for times in shifts], 25 / 12, power=0.06)


def test_shift_grants_one_successor_per_departure_until_it_ends(shifts):
    assert_mean_is([len(times) / SHIFTS for times in shifts], SERVERS * (1 + SHIFT))
