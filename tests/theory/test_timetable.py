"""Trains at fixed times with K places each: a pool that is refilled at a departure and emptied a rounding later.

At departure n, T_n, up to K boxes that wait leave at that instant; unused places lapse, so a box that comes between
departures always waits.
    Box by box: none overtakes, and box i cannot be on the train of box i - K. With N(t) the first departure at t or
    later, box i leaves with train n_i = max(N(arrive_i), n_(i-K) + 1), the recursion of Lindley 1952 in trains. If
    boxes take one or two places, a train is filled from the front until the next does not fit.
    Bulk service (Bailey 1954, "On queueing processes with bulk service"): departures T = 1 apart, boxes Poisson at
    rate 3, K = 4. Those who wait just before departures follow Q' = max(Q - K, 0) + Poisson(3); the stationary law
    solves p = p J on 0..199. Those left behind are X = max(Q - K, 0), and on average 3 t more have come t after a
    departure, so the mean number waiting over time is E(X) + 3 / 2; the mean wait is a third of it (Little 1961).

No start-up bias: X at minute 0, just after a departure, is drawn from its law.
"""

from functools import cache

import numpy as np
import pytest
from scipy import stats

from sim.kernel import Op, Pool, assemble, release, run, seize, skip, try_seize, until
from tests.theory.queueing import assert_mean_is, draw_state, offer_alike

PLACES, RATE, TRAINS, MOST = 4, 3.0, 400, 200


def offer_places(departs_min: np.ndarray, places: int = PLACES) -> Pool:
    """Return places that exist at the instants of departure only."""
    changes = [(0.0, 0)]
    for time in departs_min.tolist():
        changes += [(time, places), (float(np.nextafter(time, np.inf)), 0)]
    return Pool.of("places", changes, refills=True)


