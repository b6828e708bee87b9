"""Trains that leave when they are full (K boxes), or at a limit at the latest: stores count what has come.

Boxes Poisson at rate a; one train loads at a time, the next from the moment that it leaves.
    Full: box i waits until box K ceil(i / K) comes; box j of a train waits for K - j exponentials of mean 1 / a, on
    average over the train (K - 1) / (2 a) (Chaudhry and Templeton 1983, "A First Course in Bulk Queues").
    Full, or L minutes after the first box: if that box is f, the train leaves at min(arrive_(f+K-1), arrive_f + L).
    Trains are independent and alike: 1 + min(K - 1, M) boxes with M ~ Poisson(a L); the first box waits
    min(Erlang(K - 1), L), sum over j = 1..K-1 of P(M >= j) / a on average.
    Full, or at its time T_n: train n leaves at min(arrive_(f+K-1), T_n), perhaps empty.

How a limit is written without an instruction that waits for one thing or another. Each box gives a token to `boxes`
and waits for a place. A train takes K from `boxes`; its alarm, a movement of its own, gives what may still be missing.
The train then gives a place for each token that it finds beyond those, and that is one for each box that came.
Alarms ring in the order of trains, so one count of trains that have left full tells an alarm that it is late: it
takes one from `full`, and only if there is none gives to `boxes` and says so in `alarmed`.
"""

import numpy as np
import pytest
from scipy import stats

from sim.kernel import Op, Pool, assemble, release, run, seize, skip, try_seize
from tests.theory.queueing import arrive_by_poisson, assert_mean_is

PLACES, RATE, LIMIT = 6, 0.5, 10.0
STORES = [Pool.of(name, 0) for name in ("boxes", "places", "alarm", "full", "alarmed")]


def leave_full() -> list:
    return [seize("boxes", PLACES), release("places", PLACES)]


def leave_full_or_alarmed(opening: list, counted: int) -> list:
    """Return a train's steps once `counted` boxes have come (in `opening`)."""
    more = PLACES - counted
    find_boxes = [step for n in range(more) for step in (try_seize("boxes", 2 * (more - n) - 1), release("places"))]
    alarmed = [*([release("places", counted)] if counted else []), *find_boxes]
    full = [release("full"), release("places", PLACES)]
    ways = [try_seize("alarmed", len(alarmed) + 1), *alarmed, skip(len(full)), *full]
    return [seize("track"), *opening, seize("boxes", more), *ways, release("track")]


def sound_alarm(opening: list, missing: int) -> list:
    late = [try_seize("full", 1), skip(2)]
    return [*opening, *late, release("boxes", missing), release("alarmed")]


def board(engine: str, arrive: np.ndarray, others: list, horizon_min: float, after: list = ()) -> np.ndarray:
    """Return when each box leaves, NaN if not before the horizon; `after` begin after boxes of the same minute."""
    boxes = [(time, [release("boxes"), seize("places")]) for time in arrive.tolist()]
    program = assemble([*STORES, Pool.of("track", 1)], [*others, *boxes, *after], horizon_min=horizon_min)
    places = program.pool_number["places"]
    return run(program, engine).ended_min[(program.op == Op.SEIZE) & (program.target == places)]


def board_with_limit(engine: str, arrive: np.ndarray, trains: int) -> np.ndarray:
    opening = [seize("boxes"), release("alarm", 1, LIMIT)]
    train, alarm = leave_full_or_alarmed(opening, 1), sound_alarm([seize("alarm")], PLACES - 1)
    return board(engine, arrive, [(0.0, train)] * trains + [(0.0, alarm)] * trains, arrive[-1] + 2.0 * LIMIT)


def follow_limit(arrive: np.ndarray) -> list[tuple[float, int]]:
    """Return when each train leaves by the recursion, and with how many boxes."""
    trains, first = [], 0
    while first < len(arrive):
        last_call = arrive[first] + LIMIT
        boxes = min(np.searchsorted(arrive, last_call, side="right") - first, PLACES)
        trains.append((arrive[first + PLACES - 1] if boxes == PLACES else last_call, int(boxes)))
        first += boxes
    return trains


def follow_timetable(arrive: np.ndarray, times: np.ndarray) -> list[tuple[float, int]]:
    trains, first = [], 0
    for time in times:
        boxes = min(np.searchsorted(arrive, time, side="right") - first, PLACES)
        trains.append((arrive[first + PLACES - 1] if boxes == PLACES else time, int(boxes)))
        first += boxes
    return trains


def list_boxes(trains: list[tuple[float, int]], boxes: int) -> np.ndarray:
    """Return when each box leaves; NaN for those after the last train."""
    left = np.repeat(*map(list, zip(*trains, strict=True)))
    return np.append(left, np.full(boxes - len(left), np.nan))