def draw_timetable(seed: int, trains: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Return irregular departures, and boxes that come in crowds and have all left by the last."""
    rng = np.random.default_rng(seed)
    departs = np.cumsum(rng.uniform(10.0, 100.0, trains))
    crowds = rng.choice([0.2, 1.0, 2.5], trains // 20)
    boxes = rng.poisson(np.repeat(crowds, 20) * PLACES * 0.5)
    opens = np.append(0.0, departs[:-1])
    arrive = np.sort(rng.uniform(np.repeat(opens, boxes), np.repeat(departs, boxes)))
    return departs, arrive[follow_trains(departs, arrive) < trains]


def follow_trains(departs: np.ndarray, arrive: np.ndarray) -> np.ndarray:
    """Return the train of each box by the recursion."""
    trains = np.searchsorted(departs, arrive).tolist()
    for box in range(PLACES, len(trains)):
        trains[box] = max(trains[box], trains[box - PLACES] + 1)
    return np.array(trains)


@pytest.mark.parametrize("seed", range(5))
def test_each_box_leaves_with_the_train_that_the_recursion_gives_it(engine, seed):
    departs, arrive = draw_timetable(seed)
    trains = follow_trains(departs, arrive)
    left = run(offer_alike([offer_places(departs)], arrive, [seize("places")]), engine).ended_min
    np.testing.assert_array_equal(left, departs[trains])
    assert 0.1 < (trains > np.searchsorted(departs, arrive)).mean() < 0.9


def test_box_that_comes_at_the_instant_of_departure_leaves_with_that_train(engine):
    departs = np.array([60.0, 120.0])
    left = run(offer_alike([offer_places(departs)], np.array([60.0, 60.0000001]), [seize("places")]), engine).ended_min
    np.testing.assert_array_equal(left, departs)


@pytest.mark.parametrize("seed", range(3))
def test_boxes_of_two_places_wait_for_a_train_with_two_left_and_nobody_passes_them(engine, seed):
    departs, arrive = draw_timetable(seed)
    sizes = np.random.default_rng((seed, 1)).integers(1, 3, len(arrive))
    expected, box = np.full(len(arrive), np.nan), 0
    for time in departs:
        room = PLACES
        while box < len(arrive) and arrive[box] <= time and sizes[box] <= room:
            expected[box], room, box = time, room - sizes[box], box + 1
    end = departs[-1] + 1.0
    program = offer_alike([offer_places(departs)], arrive, [seize("places", sizes)], horizon_min=end)
    np.testing.assert_array_equal(run(program, engine).ended_min, expected)


@pytest.mark.parametrize("seed", range(3))
def test_train_that_comes_by_itself_takes_what_a_timetable_of_places_takes(engine, seed):
    """It gives its places and takes the unused ones back one by one; if one is gone, so are all others."""
    departs, arrive = draw_timetable(seed, trains=200)
    trains = follow_trains(departs, arrive)
    take_back = [*(try_seize("places", PLACES - n) for n in range(PLACES)), skip(0)]
    come = [(0.0, [until(time), release("places", PLACES), *take_back]) for time in departs.tolist()]
    boxes = [(time, [seize("places")]) for time in arrive.tolist()]
    program = assemble([Pool.of("places", 0)], come + boxes)
    left = run(program, engine).ended_min[program.op == Op.SEIZE]
    np.testing.assert_array_equal(left, departs[trains])


def test_full_train_leaves_at_the_next_departure_that_no_other_train_has_taken(engine):
    """A train of six boxes is itself one that waits for a single place: a path on the line."""
    paths = np.cumsum(np.random.default_rng(1).uniform(10.0, 100.0, 300))
    arrive = np.sort(np.random.default_rng(2).uniform(0.0, 0.7 * paths[-1], 6 * 200))
    train = [seize("boxes", 6), seize("places"), release("train", 6)]
    boxes = [(time, [release("boxes"), seize("train")]) for time in arrive.tolist()]
    stores = [Pool.of("boxes", 0), Pool.of("train", 0)]
    program = assemble([offer_places(paths, 1), *stores], [(0.0, train)] * 200 + boxes)
    left = run(program, engine).ended_min[(program.op == Op.SEIZE) & (program.target == program.pool_number["train"])]
    taken = [-1]
    for full in arrive[5::6]:
        taken.append(max(int(np.searchsorted(paths, full)), taken[-1] + 1))
    np.testing.assert_array_equal(left, np.repeat(paths[taken[1:]], 6))
    assert (np.diff(taken[1:]) == 1).any()


@cache
def find_stationary_law() -> np.ndarray:
    """Return the law of those who wait just before a departure."""
    come = stats.poisson.pmf(np.arange(MOST), RATE)
    jumps = np.zeros((MOST, MOST))
    for before in range(MOST):
        behind = max(before - PLACES, 0)
        jumps[before, behind:] = come[: MOST - behind]
    balance = np.vstack([jumps.T - np.eye(MOST), np.ones(MOST)])
    law = np.linalg.lstsq(balance, np.append(np.zeros(MOST), 1.0), rcond=None)[0].clip(0.0)
    assert law[-20:].sum() < 1e-9, "the law is cut off too early"
    return law / law.sum()


def count_left_behind() -> np.ndarray:
    law = find_stationary_law()
    return np.append(law[: PLACES + 1].sum(), law[PLACES + 1 :])


def run_timetable(engine: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return when boxes come and leave, trains one minute apart."""
    rng = np.random.default_rng(seed)
    behind = draw_state(rng, count_left_behind())
    come = np.sort(rng.uniform(0.0, TRAINS, rng.poisson(RATE * TRAINS)))
    start = np.append(np.zeros(behind), come)
    places = offer_places(np.arange(1.0, TRAINS + 1.0))
    left = run(offer_alike([places], start, [seize("places")], horizon_min=TRAINS + 0.5), engine).ended_min
    return start, np.nan_to_num(left, nan=np.inf)


@pytest.fixture(scope="module")
def runs(engine):
    return [run_timetable(engine, seed) for seed in range(40)]


def test_mean_number_before_departure_follows_the_bulk_service_queue(runs):
    departs = np.arange(1, TRAINS + 1)
    means = [(np.searchsorted(start, departs) - np.searchsorted(np.sort(left), departs)).mean() for start, left in runs]
    assert_mean_is(means, find_stationary_law() @ np.arange(MOST), power=0.1)


def test_mean_wait_for_a_train_follows_little_from_those_left_behind(runs):
    expected = count_left_behind() @ np.arange(MOST - PLACES) / RATE + 0.5
    waits = [(np.minimum(left, TRAINS) - start).sum() / (RATE * TRAINS) for start, left in runs]
    assert_mean_is(waits, expected, power=0.1)