@pytest.mark.parametrize("seed", range(5))
def test_each_box_waits_until_its_train_is_full(engine, seed):
    arrive = arrive_by_poisson(np.random.default_rng(seed), RATE, 50 * PLACES)
    left = board(engine, arrive, [(0.0, leave_full())] * 50, np.inf)
    np.testing.assert_array_equal(left, np.repeat(arrive[PLACES - 1 :: PLACES], PLACES))


def test_mean_wait_for_a_full_train_is_half_of_what_the_other_boxes_take(engine):
    waits = []
    for seed in range(20):
        arrive = arrive_by_poisson(np.random.default_rng(seed), RATE, 150 * PLACES)
        waits.append((board(engine, arrive, [(0.0, leave_full())] * 150, np.inf) - arrive).mean())
    assert_mean_is(waits, (PLACES - 1) / (2.0 * RATE), power=0.06)


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.6, 3.0])
@pytest.mark.parametrize("seed", range(3))
def test_each_box_leaves_when_its_train_is_full_or_at_its_limit(engine, rate, seed):
    arrive = arrive_by_poisson(np.random.default_rng(seed), rate, 500)
    trains = follow_limit(arrive)
    np.testing.assert_array_equal(board_with_limit(engine, arrive, len(trains)), list_boxes(trains, len(arrive)))


def test_box_that_fills_the_train_at_its_limit_leaves_with_it(engine):
    """Whole minutes, so that boxes come at the very limit: the sixth, the seventh (too late), and some that are few."""
    minutes = np.array([0, 2, 4, 6, 8, 10, 10, 20, 31, 33, 33, 35, 37, 41, 41, 41, 51, 51, 52], dtype=float)
    trains = follow_limit(minutes)
    np.testing.assert_array_equal(board_with_limit(engine, minutes, len(trains)), list_boxes(trains, len(minutes)))


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.6, 3.0])
@pytest.mark.parametrize("seed", range(3))
def test_each_box_leaves_when_its_train_is_full_or_at_its_time(engine, rate, seed):
    """Some trains leave empty; some leave full so early that the next waits for its own time long before."""
    rng = np.random.default_rng(seed)
    arrive, times = arrive_by_poisson(rng, rate, 500), np.cumsum(rng.uniform(2.0, 20.0, 100))
    train = leave_full_or_alarmed([], 0)
    alarms = [(time, sound_alarm([], PLACES)) for time in times.tolist()]
    left = board(engine, arrive, [(0.0, train)] * len(times) + alarms, max(arrive[-1], times[-1]) + 1.0)
    np.testing.assert_array_equal(left, list_boxes(follow_timetable(arrive, times), len(arrive)))


def test_box_that_comes_at_the_time_of_the_train_leaves_with_it(engine):
    """Whole minutes: the sixth box comes at the very time, then a seventh; then nobody; then two at the time."""
    arrive = np.array([1, 2, 3, 4, 5, 10, 10, 25, 40, 40], dtype=float)
    times = np.array([10.0, 20.0, 30.0, 35.0, 40.0])
    alarms = [(time, sound_alarm([], PLACES)) for time in times.tolist()]
    expected = list_boxes(follow_timetable(arrive, times), len(arrive))
    for others in (alarms, []):
        trains = [(0.0, leave_full_or_alarmed([], 0))] * len(times)
        left = board(engine, arrive, [*trains, *others], 50.0, after=[] if others else alarms)
        np.testing.assert_array_equal(left, expected)


@pytest.fixture(scope="module")
def trains(engine):
    """Return when the first box of each of 100 trains comes, when the train leaves, and with how many."""
    runs = []
    for seed in range(30):
        arrive = arrive_by_poisson(np.random.default_rng(seed), RATE, 101 * PLACES)
        left = board_with_limit(engine, arrive, 100)
        leaves, first, boxes = np.unique(left[~np.isnan(left)], return_index=True, return_counts=True)
        assert len(leaves) == 100
        runs.append((arrive[first], leaves, boxes))
    return runs


def test_mean_boxes_on_a_train_with_a_limit_follow_the_poisson_law(trains):
    expected = 1.0 + stats.poisson.sf(np.arange(PLACES - 1), RATE * LIMIT).sum()
    assert_mean_is([boxes.mean() for _, _, boxes in trains], expected)


def test_first_box_waits_for_the_rest_or_the_limit(trains):
    expected = stats.poisson.sf(np.arange(PLACES - 1), RATE * LIMIT).sum() / RATE
    assert_mean_is([(leaves - first).mean() for first, leaves, _ in trains], expected)
